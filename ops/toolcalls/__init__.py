"""Tool calls as text: find them, read them, write them, validate them."""
