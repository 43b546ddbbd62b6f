"""What a batch that does not fit in memory says."""

import pytest
import torch

from ops.errors import SettingsError
from ops.evaluation.decode import in_memory


def test_a_batch_that_does_not_fit_names_the_setting() -> None:
    told = (
        r"^evaluation.batch is 7, and so many prompts of up to 300 tokens do not fit in memory \("
    )
    with pytest.raises(SettingsError, match=told), in_memory(7, 300):
        torch.empty(2**52)


def test_another_error_is_not_taken_for_that() -> None:
    with pytest.raises(RuntimeError, match="shape"), in_memory(7, 300):
        torch.empty(2) @ torch.empty(3, 3)
