"""What a whole training run costs: tokens a second, processor time and memory, beside TRL."""
