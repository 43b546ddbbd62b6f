"""Aligned token shards: ids, a span kind per token, and the teacher's distribution where it maps."""
