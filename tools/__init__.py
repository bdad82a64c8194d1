"""What the project's developers run; not part of the wheel."""
