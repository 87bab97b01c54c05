"""`python -m steelyard`: the command line."""

from steelyard.app.cli import main

main()
