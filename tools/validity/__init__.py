"""The benchmark of the benchmark: `make validate` measures whether embedmark's own numbers keep their promises.

Truth is made known: providers of known timing on a clock that only they move, scores resampled from pairs whose true
correlation is then known. Each experiment is repeated a thousand times and more, and what comes out is held against
what the design promises. Only `busy` and `overhead` need the real clock.
"""
