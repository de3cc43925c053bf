"""The rows of a timeline moved into the order in which they happened.

Only rows that certainly happened before a row above them move. Each keeps its time in UTC: a
clock that would get another day from its new neighbour is dated, and where a row without a time of
its own would come to stand between other rows nothing is moved.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, fields
from datetime import date, timedelta

from mkdocs_postmortem.diagnostics import Edit, Severity
from mkdocs_postmortem.fixing.proof import narrows
from mkdocs_postmortem.fixing.revision import RawText
from mkdocs_postmortem.incident import Row
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.moment import Precision
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.timeline import with_day
from mkdocs_postmortem.written_time import Point, Range, TimeError, parse

# From such a step back on, the next day may be meant as well.
_DOUBTFUL = timedelta(hours=8)
_OUT_OF_ORDER = "PM206"


class OrderError(ValueError):
    """Why rows cannot be moved without changing what one of them means."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A row that moved: its number before, its line and heading now, and its neighbour there."""

    number: int
    line: int
    heading: str
    where: str


@dataclass(frozen=True, slots=True)
class Dated:
    """A row whose day had to be written out to stay what it was."""

    line: int
    was: str
    becomes: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """A file whose rows were moved; ``lines`` says where each line of a row stands now."""

    raw: RawText
    reading: Reading
    moved: tuple[Moved, ...]
    dated: tuple[Dated, ...]
    lines: dict[int, int]


def in_order(path: str, raw: RawText, reading: Reading, options: Options) -> Ordered | None:
    """`raw` with its rows in order, or ``None`` where they are. Raises `OrderError`."""
    reported = sum(found.rule.code == _OUT_OF_ORDER for found in reading.findings)
    counted = sum(found.code == _OUT_OF_ORDER for found in reading.diagnostics)
    if not counted or reading.incident is None:
        return None
    if reported > counted:
        raise OrderError("the order of some rows is silenced, so the others are moved by hand")
    _refuse_doubtful_days(reading)
    _refuse_numbers(reading)
    order = _order(reading.rows)
    result, lines = _rearranged(raw, reading, order)
    if Counter(result.lines) != Counter(raw.lines):
        raise OrderError("the last row has no line of its own")
    after = read_incident_text(path, result.data, options)
    dated: dict[int, tuple[str, str]] = {}
    while (position := _first_changed(reading, after, order)) is not None:
        old = reading.rows[order[position]]
        edit = _dating(old, position, reading, after)
        if position in dated or edit is None or old.written is None:
            raise OrderError(f"row {old.number} ({_heading(old)}) would get another time")
        result = result.edited([edit])
        after = read_incident_text(path, result.data, options)
        dated[position] = (old.written, edit.new)
    _refuse_losses(reading, after, order)
    return Ordered(
        result,
        after,
        _moved(reading, after, order),
        tuple(
            Dated(after.places.value("timeline", position).line, *texts)
            for position, texts in sorted(dated.items())
        ),
        lines,
    )


def _is_fixed(row: Row) -> bool:
    """Whether a row has a time of its own, closed on both sides."""
    bounded = (Precision.UNTIMED, Precision.NOT_BEFORE, Precision.NOT_AFTER)
    return row.moment.precision not in bounded and row.moment.width is not None


def _order(rows: tuple[Row, ...]) -> list[int]:
    """The indexes of the rows in order.

    A row that certainly happened before one above it goes directly above the topmost such row;
    rows whose times overlap stay as they are.
    """
    timed: list[int] = []
    for index, row in enumerate(rows):
        if not _is_fixed(row):
            continue
        above = next(
            (
                at
                for at, other in enumerate(timed)
                if row.moment.certainly_before(rows[other].moment)
            ),
            len(timed),
        )
        timed.insert(above, index)
    order: list[int] = []
    following = dict(zip([None, *timed], [*timed, None], strict=True))
    waiting: dict[int | None, list[int]] = {}
    previous: int | None = None
    for index, row in enumerate(rows):
        if _is_fixed(row):
            if waiting.get(previous) and following[previous] != index:
                _refuse_parting(rows, waiting[previous][0], previous, index)
            previous = index
        else:
            waiting.setdefault(previous, []).append(index)
    if waiting.get(previous) and following[previous] is not None:
        _refuse_parting(rows, waiting[previous][0], previous, None)
    for anchor in [None, *timed]:
        if anchor is not None:
            order.append(anchor)
        order += waiting.get(anchor, [])
    return order


