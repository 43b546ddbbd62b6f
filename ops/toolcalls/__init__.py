"""Tool calls as text: find them, read them, validate them, constrain them."""
