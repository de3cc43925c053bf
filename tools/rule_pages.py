"""Writes docs/rules/: a page for each rule, made of its docstring, and the index.

Under each example stands what `postmortem check` prints of it.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

from click.testing import CliRunner
from mkdocs_postmortem.cli.check import command as check
from mkdocs_postmortem.rules import examples
from mkdocs_postmortem.rules.all import RULES
from mkdocs_postmortem.rules.documentation import Block, documentation, needs_titles
from mkdocs_postmortem.rules.registry import Rule

FOLDER = Path(__file__).parent.parent / "docs" / "rules"
MADE = "<!-- Made by `make docs` of the rule's docstring. -->\n"
INTRODUCTION = r"""# Rules

Everything that `postmortem check`, a build and the page of a draft can say, with what it means, why
it matters, an example and its remedy. `postmortem rule PM206` prints the same in a terminal.

An **error** keeps the incident, and with it the build, from being published; a **warning** does so
with `--strict`; a **note** never does. `postmortem check` shows all of them.

## Another severity for the whole site

The option `rules` in `mkdocs.yml` raises a rule, lowers it or switches it off:

```yaml
plugins:
  - postmortem:
      rules:
        PM601: note       # error, warning, note
        PM503: "off"
```

## An exception in one file

`silence` in the front matter takes back what one rule says about one file, and needs a reason. With
`row`, a row's number or its time as written, or with `line` it does so in one place only:

```yaml
silence:
  - {code: PM402, reason: the figure is the vendor's, row: 18:14}
```

An entry that silences nothing any more is reported (PM123). The rules that are marked with \* below
cannot be silenced: they are about what cannot be read, what would be published where it must not
be, or files that are no incidents.

## About the examples

An example shows only what it is about. The rest of the file is a title and a timeline from
`started` to `resolved`; the site has no required sections, and today is 1 June 2024. In an example
`\t` and `\x1b` stand for the characters that nobody sees.
"""


def pages() -> dict[str, str]:
    """The content of every file of the folder, by its name."""
    made = {f"{rule.code}.md": _page(rule) for rule in RULES.values()}
    return {"index.md": _index(), **made}


def _index() -> str:
    parts = [MADE, "\n", INTRODUCTION]
    for group, title in _groups().items():
        rules = [rule for code, rule in sorted(RULES.items()) if code.startswith(group)]
        parts.append(f"\n## {group}xx: {title}\n\n| code | name | severity | what |\n")
        parts.append("| --- | --- | --- | --- |\n")
        for rule in rules:
            star = "" if rule.can_be_silenced else " \\*"
            summary = rule.summary.replace("|", "\\|")
            parts.append(
                f"| [{rule.code}]({rule.code}.md){star} | {rule.name} | {rule.severity} "
                f"| {summary} |\n"
            )
    return "".join(parts)


def _groups() -> dict[str, str]:
    """What each group of codes is about, as the modules of the rules say."""
    found: dict[str, str] = {}
    for name, module in sorted(sys.modules.items()):
        text = (module.__doc__ or "") if name.startswith("mkdocs_postmortem.rules.") else ""
        head, colon, title = text.partition("\n")[0].partition("xx: ")
        if colon:
            found.setdefault(head, title.rstrip("."))
    return dict(sorted(found.items()))


def _page(rule: Rule) -> str:
    parts = documentation(rule)
    silenced = "can be silenced in a file" if rule.can_be_silenced else "cannot be silenced"
    return "\n".join(
        [
            MADE,
            f"# {rule.code} {rule.name}\n",
            f"*{rule.severity}, {silenced}* · [all rules](index.md)\n",
            parts.prose,
            "\n## Example\n",
            *_blocks(parts.example),
            "`postmortem check` says:\n",
            f"```text\n{_printed(parts.example)}\n```",
            "\n## Fixed\n",
            *_blocks(parts.fixed),
        ]
    )


def _blocks(blocks: tuple[Block, ...]) -> list[str]:
    lines = []
    for block in blocks:
        if needs_titles(blocks):
            lines.append(f"`{block.path}`{block.title.removeprefix(block.path)}:\n")
        language = "text" if block.kind == "link" else block.kind
        lines.append(f"```{language}\n{block.text.rstrip()}\n```\n")
    return lines


def _printed(blocks: tuple[Block, ...]) -> str:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        examples.write(Path(folder), blocks)
        done = CliRunner().invoke(check, [])
    # The last line counts incidents, where any could be looked at.
    said = done.output.strip()
    return said if done.exit_code == 2 else said.rpartition("\n")[0].strip()


def main() -> None:
    """Write the pages, and take away those of rules that are no more."""
    made = pages()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
