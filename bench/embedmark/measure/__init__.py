"""Runs a plan's jobs and appends raw rows. Owns the clock."""
