"""The phrase book: how people ask for the tools.

The prompt mix speaks it, the stub teacher reads it.
"""
