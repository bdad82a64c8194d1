"""A plan's jobs on a Ray cluster. Nothing here decides what is measured, only where."""
