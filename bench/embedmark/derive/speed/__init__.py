"""Throughput and latency, from timed samples."""
