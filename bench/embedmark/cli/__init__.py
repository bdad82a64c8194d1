"""The command line: parse, call the pipeline, print. No rule lives here."""
