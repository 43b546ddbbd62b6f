"""The run on one page, and the card that travels with the student."""
