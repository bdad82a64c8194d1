"""A loopback server that answers as an embedding API does, faults included."""
