"""`python -m mkdocs_postmortem` is the command `postmortem`."""

from mkdocs_postmortem.cli import main

main(prog_name="postmortem")
