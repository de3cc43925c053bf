"""From one file to a computed, checked incident: the whole way in one place.

bytes ─ read_fields ─► fields ─ resolve_times ─► rows ─ measure ─► Incident ─ checks ─► diagnostics
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from mkdocs_postmortem.diagnostics import Diagnostic, Place, Severity
from mkdocs_postmortem.files_on_disk import read_bytes
from mkdocs_postmortem.incident import (
    ActionItem,
    ActionStatus,
    Cause,
    Correction,
    Incident,
    Row,
    Window,
    Withdrawal,
)
from mkdocs_postmortem.measure.impact import default_windows, end_of_impact, impact_duration
from mkdocs_postmortem.measure.response_times import milestone_row, response_times
from mkdocs_postmortem.moment import Moment
from mkdocs_postmortem.options import IMPACT_DURATION, LEVELS, Options
from mkdocs_postmortem.reading.front_matter import ActionItemFields, FrontMatter
from mkdocs_postmortem.reading.places import Places
from mkdocs_postmortem.reading.plain_yaml import LEFT_OUT
from mkdocs_postmortem.reading.reader import Reading, read_fields, resolve_times
from mkdocs_postmortem.reading.source import Source
from mkdocs_postmortem.rules import reading as reading_rules
from mkdocs_postmortem.rules.all import CHECKS, RULES
from mkdocs_postmortem.rules.milestones import unknown_anchor_of_impact
from mkdocs_postmortem.rules.registry import Finding, Words, at_the_sites_severity, no_rule
from mkdocs_postmortem.rules.sections import is_left_over
from mkdocs_postmortem.rules.times import ends_before_it_begins
from mkdocs_postmortem.safety.assets import Asset, incident_assets
from mkdocs_postmortem.silences import Silence, heard
from mkdocs_postmortem.timeline import Clockwork, slug
from mkdocs_postmortem.together import Component, Entry, Promise
from mkdocs_postmortem.written_time import MILESTONE_OR_TIME, WITH_DAY, parse_day

# Nobody mends more of one kind at a time, and a hostile file could have one in every word.
_MOST_REMARKS = 500
# The number behind a milestone. No timeline has more rows than that.
_NTH = re.compile(r"\d{1,6}")


def read_incident(root: Path, path: str, options: Options) -> Reading:
    """The incident in the file at `path` under `root`, with all that is wrong with it.

    Never raises for what stands in the file, nor where it cannot be opened.
    """
    try:
        data = read_bytes(root, path)
    except OSError as error:
        reason = error.strerror or str(error)
        return unreadable(path, options, reason)
    return read_incident_text(path, data, options, incident_assets(root, path))


def unreadable(path: str, options: Options, reason: str) -> Reading:
    """The reading of a file that cannot be opened."""
    source = Source(path, "", [], None, 1, "", 1)
    finding = reading_rules.unreadable_file(Place(), reason)
    reading = Reading(path, source, Places(source), options, [finding])
    reading.diagnostics = diagnose(reading)
    return reading


def read_incident_text(
    path: str, data: bytes, options: Options, assets: Sequence[Asset] = ()
) -> Reading:
    """The incident in `data`, the content of a file that is or will be at `path`.

    `assets` are the files in the incident's own folder.
    """
    reading = read_fields(path, data, options)
    reading.assets = tuple(assets)
    return _checked(reading)


def read_as_public(
    path: str, data: bytes, options: Options, assets: Sequence[Asset] = ()
) -> Reading:
    """The same as if its visibility were `public`: what keeps it from being published."""
    reading = read_fields(path, data, options)
    reading.assets = tuple(assets)
    if reading.fields is not None:
        reading.fields = reading.fields.model_copy(update={"visibility": "public"})
    return _checked(reading)


def _checked(reading: Reading) -> Reading:
    """The reading with its incident computed and every rule applied."""
    if reading.fields is not None:
        clockwork = resolve_times(reading)
        reading.incident = _compute(reading, reading.fields, clockwork)
    findings = reading.findings
    for rule, look in CHECKS:
        for remark in islice(look(reading), _MOST_REMARKS):
            findings.append(Finding(rule, *remark))
    reading.diagnostics = diagnose(reading)
    return reading


def before_publication(reading: Reading) -> list[Diagnostic]:
    """The errors that a draft would have if it were public."""
    text = reading.source.text.encode()
    public = read_as_public(reading.path, text, reading.options, reading.assets)
    return [found for found in public.diagnostics if found.severity is Severity.ERROR]


def diagnose(reading: Reading) -> list[Diagnostic]:
    """The findings of a reading as the site's severities and the file's silences leave them."""
    path, levels = reading.path, reading.options.rules
    silences = [silence for silence in silences_of(reading) if not _is_of_site(silence.code)]
    said, reading.silenced, unused = heard(reading.findings, silences, path, levels)
    for silence in unused:
        rule = RULES.get(silence.code)
        if rule is None or not rule.can_be_silenced:
            what = no_rule(silence.code)
            if rule is not None:
                what = Words(
                    f"“{silence.code}” is a rule that cannot be silenced", "mend it instead"
                )
            finding = reading_rules.invalid_value(silence.place, *what)
        else:
            finding = reading_rules.unused_silence(silence.place, silence.code)
        said += at_the_sites_severity(finding, path, levels)
    return sorted(set(said), key=lambda diagnostic: diagnostic.sort_key)


def silences_of(reading: Reading) -> list[Silence]:
    """What the file silences, apart from what has no reason."""
    found = []
    for index, silence in enumerate(reading.fields.silence if reading.fields else ()):
        if silence.reason == LEFT_OUT:
            continue
        rows = None
        if silence.row is not None:
            rows = [row.number for row in reading.rows if _is_row(silence.row, row)]
        place = reading.places.value("silence", index, "code")
        found.append(Silence(silence.code, place, silence.line, rows, silence.text))
    return found


def _is_row(written: str, row: Row) -> bool:
    return written in (str(row.number), row.written)


def entry_of(reading: Reading) -> Entry:
    """What of an incident matters for the site's others."""
    if reading.entry is not None:
        return reading.entry
    fields, incident, places = reading.fields, reading.incident, reading.places
    reading.entry = Entry(
        path=reading.path,
        id=reading.id,
        day=str(reading.day),
        title=places.key("title"),
        related=[
            (id, places.value("related", index))
            for index, id in enumerate(fields.related if fields else ())
        ],
        components=[
            Component(name, slug(name)) for name in (incident.components if incident else ())
        ],
        components_place=places.value("components"),
        promises=[
            Promise(
                slug(item.title),
                item.title,
                places.value("action_items", index, "title"),
                item.status in (ActionStatus.OPEN, ActionStatus.IN_PROGRESS),
            )
            for index, item in enumerate(incident.action_items if incident else ())
            if not is_left_over(item.title, reading.options.template_texts)
        ],
        aliases=[
            (alias, places.value("aliases", index))
            for index, alias in enumerate(fields.aliases if fields else ())
        ],
        silences=[silence for silence in silences_of(reading) if _is_of_site(silence.code)],
    )
    return reading.entry


