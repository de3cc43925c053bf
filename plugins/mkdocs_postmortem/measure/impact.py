"""Impact: when which component was affected, how badly, and how long in all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from mkdocs_postmortem.incident import Outcome, ResponseTime, Row, Window
from mkdocs_postmortem.measure.response_times import verdict
from mkdocs_postmortem.moment import UNKNOWN, ZERO, Span, difference
from mkdocs_postmortem.options import IMPACT_DURATION


def default_windows(
    rows: Sequence[Row], components: Sequence[str], level: str | None, *, ongoing: bool
) -> tuple[Window, ...]:
    """The impact that the milestones tell, for each component.

    It goes from a ``started`` to the last ``mitigated``, else ``resolved``, before the next one,
    else as long as the row with ``started`` says with ``until``.
    Rows that name components count for these only.
    """
    named: list[str | None] = list(components) or list(
        dict.fromkeys(component for row in rows for component in row.components)
    )
    windows: list[Window] = []
    for component in named or [None]:
        own = [row for row in rows if not row.components or component in row.components]
        windows += _windows_of(own, component, level, ongoing=ongoing)
    return tuple(windows)


def end_of_impact(rows: Iterable[Row]) -> Row | None:
    """The row at which impact ends: the last ``mitigated``, else the last ``resolved``."""
    listed = list(rows)
    for milestone in ("mitigated", "resolved"):
        found = [row for row in listed if milestone in row.milestones]
        if found:
            return found[-1]
    return None


def _windows_of(
    rows: Sequence[Row], component: str | None, level: str | None, *, ongoing: bool
) -> list[Window]:
    starts = [index for index, row in enumerate(rows) if "started" in row.milestones]
    windows = []
    begin: Row | None = None
    for position, index in enumerate(starts):
        following = starts[position + 1] if position + 1 < len(starts) else len(rows)
        if begin is None:
            begin = rows[index]
        end_row = end_of_impact(rows[index:following])
        end = end_row.moment if end_row is not None else rows[index].until
        if end is None and following < len(rows):
            # It started again before it had ended: one stretch of impact.
            continue
        windows.append(
            Window(
                component,
                level,
                begin.moment,
                end,
                ongoing=end is None and ongoing,
            )
        )
        begin = None
    return windows


def impact_duration(
    windows: Sequence[Window], target: timedelta | None, *, ongoing: bool
) -> ResponseTime:
    """The length of the union of `windows`: overlapping impact counts once."""
    outcome, span = Outcome.PENDING if ongoing else Outcome.NOT_APPLICABLE, UNKNOWN
    # A window that ends before it begins is a mistake, and no length.
    if windows and all(
        window.end is not None and not window.end.certainly_before(window.start)
        for window in windows
    ):
        outcome, span = Outcome.RECORDED, union_length(windows)
    return ResponseTime(
        key=IMPACT_DURATION.key,
        name=IMPACT_DURATION.name,
        start=None,
        end=None,
        episode=None,
        outcome=outcome,
        span=span,
        target=target,
        verdict=verdict(span, target) if outcome is Outcome.RECORDED else None,
    )


def union_length(windows: Sequence[Window]) -> Span:
    """How long at least one of `windows`, which all have an end, was open.

    The true union holds every part that is certainly inside a window and nothing outside what
    may be inside one, so the lengths of those two bound it.
    """
    ends = dict.fromkeys((window.start, window.end) for window in windows)
    if len(ends) == 1:
        ((start, end),) = ends
        assert end is not None
        span = difference(start, end)
        return span.at_least(ZERO) if span.has_number else span
    certain, nominal, possible = [], [], []
    for start, end in ends:
        assert end is not None
        certain.append((start.latest, end.earliest))
        nominal.append((start.nominal, end.nominal))
        possible.append((start.earliest, end.latest))
    lower = _length([pair for pair in certain if None not in pair])
    return Span(_length(nominal), lower, _length(possible))


def _length(
    intervals: Sequence[tuple[datetime | None, datetime | None]],
) -> timedelta | None:
    """The length of a union of intervals, or ``None`` where one of them is open."""
    closed = [(start, end) for start, end in intervals if start is not None and end is not None]
    return covered(closed) if len(closed) == len(intervals) else None


def covered(intervals: Sequence[tuple[datetime, datetime]]) -> timedelta:
    """How long at least one of some intervals lasts; overlaps count once."""
    total, reached = ZERO, None
    for start, end in sorted(intervals):
        begin = start if reached is None or start > reached else reached
        if end > begin:
            total += end - begin
            reached = end
    return total
