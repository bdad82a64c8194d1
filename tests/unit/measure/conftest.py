"""Makes the helpers of these tests importable, and their fixtures known."""

from tests.kit import clock, measure

__all__ = ["clock", "measure"]
