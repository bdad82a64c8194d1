"""Tables of a report: which rows and columns are shown."""
