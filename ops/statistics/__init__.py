"""How sure a measured number is: intervals, paired tests, and many of them at once."""
