"""What an example is made of, over several days: prompt, text and spans, joined in one order."""
