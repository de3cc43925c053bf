"""Whether a file that was edited still says what it said: the proof of every fix.

What was read before stays as it was, and what could not be read may come in. A moment may only
become narrower: a time that now can be read has to lie between its neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from mkdocs_postmortem.diagnostics import Diagnostic, Edit, Fix, Place, Severity
from mkdocs_postmortem.fixing.revision import start_after
from mkdocs_postmortem.incident import Row
from mkdocs_postmortem.moment import Moment, Precision
from mkdocs_postmortem.reading.plain_yaml import LEFT_OUT
from mkdocs_postmortem.reading.reader import Reading

_Unit = tuple[str | int, ...]
_BOUNDED_BY_OTHERS = (Precision.UNTIMED, Precision.NOT_BEFORE, Precision.NOT_AFTER)


def objection(
    before: Reading, after: Reading, solved: list[Diagnostic], fixes: list[Fix]
) -> str | None:
    """Why the step from `before` to `after` is not safe, or ``None`` where it is.

    The step applied `fixes`, one for each diagnostic in `solved`.
    """
    edits = [edit for fix in fixes for edit in fix.edits]
    if after.source.front_matter is None or after.source.body != before.source.body:
        return "the body of the page would change"
    if found := _new_problem(before, after, fixes, edits):
        return f"it would bring {found.code}: {found.message}"
    if unsolved := _unsolved(before, after, solved, edits):
        return f"{unsolved.code} would stay"
    if before.fields is None:
        return None
    if after.fields is None:
        return "the front matter could no longer be read"
    if after.fields.visibility != before.fields.visibility:
        return "others could see it"
    return _changed_value(before, after, edits) or changed_time(before, after)


def changed_time(before: Reading, after: Reading) -> str | None:
    """Which time is no longer what it was, or ``None``. The rows stand in the same order."""
    for old, new in zip(before.rows, after.rows, strict=True):
        if not (narrows(old.moment, new.moment) and _same_end(old, new)):
            if new.moment.is_timed and not old.moment.is_timed:
                return f"{new.written} does not fit between the rows around it"
            return f"the time of row {old.number} would change"
    for key, moment in before.impact_moments.items():
        if after.impact_moments.get(key) != moment:
            return f"the time of impact {key[0] + 1} would change"
    if before.published is not None and after.published != before.published:
        return "the time of publication would change"
    one, other = before.incident, after.incident
    for name in ("next_update", "scheduled"):
        known = getattr(one, name, None)
        if known is not None and getattr(other, name, None) != known:
            return f"{name} would change"
    return None


def narrows(old: Moment, new: Moment) -> bool:
    """Whether `new` says what `old` says, or the same more narrowly."""
    if old.precision not in _BOUNDED_BY_OTHERS:
        return _bounds(old) == _bounds(new) and old.precision is new.precision
    if new.precision is not old.precision and old.precision is not Precision.UNTIMED:
        return False

    def lies_after(instant: datetime | None, floor: datetime | None) -> bool:
        return floor is None or (instant is not None and instant >= floor)

    def lies_before(instant: datetime | None, ceiling: datetime | None) -> bool:
        return ceiling is None or (instant is not None and instant <= ceiling)

    if new.precision in _BOUNDED_BY_OTHERS:
        return lies_after(new.earliest, old.earliest) and lies_before(new.latest, old.latest)
    # A time that came in overlaps what its neighbours leave; order is judged by its own rule.
    begins_in_time = old.latest is None or new.earliest is None or new.earliest < old.latest
    ends_in_time = old.earliest is None or new.latest is None or new.latest > old.earliest
    return begins_in_time and ends_in_time


def _bounds(moment: Moment) -> tuple[datetime | None, ...]:
    return moment.earliest, moment.latest, moment.nominal


def _same_end(old: Row, new: Row) -> bool:
    if old.until is None:
        return True
    return new.until is not None and _bounds(old.until) == _bounds(new.until)


def _new_problem(
    before: Reading, after: Reading, fixes: list[Fix], edits: list[Edit]
) -> Diagnostic | None:
    """An error or a warning that was not there, and does not only come to light."""
    known = Counter(
        (found.code, start_after(found.place, edits)[0]) for found in before.diagnostics
    )
    for found in after.diagnostics:
        key = (found.code, found.place.line)
        if known[key]:
            known[key] -= 1
        elif found.severity is not Severity.NOTE and not _is_revealed(found, before, fixes, edits):
            return found
    return None


def _is_revealed(found: Diagnostic, before: Reading, fixes: list[Fix], edits: list[Edit]) -> bool:
    """Whether `found` was there before and only comes to light."""
    changed = [edit.place for edit in edits]
    revealed = [fix.reveals for fix in fixes if fix.reveals is not None]
    if not any(_covers(place, found, edits) for place in (*changed, *revealed)):
        # Nothing was looked at in a file that could not be read. But it may be published now, so
        # what must not stand in public remains a reason.
        return before.fields is None and not found.code.startswith("PM7")
    # A value that does not fit its field is no revelation: another field was meant.
    return any(
        _covers(place, found, edits)
        and (start_after(place, edits) < found.place.start or found.code[:3] not in ("PM1", "PM2"))
        for place in revealed
    )


def _covers(place: Place, found: Diagnostic, edits: list[Edit]) -> bool:
    """Whether `found` lies in what stood at `place` before `edits`, or on its last line."""
    last, _ = start_after(Place(*place.end, *place.end), edits)
    return start_after(place, edits) <= found.place.start and found.place.line <= last


def _unsolved(
    before: Reading, after: Reading, solved: list[Diagnostic], edits: list[Edit]
) -> Diagnostic | None:
    """One of `solved` that is still there."""
    left = Counter((found.code, found.place.line) for found in after.diagnostics)
    had = Counter((found.code, start_after(found.place, edits)[0]) for found in before.diagnostics)
    wanted = Counter((found.code, start_after(found.place, edits)[0]) for found in solved)
    for found in solved:
        key = (found.code, start_after(found.place, edits)[0])
        if left[key] > had[key] - wanted[key]:
            return found
    return None


def _changed_value(before: Reading, after: Reading, edits: list[Edit]) -> str | None:
    """A field that was read and no edit touched, and that reads differently now."""
    assert before.fields is not None
    assert after.fields is not None
    now = dict(_units(after.fields))
    for unit, value in _units(before.fields):
        if value == LEFT_OUT or now.get(unit) == value:
            continue
        place = before.places.value(*unit)
        if not any(
            place.start <= edit.place.end and edit.place.start <= place.end for edit in edits
        ):
            return f"`{unit[-1] if isinstance(unit[-1], str) else unit[0]}` would change"
    for key, page_value in before.page_meta.items():
        if after.page_meta.get(key) != page_value:
            return f"`{key}` would change"
    return None


def _units(fields: BaseModel, path: _Unit = ()) -> Iterator[tuple[_Unit, Any]]:
    """The values that stand in the file, by field; in lists of mappings by index and field."""
    for name in fields.model_fields_set:
        value = getattr(fields, name)
        key = type(fields).model_fields[name].alias or name
        if isinstance(value, BaseModel):
            yield from _units(value, (*path, key))
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for index, item in enumerate(value):
                yield from _units(item, (*path, key, index))
        else:
            yield (*path, key), value
