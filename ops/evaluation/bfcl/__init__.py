"""The Berkeley Function Calling Leaderboard, single turn: its cases, its rules, our answers."""
