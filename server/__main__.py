"""`python -m server` is `yomi`."""

from server.cli import main

main()
