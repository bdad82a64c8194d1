"""A finished run and a comparison, as a script or a notebook holds them."""
