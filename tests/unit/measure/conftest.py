"""Makes the helpers of these tests importable, and their fixtures known."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from tests_measure import clock, measure

__all__ = ["clock", "measure"]
