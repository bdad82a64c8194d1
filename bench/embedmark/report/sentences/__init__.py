"""Sentences of a report: answers, warnings, projections."""
