"""A computed incident: what every page, feed and table is made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from mkdocs_postmortem.moment import Moment, Span

# The type, in classes whose field has its name.
Day = date


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the timeline.

    ``number`` counts from 1 in the file. ``text`` is Markdown, empty where an internal row keeps
    only its milestones in public. ``anchor`` is made from the time and the milestones. ``update``
    makes it an update for the public where it has no milestone.
    """

    number: int
    written: str | None
    moment: Moment
    until: Moment | None
    milestones: tuple[str, ...]
    episode: int
    text: str
    anchor: str
    outcome: str | None = None
    components: tuple[str, ...] = ()
    by: str | None = None
    severity: str | None = None
    internal: bool = False
    evidence: tuple[str, ...] = ()
    update: bool = False


class Outcome(StrEnum):
    """What became of a response time."""

    RECORDED = "recorded"
    PENDING = "pending"
    NOT_APPLICABLE = "not_applicable"
    BEFORE = "before"


class Verdict(StrEnum):
    """How a response time stands against its target."""

    MET = "met"
    MISSED = "missed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """One response time of one episode (``None``: of the whole incident).

    ``start`` and ``end`` are milestones, or ``None`` for the duration of the impact. `span` is
    negative where the outcome is `before`.
    """

    key: str
    name: str
    start: str | None
    end: str | None
    episode: int | None
    outcome: Outcome
    span: Span
    target: timedelta | None = None
    verdict: Verdict | None = None
    start_row: Row | None = None
    end_row: Row | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of impact on one component, or on everything where ``component`` is ``None``.

    ``end`` is ``None`` where the impact goes on (``ongoing``) or its end is not known.
    """

    component: str | None
    level: str | None
    start: Moment
    end: Moment | None
    ongoing: bool = False
    users: str | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """What made the incident possible. ``text`` is Markdown."""

    id: str
    text: str
    internal: bool = False


class ActionStatus(StrEnum):
    """How far an action item is."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ActionItem:
    """One promise. ``due`` is a day, or ``due_words`` what the author wrote instead."""

    id: str
    title: str
    status: ActionStatus
    kind: str | None = None
    owner: str | None = None
    priority: str | None = None
    due: date | None = None
    due_words: str | None = None
    done: date | None = None
    link: str | None = None
    cause: str | None = None
    internal: bool = False

    def is_overdue(self, today: date) -> bool:
        """Whether it is unfinished and was due before `today`."""
        unfinished = self.status in (ActionStatus.OPEN, ActionStatus.IN_PROGRESS)
        return unfinished and self.due is not None and self.due < today


@dataclass(frozen=True, slots=True)
class Correction:
    """What was corrected after publication. ``text`` is Markdown."""

    date: Day
    text: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why the postmortem is no longer there."""

    date: Day
    reason: str


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident with everything that is computed from its file.

    All moments are in UTC. ``zone`` is the zone of times without one, ``severity`` the peak and
    ``first_severity`` the one it began with. ``internal_components`` are named by
    internal rows alone. ``body`` is Markdown.
    """

    id: str
    title: str
    date: Day
    zone: tzinfo
    visibility: str
    ongoing: bool
    rows: tuple[Row, ...]
    response_times: tuple[ResponseTime, ...]
    windows: tuple[Window, ...]
    body: str
    severity: str | None = None
    severities: tuple[str, ...] = ()
    published: Moment | None = None
    components: tuple[str, ...] = ()
    internal_components: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    summary: str | None = None
    claims: dict[str, tuple[str, ...]] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    action_items: tuple[ActionItem, ...] = ()
    related: tuple[str, ...] = ()
    kind: str = "incident"
    scheduled: tuple[Moment, Moment] | None = None
    reference: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    next_update: Moment | None = None
    lang: str = "en"
    internal: Any = None
    withdrawn: Withdrawal | None = None
    corrections: tuple[Correction, ...] = ()
    aliases: tuple[str, ...] = ()
    page_meta: dict[str, Any] = field(default_factory=dict)

    @property
    def episodes(self) -> int:
        """How many episodes the timeline has."""
        return max((row.episode for row in self.rows), default=1)

    def seen_from(self, zone: tzinfo) -> Incident:
        """The incident for readers in `zone`: days that were written alone are those days there.

        Response times stay what they are.
        """

        def seen(moment: Moment | None) -> Any:
            return moment and moment.seen_from(zone)

        if not any(moment and moment.day for moment in self._moments()):
            return self
        return replace(
            self,
            rows=tuple(
                replace(row, moment=seen(row.moment), until=seen(row.until)) for row in self.rows
            ),
            windows=tuple(
                replace(window, start=seen(window.start), end=seen(window.end))
                for window in self.windows
            ),
            published=seen(self.published),
            scheduled=self.scheduled and (seen(self.scheduled[0]), seen(self.scheduled[1])),
            next_update=seen(self.next_update),
        )

    def _moments(self) -> Iterator[Moment | None]:
        for row in self.rows:
            yield from (row.moment, row.until)
        for window in self.windows:
            yield from (window.start, window.end)
        yield from (self.published, self.next_update, *(self.scheduled or ()))

    @property
    def starts(self) -> Moment | None:
        """When it began: the first ``started``, else the first row with a time."""
        for row in self.rows:
            if "started" in row.milestones and row.moment.earliest is not None:
                return row.moment
        return next((row.moment for row in self.rows if row.moment.earliest is not None), None)

    def milestone(self, name: str, number: int = 1) -> Row | None:
        """The row of the `number`-th ``name``, counted over the whole timeline."""
        rows = [row for row in self.rows if name in row.milestones]
        return rows[number - 1] if 0 < number <= len(rows) else None

    def response_time(self, key: str, episode: int | None = None) -> ResponseTime | None:
        """The response time `key` of an episode, or of the first that has it."""
        for time in self.response_times:
            if time.key == key and (episode is None or time.episode == episode):
                return time
        return None
