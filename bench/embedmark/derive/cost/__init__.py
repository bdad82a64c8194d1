"""Cost: USD from tokens and prices, or from hardware hours."""
