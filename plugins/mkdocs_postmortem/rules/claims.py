"""PM4xx: what was claimed, held against the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from mkdocs_postmortem.diagnostics import Place, Severity
from mkdocs_postmortem.incident import Incident, Outcome, ResponseTime
from mkdocs_postmortem.moment import Moment, Span, difference
from mkdocs_postmortem.options import IMPACT_DURATION
from mkdocs_postmortem.rules.registry import Remark, check
from mkdocs_postmortem.timeline import Clockwork
from mkdocs_postmortem.unit_words import may_have_unit_word

if TYPE_CHECKING:
    from mkdocs_postmortem.claims import ClaimedLength
    from mkdocs_postmortem.reading.reader import Reading


@check("PM401", "announced-figure-contradicts-timeline", Severity.WARNING)
def announced_figure(reading: Reading) -> Iterator[Remark]:
    """A figure under `claims` cannot be true by the timeline.

    The computed bounds are honest: 18:03 to 18:18 is between 14 and 16 minutes, so an announced
    “about 14 minutes” stands and “22 minutes” does not. A figure may be off by half of its last
    unit, or by a tenth where it says “about”. Of 163 durations that real postmortems state, 52
    contradict their own timeline. Correct the figure, the timeline, or silence this with the
    reason.

    GitLab gives [7 July 2023](https://gitlab.com/gitlab-com/gl-infra/production/-/issues/15997) as
    16:15 to 19:36 and 231 minutes; it is 201. The title of npm's report of [4 June
    2014](https://status.npmjs.org/incidents/8f606wk49gq4) ends an hour later than the 77 minutes in
    its text.

    ## Example

    ```yaml
    claims:
      time_to_resolve: 22m ◀
    ```

    ## Fixed

    ```yaml
    claims:
      time_to_resolve: 15m
    ```
    """
    incident = reading.incident
    if incident is None or not incident.claims:
        return
    from mkdocs_postmortem.claims import parse_claimed_length

    for key, claims in incident.claims.items():
        for index, claim in enumerate(claims):
            place = reading.places.value("claims", key, index)
            if key in reading.options.milestone_names:
                yield from _claimed_time(reading, key, claim, place)
                continue
            length = parse_claimed_length(claim)
            if length is None:
                yield Remark(
                    place,
                    f"“{claim}” is no length of time",
                    "write 14m, 1h 50m, ~30m, < 5m or 2-3 minutes",
                    severity=Severity.ERROR,
                )
            elif refuted := _refuted(incident, length, (key,)):
                yield _remark(place, claim, refuted)


@check("PM402", "stated-duration-contradicts-timeline", Severity.WARNING)
def stated_duration(reading: Reading) -> Iterator[Remark]:
    """A duration stated in words cannot be true by the timeline.

    Where the summary, an event or the body states a duration beside words that name a response
    time (“time to detect was”, “14 minutes of downtime”, “resolved within”), it is held against
    the computed bounds, as announced figures are. Expected and planned durations are no claims.

    Railway's report of [27 August 2024](https://blog.railway.app/p/incident-august-27-2024) opens
    with about 30 minutes until things got better and about 60 until all was well; by its own rows
    it was at least 36 and 90. Chef's timeline of
    [13 August 2015](https://gist.github.com/nathenharvey/a0515a7cd738762fd4cc) gives 248 minutes to
    detect and 387 to resolve, and the post about it takes the second for the first.

    ## Example

    ```yaml
    summary: The API was down for 40 minutes. ◀
    ```

    ## Fixed

    ```yaml
    summary: The API was down for 15 minutes.
    ```
    """
    incident = reading.incident
    if incident is None:
        return
    written = (incident.summary or "", *(row.text for row in incident.rows), incident.body)
    if not may_have_unit_word("\n".join(written)):
        return
    from mkdocs_postmortem.claims import find_claims

    names = {key: option.name for key, option in reading.options.response_times.items()}
    texts: list[tuple[tuple[str | int, ...], str, int | None]] = []
    if incident.summary:
        texts.append((("summary",), incident.summary, None))
    texts += [
        (("timeline", row.number - 1, "event"), row.text, row.number) for row in incident.rows
    ]
    for path, text, number in texts:
        for claim in find_claims(text, names):
            if refuted := _refuted(incident, claim.length, claim.keys):
                place = reading.places.phrase(text[claim.start : claim.end], *path)
                yield _remark(place, claim.length.text, refuted, number)
    for claim in find_claims(incident.body, names):
        if refuted := _refuted(incident, claim.length, claim.keys):
            place = reading.source.body_place(claim.start, claim.end)
            yield _remark(place, claim.length.text, refuted)


def _refuted(
    incident: Incident, claimed: ClaimedLength, keys: Sequence[str]
) -> tuple[ResponseTime, Span] | None:
    """What refutes the claim: the nearest of the spans that it may mean, if none of them fits."""
    from mkdocs_postmortem.claims import contradicts

    # Noticed before impact began: no length from the one to the other can be meant.
    candidates = [
        candidate
        for candidate in _spans(incident, keys)
        if candidate[0].outcome is not Outcome.BEFORE
    ]
    if not candidates:
        return None
    if any(not contradicts(claimed, span) for _, span in candidates):
        return None
    stated = claimed.upper or claimed.lower

    def distance(candidate: tuple[ResponseTime, Span]) -> float:
        nominal = candidate[1].nominal
        if nominal is None or stated is None:
            return float("inf")
        return abs((nominal - stated).total_seconds())

    time, span = min(candidates, key=distance)
    # A window served to see whether the claim fits; what is said is the whole.
    return (time, time.span) if time.key == IMPACT_DURATION.key else (time, span)


def _spans(incident: Incident, keys: Iterable[str]) -> Iterator[tuple[ResponseTime, Span]]:
    for time in incident.response_times:
        if time.key not in keys or time.outcome in (Outcome.PENDING, Outcome.NOT_APPLICABLE):
            continue
        yield time, time.span
        if time.key == IMPACT_DURATION.key:
            # A total may be of one window of several, such as one component's or one episode's.
            for window in incident.windows:
                if window.end is not None:
                    yield time, difference(window.start, window.end)


def _remark(
    place: Place, claim: str, refuted: tuple[ResponseTime, Span], row: int | None = None
) -> Remark:
    from mkdocs_postmortem import wording

    time, span = refuted
    anchors = ""
    if time.start_row is not None and time.end_row is not None:
        anchors = (
            f", {time.start} {time.start_row.written or '(no time)'}"
            f" to {time.end} {time.end_row.written or '(no time)'}"
        )
    return Remark(
        place,
        f"“{claim}” is stated, the timeline gives {wording.span(span, always=True)} "
        f"({time.name.lower()}{anchors})",
        "correct the figure or the timeline, or silence this with the reason",
        row,
    )


def _claimed_time(reading: Reading, milestone: str, claim: str, place: Place) -> Iterator[Remark]:
    rows = [row for row in reading.rows if milestone in row.milestones and row.moment.is_timed]
    clockwork = Clockwork(reading.zone, reading.options.approximate)
    computed: list[str] = []
    for row in rows:
        anchor = row.moment.nominal or row.moment.earliest
        if anchor is None:
            return
        claimed = clockwork.moment_of(
            claim, lambda: place, None, anchor.astimezone(reading.zone).date()
        )
        if claimed is None or _overlap(claimed, row.moment):
            break
        computed.append(row.written or "")
    else:
        if computed:
            yield Remark(
                place,
                f"{milestone} is claimed for {claim}, the timeline has it at {', '.join(computed)}",
                "correct the claim or the timeline, or silence this with the reason",
            )
    for finding in clockwork.findings:
        yield Remark(
            place,
            finding.message,
            finding.help,
            severity=Severity.ERROR,
            fixes=finding.fixes,
        )


def _overlap(one: Moment, other: Moment) -> bool:
    return not (one.certainly_before(other) or other.certainly_before(one))
