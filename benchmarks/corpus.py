"""The incidents to measure with: all of one size, made from a fixed seed.

Each has ten rows, five action items and a body of 500 words in five sections. One incident can be
written as the file of an author, and as the page with tables that one would write by hand.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

# What counts as today where they are built.
AS_OF = date(2026, 11, 23)
SECTIONS = ("Impact", "Root cause", "What went well", "What went badly", "Lessons")
_MILESTONES = {
    0: "started",
    1: "detected",
    2: "acknowledged",
    4: "identified",
    6: "mitigating",
    9: "resolved",
}
_WORDS = (
    "the service a request queue replica of under load timed out while we deploy and retried "
    "until cache database node was restarted by on-call engineer then traffic recovered for most "
    "customers in one region with errors latency dashboards alerts rollback configuration change"
).split()
_COMPONENTS = ("api", "dashboard", "webhooks", "search", "billing")


class Row(NamedTuple):
    """A row of the timeline: its clock time, its milestone if it is one, and what happened."""

    clock: str
    milestone: str
    text: str


class ActionItem(NamedTuple):
    """A promise, which is kept."""

    title: str
    owner: str
    due: date


class Incident(NamedTuple):
    """One incident; `sections` are the headings of its body, each with its paragraph."""

    id: str
    title: str
    severity: str
    component: str
    rows: tuple[Row, ...]
    items: tuple[ActionItem, ...]
    sections: tuple[tuple[str, str], ...]


def incidents(count: int, seed: int = 1) -> Iterator[Incident]:
    """`count` incidents two days apart, the last ones in the autumn of 2026.

    The same `count` and `seed` make the same incidents on every machine.
    """
    chance = random.Random(seed)  # noqa: S311 - the same numbers each time are what is wanted
    for number in range(count):
        day = date(2026, 11, 1) - timedelta(days=(count - number) * 2)
        minute = chance.randrange(600)
        rows = []
        for index in range(10):
            minute += chance.randrange(2, 12)
            clock = f"{minute // 60:02}:{minute % 60:02}"
            rows.append(Row(clock, _MILESTONES.get(index, ""), _sentence(chance, 12)))
        due = min(day + timedelta(days=30), AS_OF)
        items = [
            ActionItem(_sentence(chance, 8)[:-1], chance.choice(_COMPONENTS), due) for _ in range(5)
        ]
        title = f"{_sentence(chance, 6)[:-1]} {number}"
        yield Incident(
            id=f"{day}-{'-'.join(title.lower().split())}",
            title=title,
            severity=chance.choice(("sev1", "sev2", "sev3")),
            component=chance.choice(_COMPONENTS),
            rows=tuple(rows),
            items=tuple(items),
            sections=tuple((name, _sentence(chance, 100)) for name in SECTIONS),
        )


def _sentence(chance: random.Random, words: int) -> str:
    text = " ".join(chance.choices(_WORDS, k=words))
    return f"{text[:1].upper()}{text[1:]}."


def incident_file(incident: Incident) -> str:
    """An incident as the file that an author would write."""
    lines = [
        "---",
        f"title: {incident.title}",
        f"severity: {incident.severity}",
        "visibility: public",
        f"published: {incident.id[:10]}",
        f"components: [{incident.component}]",
        f"summary: {incident.sections[0][1][:80]}",
        "timeline:",
        *(f"  - {f'{row.clock} {row.milestone}'.strip()}: {row.text}" for row in incident.rows),
        "action_items:",
        *(
            f"  - {{title: {item.title}, owner: {item.owner}, due: {item.due}, status: done}}"
            for item in incident.items
        ),
        "---",
        "",
        body(incident),
    ]
    return "\n".join(lines)


def page_by_hand(incident: Incident) -> str:
    """The same incident as a page with Markdown tables, of which nothing is computed."""
    lines = [
        f"# {incident.title}",
        "",
        f"{incident.severity}, {incident.component}",
        "",
        "## Timeline",
        "",
        "| Time | Milestone | Event |",
        "| --- | --- | --- |",
        *(f"| {row.clock} | {row.milestone} | {row.text} |" for row in incident.rows),
        "",
        "## Action items",
        "",
        "| What | Owner | Due |",
        "| --- | --- | --- |",
        *(f"| {item.title} | {item.owner} | {item.due} |" for item in incident.items),
        "",
        body(incident),
    ]
    return "\n".join(lines)


def body(incident: Incident) -> str:
    """The sections of an incident as Markdown."""
    return "\n".join(f"## {name}\n\n{text}\n" for name, text in incident.sections)
