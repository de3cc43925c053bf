"""Text of others in a Markdown comment: it shows as it was written, and does nothing else.

No mark, link, image, heading, table cell, fence or HTML comes of it; on GitHub and GitLab it
mentions nobody and refers to nothing; in a build's log it is no command.
"""

from __future__ import annotations

import re

from mkdocs_postmortem.diagnostics import visible

# Invisible, no white space, and part of no name.
_BREAK = "\u200b"
_CODE_SAFE = re.compile(r"[A-Za-z0-9._/~^-]+")
# What would structure Markdown stands for itself where it is written as an entity.
_ENTITIES = {character: f"&#{ord(character)};" for character in "<>&$|"}
_MARKS = set("\\`*_[]~")
# Platforms look for these after Markdown is done, so only a break helps: mentions, references to
# issues, merge requests, snippets, milestones, labels and epics, addresses and commands.
_REFERENCES = re.compile(
    r"""(?<=[@#!$%&~])(?=[\w"{#[]) | (?<=:)(?=[:/]) | (?<=\bGH-)(?=\d) | (?<=\bwww)(?=\.)""",
    re.IGNORECASE | re.VERBOSE,
)
_LEADING = re.compile(r"[-+=#>]|\d+(?=[.)])")


def literal(text: str, limit: int = 160) -> str:
    """`text` on one line of Markdown, at most `limit` of its characters, to be read as it is."""
    text = visible(" ".join(text.split()))
    if len(text) > limit:
        text = text[: limit - 1].rstrip() + "…"
    text = _REFERENCES.sub(_BREAK, text)
    shown = "".join(
        f"\\{character}" if character in _MARKS else _ENTITIES.get(character, character)
        for character in text
    )
    leading = _LEADING.match(shown)
    if leading is None:
        return shown
    # At the beginning of a list item or a line these would make a list, a heading, a rule.
    if shown[0].isdigit():
        return f"{leading[0]}\\{shown[leading.end() :]}"
    return f"\\{shown}"


def code(text: str, limit: int = 160) -> str:
    """An id, a path or a revision as code, or as `literal` text where it is too strange for it."""
    if _CODE_SAFE.fullmatch(text) and len(text) <= limit:
        return f"`{text}`"
    return literal(visible(text), limit)
