"""Finds, checks and constructs providers; runs one in its own process."""
