"""What the teacher answered: the wire boundary, the journal, and the embedded servers."""