def _refuse_parting(
    rows: tuple[Row, ...], index: int, above: int | None, below: int | None
) -> None:
    row = rows[index]
    sides = [
        f"row {side + 1} ({_heading(rows[side])})" for side in (above, below) if side is not None
    ]
    stands = f"stands between {' and '.join(sides)}"
    if len(sides) == 1:
        stands = f"stands {'below' if below is None else 'above'} {sides[0]}"
    raise OrderError(
        f"row {row.number} ({_heading(row)}) has no closed time of its own and {stands}; "
        "give it a time, or move the rows by hand"
    )


def _refuse_doubtful_days(reading: Reading) -> None:
    """Refuse where a row that is to move may as well belong to the next day."""
    greatest: Row | None = None
    for row in reading.rows:
        earliest, latest = row.moment.earliest, row.moment.latest
        if not row.moment.is_timed or earliest is None:
            continue
        top = greatest.moment if greatest is not None else None
        if top is not None and top.earliest is not None and latest and latest <= top.earliest:
            back = (top.nominal or top.earliest) - (row.moment.nominal or earliest)
            may_follow = back >= _DOUBTFUL and latest + timedelta(days=1) > top.earliest
            if row.number in reading.undated and may_follow:
                raise OrderError(
                    f"row {row.number} ({_heading(row)}) may as well be on the next day; "
                    "write its date first"
                )
        if top is None or top.earliest is None or earliest > top.earliest:
            greatest = row


def _refuse_numbers(reading: Reading) -> None:
    for silence in reading.fields.silence if reading.fields else ():
        if silence.line is not None or (silence.row or "").isdecimal():
            raise OrderError(f"`silence` names {silence.code} by a row's number or line")


def _rearranged(raw: RawText, reading: Reading, order: list[int]) -> tuple[RawText, dict[int, int]]:
    """The text with the rows in `order`, each with its comments, and where their lines stand.

    What is between rows stays.
    """
    lines = raw.lines
    place = reading.places.value("timeline")
    if lines[place.line - 1][place.column - 1 : place.column] != "-":
        raise OrderError("the timeline is not written one row below the other")
    dash = re.compile(rf" {{{place.column - 1}}}-(?:\s|$)")
    region = range(place.line - 1, place.end_line - 1)
    begins = [index for index in region if dash.match(lines[index])]
    if len(begins) != len(reading.rows):
        raise OrderError("the timeline is not written one row below the other")
    # A comment deeper than the dash belongs to the row it is in, one before a dash to that row.
    outer = re.compile(rf" {{0,{place.column - 1}}}#")
    leads: list[int] = []
    for number, begin in enumerate(begins):
        lead = begin
        while number and outer.match(lines[lead - 1]):
            lead -= 1
        leads.append(lead)
    ends = []
    for limit in [*leads[1:], region.stop]:
        end = limit
        while not lines[end - 1].strip() or outer.match(lines[end - 1]):
            end -= 1
        ends.append(end)
    pieces = lines[: leads[0]]
    now: dict[int, int] = {}
    for slot, index in enumerate(order):
        row = range(leads[index], ends[index])
        now |= {line + 1: len(pieces) + number for number, line in enumerate(row, 1)}
        pieces += lines[leads[index] : ends[index]]
        pieces += lines[ends[slot] : leads[slot + 1] if slot + 1 < len(leads) else len(lines)]
    return RawText("".join(pieces), raw.mark), now


