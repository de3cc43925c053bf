"""PM3xx: milestones, and what is measured between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from mkdocs_postmortem.diagnostics import Edit, Fix, Severity
from mkdocs_postmortem.measure.response_times import by_episode, by_milestone, milestone_row
from mkdocs_postmortem.rules.registry import Remark, Words, check, problem
from mkdocs_postmortem.slips import same_name
from mkdocs_postmortem.zones import closest

if TYPE_CHECKING:
    from mkdocs_postmortem.incident import Row
    from mkdocs_postmortem.reading.reader import Reading

# Each usually comes before the other; incidents exist in which it does not.
_USUAL_ORDER = (
    ("introduced", "started"),
    ("started", "detected"),
    ("started", "acknowledged"),
    ("started", "declared"),
    ("started", "identified"),
    ("started", "mitigating"),
    ("detected", "acknowledged"),
    ("identified", "mitigated"),
    ("mitigating", "mitigated"),
    ("mitigated", "resolved"),
    ("declared", "resolved"),
    ("identified", "resolved"),
)


# Closer than that, a window whose date is written may well lie outside the timeline.
_LONG = timedelta(hours=12)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _episodes(reading: Reading) -> range:
    return range(1, max((row.episode for row in reading.rows), default=1) + 1)


def _could_be_read(reading: Reading, field: str) -> bool:
    """Whether nothing in `field` was left out, which may be what seems to be missing."""
    place = reading.places.value(field)
    return not any(
        found.rule.severity is Severity.ERROR
        and found.rule.code.startswith("PM1")
        and place.contains(found.place)
        for found in reading.findings
    )


def _comes_before(one: Row, other: Row, reading: Reading) -> bool:
    """Whether `one` certainly happened before `other`; of a wrong time nothing follows."""
    is_unsure = one.number in reading.unsure or other.number in reading.unsure
    return not is_unsure and one.moment.certainly_before(other.moment)


def _remark(reading: Reading, row: Row, milestone: str, message: str, help: str | None) -> Remark:
    assert reading.fields is not None
    # A row has each milestone once, its author may have written it twice.
    index = reading.fields.timeline[row.number - 1].milestone.index(milestone)
    place = reading.places.value("timeline", row.number - 1, "milestone", index)
    return Remark(place, message, help, row.number)


@check("PM301", "ends-before-impact")
def ends_before_impact(reading: Reading) -> Iterator[Remark]:
    """An incident is mitigated or resolved before its impact begins.

    Both end the impact, so a time or a milestone must be wrong: the `started` stands too low, or
    another incident's `resolved` was taken for this one's.

    ## Example

    ```yaml
    timeline:
      - 18:03 mitigated: The first node answers again. ◀
      - 18:10 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03: The first node answers again.
      - 18:10 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    for rows in by_episode(reading.rows).values():
        reached = by_milestone(rows)
        start = reached.get("started")
        if start is None:
            continue
        for milestone in ("mitigated", "resolved"):
            end = reached.get(milestone)
            if end is not None and _comes_before(end, start, reading):
                yield _remark(
                    reading,
                    end,
                    milestone,
                    f"{milestone} at {end.written}, before impact started at {start.written}",
                    "correct the time, or move the milestone to the row it belongs to",
                )


@check("PM302", "unusual-order", Severity.NOTE)
def unusual_order(reading: Reading) -> Iterator[Remark]:
    """Two milestones come in an unusual order.

    It happens: one incident in ten is noticed before its impact begins, many are mitigated before
    the cause is known, some are declared once they are over. It is a note so that a slip of the
    pen is seen.

    In the third of the four outages that PostHog reports for [October
    2025](https://github.com/PostHog/post-mortems/blob/main/2025-10-21-feature-flags-recurring-outages.md)
    the alert of 19:23 comes before the impact that is said to start at 19:28.

    ## Example

    ```yaml
    timeline:
      - 17:56 detected: Alerts fire. ◀
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:06 detected: Alerts fire.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    for rows in by_episode(reading.rows).values():
        reached = by_milestone(rows)
        for first, then in _USUAL_ORDER:
            early, late = reached.get(first), reached.get(then)
            if early is None or late is None or not _comes_before(late, early, reading):
                continue
            if first == "started" and then in ("mitigated", "resolved"):
                continue
            yield _remark(
                reading,
                late,
                then,
                f"{then} ({late.written}) comes before {first} ({early.written})",
                None,
            )


