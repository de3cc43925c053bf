"""`postmortem rule`: what a code means."""

from __future__ import annotations

import click

from mkdocs_postmortem.rules.all import RULES
from mkdocs_postmortem.zones import closest


@click.command(name="rule")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Say what CODE means, why it matters and how to fix it. Without CODE, list all."""
    if code is None:
        for known, rule in sorted(RULES.items()):
            click.echo(f"{known}  {rule.severity:<7}  {rule.name:<38}  {rule.summary}")
        return
    found = RULES.get(code.upper())
    if found is None:
        by_name = {rule.name: rule for rule in RULES.values()}
        found = by_name.get(code.lower())
    if found is None:
        names = [*RULES, *(rule.name for rule in RULES.values())]
        suggestion = closest(code, names)
        hint = f"; did you mean {suggestion}?" if suggestion else ""
        raise click.UsageError(f"there is no rule {code}{hint}")
    click.echo(f"{found.code} {found.name} ({found.severity})\n\n{found.documentation}")
