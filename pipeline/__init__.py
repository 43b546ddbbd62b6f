"""What exists and when it runs: definitions, jobs, the schedule, and the command line."""

import warnings

# Dagster warns of a parameter that it passes to itself when a selection names a group.
warnings.filterwarnings("ignore", message="Parameter `include_sources`")
