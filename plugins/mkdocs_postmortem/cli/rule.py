"""`postmortem rule`: what a code means, with an example and its remedy."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterator
from typing import Any

import click
from markdown_it.token import Token

from mkdocs_postmortem.cli.site import one_of_formats
from mkdocs_postmortem.rules.all import RULES
from mkdocs_postmortem.rules.documentation import Block, documentation, markdown, needs_titles
from mkdocs_postmortem.rules.registry import Rule
from mkdocs_postmortem.zones import closest

# Lines longer than this are hard to read, however wide the terminal is.
_WIDEST = 88


@click.command(name="rule")
@click.argument("code", required=False)
@one_of_formats("text", "json")
def command(code: str | None, output: str) -> None:
    """Say what CODE means, why it matters and how to fix it. Without CODE, list all."""
    rules = [rule for _, rule in sorted(RULES.items())] if code is None else [_rule(code)]
    if output == "json":
        listed = [_as_json(rule) for rule in rules]
        click.echo(json.dumps(listed if code is None else listed[0], indent=2, ensure_ascii=False))
    elif code is None:
        for rule in rules:
            click.echo(f"{rule.code}  {rule.severity:<7}  {rule.name:<38}  {rule.summary}")
    else:
        click.echo("\n".join(_lines(rules[0])))


def _rule(code: str) -> Rule:
    by_name = {rule.name: rule for rule in RULES.values()}
    found = RULES.get(code.upper()) or by_name.get(code.lower())
    if found is None:
        suggestion = closest(code, [*RULES, *by_name])
        hint = f"; did you mean {suggestion}?" if suggestion else ""
        raise click.UsageError(f"there is no rule {code}{hint}")
    return found


def _as_json(rule: Rule) -> dict[str, Any]:
    parts = documentation(rule)
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": str(rule.severity),
        "can_be_silenced": rule.can_be_silenced,
        "summary": rule.summary,
        "documentation": parts.prose,
        "example": [_block_as_json(block) for block in parts.example],
        "fixed": [_block_as_json(block) for block in parts.fixed],
    }


def _block_as_json(block: Block) -> dict[str, Any]:
    return {
        "path": block.path,
        "kind": block.kind,
        "text": block.text,
        "marked": list(block.marked),
    }


def _lines(rule: Rule) -> Iterator[str]:
    parts = documentation(rule)
    width = min(_WIDEST, shutil.get_terminal_size().columns)
    yield f"{click.style(rule.code, bold=True)} {rule.name} ({rule.severity})"
    for paragraph in _paragraphs(parts.prose):
        yield ""
        yield textwrap.fill(paragraph, width, break_long_words=False, break_on_hyphens=False)
    for name, blocks in (("Example", parts.example), ("Fixed", parts.fixed)):
        yield ""
        yield click.style(name, bold=True)
        for block in blocks:
            yield ""
            if needs_titles(blocks):
                yield f"  {block.title}"
            for number, line in enumerate(block.text.rstrip("\n").split("\n"), 1):
                mark = f"  {click.style('◀', fg='red', bold=True)}"
                yield f"    {line}{mark if number in block.marked else ''}".rstrip()


def _paragraphs(prose: str) -> Iterator[str]:
    """The paragraphs of `prose` as plain text, with the addresses of links behind them."""
    for token in markdown().parse(prose):
        if token.type == "inline":
            yield _plain(token.children or [])


def _plain(tokens: list[Token]) -> str:
    parts: list[str] = []
    address = ""
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrs["href"])
        elif token.type == "link_close":
            parts.append(f" ({address})")
        elif token.type == "code_inline":
            parts.append(f"`{token.content}`")
        else:
            parts.append(" " if token.type == "softbreak" else token.content)
    return "".join(parts)
