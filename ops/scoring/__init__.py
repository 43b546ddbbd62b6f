"""Judging one answer: the same judge for a teacher's answer, a student's, and a correction."""
