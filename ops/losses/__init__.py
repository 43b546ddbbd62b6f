"""Losses: small pure functions of logits and aligned targets. No search for positions, no text."""
