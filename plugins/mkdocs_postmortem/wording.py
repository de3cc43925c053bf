"""Every word, date and duration that a reader sees comes through here.

Lengths of time are written as people write them, ``1 h 27 min``, with their bounds in words
where these matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from mkdocs_postmortem.diagnostics import Diagnostic, Severity
from mkdocs_postmortem.incident import (
    ActionItem,
    Incident,
    Outcome,
    ResponseTime,
    Row,
    Verdict,
    Window,
)
from mkdocs_postmortem.moment import ZERO, Moment, Precision, Span
from mkdocs_postmortem.options import MILESTONES, UNKNOWN_LEVEL, Options

# Not from the locale: the same incident reads the same wherever it is built.
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
# Bounds within so many of the smallest unit that is shown do not change what a reader learns.
_BOUNDS_MATTER = 2
# What took longer nobody counts in minutes.
_DAYS_TO_THE_MINUTE = timedelta(days=10)

_BEFORE = {
    "started": "before impact began",
    "detected": "before it was detected",
    "acknowledged": "before a responder was on it",
    "declared": "before an incident was declared",
    "announced": "before it was announced",
    "identified": "before the cause was known",
    "mitigating": "before mitigation began",
    "mitigated": "before it was mitigated",
    "resolved": "before it was resolved",
}
_LEVELS = {
    "degraded_performance": "Degraded performance",
    "partial_outage": "Partial outage",
    "major_outage": "Major outage",
    "under_maintenance": "Maintenance",
}
_TERMS = {
    "open": "Open",
    "closed": "Closed",
    "public": "Public",
    "internal": "Internal",
    "draft": "Draft",
    "worked": "Worked",
    "failed": "Failed",
    "partial": "Worked in part",
    "in_progress": "In progress",
    "done": "Done",
    "cancelled": "Cancelled",
    "overdue": "Overdue",
    "prevent": "Prevent",
    "detect": "Detect",
    "mitigate": "Mitigate",
    "process": "Process",
    "met": "Met",
    "missed": "Missed",
    "uncertain": "Uncertain",
}


@lru_cache(maxsize=4096)
def length(value: timedelta, *, rounding: str = "nearest", to_the_minute: bool = False) -> str:
    """`value` in its two largest units, such as ``1 h 27 min`` or ``30 s``.

    Lower bounds are rounded ``down`` and upper ones ``up``, so that no bound says too much. Some
    days are said `to_the_minute` where they are known so well: ``1 d 57 min``.
    """
    seconds = int(abs(value).total_seconds())
    smallest = int(smallest_unit(value, to_the_minute=to_the_minute).total_seconds())
    if rounding == "down":
        seconds = seconds // smallest * smallest
    elif rounding == "up":
        seconds = -(-seconds // smallest) * smallest
    else:
        seconds = (seconds + smallest // 2) // smallest * smallest
    parts = []
    for name, size in _UNITS:
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount} {name}")
    return " ".join(parts) or "0 min"


@lru_cache(maxsize=4096)
def smallest_unit(value: timedelta, *, to_the_minute: bool = False) -> timedelta:
    """The smallest of the units in which `length` shows a value."""
    seconds = int(abs(value).total_seconds())
    if to_the_minute and timedelta(days=1) <= abs(value) < _DAYS_TO_THE_MINUTE:
        return timedelta(minutes=1)
    index = next((i for i, (_, size) in enumerate(_UNITS) if seconds >= size), len(_UNITS) - 1)
    return timedelta(seconds=_UNITS[min(index + 1, len(_UNITS) - 1)][1])


def nominal(value: Span) -> str:
    """The length itself, as exactly as it is known."""
    assert value.nominal is not None
    return length(value.nominal, to_the_minute=_is_known_to_the_minute(value))


def _is_known_to_the_minute(value: Span) -> bool:
    if value.lower is None or value.upper is None:
        return False
    return value.upper - value.lower < timedelta(hours=1)


def span(value: Span, *, always: bool = False) -> str:
    """A length with its bounds in words, ``15 min (14 to 16)``, where these matter or `always`."""
    if not value.has_number:
        return "not known"
    if value.nominal is None:
        if value.lower is not None and value.upper is not None:
            return f"{length(value.lower, rounding='down')} to {length(value.upper, rounding='up')}"
        if value.lower is not None and value.lower > ZERO:
            return f"at least {length(value.lower, rounding='down')}"
        if value.upper is None:
            return "not known"
        return f"at most {length(value.upper, rounding='up')}"
    text = nominal(value)
    if value.lower is None or value.upper is None:
        return text
    smallest = smallest_unit(value.nominal, to_the_minute=_is_known_to_the_minute(value))
    if not always and value.upper - value.lower <= _BOUNDS_MATTER * smallest:
        return text
    if value.lower == value.upper:
        return text
    return f"{text} ({_bounds(text, value.lower, value.upper)})"


def _bounds(text: str, lower: timedelta, upper: timedelta) -> str:
    known = _is_known_to_the_minute(Span(None, lower, upper))
    low = length(lower, rounding="down", to_the_minute=known)
    high = length(upper, rounding="up", to_the_minute=known)
    if lower == ZERO:
        low = "0"
    # The unit is said once where all three numbers have the same.
    unit = text.split(" ", 1)[1]
    single = all(part.count(" ") == 1 for part in (text, high)) and high.endswith(f" {unit}")
    if low == "0" and single:
        return f"0 to {high.split(' ')[0]}"
    if single and low.count(" ") == 1 and low.endswith(f" {unit}"):
        return f"{low.split(' ')[0]} to {high.split(' ')[0]}"
    return f"{low} to {high}"


def response_time(time: ResponseTime) -> str:
    """A response time in words, whatever became of it."""
    if time.outcome is Outcome.PENDING:
        return "pending"
    if time.outcome is Outcome.NOT_APPLICABLE:
        # What does not even begin here has no end that could be known.
        ends = time.end == "resolved" and time.start_row is not None
        return "end not known" if ends else "not recorded"
    if time.outcome is Outcome.BEFORE:
        return before(time)
    return span(time.span)


def before(time: ResponseTime) -> str:
    """How much before its beginning a response time ended: ``4 min before impact began``."""
    phrase = _BEFORE.get(time.start or "", f"before “{milestone(time.start or '')}”")
    value = time.span
    if value.nominal is not None and value.nominal < ZERO:
        text = nominal(value)
        if value.lower is None or value.upper is None:
            return f"{text} {phrase}"
        if value.upper - value.lower > -value.nominal:
            text = f"{text} ({_bounds(text, -value.upper, -value.lower)})"
        return f"{text} {phrase}"
    if value.lower is not None:
        return f"less than {length(value.lower, rounding='up')} {phrase}"
    return phrase


def anchors(time: ResponseTime) -> str:
    """From which milestone to which a response time is measured."""
    if time.start is None or time.end is None:
        return "all windows of impact"
    return f"{time.start} → {time.end}"


def milestone(name: str) -> str:
    """What readers see of a milestone."""
    return name.replace("_", " ")


def milestone_meaning(name: str, options: Options) -> str:
    """What a milestone means."""
    return options.milestones.get(name) or MILESTONES.get(name, "")


def verdict(value: Verdict) -> str:
    """A verdict against a target."""
    return _TERMS[value.value]


def term(name: str) -> str:
    """One of the fixed words of the pages, such as a status."""
    return _TERMS.get(name, name)


def level(name: str | None) -> str:
    """A level of impact."""
    return _LEVELS.get(name or "", "Impact")


def severity(name: str) -> str:
    """A severity as a badge shows it."""
    return name.upper() if len(name) <= 5 else name


def day(value: date) -> str:
    """A day, ``20 February 2024``."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def weekday(value: date) -> str:
    """A day with its weekday, ``Tuesday, 20 February 2024``."""
    return f"{_WEEKDAYS[value.weekday()]}, {day(value)}"


