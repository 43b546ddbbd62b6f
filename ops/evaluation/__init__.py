"""Evaluation: what the student answers to held-out prompts, and what is right about it."""
