"""What a real teacher's recorded distributions are worth to a student, beside its text alone."""
