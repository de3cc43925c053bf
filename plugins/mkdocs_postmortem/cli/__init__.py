"""The command `postmortem`. Each subcommand lives in the module of its name.

A subcommand is imported when it is called, so that `--help` and `--version` need neither the
models nor Markdown.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from importlib import import_module
from keyword import iskeyword

import click

from mkdocs_postmortem import __version__

# The subcommands with the line that `--help` shows.
COMMANDS = {
    "new": "Begin an incident: a file from the site's template.",
    "import": "Make an incident file of an existing postmortem.",
    "check": "Say everything that is wrong with incidents.",
    "show": "Show the computed incident: times, bounds, response times, impact.",
    "fix": "Apply the safe fixes to incident files, and say what is left.",
    "diff": "Say what changes for readers between two git revisions.",
    "verify": "Prove that a built site holds nothing that is not public.",
    "publish": "Build a site and put it in the place of the old one, whole or not at all.",
    "render": "Write Markdown, feeds and JSON for engines that run no plugin.",
    "schema": "Print the JSON Schema of the front matter, for editors.",
    "rule": "Say what a code means, why, and how to fix it.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        # `import` is a word of Python, so its module has an underscore.
        module_name = f"{name}_" if iskeyword(name) else name
        module = import_module(f"mkdocs_postmortem.cli.{module_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            meant = get_close_matches(args[0], COMMANDS, n=1)
            if not meant:
                raise
            raise click.UsageError(f"{error.message} Did you mean {meant[0]}?", ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="postmortem")
def main() -> None:
    """Postmortems whose timeline is checked and whose durations are computed."""
    # Pydantic would look for plugins of its own in every installed package, at every start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
