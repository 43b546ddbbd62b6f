"""The `apprentice` command, a file a command. They print; no more than that."""
