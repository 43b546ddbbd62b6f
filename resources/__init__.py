"""Connections to what is outside: files on disk, processes, the teacher's endpoint, DuckDB."""
