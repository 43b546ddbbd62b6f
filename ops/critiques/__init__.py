"""What the teacher says of the student's failures, and the corrected answers worth training on."""
