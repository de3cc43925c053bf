"""What differs in one incident: its values, its action items, and which of its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from mkdocs_postmortem.body import internal_blocks
from mkdocs_postmortem.comparison.changes import (
    InternalParts,
    ItemChange,
    ValueChange,
    Version,
)
from mkdocs_postmortem.comparison.likeness import likeness
from mkdocs_postmortem.comparison.values import Key, Value
from mkdocs_postmortem.incident import ActionItem, ActionStatus, Correction, Incident, Row
from mkdocs_postmortem.moment import difference

_FINISHED = (ActionStatus.DONE, ActionStatus.CANCELLED)
# How much of the titles of two action items must be the same for one that was reworded.
_REWORDED = 0.8


def value_changes(before: dict[Key, Value], after: dict[Key, Value]) -> tuple[ValueChange, ...]:
    """The computed values that are not the same: facts first, then what is measured."""
    changes = []
    for key in before | after:
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None and old.data == new.data:
            continue
        # What was empty and is not there any more says nothing, nor does the reverse.
        if all(value is None or value.is_empty for value in (old, new)):
            continue
        changes.append(ValueChange(key, old, new))
    order = {"fact": 0, "response_time": 1, "impact": 2, "milestone": 3}
    return tuple(sorted(changes, key=lambda change: order[change.key.group]))


def item_changes(
    before: Sequence[ActionItem], after: Sequence[ActionItem]
) -> tuple[ItemChange, ...]:
    """What became of the action items, what a reader may not like to hear first.

    One is the same whose id is, or whose title is nearly.
    """
    old, new = _numbered(before), _numbered(after)
    pairs = [(old[key], new[key]) for key in new if key in old]
    gone = [item for key, item in old.items() if key not in new]
    come = [item for key, item in new.items() if key not in old]
    for item in list(come):
        # Where no id is written it is made of the title, and a reworded title is another id.
        best = max(gone, key=lambda other: likeness(other.title, item.title), default=None)
        if best is not None and likeness(best.title, item.title) >= _REWORDED:
            pairs.append((best, item))
            gone.remove(best)
            come.remove(item)
    changes = [ItemChange(("dropped",), item, None) for item in gone]
    changes += [ItemChange(("new",), None, item) for item in come]
    for was, now in pairs:
        if kinds := tuple(_item_kinds(was, now)):
            changes.append(ItemChange(kinds, was, now))
    order = ["dropped", "due", "reopened", "cancelled", "new", "done", "reworded", "changed"]
    return tuple(
        sorted(changes, key=lambda change: min(order.index(kind) for kind in change.kinds))
    )


def _numbered(items: Sequence[ActionItem]) -> dict[tuple[str, int], ActionItem]:
    seen = Counter[str]()
    numbered = {}
    for item in items:
        seen[item.id] += 1
        numbered[item.id, seen[item.id]] = item
    return numbered


def _item_kinds(was: ActionItem, now: ActionItem) -> Iterable[str]:
    if was.status != now.status:
        if now.status in _FINISHED:
            yield "done" if now.status is ActionStatus.DONE else "cancelled"
        elif was.status in _FINISHED:
            yield "reopened"
    if (was.due, was.due_words) != (now.due, now.due_words):
        yield "due"
    if was.title != now.title:
        yield "reworded"
    rest = {"title": "", "due": None, "due_words": None, "id": ""}
    if was.status in _FINISHED or now.status in _FINISHED:
        rest |= {"status": ActionStatus.OPEN, "done": None}
    if replace(was, **rest) != replace(now, **rest):  # type: ignore[arg-type]
        yield "changed"


def text_changes(before: Incident, after: Incident) -> Iterable[str]:
    """The parts of an incident whose words differ."""
    if before.summary != after.summary:
        yield "summary"
    rows = [[_written(row) for row in incident.rows] for incident in (before, after)]
    if rows[0] != rows[1]:
        yield f"timeline ({_row_counts(*rows)})"
    for name in ("causes", "claims", "aliases", "lang"):
        if getattr(before, name) != getattr(after, name):
            yield name
    if before.body != after.body:
        yield "body"
    if before.internal != after.internal:
        yield "internal notes"


def silence_changes(before: Version | None, after: Version | None) -> Iterable[str]:
    """The rules that a file has begun to silence, which is not the same as solving them."""
    codes = [
        Counter(entry.code for entry in version.reading.fields.silence)
        for version in (before, after)
        if version is not None and version.reading.fields is not None
    ]
    if len(codes) == 2 and (new := codes[1] - codes[0]):
        yield f"silences {', '.join(sorted(new))}"


def _written(row: Row) -> tuple[Any, ...]:
    """A row as the author wrote it, wherever it stands and whatever its time resolves to."""
    lasted = difference(row.moment, row.until) if row.until else None
    about = (row.milestones, row.outcome, row.components, row.by, row.severity, row.evidence)
    return (row.written, lasted, row.text, row.internal, row.update, *about)


def _row_counts(before: list[Any], after: list[Any]) -> str:
    added = taken = reworded = 0
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            both = min(j - i, m - k)
            reworded, taken, added = reworded + both, taken + j - i - both, added + m - k - both
    counts = ((added, "added"), (taken, "taken away"), (reworded, "changed"))
    return ", ".join(f"{n} row{'s' * (n != 1)} {what}" for n, what in counts if n) or "order"


def new_corrections(before: Incident | None, after: Incident | None) -> tuple[Correction, ...]:
    """The corrections that only `after` has."""
    if before is None or after is None:
        return ()
    return tuple((Counter(after.corrections) - Counter(before.corrections)).elements())


def internal_parts(version: Version) -> InternalParts:
    """What of an incident, whatever the audience sees of it, stays out of a public build."""
    incident = version.reading.incident
    assert incident is not None
    return InternalParts(
        rows=tuple(row for row in incident.rows if row.internal),
        causes=tuple(cause.id for cause in incident.causes if cause.internal),
        action_items=tuple(item.title for item in incident.action_items if item.internal),
        blocks=len(internal_blocks(incident.body).blocks),
        notes=incident.internal is not None,
    )
