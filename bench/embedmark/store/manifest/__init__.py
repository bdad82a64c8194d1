"""The manifest of a run: its typed parts, parsed from JSON and written back with every key that it had."""
