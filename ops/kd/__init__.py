"""Knowledge distillation: the student learns the teacher's text and distributions."""
