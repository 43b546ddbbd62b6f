"""Shipped queries in Polars and pandas: `python peers.py LIBRARY QUERY SNAPSHOT`, by itself.

It runs in the interpreter of the peers and imports nothing of ours. Each reads the same Parquet
files and only the columns that it needs, and says how many rows it found and in what time.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

EVALUATED = ["split", "json_valid", "tool_selected", "exact", "category", "mode"]
BEFORE_AFTER = ["json_valid", "tool_selected", "exact", "failed"]


def polars(query: str, folder: Path) -> int:
    """Lazily, with the streaming engine."""
    import polars as pl

    def scan(table: str) -> Any:
        return pl.scan_parquet(f"{folder / table}/**/*.parquet", hive_partitioning=True)

    def failed(by: list[str], where: Any) -> Any:
        return scan("failures").filter(where).group_by(by).agg(pl.len())

    def before_after() -> Any:
        held = scan("evaluations").filter(pl.col("split") == "heldout")
        wrong = pl.col("category").is_not_null().alias("failed")
        return held.with_columns(wrong).group_by("mode", "phase").agg(pl.mean(*BEFORE_AFTER))

    def hardest_prompts() -> Any:
        tried = scan("evaluations").group_by("prompt_id")
        counted = tried.agg(failed=pl.col("category").is_not_null().sum(), tries=pl.len())
        order = ["failed", "tries", "prompt_id"]
        top = counted.sort(order, descending=[True, False, False]).head(20)
        return top.join(scan("prompts").select("prompt_id", "messages"), on="prompt_id", how="left")

    def cost_per_answer() -> Any:
        both = [
            scan(table).select("kind", "cost_microdollars") for table in ("responses", "refused")
        ]
        return pl.concat(both).group_by("kind").agg(pl.sum("cost_microdollars"), pl.len())

    made = {
        "failures_by_tool": lambda: failed(["wanted_tool", "category"], pl.col("mode") == "free"),
        "confused_tools": lambda: failed(
            ["wanted_tool", "called_tool"],
            (pl.col("category") == "wrong_tool") & (pl.col("wanted_tool") != pl.col("called_tool")),
        ),
        "before_after": before_after,
        "hardest_prompts": hardest_prompts,
        "cost_per_answer": cost_per_answer,
    }[query]()
    return int(made.collect(engine="streaming").height)


def pandas(query: str, folder: Path) -> int:
    """As it is read: the columns, then the groups."""
    import pandas as pd

    def read(table: str, columns: list[str]) -> Any:
        return pd.read_parquet(folder / table, columns=columns)

    def failures_by_tool() -> Any:
        held = read("failures", ["wanted_tool", "category", "mode"])
        held = held[held["mode"] == "free"]
        return held.groupby(["wanted_tool", "category"], dropna=False).size()

    def confused_tools() -> Any:
        held = read("failures", ["wanted_tool", "called_tool", "category"])
        held = held[
            (held["category"] == "wrong_tool") & (held["wanted_tool"] != held["called_tool"])
        ]
        return held.groupby(["wanted_tool", "called_tool"]).size()

    def before_after() -> Any:
        held = read("evaluations", [*EVALUATED, "phase"])
        held = held[held["split"] == "heldout"]
        held["failed"] = held["category"].notna()
        for name in BEFORE_AFTER:
            held[name] = held[name].astype("float64")
        return held.groupby(["mode", "phase"], observed=True)[BEFORE_AFTER].mean()

    def hardest_prompts() -> Any:
        held = read("evaluations", ["prompt_id", "category"])
        held["failed"] = held["category"].notna()
        counted = held.groupby("prompt_id")["failed"].agg(["sum", "size"]).reset_index()
        top = counted.sort_values(["sum", "size", "prompt_id"], ascending=[False, True, True])
        return top.head(20).merge(read("prompts", ["prompt_id", "messages"]), how="left")

    def cost_per_answer() -> Any:
        both = [read(table, ["kind", "cost_microdollars"]) for table in ("responses", "refused")]
        return pd.concat(both).groupby("kind")["cost_microdollars"].agg(["sum", "size"])

    made = {
        "failures_by_tool": failures_by_tool,
        "confused_tools": confused_tools,
        "before_after": before_after,
        "hardest_prompts": hardest_prompts,
        "cost_per_answer": cost_per_answer,
    }[query]()
    return len(made)


def main() -> None:
    """Run one query; JSON of the rows found and the seconds without imports."""
    library, query, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    __import__(library)
    began = time.monotonic()
    rows = {"polars": polars, "pandas": pandas}[library](query, folder)
    sys.stdout.write(json.dumps({"rows": rows, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main()
