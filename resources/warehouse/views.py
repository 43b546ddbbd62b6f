"""The views of a snapshot as SQL: a table each of what is there, and two that join several.

`failures` holds whose output each is: the student's answers that failed, the teacher's that were
refused (table `refused`), and its corrections that failed (`unrepaired`), in the same categories.
`repairs` holds each correction with what the student answers to its prompt before and after.
Columns are not listed: a view has what its files have.
"""

from collections.abc import Iterable, Mapping

from ops.failures.origin import CATEGORY_OF, NAMED, OF_PROBLEM
from resources.warehouse.tables import by_table


def statements(root: str, names: Iterable[str]) -> list[str]:
    """`create view` for each table of which a file is among the names, in an order that works.

    Args:
        root: what stands before a name, with its slash: a folder, or an address.
        names: files of a snapshot (tables.py).
    """
    tables = by_table(names)
    views = {table: f"from {_scan(root, files)}" for table, files in tables.items()}
    if "failures" in views:
        views["failures"] = _failures(views.pop("failures"), views)
    if "critiques" in views and "evaluations" in views:
        views["repairs"] = _REPAIRS
    return [f'create view "{table}" as {query}' for table, query in views.items()]


def _scan(root: str, files: list[str]) -> str:
    listed = ", ".join(_text(root + name) for name in files)
    keys = {part.split("=")[0] for name in files for part in name.split("/")[1:-1]}
    types = ", ".join(f"{key}: varchar" for key in sorted(keys))
    hive = (
        f"hive_partitioning = true, hive_types = {{{types}}}" if keys else "hive_partitioning = 0"
    )
    return f"read_parquet([{listed}], union_by_name = true, {hive})"


def _failures(own: str, views: Mapping[str, str]) -> str:
    """The student's failures, and those of the others where their tables are there."""
    others = [
        f"select * from ({_OTHERS.format(table=table, origin=origin, category=_category())}) "
        f"where category is not null"
        for table, origin in (("refused", "teacher"), ("unrepaired", "rewriter"))
        if table in views
    ]
    return " union all by name ".join([f"select * {own}", *others])


_OTHERS = """
select columns('^(prompt_id|split|kind|day)$'), '{origin}' as origin, {category} as category,
       try_cast(nullif(regexp_extract(detail, 'at character ([0-9]+)$', 1), '') as integer)
       as "offset", detail as found
from {table}
"""
_REPAIRS = """
select c.*, a.mode as decoding, b.exact as exact_before, a.exact as exact_after,
       a.category as category_after, a.output as output_after
from critiques c
left join evaluations a on a.prompt_id = c.prompt_id and a.phase = 'after'
left join evaluations b on b.prompt_id = c.prompt_id and b.phase = 'before' and b.mode = a.mode
"""


def _category() -> str:
    """The category of a reason and its detail, null for what is no fault of an output."""
    problem = r"regexp_extract(detail, ': ([a-z_]+)', 1)"
    return (
        f"case when reason in ({', '.join(map(_text, NAMED))}) then split_part(detail, ':', 1) "
        f"when reason = 'schema' then coalesce({_map(OF_PROBLEM)}[{problem}], "
        f"'schema_violation') else {_map(CATEGORY_OF)}[reason] end"
    )


def _map(pairs: Mapping[str, str]) -> str:
    return f"map {{{', '.join(f'{_text(key)}: {_text(value)}' for key, value in pairs.items())}}}"


def _text(value: str) -> str:
    """As SQL writes a text.

    >>> print(_text("it's"))
    'it''s'
    """
    return "'" + value.replace("'", "''") + "'"
