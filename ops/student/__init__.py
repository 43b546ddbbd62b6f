"""The student as a Hugging Face folder: tokenizer, chat template, weights."""
