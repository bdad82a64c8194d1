"""Figures of a report: SVG drawings."""
