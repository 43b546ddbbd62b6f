"""Reasoning in a text: found however it is marked, and cut out; what is no reasoning stays."""
