"""The body of an incident as text: its headings, its code, its internal blocks and comments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_CODE_SPAN = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*")
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_INTERNAL = re.compile(r"<!--\s*(/?)\s*internal\s*-->", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heading:
    """One `#` heading: its level, text, and where its line stands in the body."""

    level: int
    text: str
    start: int
    end: int


def without_code(text: str) -> str:
    """`text` with fenced blocks and code spans as spaces: every other character keeps its place."""
    if "`" not in text and "~~~" not in text:
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
    return _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def headings(text: str) -> list[Heading]:
    """The headings of a body, those in code left out."""
    found, position = [], 0
    for line, plain in zip(text.split("\n"), without_code(text).split("\n"), strict=True):
        match = _HEADING.fullmatch(line)
        if match and plain.lstrip()[:1] == "#":
            found.append(Heading(len(match[1]), match[2].strip(), position, position + len(line)))
        position += len(line) + 1
    return found


@dataclass(frozen=True, slots=True)
class InternalBlocks:
    """Where the internal blocks of a body stand, and the markers that belong to none."""

    blocks: tuple[tuple[int, int], ...]
    stray: tuple[tuple[int, int, str], ...]


def internal_blocks(text: str) -> InternalBlocks:
    """The stretches from ``<!-- internal -->`` to ``<!-- /internal -->``.

    A marker that is nested, never closed or never opened is a stray one. What an unclosed one
    opens reaches to the end, so that nothing leaves by mistake.
    """
    blocks, stray = [], []
    opened: re.Match[str] | None = None
    for match in _INTERNAL.finditer(without_code(text)):
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
    exact = {match.start() for match in _INTERNAL.finditer(without_code(text))}
    for comment in _COMMENT.finditer(without_code(text)):
        if comment.start() not in exact and _is_near_miss(comment[1]):
            reason = "almost `internal`, and would publish what follows"
            stray.append((comment.start(), comment.end(), reason))
    if opened is not None:
        stray.append((opened.start(), opened.end(), "never closed"))
        blocks.append((opened.start(), len(text)))
    return InternalBlocks(tuple(blocks), tuple(stray))


def _is_near_miss(comment: str) -> bool:
    """Whether a comment was probably meant as the marker of an internal block."""
    words = re.findall(r"[a-z]+", comment.lower())
    if len(words) > 4:
        return False
    return any(get_close_matches(word, ("internal",), cutoff=0.8) for word in words)


def public_body(text: str) -> str:
    """The body without its internal blocks and without comments, and no heading left empty."""
    kept, position = [], 0
    removed_any = False
    for start, end in internal_blocks(text).blocks:
        kept.append(text[position:start])
        position, removed_any = end, True
    kept.append(text[position:])
    result = "".join(kept)
    plain = without_code(result)
    pieces, position = [], 0
    for match in _COMMENT.finditer(plain):
        pieces.append(result[position : match.start()])
        position = match.end()
    pieces.append(result[position:])
    result = "".join(pieces)
    unclosed = without_code(result).find("<!--")
    if unclosed >= 0:
        result = result[:unclosed]
    return _without_empty_headings(result, text) if removed_any else result


def _without_empty_headings(result: str, original: str) -> str:
    """`result` without the headings that have lost everything below them."""
    empty_before = {heading.text for heading in _empty_headings(original)}
    while True:
        empty = [h for h in _empty_headings(result) if h.text not in empty_before]
        if not empty:
            return result
        for heading in reversed(empty):
            result = result[: heading.start] + result[heading.end :].lstrip("\n")


def _empty_headings(text: str) -> list[Heading]:
    found = headings(text)
    empty = []
    for index, heading in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else None
        end = following.start if following else len(text)
        is_last_of_its_kind = following is None or following.level <= heading.level
        if is_last_of_its_kind and not text[heading.end : end].strip():
            empty.append(heading)
    return empty
