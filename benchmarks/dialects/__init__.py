"""How much of what models write as tool calls is read, and how fast; beside a public stack."""