def clock(value: Moment, zone: tzinfo) -> list[str | tuple[datetime, str]]:
    """The clock of a moment in `zone`, as exactly as it is known: ``18:03``, ``~18:05``.

    Instants come as pairs of themselves and their text, so that a page can show them elsewhere.
    """
    form = "%H:%M:%S" if value.precision is Precision.SECOND else "%H:%M"

    def shown(instant: datetime) -> tuple[datetime, str]:
        return instant, instant.astimezone(zone).strftime(form)

    # The last minute that a range may mean is the one before its exclusive end.
    last = None if value.latest is None else value.latest - timedelta(seconds=1)
    if not value.is_timed:
        return ["in between"]
    if value.precision is Precision.DAY:
        return ["that day"]
    if value.precision is Precision.APPROXIMATE and value.nominal is not None:
        return ["~", shown(value.nominal)]
    if value.precision is Precision.NOT_BEFORE and value.earliest is not None:
        return ["from ", shown(value.earliest)]
    if value.precision is Precision.NOT_AFTER and last is not None:
        return ["by ", shown(last)]
    if value.precision in (Precision.RANGE, Precision.HOUR) and value.earliest and last:
        return [shown(value.earliest), "–", shown(last)]
    return [shown(value.nominal)] if value.nominal is not None else ["not known"]


