"""What search costs: the index, the queries, and the stages of a ranking."""
