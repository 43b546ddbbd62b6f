"""The grammar of an answer: what a student may write where certain tools are offered."""
