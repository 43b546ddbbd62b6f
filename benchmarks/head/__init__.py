"""What a pass of the head costs: time and memory, in multiples of its bare matrix products."""
