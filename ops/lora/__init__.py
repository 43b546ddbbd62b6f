"""Targeted repair: a low-rank adapter on the student's own failures, and the merge."""
