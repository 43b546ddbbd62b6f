"""Where in the training text the decisions stand: characters first, then tokens."""
