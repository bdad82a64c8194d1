"""The rows of derived tables: frozen, and typed column by column."""
