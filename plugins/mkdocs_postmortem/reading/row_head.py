"""The key of a row in its short form: a time, milestones, or both, as in `18:04 detected`."""

from __future__ import annotations

import re

from mkdocs_postmortem import zones
from mkdocs_postmortem.diagnostics import Edit, Fix, Place
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading.yaml_nodes import Scalar
from mkdocs_postmortem.written_time import CLOCK_WORD, is_time

_MOST_SHOWN = 40
# Milestones with capitals or without commas are found too, so that the error can say so.
_HEAD = re.compile(
    r"(?P<time>.*?)(?:^|\s+)"
    rf"(?P<names>(?!(?:[AaPp]\.?[Mm]|(?i:UTC|GMT|Z)|{CLOCK_WORD})\b)[A-Za-z][A-Za-z0-9_]*"
    r"(?:(?:\s*,\s*|\s+)[A-Za-z][A-Za-z0-9_]*){0,12})"
)


_USUAL_HEAD = re.compile(r"([0-9]{1,2}:[0-9]{2})(?: ([a-z_]+))?")


def split_head(text: str, options: Options) -> tuple[str | None, list[str]] | None:
    """The time and the milestones of a short row's key, or ``None`` where it is no such key."""
    if usual := _USUAL_HEAD.fullmatch(text):
        time, name = usual.groups()
        if name is None:
            return time, []
        if name in options.milestone_names:
            return time, [name]
    stripped = text.strip()
    if len(stripped) > 200:
        return None
    match = _HEAD.fullmatch(stripped)
    first = match.start("names") if match else len(stripped)
    words = re.finditer(r"[^\s,]+", stripped[first:])
    ends = (first + word.end() for word in words if _belongs_to_time(word[0], options))
    begin = max(ends, default=first)
    time = stripped[:begin].rstrip()
    listed = stripped[begin:].strip(" \t,")
    names = [name.strip() for name in listed.split(",")] if listed else []
    is_timed = "HH" in time or any(character.isdigit() or character == "?" for character in time)
    written = [word.lower() for name in names for word in name.split()]
    if names and all(word in options.milestone_names for word in written):
        return (time, names) if is_timed else None if time else (None, names)
    # What looks like a milestone may belong to the time: `6:03 pm`, `18:03 utc`.
    if names and is_timed and not is_time(stripped):
        return time, names
    return (stripped, []) if is_timed or is_time(stripped) else None


def _belongs_to_time(word: str, options: Options) -> bool:
    """Whether a word behind a clock is no milestone but a zone: `18:00 PST started`."""
    is_name = word.lower() in options.milestone_names
    return not is_name and (not word.islower() or bool(zones.regions(word)))


def help_without_colon(node: Scalar, options: Options) -> str:
    """How to write a row that lacks the `: ` between its time and its text."""
    if node.cut:
        return "put the text into double quotes"
    if cut := _without_colon(node.text, options):
        event = node.text[cut.end() :]
        shown = event if len(event) <= _MOST_SHOWN else f"{event[:_MOST_SHOWN]}…"
        return f"write `- {node.text[: cut.start()]}: {shown}`"
    if _is_head(node.text, options):
        return f"write `- {node.text}: What happened`"
    return "write `- 18:03: What happened`, or `- event: What happened` without a time"


def mended_with_colon(node: Scalar, options: Options) -> tuple[Fix, ...]:
    """The fix of a row that lacks the `: ` between its time and its text."""
    cut = _without_colon(node.text, options) if node.is_plain and not node.cut else None
    if cut is None:
        return ()
    head = node.text[: cut.start()]
    place = Place.at(node.place.line, node.place.column, cut.end())
    return (Fix((Edit(place, f"{head}: ", node.text[: cut.end()]),), node.place),)


def _without_colon(text: str, options: Options) -> re.Match[str] | None:
    """What stands in place of the `: ` between the time, or a milestone, and the text of a row."""
    for match in reversed(list(re.finditer(r"(?:[ \t]+|:(?=\S))(?:[-–—][ \t]+)?", text[:60]))):
        head, event = text[: match.start()], text[match.end() :]
        if not _is_head(head, options):
            continue
        if is_time(head):
            # A word that may be a milestone, a zone or another time would be taken for text.
            first = re.match(r"[A-Za-z][A-Za-z0-9_]*", event)
            is_text = first is not None and not (
                zones.closest(first[0], list(options.milestone_names))
                or zones.regions(first[0])
                or re.fullmatch(CLOCK_WORD, first[0])
            )
            return match if is_text else None
        if match[0].strip():
            return match
    return None


def _is_head(text: str, options: Options) -> bool:
    """Whether `text` is a time that can be read, milestones, or both."""
    at, milestones = split_head(text, options) or (None, [])
    is_known = all(name in options.milestone_names for name in milestones)
    return is_known and (is_time(at) if at else bool(milestones))
