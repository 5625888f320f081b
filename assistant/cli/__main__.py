"""`python -m assistant.cli` is `youju`."""

from assistant.cli.commands import main

main()
