"""A suite becomes jobs: providers built, datasets read, calls and dollars counted. Loads nothing."""
