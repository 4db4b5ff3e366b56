"""`python -m nco`: the command."""

from .command.program import main

main()
