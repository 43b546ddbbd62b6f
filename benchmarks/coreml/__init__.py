"""A pretrained student as CoreML packages: sizes, times, and how much of it is left in each."""
