"""Searches every retrieval dataset with every provider, and keeps the rank of each judged document."""
