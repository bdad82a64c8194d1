"""All pairs within n texts, for real: exact neighbours from vectors, and from a cross-encoder's predictions."""
