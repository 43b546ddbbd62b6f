"""What the shipped queries cost over millions of judged answers, beside Polars and pandas."""
