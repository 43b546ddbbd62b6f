"""SQL over the lake: versioned snapshots of its tables, and questions that can do no harm.

A snapshot is a folder of links to the lake's Parquet files with a DuckDB file of views over them;
the pipeline never writes into one that somebody may have open. Nothing here imports Dagster but
snapshot.py: a question is answered in the time that it takes.
"""
