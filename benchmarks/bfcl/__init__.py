"""Whether our reading of BFCL's rules is the benchmark's: both checkers on the same answers."""
