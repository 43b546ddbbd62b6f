"""Which examples share a batch: neighbours in length, under a budget of tokens.

Sorting by length keeps 98-99 % of a padded batch useful at tool-calling lengths. The plan is made
once and stored, so batch number n is the same on every machine and after every restart; only the
order of the batches is drawn, from (seed, epoch), by the training loop.
"""


def batches(lengths: list[int], budget: int) -> list[list[int]]:
    """Indices of the examples, batch by batch; longest example times rows stays within the budget.

    An example longer than the budget has a batch of its own.

    >>> batches([5, 3, 4, 9], 10)
    [[1, 2], [0], [3]]
    """
    order = sorted(range(len(lengths)), key=lambda index: (lengths[index], index))
    planned: list[list[int]] = []
    for index in order:
        if planned and (len(planned[-1]) + 1) * lengths[index] <= budget:
            planned[-1].append(index)
        else:
            planned.append([index])
    return planned


def useful_share(lengths: list[int], planned: list[list[int]]) -> float:
    """Share of the tokens in padded batches that are not padding."""
    padded = sum(len(batch) * max(lengths[index] for index in batch) for batch in planned)
    return sum(lengths) / padded if padded else 1.0
