"""What the teacher is asked: the tool registry, the seeded mix, and prompts from files."""
