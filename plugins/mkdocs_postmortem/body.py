"""The body of an incident as text: its headings, its code, its internal blocks and comments."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_CODE_SPAN = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)")
# Markdown wants no blank behind the signs.
_HEADING = re.compile(r" {0,3}(#{1,6})(.*)")
_UNDERLINE = re.compile(r"(=+|-+) *")
_UNDERLINED = re.compile(r"\n(?:=+|-+) *(?:\n|$)")
_INTERNAL = re.compile(r"<!--\s*(/\s*)?internal\s*-->", re.IGNORECASE)
_ITEM = re.compile(r"([ \t]*)(\d{1,9})[.)](?=[ \t])", re.ASCII)
_FOOTNOTE = re.compile(r" {0,3}\[\^([^\[\]\s]+)\]:")
_FOOTNOTE_MARK = re.compile(r"\[\^([^\[\]\s]+)\]")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: its level, text, and where its line, or its two lines, stand in the body."""

    level: int
    text: str
    start: int
    end: int


def _may_have_code(text: str) -> bool:
    return "`" in text or "~~~" in text


def without_code(text: str) -> str:
    """`text` with fenced blocks and code spans as spaces: every other character keeps its place."""
    if not _may_have_code(text):
        return text
    lines = text.split("\n")
    fence = ""
    for index, line in enumerate(lines):
        match = _FENCE.fullmatch(line)
        if fence:
            closes = match and match["fence"].startswith(fence) and not match["info"].strip()
            lines[index] = " " * len(line)
            if closes:
                fence = ""
        elif match and not (match["fence"][0] == "`" and "`" in match["info"]):
            fence = match["fence"]
            lines[index] = " " * len(line)
    return _blank_spans("\n".join(lines))


def _blank_spans(text: str) -> str:
    runs = [(match.start(), match.end()) for match in _CODE_SPAN.finditer(text)]
    # The next run of each length, so that an unclosed one costs no search through the rest.
    following: dict[int, list[int]] = {}
    for number in range(len(runs) - 1, -1, -1):
        start, end = runs[number]
        following.setdefault(end - start, []).append(number)
    result, position, number = [], 0, 0
    while number < len(runs):
        start, end = runs[number]
        waiting = following[end - start]
        while waiting and waiting[-1] <= number:
            waiting.pop()
        close = waiting[-1] if waiting else None
        if close is None or "\n\n" in text[end : runs[close][0]]:
            number += 1
            continue
        stop = runs[close][1]
        result += [text[position:start], re.sub(r"[^\n]", " ", text[start:stop])]
        position, number = stop, close + 1
    result.append(text[position:])
    return "".join(result)


def without_comments(text: str) -> str:
    """`text` with HTML comments as spaces: every other character keeps its place."""
    pieces, position = [], 0
    for start, end, _ in _comments(text):
        pieces += [text[position:start], re.sub(r"[^\n]", " ", text[start:end])]
        position = end
    return "".join([*pieces, text[position:]])


@lru_cache(maxsize=16)
def headings(text: str) -> tuple[Heading, ...]:
    """The headings of a body, with `#` or underlined, those in code left out."""
    if not _may_have_code(text) and not _UNDERLINED.search(text):
        return tuple(_signed_headings(text))
    found: list[Heading] = []
    position = 0
    above: tuple[int, str] | None = None
    is_first = True
    for line, plain in zip(text.split("\n"), without_code(text).split("\n"), strict=True):
        end = position + len(line)
        match = _HEADING.fullmatch(line) if plain.lstrip()[:1] == "#" else None
        under = _UNDERLINE.fullmatch(plain) if above is not None else None
        if match:
            found.append(_heading(match, position, end))
        elif under and above is not None:
            level = 1 if under[1][0] == "=" else 2
            found.append(Heading(level, above[1].strip(), above[0], end))
        # Only the first line of a paragraph can be underlined.
        above = (position, line) if is_first and plain.strip() and not match else None
        is_first = not line.strip()
        position = end + 1
    return tuple(found)