def _first_changed(before: Reading, after: Reading, order: list[int]) -> int | None:
    """The first position at which a row's time is not what it was."""
    if len(after.rows) != len(before.rows):
        raise OrderError("a row would be lost")
    for position, index in enumerate(order):
        old, new = before.rows[index], after.rows[position]
        ends = [row.until and (row.until.earliest, row.until.latest) for row in (old, new)]
        if not narrows(old.moment, new.moment) or ends[0] != ends[1]:
            return position
    return None


def _dating(old: Row, position: int, before: Reading, after: Reading) -> Edit | None:
    """The edit that writes out the day of a row whose clock has none."""
    if old.written is None or old.number not in before.undated:
        return None
    try:
        written = parse(old.written)
    except TimeError:
        return None
    point = written.start or written.end if isinstance(written, Range) else written
    is_about = old.moment.precision is Precision.APPROXIMATE
    instant = old.moment.nominal if is_about else old.moment.earliest
    if not isinstance(point, Point) or instant is None:
        return None
    day: date = instant.astimezone(point.zone or before.zone).date()
    return Edit(after.place_of_time(position), with_day(old.written, day), old.written)


def _refuse_losses(before: Reading, after: Reading, order: list[int]) -> None:
    """Refuse where anything but order, dates and what follows from order has changed."""
    for position, index in enumerate(order):
        old, new = before.rows[index], after.rows[position]
        same = {
            name: getattr(old, name)
            for name in (entry.name for entry in fields(Row))
            if name not in ("number", "moment", "until", "written", "episode", "anchor")
        }
        if any(getattr(new, name) != value for name, value in same.items()):
            raise OrderError(f"row {old.number} would change")
    one, other = before.fields, after.fields
    if one is None or other is None or after.source.body != before.source.body:
        raise OrderError("the file could not be read any more")
    if one.model_copy(update={"timeline": ()}) != other.model_copy(update={"timeline": ()}):
        raise OrderError("a field outside of the timeline would change")
    known = Counter(found.code for found in before.diagnostics)
    for found in after.diagnostics:
        counts = found.severity is Severity.ERROR or found.code[:3] in ("PM1", "PM2")
        if known[found.code]:
            known[found.code] -= 1
        elif counts and found.severity is not Severity.NOTE:
            raise OrderError(f"it would bring {found.code}: {found.message}")
    for found in after.diagnostics:
        if found.code == _OUT_OF_ORDER:
            raise OrderError(f"{found.message} even then")


def _moved(before: Reading, after: Reading, order: list[int]) -> tuple[Moved, ...]:
    """The fewest rows that, moved, bring the others into `order`."""
    stay = _longest_rising(order)
    moved = []
    for position, index in enumerate(order):
        if index in stay:
            continue
        row = before.rows[index]
        follows = position > 0 and order[position - 1] > index
        side = position - 1 if position == len(order) - 1 or follows else position + 1
        neighbour = before.rows[order[side]]
        where = f"{'below' if side < position else 'above'} {_heading(neighbour)}"
        line = after.places.value("timeline", position).line
        moved.append(Moved(row.number, line, _heading(row), where))
    return tuple(moved)


def _longest_rising(order: list[int]) -> set[int]:
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for value in order:
        at = bisect_left(tails, value)
        before[value] = tails[at - 1] if at else None
        tails[at : at + 1] = [value]
    rising: set[int] = set()
    value_or_none: int | None = tails[-1] if tails else None
    while value_or_none is not None:
        rising.add(value_or_none)
        value_or_none = before[value_or_none]
    return rising


def _heading(row: Row) -> str:
    text = " ".join(row.text.split())
    parts = [row.written or "", ", ".join(row.milestones)]
    return " ".join(part for part in parts if part) or (text[:40] + "…" * (len(text) > 40))
