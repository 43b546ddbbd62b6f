"""What making token shards costs: time, memory and bytes a token, beside other ways to do it."""
