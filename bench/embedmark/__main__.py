"""`python -m embedmark`."""

from embedmark.cli.main import main

main()
