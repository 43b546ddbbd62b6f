"""What others recorded: whole conversations with an agent, as training texts."""