@check("PM303", "no-start", Severity.NOTE)
def no_start(reading: Reading) -> Iterator[Remark]:
    """No row says when impact began.

    Without `started` nothing can be measured from it. Of 126 public postmortems 32 leave it out.
    If it is known, mark the row; a vague time such as `~18:00` or `..18:05` is better than none.

    GitLab's timeline of [28 November
    2019](https://gitlab.com/gitlab-com/gl-infra/production/issues/1421) is one of them: its first
    row is the status post.

    ## Example

    ```yaml
    timeline: ◀
      - 18:04 announced: We say on the status page that requests fail.
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - ..18:04 started: Requests fail.
      - 18:04 announced: We say on the status page that requests fail.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    if reading.fields is None or any("started" in row.milestones for row in reading.rows):
        return
    if _could_be_read(reading, "timeline"):
        yield Remark(
            reading.places.key("timeline"),
            "no row is `started`, so nothing is measured from the beginning of the impact",
            "mark the row in which the impact begins",
        )


@check("PM304", "end-not-known", Severity.NOTE)
def end_not_known(reading: Reading) -> Iterator[Remark]:
    """The incident is closed, and no row says when it was resolved.

    Its time to resolve is shown as not known, and it is in no statistic. If it is still going on,
    say `status: open`.

    Hachyderm's report of [28 February
    2023](https://github.com/hachyderm/community/blob/main/community.hachyderm.io/content/en/blog/incidents/2023-02-27-tls-media/index.md)
    says that it took less than 60 minutes; its last row is after 38, and no row says when it was
    over.

    ## Example

    ```yaml
    timeline: ◀
      - 18:03 started: Images are missing.
      - 18:10: The certificate is renewed.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Images are missing.
      - 18:10: The certificate is renewed.
      - ~18:15 resolved: Images are back.
    ```
    """
    fields = reading.fields
    if fields is None or fields.status == "open":
        return
    last = max(_episodes(reading))
    if milestone_row(reading.rows, "resolved", last) is not None:
        return
    if all(_could_be_read(reading, field) for field in ("timeline", "status")):
        where = "" if last == 1 else "below the last `started` "
        yield Remark(
            reading.places.key("timeline"),
            f"end not known: the incident is closed and no row {where}is `resolved`",
            "mark the row with which normal service is back, or say `status: open`",
        )


@check("PM305", "open-but-resolved", Severity.WARNING)
def open_but_resolved(reading: Reading) -> Iterator[Remark]:
    """The incident is open, and its timeline ends resolved.

    Readers would be told that it still goes on. Say `status: closed`.

    ## Example

    ```yaml
    status: open ◀
    ```

    ## Fixed

    ```yaml
    status: closed
    ```
    """
    fields = reading.fields
    if fields is None or fields.status != "open":
        return
    row = milestone_row(reading.rows, "resolved", max(_episodes(reading)))
    if row is not None:
        yield Remark(
            reading.places.value("status"),
            f"the incident is open, but row {row.number} is `resolved`",
            "write `status: closed`, or remove the milestone",
        )


@check("PM306", "internal-milestone", Severity.NOTE)
def internal_milestone(reading: Reading) -> Iterator[Remark]:
    """An internal row has a milestone, and that stays public.

    The response times need it, and they must not change with the audience. In public the row
    keeps its time and the milestone's name; its text, author, component and evidence do not
    leave.

    ## Example

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - at: 18:06
        milestone: identified ◀
        event: The deploy of the customer “Example” is the cause.
        internal: true
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:06 identified: A deploy is the cause.
      - at: 18:06
        event: It is the deploy of the customer “Example”.
        internal: true
      - 18:18 resolved: Requests succeed again.
    ```
    """
    for row in reading.rows:
        if row.internal and row.milestones:
            names = ", ".join(row.milestones)
            yield _remark(
                reading,
                row,
                row.milestones[0],
                f"this row is internal; its time and “{names}” stay public, its text does not",
                None,
            )


@problem("PM307", "unknown-anchor-of-impact")
def unknown_anchor_of_impact(written: str, available: str) -> Words:
    """The `from` or `to` of an impact names a milestone that the timeline does not have.

    `started 2` is the second `started` of the timeline. Name one that is there, or a time.

    ## Example

    ```yaml
    components: [api]
    impact:
      - {component: api, from: started 2, to: resolved} ◀
    ```

    ## Fixed

    ```yaml
    components: [api]
    impact:
      - {component: api, from: started, to: resolved}
    ```
    """
    return Words(f"the timeline has no “{written}”", f"it has: {available or 'no milestones'}")


@check("PM308", "impact-outside-timeline", Severity.WARNING)
def impact_outside_timeline(reading: Reading) -> Iterator[Remark]:
    """A window of impact lies outside the timeline.

    A clock time without a date is the first one at or after the earliest `started`, so a window
    that begins a minute too early lands on the next day. Write the date; with it only what lies
    more than 12 hours outside is reported, because then the date is probably wrong.

    ## Example

    ```yaml
    components: [api]
    impact:
      - {component: api, from: 18:03, to: 18:02} ◀
    ```

    ## Fixed

    ```yaml
    components: [api]
    impact:
      - {component: api, from: 18:03, to: 18:12}
    ```
    """
    if reading.incident is None or reading.fields is None:
        return
    bounds = [moment for row in reading.rows for moment in (row.moment, row.until) if moment]
    earliest = min((moment.earliest for moment in bounds if moment.earliest), default=None)
    latest = max((moment.latest for moment in bounds if moment.latest), default=None)
    open_ended = any(moment.earliest and moment.latest is None for moment in bounds)
    if earliest is None or latest is None or open_ended:
        return
    for index, window in enumerate(reading.fields.impact):
        for key, text in (("from", window.start), ("to", window.end)):
            moment = reading.impact_moments.get((index, key))
            if text is None or moment is None or moment.earliest is None or moment.latest is None:
                continue
            place = reading.places.value("impact", index, key)
            if not _DATE.search(text):
                if moment.earliest >= latest:
                    day = moment.earliest.astimezone(reading.zone)
                    yield Remark(
                        place,
                        f"{text} is {day:%Y-%m-%d %H:%M}, after the last row of the timeline",
                        "write the date with the time, or correct it",
                    )
            elif moment.earliest - latest > _LONG or earliest - moment.latest > _LONG:
                side = "after the last" if moment.earliest > latest else "before the first"
                yield Remark(
                    place,
                    f"{text} is long {side} row of the timeline",
                    "correct the date, or add the row that says so",
                )


@check("PM309", "no-number", Severity.NOTE)
def no_number(reading: Reading) -> Iterator[Remark]:
    """A response time lies between two rows without a time, so there is no number.

    It is shown as recorded without a length and is in no statistic.

    Rows such as “late on July 24th” and “hours later” in Honeycomb's [review of July
    2023](https://www.honeycomb.io/blog/incident-review-what-comes-up-must-first-go-down/) have a
    place in the order and no time. Even `~18:00` or `..18:10` gives bounds.

    ## Example

    ```yaml
    timeline:
      - started: Requests fail.
      - 18:10: We roll back.
      - resolved: Requests succeed again. ◀
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:10: We roll back.
      - resolved: Requests succeed again.
    ```
    """
    if reading.incident is None:
        return
    for time in reading.incident.response_times:
        start, end = time.start_row, time.end_row
        if start is None or end is None or start.number == end.number or time.span.has_number:
            continue
        if not reading.unsure.isdisjoint((start.number, end.number)):
            continue
        assert time.end is not None
        yield _remark(
            reading,
            end,
            time.end,
            f"{time.name.lower()} has no number: {time.start} and {time.end} have no time",
            "write a time for one of the two, however vague",
        )


@check("PM310", "component-not-listed", Severity.WARNING)
def component_not_listed(reading: Reading) -> Iterator[Remark]:
    """A row or a window of impact names a component that the incident does not list.

    What is listed under `components` is what readers see impact for, so the row would count for
    none of them. Mostly the name is mistyped.

    ## Example

    ```yaml
    components: [api, dashboard]
    timeline:
      - at: 18:03
        milestone: started
        component: dashbord ◀
        event: The dashboard does not load.
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    components: [api, dashboard]
    timeline:
      - at: 18:03
        milestone: started
        component: dashboard
        event: The dashboard does not load.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    fields = reading.fields
    if fields is None or not fields.components:
        return
    named = [
        *(
            (("timeline", index, "component"), row.component, index + 1)
            for index, row in enumerate(fields.timeline)
        ),
        *(
            (("impact", index, "component"), entry.component, None)
            for index, entry in enumerate(fields.impact)
        ),
    ]
    for path, components, number in named:
        for index, component in enumerate(components):
            if component not in fields.components:
                suggestion = closest(component, list(fields.components))
                place = reading.places.value(*path, index)
                same = same_name(component, fields.components)
                yield Remark(
                    place,
                    f"“{component}” is not among the incident's components",
                    f"did you mean “{suggestion}”?" if suggestion else "add it to `components`",
                    number,
                    fixes=(Fix((Edit(place, same, component),)),) if same else (),
                )


@check("PM311", "no-level", Severity.NOTE)
def no_level(reading: Reading) -> Iterator[Remark]:
    """Nobody has said how bad a public incident is.

    It has no `severity`, and no window of `impact` has a level. Readers see that there was impact
    and not how much, and it counts as no outage in the uptime.

    ## Example

    ```yaml
    title: API errors ◀
    visibility: public
    published: 2024-02-22
    status: open
    timeline:
      - 18:03 started: Requests fail.
    ```

    ## Fixed

    ```yaml
    title: API errors
    visibility: public
    published: 2024-02-22
    severity: sev2
    status: open
    timeline:
      - 18:03 started: Requests fail.
    ```
    """
    incident = reading.incident
    if incident is None or incident.visibility != "public" or incident.withdrawn is not None:
        return
    is_said = incident.severity is not None or any(window.level for window in incident.windows)
    if incident.kind != "incident" or not incident.windows or is_said:
        return
    # A severity that does not exist has been reported as such.
    if not reading.places.has("severity"):
        yield Remark(
            reading.places.key("title"),
            "nobody has said how bad it was, so it counts as no outage in the uptime",
            "add `severity:`, or `impact:` with a `level`",
        )
