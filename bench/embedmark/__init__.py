"""embedmark: choose an embedding provider on evidence."""

__version__ = "0.1.0"