def moment(value: Moment, zone: tzinfo) -> str:
    """The clock of a moment in `zone` as text."""
    return "".join(part if isinstance(part, str) else part[1] for part in clock(value, zone))


def tick(instant: datetime, zone: tzinfo, step: timedelta) -> str:
    """A mark on a time axis, as exact as the `step` to the next one."""
    local = instant.astimezone(zone)
    if step >= timedelta(days=1):
        return f"{local.day} {_MONTHS[local.month - 1][:3]}"
    if step >= timedelta(hours=6):
        return f"{local.day} {_MONTHS[local.month - 1][:3]} {local:%H}h"
    return f"{local:%H:%M:%S}" if step < timedelta(minutes=1) else f"{local:%H:%M}"


def day_and_time(value: Moment, zone: tzinfo) -> str:
    """A moment in `zone` as exactly as it is known, ``20 February 2024, 18:03 UTC``."""
    on = value.day_in(zone)
    if on is None or not value.is_timed:
        return "not known"
    return day(on) if value.day else f"{day(on)}, {moment(value, zone)} {zone_name(zone)}"


def time_and_day(value: Moment, zone: tzinfo) -> str:
    """The same as it stands in a sentence, ``18:03 UTC on 20 February 2024``."""
    on = value.day_in(zone)
    if on is None or not value.is_timed:
        return "at a time not known"
    return day(on) if value.day else f"{moment(value, zone)} {zone_name(zone)} on {day(on)}"


def stamp(value: Moment, zone: tzinfo) -> str:
    """The same where many stand in a column, ``2024-02-20 18:03``."""
    on = value.day_in(zone)
    if on is None or not value.is_timed:
        return "not known"
    return f"{on}" if value.day else f"{on} {moment(value, zone)}"


def stretch(start: Moment, end: Moment, zone: tzinfo) -> str:
    """From one moment to another; what is the same of both is said once."""
    first, last = day_and_time(start, zone), day_and_time(end, zone)
    if first == last:
        return first
    if start.day is None and end.day is None:
        first = first.removesuffix(f" {zone_name(zone)}")
        if start.day_in(zone) == end.day_in(zone):
            last = last.split(", ", 1)[1]
    return f"{first} to {last}"


def zone_name(zone: tzinfo) -> str:
    """A zone as readers see it."""
    name = str(zone)
    return "UTC" if name in ("UTC", "UTC+00:00") else name


