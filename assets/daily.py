"""The one partition definition: a teacher mix a day, today's included."""

import dagster as dg

DAILY = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_offset=1)
