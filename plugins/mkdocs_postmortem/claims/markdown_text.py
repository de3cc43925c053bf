"""The words of Markdown that a reader sees, with everything else as spaces."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_CODE_MARK = re.compile(r"\\[\\`]|`+|\n[ \t\r]*(?=\n)")
_HIDDEN = re.compile(
    r"\]\([^()\s]*(?:[ \t]+\"[^\"\n]*\")?\)"  # the address of a link; its text stays
    r"|\]\[[^\[\]\n]*\]"
    r"|\[\^[^\[\]\s]*\]"
    r"|</?[A-Za-z][^<>]*>"
    r"|~~[^~\n]*~~"
)
_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:)[^\s<>|]*", re.IGNORECASE)
_ENTITIES = {
    "&lt;": "<",
    "&gt;": ">",
    "&le;": "≤",
    "&ge;": "≥",
    "&nbsp;": " ",
    "&ndash;": "–",
    "&mdash;": "—",
    "&asymp;": "≈",
}
_ENTITY = re.compile("|".join(_ENTITIES))
_NOT_NEWLINE = re.compile(r"[^\n]")


def _spaces(hidden: str) -> str:
    return _NOT_NEWLINE.sub(" ", hidden)


def visible_text(text: str) -> str:
    """`text` with code, comments, addresses and tags as spaces, so that offsets stay."""
    if "`" in text or "~~~" in text:
        text = _without_fences(text)
    text = _without_code_spans(_without_comments(text))
    text = _HIDDEN.sub(lambda match: _spaces(match[0]), text)
    text = _ADDRESS.sub(lambda match: _spaces(match[0]), text)
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]].ljust(len(match[0])), text)


def _without_fences(text: str) -> str:
    lines, fence = [], ""
    for line in text.split("\n"):
        content = line.lstrip(" \t>")
        mark = content[:1]
        run = len(content) - len(content.lstrip(mark)) if mark in ("`", "~") else 0
        if fence:
            lines.append(" " * len(line))
            if run >= len(fence) and mark == fence[0] and not content[run:].strip():
                fence = ""
        elif run >= 3 and not (mark == "`" and "`" in content[run:]):
            fence = content[:run]
            lines.append(" " * len(line))
        else:
            lines.append(line)
    return "\n".join(lines)


def _without_comments(text: str) -> str:
    parts, position = [], 0
    while (start := text.find("<!--", position)) >= 0:
        end = text.find("-->", start + 4)
        end = len(text) if end < 0 else end + 3
        parts += [text[position:start], _spaces(text[start:end])]
        position = end
    return "".join(parts) + text[position:]


def _without_code_spans(text: str) -> str:
    if "`" not in text:
        return text
    paragraphs: list[list[re.Match[str]]] = [[]]
    for mark in _CODE_MARK.finditer(text):
        if mark[0][0] == "`":
            paragraphs[-1].append(mark)
        elif mark[0][0] == "\n":
            paragraphs.append([])
    parts, position = [], 0
    for marks in paragraphs:
        places: dict[int, list[int]] = {}
        for index, mark in enumerate(marks):
            places.setdefault(len(mark[0]), []).append(index)
        index = 0
        while index < len(marks):
            # A run of backticks closes at the next run that is exactly as long.
            same = places[len(marks[index][0])]
            after = bisect_right(same, index)
            if after < len(same):
                start, end = marks[index].start(), marks[same[after]].end()
                parts += [text[position:start], _spaces(text[start:end])]
                position, index = end, same[after]
            index += 1
    return "".join(parts) + text[position:]


class Block(NamedTuple):
    """A stretch of lines of one kind, as places in the text."""

    kind: str  # paragraph, heading, item or row
    first: bool  # whether a row is the first of its table
    lines: list[tuple[int, int]]


_HEADING = re.compile(r"#{1,6}(?=\s|$)")
_ITEM = re.compile(r"(?:[-+*]|[0-9]{1,9}[.)])(?=\s)")
_RULE = re.compile(r"[-=*_| :\t\r]+$")


def blocks_of(visible: str) -> Iterator[Block]:
    """The paragraphs, headings, list items and table rows of `visible`, without their marks."""
    block: Block | None = None
    position = 0
    previous = ""
    for line in visible.split("\n"):
        content = line.lstrip(" \t>")
        start, end = position + len(line) - len(content), position + len(line)
        position = end + 1
        kind = "paragraph"
        if not content.strip() or _RULE.match(content):
            kind = "row" if content.startswith("|") else "gap"
        elif mark := _HEADING.match(content):
            kind, start = "heading", start + mark.end()
        elif mark := _ITEM.match(content):
            kind, start = "item", start + mark.end()
        elif content.startswith("|"):
            kind = "row"
        if block is not None and kind == "paragraph" and block.kind in ("paragraph", "item"):
            block.lines.append((start, end))
            continue
        if block is not None:
            yield block
        block = None if kind == "gap" else Block(kind, previous != "row", [(start, end)])
        previous = kind
    if block is not None:
        yield block
