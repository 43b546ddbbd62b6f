"""One file a stage: what Dagster sees. Names, lineage, metadata and checks; the work is in ops/."""
