"""How recorded conversations become trajectories: one file a layout, told by a row's content."""
