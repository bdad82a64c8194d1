"""One plan in several runs, on several machines: shards, and merging them."""
