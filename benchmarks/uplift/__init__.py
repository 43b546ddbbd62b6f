"""What the repair changes on held-out prompts, over several seeds."""
