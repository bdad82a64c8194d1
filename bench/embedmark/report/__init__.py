"""Renders derived tables: terminal, Markdown, HTML. Computes nothing."""
