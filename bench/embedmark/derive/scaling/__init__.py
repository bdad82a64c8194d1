"""All pairs: fits, projections, and the two-stage pipeline."""
