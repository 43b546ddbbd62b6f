"""An answer's tokens by ids of a vocabulary: one row of the table of log-probabilities."""

from typing import Any

import numpy as np

from ops.teacher.vocabulary import Vocabulary
from ops.teacher.wire.tokens import FLOOR, Tokens


def row(tokens: Tokens, vocabulary: Vocabulary) -> dict[str, Any] | None:
    """The columns of ops.teacher.contract.LOGPROBS that tell of the tokens.

    The outcomes of a position stand likeliest first. One that the vocabulary does not hold becomes
    -1, after the others, and its mass is left to the tail. None if that happens to a token of the
    answer itself: then the vocabulary is not this teacher's, and the answer's bytes would be lost.
    """
    at, half = tokens.arrays()
    logp = half.astype(np.float32)
    ids = np.append(vocabulary.ids(tokens.texts), np.int32(-1))[at]
    if (ids[:, 0] < 0).any():
        return None
    missing = ids[:, 1:] < 0
    nats = np.where(missing, np.float32(FLOOR), logp[:, 1:])
    order = np.lexsort((-nats, missing), axis=1)
    return {
        "k": tokens.k,
        "positions": len(tokens),
        "token_ids": ids[:, 0],
        "token_logprobs": logp[:, 0],
        "top_ids": np.take_along_axis(ids[:, 1:], order, axis=1).ravel(),
        "top_logprobs": np.take_along_axis(nats, order, axis=1).ravel(),
    }
