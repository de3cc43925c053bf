"""A Markdown postmortem as a draft: what could be placed goes into the front matter."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from mkdocs_postmortem.importing.document import (
    Block,
    Document,
    UnimportableError,
    kind_of,
    name_day,
    read_document,
    zone_statement,
)
from mkdocs_postmortem.importing.draft import Draft, DraftRow
from mkdocs_postmortem.importing.entries import find_entries
from mkdocs_postmortem.importing.entry import Entry
from mkdocs_postmortem.importing.milestone_words import Event, guess
from mkdocs_postmortem.importing.placing import Placed, Placement, place
from mkdocs_postmortem.importing.promises import find_promises
from mkdocs_postmortem.importing.spelled_time import SpelledDay, find, find_day
from mkdocs_postmortem.importing.stated_figures import Window, as_claims, find_figures, find_windows
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.written_time import TimeError, parse

_SEVERITY = re.compile(
    r"\W{0,6}(?:incident )?(?:severity|sev|priority)\W{1,6}(?P<level>.{1,20})", re.IGNORECASE
)
_DAY_LINE = re.compile(r"\W{0,8}(?:incident |event )?(?:date|day|when|datum)\b", re.IGNORECASE)


def import_markdown(name: str, data: bytes, options: Options) -> Draft:
    """The draft of the document in `data`; `name` is its file's, which may hold the day.

    Raises `UnimportableError` where it is no document, or an incident file already.
    """
    document = read_document(name, data)
    if "timeline" in document.front and _is_incident(name, data, options):
        raise UnimportableError("this is an incident file already; `postmortem check` reads it")
    title, title_line = _title(document, options)
    entries = find_entries(document)
    promises = find_promises(document)
    windows = find_windows(document)
    figures = find_figures(document)
    first = _first_day(document, title, entries)
    placement = place(entries, first, _zone(document, entries), options.timezone)
    draft = Draft(title or "Incident", day=placement.date, timezone=placement.timezone)
    draft.rows = _rows(placement, document, windows)
    draft.promises = promises
    draft.comments["timezone"] = [f"decide: {message}" for _, message in placement.notes]
    draft.severity = _severity(document, options)
    _front(document, draft, placement.date)
    if title_line is not None:
        document.moved.add(title_line[0])
        document.moved |= set(range(*title_line))
    _drop_emptied_headings(document, draft)
    reading = read_incident_text(draft.name, draft.text().encode(), options)
    draft.claims, words = as_claims(figures, reading.incident)
    draft.comments["claims"] = words
    draft.body = document.body()
    draft.notes += [(line + 1, message) for line, message in (*document.notes, *placement.notes)]
    if not entries:
        draft.notes.append((None, "no timeline was found; write it"))
    elif any(entry.copied for entry in entries):
        draft.notes.append(
            (None, "no timeline was found; the rows are sentences with times, copied from the text")
        )
    if placement.date is None and entries:
        draft.notes.append((None, "no day is stated; give the file its day as a name or as `date`"))
    if title is None:
        draft.notes.append((None, "no title was found; write one"))
    return draft


def _is_incident(name: str, data: bytes, options: Options) -> bool:
    reading = read_incident_text(name, data, options)
    return reading.incident is not None and not reading.has_errors


def _title(document: Document, options: Options) -> tuple[str | None, tuple[int, int] | None]:
    """The title, and the lines of a heading that leave the body for it."""
    stated = document.front.get("title")
    for block in document.blocks():
        if block.kind == "heading" and block.node.tag == "h1" and block.text.strip():
            text = " ".join(block.text.split())
            if isinstance(stated, str) and stated.strip() and stated.strip() != text:
                return stated.strip(), None
            return text, (block.start, block.end)
        if block.kind == "heading":
            break
    if isinstance(stated, str) and stated.strip():
        return stated.strip(), None
    for block in document.blocks():
        if block.kind == "heading" and not kind_of(block.text) and block.text.strip():
            heading = " ".join(block.text.split())
            if heading.casefold() in {name.casefold() for name in options.sections}:
                # The document begins with its first section, and has no title of its own.
                break
            return heading, None
    stem = re.sub(r"\.\w{1,8}$", "", document.name)
    words = re.sub(r"[-_]+", " ", stem).strip()
    return (words[:1].upper() + words[1:] if words and words != "stdin" else None), None


def _first_day(document: Document, title: str | None, entries: list[Entry]) -> date | None:
    """The day of the first entry, from the likeliest place that names one."""
    candidates: list[SpelledDay | None] = []
    first = entries[0] if entries else None
    if first is not None and first.time is not None:
        candidates.append(first.time.point.day)
    if first is not None:
        candidates.append(first.day)
    candidates.append(find_day(title or ""))
    candidates.append(name_day(document.name))
    beginning = document.lines[document.first : document.first + 40]
    candidates += [find_day(line[:5000]) for line in beginning if _DAY_LINE.match(line)]
    candidates += [entry.time.point.day for entry in entries if entry.time is not None]
    stop = entries[0].line if entries else len(document.lines)
    promised = {
        number
        for block in document.blocks()
        if block.section.kind == "actions"
        for number in range(block.start, block.end)
    }

    def days(first: int, end: int) -> list[SpelledDay | None]:
        numbered = enumerate(document.lines[first:end], first)
        told = [line for number, line in numbered if len(line) < 5000 and number not in promised]
        return [find_day(line) for line in told]

    candidates += days(document.first, stop)
    written = document.front.get("date")
    candidates.append(find_day(written) if isinstance(written, str) else None)
    candidates += days(stop, len(document.lines))[:2000]
    year = next((day.year for day in candidates if day is not None and day.year), None)
    if year is None:
        found = re.search(r"\b20\d\d\b", f"{title} {document.name}")
        year = int(found[0]) if found else None
    near = date(year, 7, 1) if year else None
    for candidate in candidates:
        if candidate is None or candidate.day is None:
            continue
        whole = candidate if candidate.year or year is None else replace(candidate, year=year)
        if (found_day := whole.on(near, near)) is not None:
            return found_day
    return None


def _zone(document: Document, entries: list[Entry]) -> str | None:
    """The zone of times that have none of their own, as the document states it."""
    for line in document.lines[document.first :]:
        if len(line) < 1000 and (zone := zone_statement(line)):
            return zone
    for entry in entries:
        if entry.time is not None and entry.time.point.zone:
            return entry.time.point.zone
        if entry.zone:
            return entry.zone
    named = set()
    for line in document.lines[document.first : document.first + 2000]:
        if len(line) < 5000 and (time := find(line)) and time.point.zone:
            named.add(time.point.zone)
    return named.pop() if len(named) == 1 else None


def _rows(placement: Placement, document: Document, windows: list[Window]) -> list[DraftRow]:
    rows = [
        _row(placed, document, f"{placement.timezone} {placement.date}")
        for placed in placement.rows
    ]
    events = [
        Event(row.event, row.at is not None, placed.clock, placed.entry.section.titles)
        for row, placed in zip(rows, placement.rows, strict=True)
    ]
    for row, guesses in zip(rows, guess(events, windows), strict=True):
        if guesses:
            row.milestones = [found.milestone for found in guesses]
            words = ", ".join(f"{found.milestone} (“{found.words}”)" for found in guesses)
            row.comments.append(f"guessed: {words}")
    return rows


def _row(placed: Placed, document: Document, context: str) -> DraftRow:
    entry = placed.entry
    row = DraftRow(entry.text, placed.at, placed.until, by=entry.by, evidence=entry.evidence)
    row.comments += entry.comments
    for text in (placed.at, placed.until):
        if text is None:
            continue
        try:
            parse(text)
        except TimeError as error:
            document.note(entry.line, f"“{entry.written}” is not kept as a time: {error.message}")
            row.at = row.until = None
    if row.at is None and entry.written and entry.written not in row.event:
        row.event = f"{entry.written}: {row.event}" if row.event else entry.written
    for note in placed.notes:
        document.note(entry.line, note)
        row.comments.append(f"decide: {note}")
    if row.at is None:
        if not placed.notes:
            document.note(entry.line, "this has no time; it stays between its neighbours")
    elif not _says(row, entry.written, context):
        row.comments.append(f"written: {entry.written}")
    return row


def _says(row: DraftRow, written: str, context: str) -> bool:
    """Whether nothing of what was written of a time is lost."""
    kept = set(re.findall(r"\w+", f"{row.at} {row.until} {row.event} {context}"))
    return set(re.findall(r"\w+", written)) <= kept


def _severity(document: Document, options: Options) -> str | None:
    for line in document.lines[document.first : document.first + 400]:
        match = _SEVERITY.match(line) if len(line) < 200 else None
        if match is None:
            continue
        words = re.sub(r"[\W_]", "", match["level"].lower())
        for name in options.severity_names:
            if words.startswith(re.sub(r"[\W_]", "", name.lower())):
                return name
    return None


def _front(document: Document, draft: Draft, day: date | None) -> None:
    """What stood in the document's own front matter."""
    for key, written in document.front.items():
        if key == "title":
            if isinstance(written, str) and written.strip() == draft.title:
                continue
        elif key == "tags" and isinstance(written, list):
            draft.tags = [tag for tag in written if tag.strip()]
            continue
        elif key == "date" and isinstance(written, str):
            spelled = find_day(written)
            stated = spelled.on(None, None) if spelled else None
            if stated is not None and day is not None and stated > day:
                draft.published = stated.isoformat()
                draft.comments["published"] = [f"guessed: the document's own date, {written}"]
                continue
            if stated is not None and stated == day and written == stated.isoformat():
                continue
        draft.others[key if key.startswith("x-") else f"x-{key}"] = written


def _drop_emptied_headings(document: Document, draft: Draft) -> None:
    """Headings and introductions that have lost everything below them go, as comments."""
    dropped: list[tuple[int, str, str]] = []
    following: Block | None = None
    lost = left = False
    line = len(document.lines)
    # From below, so that a heading knows which of those below it are gone.
    for block in reversed(document.blocks()):
        for number in range(block.end, line):
            lost = lost or number in document.moved
            left = left or (number not in document.moved and bool(document.lines[number].strip()))
        line = min(line, block.start)
        if block.start in document.moved:
            lost = True
            continue
        is_intro = block.kind == "paragraph" and block.section.line == block.start
        is_last = (
            is_intro
            or following is None
            or (following.kind == "heading" and following.node.tag <= block.node.tag)
        )
        if lost and not left and is_last and (block.kind == "heading" or is_intro):
            dropped.append((block.start, block.section.kind, block.text))
            document.moved |= set(range(block.start, block.end))
            continue
        following, lost, left = block, False, False
    for _, kind, text in sorted(dropped):
        known = draft.comments.setdefault("action_items" if kind == "actions" else "timeline", [])
        if text not in known:
            known.append(text)
