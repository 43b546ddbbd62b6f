"""A GGUF file as a student: its weights, its tokenizer, and the folder that it becomes."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFWriter, quants

from ops.errors import InputError
from ops.student import base
from ops.student import model as students
from ops.student.config import StudentConfig

Q8 = GGMLQuantizationType.Q8_0
HEADS = {"q_proj": 4, "k_proj": 2}
LAYER = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
OTHERS = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
}


def named(parameter: str) -> str:
    """llama.cpp's name of a parameter of Llama."""
    if parameter in OTHERS:
        return OTHERS[parameter]
    _, _, layer, rest = parameter.split(".", 3)
    return f"blk.{layer}.{LAYER[rest.removesuffix('.weight')]}.weight"


def rotated(weight: np.ndarray, heads: int) -> np.ndarray:
    """llama.cpp keeps the two halves of each head's rotation interleaved."""
    halves = weight.reshape(heads, 2, -1, weight.shape[1])
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(weight.shape))


@pytest.fixture
def file(student_folder: Path, tmp_path: Path) -> Path:
    """The student of the tests as llama.cpp would store it, matrices in 8 bits."""
    model, path = students.load(student_folder).cpu(), tmp_path / "small.gguf"
    config, writer = model.config, GGUFWriter(path, "llama")
    writer.add_name("small")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_vocab_size(config.vocab_size)
    for parameter, value in model.named_parameters():
        weight = value.detach().numpy()
        for name, heads in HEADS.items():
            weight = rotated(weight, heads) if name in parameter else weight
        if weight.ndim == 2:
            writer.add_tensor(named(parameter), quants.quantize(weight, Q8), raw_dtype=Q8)
        else:
            writer.add_tensor(named(parameter), weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_the_weights_are_those_that_its_eight_bits_hold(file: Path, student_folder: Path) -> None:
    kept, loaded = students.load(student_folder).cpu(), students.load(file).cpu()
    given = dict(kept.named_parameters())
    for name, value in loaded.named_parameters():
        whole = given[name].detach().numpy()
        if whole.ndim == 2:
            whole = quants.dequantize(quants.quantize(whole, Q8), Q8)
        assert np.array_equal(value.detach().numpy(), whole), name
    with torch.no_grad():
        ids = torch.arange(40)[None]
        close = (kept(input_ids=ids).logits - loaded(input_ids=ids).logits).abs().max()
    assert float(close) < 0.02


def test_it_becomes_an_ordinary_folder(file: Path, student_folder: Path, tmp_path: Path) -> None:
    config = StudentConfig(base=str(file), tokenizer=str(student_folder), context=256)
    assert base.make([], config, tmp_path)["from"] == str(file)
    before, after = students.load(file), students.load(tmp_path / "student")
    assert not hasattr(after.config, "quantization_config")
    pairs = zip(before.parameters(), after.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_its_own_tokenizer_is_read(tokenizer: Any, tmp_path: Path) -> None:
    from ops.student import tokenizer as tokenizers

    words = ["<|im_end|>", *sorted(_bytes()), "he"]
    writer = GGUFWriter(tmp_path / "words.gguf", "qwen2")
    writer.add_name("words")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(words)
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_token_types([control if word == "<|im_end|>" else normal for word in words])
    writer.add_token_merges(["h e"])
    writer.add_eos_token_id(0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    read = tokenizers.adopt(tmp_path / "words.gguf", StudentConfig(base="words.gguf"))
    ids = read.encode("he é", add_special_tokens=False)
    assert read.decode(ids) == "he é"
    assert ids[0] == words.index("he")
    assert read.encode("<|im_end|>") == [0]


def test_a_broken_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(20))
    with pytest.raises(InputError, match=r"broken\.gguf is not a student: .+ or a GGUF file"):
        students.load(path)


def _bytes() -> list[str]:
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    return list(bytes_to_unicode().values())
