"""Reads queries, documents and which document answers which query."""
