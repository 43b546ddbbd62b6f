"""Failures: each answer that is not right, its one category and the evidence for it."""