def _is_of_site(code: str) -> bool:
    return code in RULES and RULES[code].is_about_the_site and RULES[code].can_be_silenced


def _compute(reading: Reading, fields: FrontMatter, clockwork: Clockwork) -> Incident:
    options, rows = reading.options, reading.rows
    ongoing = fields.status == "open"
    changes = [fields.severity, *(row.severity for row in rows)]
    severities = tuple(dict.fromkeys(name for name in changes if name is not None))
    peak = min(severities, key=options.severity_names.index, default=None)
    severity = options.severity(peak)
    level = severity.level if severity else None
    if fields.impact:
        windows = _stated_windows(reading, fields, clockwork, level, ongoing=ongoing)
    else:
        windows = default_windows(rows, fields.components, level, ongoing=ongoing)
    windows = tuple(sorted(windows, key=lambda window: _window_order(window, fields.components)))
    times = response_times(
        rows, options, fields.targets, ongoing=ongoing, published=reading.published
    )
    key = IMPACT_DURATION.key
    target = fields.targets.get(key) or options.target(key)
    scheduled = None
    if fields.scheduled is not None:
        where = partial(reading.places.value, "scheduled")
        begin = clockwork.moment_of(fields.scheduled.start, where, None, reading.day)
        after = begin.nominal if begin else None
        end = clockwork.moment_of(fields.scheduled.end, where, after, reading.day)
        scheduled = (begin, end) if begin and end else None
    next_update = None
    if fields.next_update:
        where = partial(reading.places.value, "next_update")
        next_update = clockwork.moment_of(fields.next_update, where, None, reading.day, WITH_DAY)
    touched = dict.fromkeys(component for row in rows for component in row.components)
    stated = {*fields.components, *(name for entry in fields.impact for name in entry.component)}
    stated |= {name for row in rows if not row.internal for name in row.components}
    return Incident(
        id=reading.id,
        title=fields.title,
        date=reading.day,
        zone=reading.zone,
        visibility=fields.visibility,
        ongoing=ongoing,
        rows=rows,
        response_times=(*times, impact_duration(windows, target, ongoing=ongoing)),
        windows=windows,
        body=reading.source.body,
        severity=peak,
        severities=severities,
        published=reading.published,
        components=tuple(dict.fromkeys((*fields.components, *touched))),
        internal_components=frozenset(touched) - stated,
        tags=fields.tags,
        summary=fields.summary,
        claims=dict(fields.claims),
        causes=tuple(Cause(cause.id, cause.text, cause.internal) for cause in fields.causes),
        action_items=tuple(_action_item(item) for item in fields.action_items),
        related=fields.related,
        kind=fields.kind,
        scheduled=scheduled,
        reference=fields.reference,
        links=tuple((link.name, link.url) for link in fields.links),
        next_update=next_update,
        lang=fields.lang,
        internal=fields.internal,
        withdrawn=(
            Withdrawal(fields.withdrawn.date, fields.withdrawn.reason) if fields.withdrawn else None
        ),
        corrections=tuple(Correction(entry.date, entry.text) for entry in fields.corrections),
        aliases=fields.aliases,
        page_meta=dict(reading.page_meta),
    )


