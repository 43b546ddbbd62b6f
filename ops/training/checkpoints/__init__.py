"""Checkpoints on disk: whole or not there, verified before they are used, never the last to go."""
