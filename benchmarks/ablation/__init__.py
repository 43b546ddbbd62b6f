"""What each term of the objective is worth: the tiny profile without it, beside itself."""
