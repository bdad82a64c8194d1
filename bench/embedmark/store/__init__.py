"""The run directory on disk: write, read, columns, digests, journal."""
