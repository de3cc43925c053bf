"""Durations that a document states, for the field `claims`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mkdocs_postmortem.claims import contradicts, find_claims, parse_claimed_length
from mkdocs_postmortem.importing.document import Document
from mkdocs_postmortem.importing.spelled_time import find
from mkdocs_postmortem.incident import Incident, Outcome
from mkdocs_postmortem.moment import difference
from mkdocs_postmortem.options import IMPACT_DURATION

_INCIDENT = ("impact_duration", "time_to_resolve", "time_to_mitigate")
# As in "**Duration:** 21:45 to 23:28 UTC".
_LABELLED = re.compile(
    r"\W{0,8}(?:total |incident |outage |impact |overall )?(?:duration|length|time span)"
    r"\W{1,6}(?P<rest>.{1,200})",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\((?P<length>[^()]{1,60})\)")
# What may stand before and behind a length on a line that says nothing else.
_LABEL = re.compile(r"[ \t]*(?:[-+*|>][ \t]*)*[\w*()/' -]{3,60}[:=|–—-][ \t*|_]*")
_NOTHING = re.compile(r"(?:[\s|*_.;]|\[\^[^\]\s]{1,20}\])*")


@dataclass(frozen=True, slots=True)
class Figure:
    """A stated length, the response times it may be, and its line, from 0."""

    keys: tuple[str, ...]
    length: str
    line: int
    words: str | None = None  # the whole line, where it leaves the document
    is_seen: bool = True  # whether the checks find it in the text by themselves


@dataclass(frozen=True, slots=True)
class Window:
    """A stated beginning and end of an incident, below these headings."""

    start: str
    end: str
    titles: tuple[str, ...]


def find_windows(document: Document) -> list[Window]:
    """The windows of ``Duration: 21:45 to 23:28 UTC``."""
    windows = []
    for block in document.blocks():
        if block.kind == "heading" or block.end - block.start > 200:
            continue
        for number in range(block.start, block.end):
            line = document.lines[number]
            match = _LABELLED.match(line) if len(line) < 400 else None
            time = find(match["rest"]) if match else None
            if (
                time
                and time.kind == "lasted"
                and time.point.clock
                and time.until
                and time.until.clock
            ):
                windows.append(Window(time.point.clock, time.until.clock, block.section.titles))
    return windows


def find_figures(document: Document) -> list[Figure]:
    """Every duration that the document states beside words that name one.

    A line that says nothing else, such as ``- Time to detect: 4 minutes``, leaves the document.
    """
    text = "\n".join(document.lines[document.first :])
    figures = []
    claimed: set[int] = set()
    for claim in find_claims(text):
        line = document.first + text.count("\n", 0, claim.start)
        claimed.add(line)
        begin = text.rfind("\n", 0, claim.start) + 1
        end = text.find("\n", claim.end)
        after = text[claim.end : end if end >= 0 else len(text)]
        is_alone = _LABEL.fullmatch(text[begin : claim.start]) and _NOTHING.fullmatch(after)
        words = document.lines[line].strip() if is_alone and line not in document.moved else None
        figures.append(Figure(claim.keys, " ".join(claim.length.text.split()), line, words))
        if words is not None:
            document.moved.add(line)
    for number in range(document.first, len(document.lines)):
        line_text = document.lines[number]
        match = (
            _LABELLED.match(line_text) if len(line_text) < 400 and number not in claimed else None
        )
        if match is None:
            continue
        rest = match["rest"].strip(" *_|")
        inner = _BRACKETS.search(rest)
        for candidate in (inner["length"] if inner else "", rest):
            if candidate and parse_claimed_length(candidate) is not None:
                figures.append(Figure(_INCIDENT, candidate.strip(), number, None, is_seen=False))
                break
    return sorted(figures, key=lambda figure: figure.line)


def as_claims(
    figures: Sequence[Figure], incident: Incident | None
) -> tuple[dict[str, list[str]], list[str]]:
    """The figures by response time, and the lines that moved for them.

    Of the response times that a figure may be, it is the first that it does not contradict. One
    that contradicts all of them and still stands in the text is reported there, so not again here.
    """
    claims: dict[str, list[str]] = {}
    words: list[str] = []
    for figure in figures:
        key, fits = _key(figure, incident)
        if figure.words is not None:
            words.append(figure.words)
        elif figure.is_seen and not fits:
            continue
        known = claims.setdefault(key, [])
        if figure.length not in known:
            known.append(figure.length)
    return claims, words


def _key(figure: Figure, incident: Incident | None) -> tuple[str, bool]:
    length = parse_claimed_length(figure.length)
    if incident is None or length is None:
        return figure.keys[0], True
    recorded = []
    for key in figure.keys:
        for time in incident.response_times:
            if time.key != key or time.outcome is not Outcome.RECORDED:
                continue
            recorded.append(key)
            spans = [time.span]
            if key == IMPACT_DURATION.key:
                spans += [difference(w.start, w.end) for w in incident.windows if w.end]
            if not all(contradicts(length, span) for span in spans):
                return key, True
    return (recorded[0], False) if recorded else (figure.keys[0], True)
