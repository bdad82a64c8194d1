"""Two runs side by side: changes, intervals, verdicts, and the rules that fail CI."""
