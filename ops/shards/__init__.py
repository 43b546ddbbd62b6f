"""Aligned token shards: ids, a span kind per token, the teacher's distribution where it maps."""