def _signed_headings(text: str) -> Iterator[Heading]:
    """The headings with `#` of a body that has no code and no underlined ones."""
    position = 0
    while (sign := text.find("#", position)) >= 0:
        start = text.rfind("\n", 0, sign) + 1
        position = text.find("\n", sign)
        position = len(text) if position < 0 else position
        if match := _HEADING.fullmatch(text[start:position]):
            yield _heading(match, start, position)


def _heading(match: re.Match[str], start: int, end: int) -> Heading:
    # What would be blanks and signs at the end belongs to the marks.
    title = match[2].strip()
    bare = title.rstrip("#")
    title = bare.rstrip() if bare[-1:] in ("", " ", "\t") else title
    return Heading(len(match[1]), title, start, end)


@dataclass(frozen=True, slots=True)
class InternalBlocks:
    """Where the internal blocks of a body stand, and the comments that are a mistake."""

    blocks: tuple[tuple[int, int], ...]
    stray: tuple[tuple[int, int, str], ...]


def internal_blocks(text: str) -> InternalBlocks:
    """The stretches from ``<!-- internal -->`` to ``<!-- /internal -->``.

    A marker that is nested, never closed or never opened is a stray one, and so is one in code:
    what is code to one Markdown is text to another, and then the block would go out. What an
    unclosed one opens reaches to the end, so that nothing leaves by mistake.
    """
    blocks, stray = [], []
    plain = without_code(text)
    opened: re.Match[str] | None = None
    for match in _INTERNAL.finditer(text):
        if plain[match.start()] != "<":
            stray.append((match.start(), match.end(), "in code, where it may be text"))
        if not match[1]:
            if opened is not None:
                stray.append((match.start(), match.end(), "nested in another internal block"))
            else:
                opened = match
        elif opened is None:
            stray.append((match.start(), match.end(), "not the end of any internal block"))
        else:
            blocks.append((opened.start(), match.end()))
            opened = None
    for start, end, is_closed in _comments(text):
        comment = text[start:end]
        if not is_closed and plain[start] == "<":
            stray.append((start, start + 4, "a comment that is never closed"))
        elif is_closed and not _INTERNAL.match(comment) and _is_near_miss(comment):
            stray.append((start, end, "almost `internal`, and would publish what follows"))
    if opened is not None:
        stray.append((opened.start(), opened.end(), "never closed"))
        blocks.append((opened.start(), len(text)))
    return InternalBlocks(tuple(blocks), tuple(sorted(stray)))


