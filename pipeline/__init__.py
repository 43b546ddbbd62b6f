"""What exists and when it runs: definitions, jobs, the schedule, and the command line."""
