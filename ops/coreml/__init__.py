"""The student as a CoreML package: exported, converted, and checked as saved, without a Mac."""
