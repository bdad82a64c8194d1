"""Text helpers of a report: numbers with units, folded lines."""