def _action_item(item: ActionItemFields) -> ActionItem:
    due, words = None, item.due
    if item.due:
        with suppress(ValueError):
            due, words = parse_day(item.due), None
    status = item.status or ("done" if item.done else "open")
    return ActionItem(
        id=item.id or slug(item.title),
        title=item.title,
        status=ActionStatus.DONE if item.done else ActionStatus(status),
        kind=item.kind,
        owner=item.owner,
        priority=item.priority,
        due=due,
        due_words=words,
        done=item.done,
        link=item.link,
        cause=item.cause,
        internal=item.internal,
    )


def _window_order(window: Window, components: tuple[str, ...]) -> tuple[int, str, float, int]:
    names = list(components)
    rank = names.index(window.component) if window.component in names else len(names)
    start = window.start.earliest or window.start.latest
    level = LEVELS.index(window.level) if window.level in LEVELS else -1
    return rank, window.component or "", start.timestamp() if start else 0.0, -level


def _stated_windows(
    reading: Reading,
    fields: FrontMatter,
    clockwork: Clockwork,
    level: str | None,
    *,
    ongoing: bool,
) -> tuple[Window, ...]:
    """The windows that the author states under ``impact``."""
    windows: list[Window] = []
    starts = [row.moment.earliest for row in reading.rows if "started" in row.milestones]
    known = [start for start in starts if start is not None]
    first_start = min(known, default=None)
    for index, entry in enumerate(fields.impact):
        begin, begin_row = _anchor(entry.start, index, "from", reading, clockwork, first_start)
        if begin is None:
            # Its end counts for nothing, and is looked at for what is wrong with it.
            if entry.end is not None:
                _anchor(entry.end, index, "to", reading, clockwork, None)
            reading.impact_moments.pop((index, "to"), None)
            continue
        if entry.end is None:
            end_row = end_of_impact(_stretch(reading.rows, begin, begin_row))
            end = end_row.moment if end_row else None
        else:
            after = begin.nominal or begin.earliest
            end, _ = _anchor(entry.end, index, "to", reading, clockwork, after, begin_row)
            if end is None:
                continue
            if end.certainly_before(begin) and end.latest != begin.earliest:
                reading.findings.append(
                    ends_before_it_begins(
                        reading.places.value("impact", index, "to"), entry.end, entry.start
                    )
                )
                continue
        windows += [
            Window(
                component,
                entry.level or level,
                begin,
                end,
                ongoing=end is None and ongoing,
                users=entry.users,
            )
            for component in entry.component or [None]
        ]
    return tuple(windows)


def _stretch(rows: Sequence[Row], begin: Moment, begin_row: Row | None) -> Sequence[Row]:
    """The rows from `begin`, which may be a row's, to where impact starts the next time."""
    if begin_row is not None:
        below = rows[begin_row.number - 1 :]
        starts = below[1:]
    else:
        below = [row for row in rows if not row.moment.certainly_before(begin)]
        starts = [row for row in below if begin.certainly_before(row.moment)]
    following = next((row for row in starts if "started" in row.milestones), None)
    return below if following is None else below[: below.index(following)]


def _anchor(
    written: str,
    index: int,
    key: str,
    reading: Reading,
    clockwork: Clockwork,
    after: datetime | None,
    begin_row: Row | None = None,
) -> tuple[Moment | None, Row | None]:
    """The moment that ``from`` or ``to`` names: a milestone, its n-th, or a time.

    A ``to`` without a number is the milestone of the episode in which `begin_row` stands.
    """
    place = reading.places.value("impact", index, key)
    name, _, number = written.partition(" ")
    if name in reading.options.milestone_names and (not number or _NTH.fullmatch(number)):
        rows = [row for row in reading.rows if name in row.milestones]
        if not number and begin_row is not None:
            own = milestone_row(rows, name, begin_row.episode)
            if own is not None:
                return own.moment, own
        wanted = int(number) if number else (len(rows) if key == "to" else 1)
        if not 1 <= wanted <= len(rows):
            available = ", ".join(
                dict.fromkeys(milestone for row in reading.rows for milestone in row.milestones)
            )
            reading.findings.append(unknown_anchor_of_impact(place, written, available))
            return None, None
        return rows[wanted - 1].moment, rows[wanted - 1]
    moment = clockwork.moment_of(written, lambda: place, after, reading.day, MILESTONE_OR_TIME)
    if moment is not None:
        reading.impact_moments[index, key] = moment
    return moment, None
