r"""What a rule's docstring says: prose, then an example that breaks the rule, then the fixed one.

    What the rule is about, in one sentence.

    Why it matters, and the real incident that shows it.

    ## Example

    ```yaml
    severity: high ◀
    ```

    ## Fixed

    ```yaml
    severity: sev2
    ```

A block says in its first word what it holds: ``yaml`` some fields of an incident, ``markdown`` its
body, ``text`` a whole file, ``link`` where a symbolic link leads. What it leaves out stands in
`examples`. The rest of the line is the file's path from the site's folder; without one it is an
incident. Several blocks are several files, and the options in a `mkdocs.yml` under Example count
under Fixed too. ``◀`` ends each line that the rule reports; ``\t`` and ``\x1b`` stand for the
bytes that nobody sees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mkdocs_postmortem.rules.registry import Rule

CONFIG = "mkdocs.yml"
INCIDENT = "docs/incidents/2024-02-20-api-errors.md"
_MARK = re.compile(r"[ \t]*◀$")
_KINDS = frozenset({"yaml", "markdown", "text", "link"})


@dataclass(frozen=True, slots=True)
class Block:
    """A file of an example, or a part of one. `marked` are the lines to be reported, from 1."""

    kind: str
    path: str
    text: str
    marked: tuple[int, ...]

    @property
    def title(self) -> str:
        """Which file it is, or which part of one."""
        return {
            "markdown": f"{self.path}, below the front matter",
            "link": f"{self.path} is a link to",
        }.get(self.kind, self.path)


@dataclass(frozen=True, slots=True)
class Documentation:
    """A rule's documentation: Markdown, and the blocks of its two examples."""

    prose: str
    example: tuple[Block, ...]
    fixed: tuple[Block, ...]


def documentation(rule: Rule) -> Documentation:
    """What the docstring of `rule` says.

    Raises `ValueError` where an example is missing or is written in another form.
    """
    lines = rule.documentation.split("\n")
    blocks: dict[str, list[Block]] = {"Example": [], "Fixed": []}
    current: list[Block] | None = None
    end = len(lines)
    tokens = markdown().parse(rule.documentation)
    for number, token in enumerate(tokens):
        if token.type == "heading_open" and token.map:
            end = min(end, token.map[0])
            current = blocks.get(tokens[number + 1].content)
            if current is None:
                raise ValueError(f"{rule.code}: a rule has the headings Example and Fixed")
        elif token.type == "fence" and current is not None:
            current.append(_block(rule, token))
    for name, found in blocks.items():
        if not found:
            raise ValueError(f"{rule.code} has no “## {name}” with a block of code")
    if not any(block.marked for block in blocks["Example"]):
        raise ValueError(f"{rule.code}: no line of the example ends with ◀")
    if any(block.marked for block in blocks["Fixed"]):
        raise ValueError(f"{rule.code}: nothing is marked in what is fixed")
    options = [block for block in blocks["Example"] if block.path == CONFIG]
    if not any(block.path == CONFIG for block in blocks["Fixed"]):
        blocks["Fixed"][:0] = options
    return Documentation(
        "\n".join(lines[:end]).strip(), tuple(blocks["Example"]), tuple(blocks["Fixed"])
    )


def needs_titles(blocks: tuple[Block, ...]) -> bool:
    """Whether it must be said which file is which: not of a single incident."""
    return len(blocks) > 1 or blocks[0].path != INCIDENT


def markdown() -> MarkdownIt:
    """The Markdown of rules: CommonMark."""
    return MarkdownIt("commonmark")


def _block(rule: Rule, token: Token) -> Block:
    kind, _, path = token.info.strip().partition(" ")
    if kind not in _KINDS:
        raise ValueError(f"{rule.code}: “{kind}” is none of {', '.join(sorted(_KINDS))}")
    lines = token.content.split("\n")
    marked = tuple(number for number, line in enumerate(lines, 1) if _MARK.search(line))
    text = "\n".join(_MARK.sub("", line) for line in lines)
    return Block(kind, path.strip() or INCIDENT, text, marked)
