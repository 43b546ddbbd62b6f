"""Process supervision: more weight where the student decides."""