def _comments(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where comments begin and end, and whether the end is one."""
    position = 0
    while (start := text.find("<!--", position)) >= 0:
        close = text.find("-->", start + 4)
        position = len(text) if close < 0 else close + 3
        yield start, position, close >= 0


def _is_near_miss(comment: str) -> bool:
    """Whether a comment was probably meant as the marker of an internal block."""
    words = re.findall(r"[a-z]+", comment[:200].lower())
    if len(comment) > 200 or len(words) > 4:
        return False
    return any(get_close_matches(word, ("internal",), cutoff=0.8) for word in words)


def public_body(text: str) -> str:
    """The body without its internal blocks and without comments.

    A heading whose whole section was internal goes with it, and so does a footnote that only
    internal text refers to; the items of a list are numbered as if nothing had been there.
    """
    blocks = [_whole_lines(text, start, end) for start, end in internal_blocks(text).blocks]
    if blocks:
        edits = [(start, end, "") for start, end in blocks]
        edits += [edit for edit in _renumbered(text, blocks) if not _inside(edit[0], blocks)]
        text, cuts = _edited(text, edits)
        text = _without_emptied_headings(text, cuts)
    plain = without_code(text)
    comments = [(start, end, "") for start, end, _ in _comments(plain)]
    return _edited(text, comments)[0]


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """A block, with the rest of its lines where it stands alone on them.

    A blank line left over would end a table, or loosen a list.
    """
    line = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end + 1
    alone = not text[line:start].strip() and not text[end:line_end].strip()
    return (line, line_end) if alone else (start, end)


def _inside(position: int, blocks: list[tuple[int, int]]) -> bool:
    index = bisect_left(blocks, (position + 1,)) - 1
    return index >= 0 and position < blocks[index][1]


def _edited(text: str, edits: list[tuple[int, int, str]]) -> tuple[str, list[int]]:
    """`text` with its edits made, and where in the result something was taken away."""
    pieces: list[str] = []
    cuts: list[int] = []
    position = length = 0
    for start, end, new in sorted(edits):
        if start < position:
            # What is to be taken away may begin in what is taken away already, and end behind it.
            if not new:
                position = max(position, end)
            continue
        pieces += [text[position:start], new]
        length += start - position + len(new)
        position = end
        if not new:
            cuts.append(length)
    pieces.append(text[position:])
    return "".join(pieces), cuts


def _renumbered(text: str, blocks: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """The numbers of list items behind internal ones, and footnotes nobody refers to any more."""
    # By indentation, how many items of the list there were internal.
    gone: dict[int, int] = {}
    position = 0
    for line in without_code(text).split("\n"):
        start, position = position, position + len(line) + 1
        indent = len(line) - len(line.lstrip(" \t"))
        item = _ITEM.match(line)
        internal = _inside(start + indent, blocks)
        if not item:
            if line.strip() and not internal:
                gone = {other: count for other, count in gone.items() if other < indent}
            continue
        gone = {other: count for other, count in gone.items() if other <= indent}
        if internal:
            gone[indent] = gone.get(indent, 0) + 1
        elif int(item[2]) > gone.get(indent, 0) > 0:
            yield start + item.start(2), start + item.end(2), str(int(item[2]) - gone[indent])
    yield from _lost_footnotes(text, blocks)


def _lost_footnotes(text: str, blocks: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    notes: dict[str, list[tuple[int, int]]] = {}
    owner: str | None = None
    shown: dict[str | None, set[str]] = {None: set()}
    everywhere: set[str] = set()
    position = 0
    for line in text.split("\n"):
        start, position = position, position + len(line) + 1
        begins = _FOOTNOTE.match(line)
        if begins:
            owner = begins[1]
        elif line.strip() and not line.startswith(("    ", "\t")):
            owner = None
        if owner is not None:
            notes.setdefault(owner, []).append((start, min(position, len(text))))
        for mark in _FOOTNOTE_MARK.finditer(line, begins.end() if begins else 0):
            everywhere.add(mark[1])
            if not _inside(start + mark.start(), blocks):
                shown.setdefault(owner, set()).add(mark[1])
    # A note that nobody ever referred to was meant to stand there.
    waiting = [None, *(label for label in notes if label not in everywhere)]
    kept: set[str | None] = set()
    while waiting:
        label = waiting.pop()
        if label not in kept:
            kept.add(label)
            waiting += shown.get(label, ())
    for label, lines in notes.items():
        if label not in kept:
            yield from ((start, end, "") for start, end in lines)


def _without_emptied_headings(text: str, cuts: list[int]) -> str:
    """`text` without the headings that have lost everything below them at `cuts`."""
    found = headings(text)
    shown = list(text)
    for start, end, _ in _comments(without_code(text)):
        shown[start:end] = " " * (end - start)
    visible = "".join(shown)
    ends = [heading.start for heading in found[1:]] + [len(text)]
    lost: set[int] = set()
    for index in range(len(found) - 1, -1, -1):
        heading, following = found[index], index
        is_empty = not visible[heading.end : ends[index]].strip()
        while is_empty and following + 1 < len(found):
            if found[following + 1].level <= heading.level:
                break
            following += 1
            is_empty = following in lost
        cut = bisect_left(cuts, heading.end)
        if is_empty and cut < len(cuts) and cuts[cut] <= ends[following]:
            lost.add(index)
    # With the blank lines behind it, which stood between it and what is gone.
    return _edited(text, [(found[index].start, ends[index], "") for index in lost])[0]
