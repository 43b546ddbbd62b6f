"""Failures that are alike, together: TF-IDF of what was wanted and written, and k-means.

A failure's words are those of its category, its evidence, its tools and its output. How many
clusters there are is decided by the silhouette (Rousseeuw 1987): of a few numbers the one whose
clusters stand apart best, on a sample; fewer where it is a draw, one where none stand apart. The
same failures, in whatever order and with however many threads, have the same clusters. Time and
memory grow with the number of failures. Not here: what is wrong with an answer
(ops/scoring/category.py).
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from ops.failures.contract import CLUSTERS

NUMBERS = (2, 3, 5, 8, 13)
"""How many clusters there may be."""
SAMPLE = 1_000
"""Failures of which the clusters are made and by which their number is judged; the silhouette
compares each with each."""
STARTS = 3
"""Of k-means; the best counts."""
MOST_TERMS = 2_000
MOST_CHARACTERS = 2_000
"""Of an output that are looked at: a student that repeats itself says nothing new."""
TOLD = 4
"""Terms of a label."""
SEED = 0
WORD = r"[^\W\d_][\w]+"
ALIKE = "alike"
"""Label of a cluster whose failures have no word that another has not."""


def cluster(failures: pa.Table) -> pa.Table:
    """CLUSTERS rows of FAILURES rows, one each, in order of prompt and mode."""
    rows = sorted(failures.to_pylist(), key=lambda row: (row["prompt_id"], row["mode"]))
    texts = [_words(row) for row in rows]
    with threadpool_limits(1):  # sums in an order of their own would change the last digits
        numbers, labels = grouped(texts)
    listed = [
        {
            "prompt_id": row["prompt_id"],
            "mode": row["mode"],
            "cluster": number,
            "label": labels[number],
        }
        for row, number in zip(rows, numbers, strict=True)
    ]
    return pa.Table.from_pylist(listed, schema=CLUSTERS)


def grouped(texts: Sequence[str]) -> tuple[list[int], list[str]]:
    """Each text's cluster, from 0, the largest first; and each cluster's label.

    Equal texts are in one cluster, also where there is only one.

    >>> grouped(["wrong date", "wrong date", "wrong date"])
    ([0, 0, 0], ['date, wrong'])
    """
    distinct = sorted(set(texts))
    vectors, terms = _vectors(distinct)
    counts = np.array([0] * len(distinct))
    where = {text: at for at, text in enumerate(distinct)}
    np.add.at(counts, [where[text] for text in texts], 1)
    found = _best(vectors, counts)
    order = _by_size(found, counts)
    labels = [_label(vectors, terms, counts, found == old) for old in order]
    new = {old: number for number, old in enumerate(order)}
    return [new[found[where[text]]] for text in texts], labels


def _words(row: dict[str, Any]) -> str:
    told = [row[name] for name in ("category", "wanted_tool", "called_tool", "expected", "found")]
    return " ".join(part for part in (*told, row["output"][:MOST_CHARACTERS]) if part)


def _vectors(texts: Sequence[str]) -> tuple[Any, list[str]]:
    """A row a text (sparse, of length 1 or 0), and the terms of the columns."""
    weigh = TfidfVectorizer(
        token_pattern=WORD, max_features=MOST_TERMS, sublinear_tf=True, dtype=np.float64
    )
    try:
        vectors = weigh.fit_transform(texts)
    except ValueError:  # no text has a word
        return None, []
    return vectors, list(weigh.get_feature_names_out())


def _best(vectors: Any, counts: np.ndarray) -> np.ndarray:
    """The cluster of each distinct text, of the number of clusters that stands apart best."""
    one = np.zeros(len(counts), dtype=np.int64)
    if vectors is None:
        return one
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(counts))[:SAMPLE])
    seen, weights = vectors[chosen], counts[chosen]
    best, found = 0.0, one
    for number in NUMBERS:
        if number >= len(chosen):
            break
        model = KMeans(number, random_state=SEED, n_init=STARTS)
        with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
            at = model.fit_predict(seen, sample_weight=weights)
        # Texts that differ in numbers alone have the same terms: there may be fewer to tell apart.
        apart = silhouette_score(seen, at) if len(set(at)) > 1 else 0.0
        if apart > best:
            best, found = apart, model.predict(vectors)
    return found


def _by_size(found: np.ndarray, counts: np.ndarray) -> list[int]:
    """The clusters that are not empty, the largest first; of equals that with the first text."""
    present = [int(number) for number in dict.fromkeys(found.tolist())]
    return sorted(present, key=lambda number: -int(counts[found == number].sum()))


def _label(vectors: Any, terms: list[str], counts: np.ndarray, inside: np.ndarray) -> str:
    """The terms that weigh most in the cluster beyond what they weigh elsewhere."""
    if vectors is None:
        return ALIKE
    within = _mean(vectors[inside], counts[inside])
    outside = _mean(vectors[~inside], counts[~inside]) if not inside.all() else np.zeros(len(terms))
    more = within - outside
    order = np.lexsort((np.arange(len(terms)), -more))[:TOLD]
    return ", ".join(terms[at] for at in order if more[at] > 0) or ALIKE


def _mean(vectors: Any, counts: np.ndarray) -> np.ndarray:
    total: np.ndarray = np.asarray(vectors.T @ counts).ravel() / counts.sum()
    return total
