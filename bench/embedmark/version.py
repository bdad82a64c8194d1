"""The version of embedmark."""

__version__ = "0.1.0"
