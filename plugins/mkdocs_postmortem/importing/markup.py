"""Where a time begins and ends in text with Markdown around it, and what is left of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mkdocs_postmortem.importing.spelled_time import SpelledTime, find, scan

# Nothing that far into a line is its time.
_HEAD = 240
_MARKS = "*`_"
_OPENING = re.compile(r"(?:[^\w~≈+\-T\"']|_)*")
_CLOSING = re.compile(
    r"(?:[ \t]*(?:\*{1,3}|`+|_{1,3}(?!\w)|[\])}])"
    r"|[ \t]*(?:[:;,|=→»]|[-–—>]{1,3}|\.(?=\s|$))(?!\w))*[ \t]*"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")


@dataclass(frozen=True, slots=True)
class Timed:
    """A text with its time: what was written of the time, and the rest of the text."""

    time: SpelledTime
    written: str
    rest: str


def leading_time(text: str, *, is_cell: bool = False) -> Timed | None:
    """The time with which `text` begins, whatever marks stand around it."""
    plain, places, ends = _without_marks(text[:_HEAD])
    opening = _OPENING.match(plain)
    start = opening.end() if opening else 0
    if start > 40:
        return None
    time = scan(plain, start, is_cell=is_cell)
    if time is None:
        return None
    begin, end = places[start], ends[time.end]
    if "](" in text[end : end + 3] and "[" in text[:begin]:
        # The time is the text of a link, whose address must stay.
        return Timed(time, text[begin:end], text.strip())
    before, after = text[:begin], text[end:]
    if after[:1].isalnum() and not (after[:1].isupper() and ":" in text[begin:end]):
        return None
    closing = _CLOSING.match(after)
    assert closing is not None
    between, rest = closing[0], after[closing.end() :]
    head = text[begin:end]
    for mark in ("**", "__", "`", "*", "_"):
        opened = _count(before + head + between, mark)
        if opened % 2:
            rest = mark + rest
    kept = re.sub(r"[\s*_`\[\]()<>|–—#.:~\\-]", "", before)
    if kept:
        rest = f"{kept} {rest}"
    if time.lead and not is_cell:
        # "At 10:04 we saw" is a sentence; without its beginning it would be none.
        rest = text.strip()
    return Timed(time, head.strip(" \t"), rest.strip())


def time_within(text: str) -> Timed | None:
    """The first time in `text`, which keeps its words."""
    plain, _, _ = _without_marks(text[:4000])
    time = find(plain)
    return Timed(time, plain[time.start : time.end], text.strip()) if time else None


def _count(text: str, mark: str) -> int:
    if mark in ("*", "_"):
        text = text.replace(mark * 2, "")
    return text.count(mark)


def _without_marks(text: str) -> tuple[str, list[int], list[int]]:
    """`text` without marks of emphasis and code and without tags.

    With it come the places where each of its characters stood, and where each ended.
    """
    plain: list[str] = []
    places: list[int] = []
    tags = {match.start(): match.end() for match in _TAG.finditer(text)}
    position = 0
    while position < len(text):
        if position in tags:
            position = tags[position]
            continue
        character = text[position]
        inside_word = (
            character == "_"
            and 0 < position < len(text) - 1
            and text[position - 1].isalnum()
            and text[position + 1].isalnum()
        )
        if character in _MARKS and not inside_word:
            position += 1
            continue
        plain.append(" " if character in "\xa0\u202f\u2009\t" else character)
        places.append(position)
        position += 1
    # The end of a word stands before the marks that follow it.
    ends = [0, *(place + 1 for place in places)]
    places.append(len(text))
    return "".join(plain), places, ends