def offset(value: timedelta, *, about: bool = False) -> str:
    """How long after the beginning, ``T+0:15`` or ``T−0:20``, in hours and minutes."""
    seconds = int(abs(value).total_seconds())
    if about:
        seconds = round(seconds / 60) * 60
    hours, minutes = divmod(seconds // 60, 60)
    text = f"{hours}:{minutes:02}"
    if seconds % 60:
        text += f":{seconds % 60:02}"
    sign = "−" if value < ZERO and seconds else "+"
    return f"T{sign}{'~' if about else ''}{text}"


def window(value: Window, zone: tzinfo) -> str:
    """A window of impact, ``2024-02-20 18:03 to 2024-02-20 18:18``."""
    begin = stamp(value.start, zone)
    if value.end is None:
        return f"{begin}, {'ongoing' if value.ongoing else 'end not known'}"
    return f"{begin} to {stamp(value.end, zone)}"


def label(text: str) -> str:
    """A fixed word or phrase of the pages; a translation would begin here."""
    return text[:1].upper() + text[1:] if text in _CAPITALISED else text


_CAPITALISED = {
    "scheduled",
    "severity",
    "components",
    "date",
    "status",
    "reference",
    "published",
    "corrected",
}


def problem_count(problems: Sequence[Diagnostic]) -> str:
    """How many problems of which severity a file has: ``2 errors, 1 note``."""
    counts = Counter(problem.severity for problem in problems)
    parts = [
        f"{counts[severity]} {severity}{'s' * (counts[severity] != 1)}"
        for severity in Severity
        if counts[severity]
    ]
    return ", ".join(parts)


def banner(visibility: str) -> str:
    """What a public build does with an incident that is not public."""
    return f"A public build leaves this page out: its visibility is {visibility}."


def before_publication(missing: int, below: int) -> str:
    """What still stands between a draft and its publication.

    `missing` things are listed behind these words, `below` ones under the problems of the page.
    """
    mend = ""
    if below:
        mend = f"mend {below} of the problems below, which are errors in public"
    if missing:
        return f"Before it can be published{f', {mend}, and' if mend else ''}:"
    if below:
        return f"Before it can be published, {mend}."
    return "Nothing else is missing: with “visibility: public” it is published."


def status(incident: Incident) -> str:
    """Whether an incident goes on."""
    if incident.kind == "maintenance":
        return "In progress" if incident.ongoing else "Completed"
    return "Ongoing" if incident.ongoing else "Resolved" if _is_resolved(incident) else "Closed"


def _is_resolved(incident: Incident) -> bool:
    return any("resolved" in row.milestones for row in incident.rows)


def withdrawn(value: date) -> str:
    """The notice of a withdrawn postmortem."""
    return f"This postmortem was withdrawn on {day(value)}."


def bounds(value: Span) -> str:
    """The bounds of a length in words, ``between 14 and 16 min``, or nothing where exact."""
    if value.nominal is None or value.lower is None or value.upper is None:
        return ""
    shown = span(value)
    if "(" not in shown:
        return ""
    low, high = shown[shown.index("(") + 1 : -1].split(" to ")
    unit = shown.split(" ", 2)[1]
    return f"between {low} and {high}" if " " in high else f"between {low} and {high} {unit}"


def target(time: ResponseTime) -> str:
    """A target and how the response time stands against it."""
    assert time.target is not None
    text = f"Target {length(time.target)}"
    return f"{text}: {verdict(time.verdict).lower()}" if time.verdict else text


def episode(number: int | None, total: int, start: Row | None, zone: tzinfo) -> str:
    """The heading of an episode's response times."""
    if number is None:
        return "The whole incident"
    on = start.moment.day_in(zone) if start is not None else None
    when = f", {day(on)}" if on else ""
    return f"Episode {number} of {total}{when}"


def missing_times(times: Sequence[ResponseTime]) -> str:
    """One sentence for the response times of which nothing is known."""
    pending = [time.name for time in times if time.outcome is Outcome.PENDING]
    others = [time.name for time in times if time.outcome is not Outcome.PENDING]
    sentences = []
    for intro, names in (("Pending", pending), ("Not recorded", others)):
        if names:
            lowered = [name[:1].lower() + name[1:] for name in names]
            sentences.append(f"{intro}: {', '.join(lowered)}.")
    return " ".join(sentences)


def timeline_caption(zone: tzinfo) -> str:
    """Which zone the times of the table are in, and what the offsets count from."""
    return f"Times in {zone_name(zone)}; T+ counts hours and minutes from the start of the impact."


def timeline_bounds(written: tzinfo, zone: tzinfo) -> str:
    """Which zones the times stand in where both are shown, as written and with their bounds."""
    own, other = zone_name(written), zone_name(zone)
    if own == other:
        return f"Timeline ({own})"
    return f"Timeline (as written in {own}, bounds in {other})"


def severity_change(name: str) -> str:
    """What the severity became."""
    return f"now {severity(name)}"


def evidence(number: int, total: int) -> str:
    """The text of a link to evidence."""
    return "Evidence" if total == 1 else f"Evidence {number}"


def as_of(value: date) -> str:
    """The day that "overdue" refers to."""
    return f"As of {day(value)}."


def priority(value: str) -> str:
    """The priority of an action item."""
    return f"priority {value}"


def overdue(item: ActionItem, today: date) -> str:
    """How long an action item has been overdue."""
    assert item.due is not None
    days = (today - item.due).days
    return f"Overdue by {days} day{'s' * (days != 1)}"


_STATES = {
    None: "All systems work",
    "under_maintenance": "Maintenance is under way",
    UNKNOWN_LEVEL: "An incident is open",
    "degraded_performance": "Some systems are degraded",
    "partial_outage": "Some systems are down",
    "major_outage": "A major outage is going on",
}


def state_now(level_now: str | None, ongoing: Sequence[Incident]) -> str:
    """The state of the whole site in a sentence."""
    if level_now is None and ongoing:
        return _STATES[UNKNOWN_LEVEL]
    return _STATES[level_now]


def component_state(level_now: str | None) -> str:
    """The state of one component in a word or two."""
    if level_now == UNKNOWN_LEVEL:
        return "Incident"
    return "Works" if level_now is None else level(level_now)


def since(incident: Incident, zone: tzinfo) -> str:
    """Since when an incident goes on."""
    start = incident.starts
    return f"since {day_and_time(start, zone) if start else day(incident.date)}"


def next_update(value: Moment, zone: tzinfo, today: date) -> str:
    """When more will be said, or was to be said before `today`."""
    on = value.day_in(zone)
    due = " was due" if on and on < today else ""
    return f"Next update{due} {day_and_time(value, zone)}"


def uptime(share: float) -> str:
    """A share of time, never rounded up to a whole that it is not: ``99.98 % uptime``."""
    hundredths = int(share * 10_000 + 1e-9)
    text = f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")
    return f"{text} % uptime"


def uptime_formula(today: date) -> str:
    """How the uptime is computed, and for which days."""
    return (
        f"90 days up to {day(today)}. Uptime is the time without outage: a major outage counts "
        "in full, a partial one 30 %, degraded performance not at all; where windows overlap the "
        "worst level counts once. What goes on counts up to its latest row, and the rest of "
        "today once it is over."
    )


def days_summary(days: Sequence[Any]) -> str:
    """A row of days in one sentence, for those who do not see it."""
    hit = sum(bool(entry.incidents) for entry in days)
    return f"{len(days)} days, {hit} with impact" if hit else f"{len(days)} days without impact"


def incidents(count: int) -> str:
    """How many incidents there are."""
    return f"{count} incident{'s' * (count != 1)}"


def earlier_in_archive(count: int) -> str:
    """The link to the incidents that a list leaves out."""
    return f"{incidents(count)} before these, in the archive"


def older_finished(count: int) -> str:
    """How many finished action items the register leaves out, and where they are."""
    items = "One more action item is" if count == 1 else f"{count} more action items are"
    return f"{items} finished: in the files at the end of this page, and with the incidents."


def all_finished(count: int) -> str:
    """How many groups of action items are left out."""
    return f"Not listed: {count} without anything left to do."


def days_with_impact(count: int) -> str:
    """How many days had impact."""
    return f"{count} day{'s' * (count != 1)} with impact"


def impact_of_day(worst: str | None, value: timedelta | None, *, goes_on: bool) -> str:
    """The worst level of impact on a day, and how long there was impact, as far as it is known."""
    if value is not None:
        return f"{level(worst)}, {length(value)}"
    return f"{level(worst)}, goes on" if goes_on else level(worst)


def left_out(count: int) -> str:
    """What is not in the uptime."""
    windows = "1 window of impact is" if count == 1 else f"{count} windows of impact are"
    return f"{windows} not in the uptime, because the end or the level is not known."


def days_to_do(count: int, middle: float) -> str:
    """How long finished action items took."""
    items = "1 action item is" if count == 1 else f"{count} action items are"
    shown = f"{middle:g}"
    return f"{items} done; half of them within {shown} days of the incident."


def all_episodes(incident: Incident, key: str) -> str:
    """A response time of every episode of an incident."""
    times = [time for time in incident.response_times if time.key == key]
    return " · ".join(response_time(time) for time in times)


def scheduled(window: tuple[Moment, Moment], zone: tzinfo) -> str:
    """When maintenance is planned."""
    return stretch(*window, zone)
