"""Answers that are wrong in one known way, each beside the right answer that it was made of."""
