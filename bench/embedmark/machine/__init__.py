"""The host: what it is, and whether it was quiet."""
