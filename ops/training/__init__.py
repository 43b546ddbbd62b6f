"""One training engine: kd, process and lora differ in the objective that they pass."""
