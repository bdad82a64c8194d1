"""Quality per byte: the vectors of one encode, shortened and coarsened, are scored again."""
