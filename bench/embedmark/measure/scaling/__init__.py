"""All pairs at several sizes: measures their seconds and keeps checkpoints."""
