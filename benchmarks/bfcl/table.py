"""The tables of a comparison, as Markdown."""

from collections.abc import Iterable, Mapping

from benchmarks.bfcl.run import Agreement

Found = Mapping[tuple[str, str], Agreement]


def by_category(found: Found) -> str:
    """A row a category: answers that both judged, and on how many they agree."""
    return _table("category", found, 0)


def by_kind(found: Found) -> str:
    """A row a kind of answer."""
    return _table("answer", found, 1)


def _table(name: str, found: Found, part: int) -> str:
    names = list(dict.fromkeys(key[part] for key in found))
    rows = [_row(one, [kept for key, kept in found.items() if key[part] == one]) for one in names]
    head = f"| {name} | answers | right by theirs | theirs raises | agree |\n|---|---|---|---|---|"
    return "\n".join([head, *rows, _row("all", found.values())])


def _row(name: str, rows: Iterable[Agreement]) -> str:
    listed = list(rows)
    answers = sum(row.answers for row in listed)
    agree = answers - sum(len(row.differ) for row in listed)
    right, raised = sum(row.right for row in listed), sum(row.raised for row in listed)
    return f"| {name} | {answers:,} | {right:,} | {raised:,} | {agree:,} ({agree / answers:.2%}) |"


def differences(found: Found) -> list[str]:
    """Every answer that was judged otherwise."""
    return [told for kept in found.values() for told in kept.differ]
