"""One entry of a timeline in a document, and those that stand together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from mkdocs_postmortem.importing.document import Section
from mkdocs_postmortem.importing.markup import Timed
from mkdocs_postmortem.importing.spelled_time import SpelledDay, SpelledTime

_FOUR_DIGITS = re.compile(r"[*_`\[(~]{0,4}(?:[01]\d|2[0-3])[0-5]\d(?!\d|-\d)")
_HEAD_TIME = re.compile(r"\b(?:time|when|date|timestamp|utc)\b", re.IGNORECASE)


@dataclass(slots=True)
class Entry:
    """One entry: its time as spelled, what was written of it, and its text."""

    line: int
    end: int
    time: SpelledTime | None
    written: str
    text: str
    section: Section
    day: SpelledDay | None = None
    day_line: int = -1
    zone: str | None = None
    until: SpelledTime | None = None
    other: SpelledTime | None = None
    other_zone: str | None = None
    by: str | None = None
    evidence: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    copied: bool = False

    @property
    def has_clock(self) -> bool:
        """Whether its time is more than a day."""
        return self.time is not None and self.time.has_clock


@dataclass(slots=True)
class Group:
    """Entries that stand together: one table, one list, one paragraph."""

    kind: str
    section: Section
    entries: list[Entry] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    is_weak: bool = False
    day: tuple[SpelledDay | None, int] | None = None
    pending: list[str] = field(default_factory=list)

    @property
    def clocks(self) -> int:
        """How many entries have a clock."""
        return sum(entry.has_clock for entry in self.entries)


def new_entry(timed: Timed | None, text: str, line: int, end: int, section: Section) -> Entry:
    """The entry of the lines from `line` to before `end`, with what its section says of its day."""
    return Entry(
        line,
        end,
        timed.time if timed else None,
        timed.written if timed else "",
        text,
        section,
        section.day,
        section.day_line,
        section.zone,
    )


def begins_with_four_digits(text: str) -> bool:
    """Whether a text begins with what may be a clock, as in `1803`."""
    return _FOUR_DIGITS.match(text) is not None


def are_clocks_of_four_digits(texts: Iterable[str], section: Section) -> bool:
    """Whether the four digits with which texts that stand together begin are clocks."""
    if section.kind != "timeline":
        return False
    begins = list(map(begins_with_four_digits, texts))
    return sum(begins) > 1 and sum(begins) * 2 >= len(begins)


def is_head(text: str) -> bool:
    """Whether a line is the head of a table that has lost its bars or its rule."""
    if len(text) > 160 or re.search(r"\d[:.h]\d\d|\d{4}", text):
        return False
    bare = re.sub(r"[|*_`:-]", " ", text)
    return _HEAD_TIME.search(bare) is not None and len(bare.split()) <= 12
