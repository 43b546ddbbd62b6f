"""What Dagster sees: the assets, their lineage, checks and partitions; jobs."""

import dagster as dg
import pytest

from pipeline.definitions import defs

GROUPS = {
    "gather": {"prompt_mix", "teacher_responses"},
    "supervise": {
        "student_base",
        "process_spans",
        "trajectories",
        "token_shards",
        "negative_examples",
        "training_readiness",
    },
    "train": {"kd_checkpoint", "process_checkpoint"},
    "judge": {"process_evaluation", "failure_table", "merged_evaluation"},
    "repair": {"critique_table", "lora_adapter", "merged_model"},
    "ship": {"coreml_worker", "distillation_report"},
}
ALL = set().union(*GROUPS.values())
# Nothing that ships is made of it.
BESIDE = {"distillation_report"}
PARTITIONED = {"prompt_mix", "teacher_responses", "process_spans"}
BLOCKING = {
    "prompt_mix": {"every_tool_appears", "no_prompt_in_two_splits"},
    "teacher_responses": {"no_reasoning", "answered", "within_budget"},
    "process_spans": {"spans_are_where_they_say"},
    "trajectories": {"spans_are_where_they_say"},
    "token_shards": {"examples_are_whole"},
    "negative_examples": {"each_is_wrong_in_its_own_way"},
    "training_readiness": {"all_green"},
    "kd_checkpoint": {"loss_falls"},
    "process_checkpoint": {"best_step_restored"},
    "failure_table": {"one_category_each"},
    "critique_table": {"no_heldout_prompt", "corrections_pass_the_scorer"},
    "lora_adapter": {"best_step_restored"},
    "merged_model": {"same_logits"},
    "coreml_worker": {"computes_what_torch_computes"},
}
graph = defs.resolve_asset_graph()


def selected(text: str) -> set[str]:
    keys = dg.AssetSelection.from_string(text).resolve(graph)
    return {key.to_user_string() for key in keys}


def test_the_definitions_load() -> None:
    dg.Definitions.validate_loadable(defs)


def test_the_seventeen_assets_stand_in_their_groups() -> None:
    found: dict[str, set[str]] = {}
    for spec in defs.resolve_all_asset_specs():
        found.setdefault(str(spec.group_name), set()).add(spec.key.to_user_string())
    assert found == GROUPS
    assert len(ALL) == 18


def test_each_asset_says_what_it_is() -> None:
    for spec in defs.resolve_all_asset_specs():
        assert spec.description, spec.key
        assert spec.kinds, spec.key


def test_only_the_first_three_are_partitioned_by_one_definition() -> None:
    partitions = {
        spec.key.to_user_string(): spec.partitions_def
        for spec in defs.resolve_all_asset_specs()
        if spec.partitions_def is not None
    }
    assert partitions.keys() == PARTITIONED
    assert len(set(map(str, partitions.values()))) == 1


def test_the_whole_road_lies_before_the_package() -> None:
    before = selected("+key:coreml_worker")
    assert before == ALL - BESIDE
    assert selected("+key:distillation_report") == ALL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("coreml_worker", {"coreml_worker"}, id="one"),
        pytest.param(
            "+key:coreml_worker and not key:teacher_responses",
            ALL - BESIDE - {"teacher_responses"},
            id="without_the_teacher",
        ),
        pytest.param("group:gather", GROUPS["gather"], id="group"),
        pytest.param(
            "key:kd_checkpoint+",
            {
                "kd_checkpoint",
                "process_checkpoint",
                *GROUPS["judge"],
                *GROUPS["repair"],
                *GROUPS["ship"],
            },
            id="from_training_on",
        ),
    ],
)
def test_the_selections_that_the_readme_names(text: str, expected: set[str]) -> None:
    assert selected(text) == expected


def test_every_stage_has_its_checks_and_only_the_gate_does_not_block_by_itself() -> None:
    found: dict[str, set[str]] = {}
    for key in graph.asset_check_keys:
        blocking = graph.get(key).blocking
        assert blocking == (key.name != "gate"), key
        if blocking:
            found.setdefault(key.asset_key.to_user_string(), set()).add(key.name)
    assert found == BLOCKING
    assert {
        key.asset_key.to_user_string() for key in graph.asset_check_keys if key.name == "gate"
    } == {"merged_evaluation"}
