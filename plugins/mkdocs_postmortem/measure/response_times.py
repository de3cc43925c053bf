"""Response times: named spans between two milestones, with outcome, bounds and verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from mkdocs_postmortem.incident import Outcome, ResponseTime, Row, Verdict
from mkdocs_postmortem.moment import UNKNOWN, ZERO, Moment, Precision, Span, difference
from mkdocs_postmortem.options import TIME_TO_PUBLISH, MeasuredTime, Options

# After a relapse these two count again, so the last one is the true one.
LAST_COUNTS = frozenset({"mitigated", "resolved"})


def milestone_row(rows: Sequence[Row], milestone: str, episode: int) -> Row | None:
    """The row that counts as `milestone` in `episode`: the first, or the last after a relapse."""
    found = [row for row in rows if row.episode == episode and milestone in row.milestones]
    if not found:
        return None
    return found[-1] if milestone in LAST_COUNTS else found[0]


def by_episode(rows: Sequence[Row]) -> dict[int, list[Row]]:
    """The rows of each episode, so that many episodes cost no look through all rows each."""
    episodes: dict[int, list[Row]] = {}
    for row in rows:
        episodes.setdefault(row.episode, []).append(row)
    return episodes


def between_rows(start: Row, end: Row) -> tuple[Outcome, Span]:
    """The span from one row's moment to another's, which `Outcome.BEFORE` marks as negative."""
    if start.number == end.number:
        if start.moment.precision is Precision.RELATIVE:
            return Outcome.RECORDED, Span.exactly(ZERO)
        return Outcome.RECORDED, Span(ZERO, ZERO, start.moment.width)
    span = difference(start.moment, end.moment)
    if not span.has_number:
        return Outcome.RECORDED, span
    above = end.number < start.number
    certainly_before = span.upper is not None and span.upper <= ZERO
    certainly_after = span.lower is not None and span.lower >= ZERO
    if span.lower == span.upper == ZERO:
        return Outcome.RECORDED, span
    if certainly_before:
        return Outcome.BEFORE, span
    if above and not certainly_after:
        return Outcome.BEFORE, span.at_most(ZERO)
    return Outcome.RECORDED, span if certainly_after else span.at_least(ZERO)


def verdict(span: Span, target: timedelta | None) -> Verdict | None:
    """How `span` stands against `target`; uncertain where the bounds straddle it."""
    if target is None or not span.has_number:
        return None
    if span.upper is not None and span.upper <= target:
        return Verdict.MET
    if span.lower is not None and span.lower >= target:
        return Verdict.MISSED
    return Verdict.UNCERTAIN


def response_times(
    rows: Sequence[Row],
    options: Options,
    targets: Mapping[str, timedelta],
    *,
    ongoing: bool,
    published: Moment | None,
) -> tuple[ResponseTime, ...]:
    """Every response time of every episode, then the time to publish.

    `targets` are the incident's own and count over the site's. A missing milestone leaves a
    response time pending while the incident is open, and not applicable once it is closed.
    """

    def target(key: str) -> timedelta | None:
        return targets[key] if key in targets else options.target(key)

    own = by_episode(rows)
    episodes = max(own, default=1)
    times = []
    for episode in range(1, episodes + 1):
        missing = Outcome.PENDING if ongoing and episode == episodes else Outcome.NOT_APPLICABLE
        reached = by_milestone(own.get(episode, ()))
        times += [
            _measure(reached, measured, episode, missing, target(measured.key))
            for measured in options.measured_times
        ]
    last_resolved = milestone_row(rows, "resolved", episodes)
    times.append(
        _time_to_publish(last_resolved, published, target(TIME_TO_PUBLISH.key), ongoing=ongoing)
    )
    return tuple(times)


def by_milestone(rows: Sequence[Row]) -> dict[str, Row]:
    """The row that counts for each milestone of one episode, as `milestone_row` gives it."""
    reached: dict[str, Row] = {}
    for row in rows:
        for milestone in row.milestones:
            if milestone in LAST_COUNTS or milestone not in reached:
                reached[milestone] = row
    return reached


def _measure(
    reached: Mapping[str, Row],
    measured: MeasuredTime,
    episode: int,
    missing: Outcome,
    target: timedelta | None,
) -> ResponseTime:
    assert measured.start is not None
    assert measured.end is not None
    start, end = reached.get(measured.start), reached.get(measured.end)
    outcome, span = missing, UNKNOWN
    if start is not None and end is not None:
        outcome, span = between_rows(start, end)
    return ResponseTime(
        key=measured.key,
        name=measured.name,
        start=measured.start,
        end=measured.end,
        episode=episode,
        outcome=outcome,
        span=span,
        target=target,
        verdict=verdict(span, target) if outcome is Outcome.RECORDED else None,
        start_row=start,
        end_row=end,
    )


def _time_to_publish(
    resolved: Row | None, published: Moment | None, target: timedelta | None, *, ongoing: bool
) -> ResponseTime:
    outcome, span = Outcome.PENDING if ongoing else Outcome.NOT_APPLICABLE, UNKNOWN
    if resolved is not None and published is not None:
        outcome, span = Outcome.RECORDED, difference(resolved.moment, published)
        if span.upper is not None and span.upper <= ZERO:
            outcome = Outcome.BEFORE
        elif span.has_number:
            span = span.at_least(ZERO)
    return ResponseTime(
        key=TIME_TO_PUBLISH.key,
        name=TIME_TO_PUBLISH.name,
        start=TIME_TO_PUBLISH.start,
        end=TIME_TO_PUBLISH.end,
        episode=None,
        outcome=outcome,
        span=span,
        target=target,
        verdict=verdict(span, target) if outcome is Outcome.RECORDED else None,
        start_row=resolved,
    )
