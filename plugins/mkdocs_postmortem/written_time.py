"""Times as authors write them, parsed but not yet placed on a day.

`parse` knows every form that an incident file may use; `explain` says what is wrong with one that
it does not know, and what to write instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, time, timedelta, tzinfo
from functools import lru_cache

from mkdocs_postmortem.duration import parse_duration
from mkdocs_postmortem.moment import Precision
from mkdocs_postmortem.zones import ZoneError, zone

MAX_LENGTH = 120


_STEPS = {
    Precision.SECOND: timedelta(seconds=1),
    Precision.MINUTE: timedelta(minutes=1),
    Precision.HOUR: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """What a clock showed; `precision` says which of its parts were written."""

    time: time
    precision: Precision

    @property
    def step(self) -> timedelta:
        """How long a clock shows the same at this precision."""
        return _STEPS[self.precision]


@dataclass(frozen=True, slots=True)
class Point:
    """One time: a day, a clock or both, in a zone of its own or none, exact or approximate."""

    day: date | None
    clock: Clock | None
    zone: tzinfo | None = None
    approximate: bool = False
    margin: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Somewhere between two times; a missing side is open."""

    start: Point | None
    end: Point | None


@dataclass(frozen=True, slots=True)
class Relative:
    """Exactly that much after ``started``, or before it where negative."""

    offset: timedelta


Written = Point | Range | Relative


# What to write, where nothing is known of what was meant.
IN_TIMELINE = "write 18:03, 2024-02-20 18:03, ~18:05, 18:05..18:10, 18:?? or +5m"
OUTSIDE_TIMELINE = "write 18:03, 2024-02-20 18:03, ~18:05, 18:05..18:10 or 18:??"
MILESTONE_OR_TIME = "write a milestone, 18:03, 2024-02-20 18:03, ~18:05, 18:05..18:10 or 18:??"
WITH_DAY = "write 2024-02-20 or 2024-02-20 18:03"


class TimeError(ValueError):
    """A time that cannot be read. ``kind`` is one of unreadable, dash, zone or unfilled.

    There is no ``help`` where nothing is known of what was meant.
    """

    def __init__(self, kind: str, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.help = help


_DATE = r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
_CLOCK = (
    r"(?P<hour>\d{1,2})"
    r"(?:(?::(?:(?P<minute>\d{2})(?::(?P<second>\d{2}))?|(?P<unknown>\?\?|[Xx]{2})))|(?P<h>\s?h\b))?"
    r"(?:\s*(?P<half>[AaPp])\.?\s?[Mm]\b\.?)?"
)
# Words that say that a clock was meant, and so are no zones.
CLOCK_WORD = r"(?:[Uu][Hh][Rr]|[Hh][Rr][Ss]?|[Hh]ours?|[Oo]'clock|[Hh])\b"
_ZONE = (
    rf"(?P<zone>(?!{CLOCK_WORD})[A-Za-z][A-Za-z0-9_]*(?:[/+-][A-Za-z0-9_+-]+)*(?::\d\d)?"
    r"|[+\-\u2212]\d{2}:?\d{2})"
)
# The offsets west of Greenwich that exist: 10:00 -11:45 is a range that somebody wrote with a dash.
_WEST = re.compile(r"[\-\u2212](?:0[1-9]|1[0-2]):?00|[\-\u2212]0[239]:?30")
_MARGIN = r"(?P<margin>[0-9.]+\s*[A-Za-z]+(?:\s*[0-9.]+\s*[A-Za-z]+)*)"
_POINT = re.compile(
    rf"(?P<about>~\s*)?(?:{_DATE}(?P<joint>\s+|[Tt](?=\d)|$))?"
    rf"(?:(?P<about_clock>~\s*)?{_CLOCK})?(?P<gap>\s*){_ZONE}?(?:\s*(?:±|\+/-|\+-)\s*{_MARGIN})?"
)
_HALF = re.compile(r"\d\s*[AaPp]\.?\s?[Mm]\b")
_RELATIVE = re.compile(r"(?P<sign>[+\-\u2212])\s*(?P<length>\d[\dA-Za-z. ]*)")
_T_RELATIVE = re.compile(
    r"[Tt]\s?(?P<sign>[+\-\u2212])\s?(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?"
)


def _pattern() -> str:
    """Every form as one regular expression that JavaScript reads too, loose where `parse` is not.

    It is for JSON Schema: what `parse` takes it takes, and typing errors mostly not.
    """
    forms = [
        re.sub(r"\(\?P<\w+>", "(?:", form.pattern) for form in (_POINT, _RELATIVE, _T_RELATIVE)
    ]
    # Alone, a day ends its text; here a milestone or the other half of a range may follow.
    point = forms[0].replace("|$)", r"|(?=\s|\.\.|$))")
    # Zones begin with a capital, so that a misspelt milestone is not taken for one.
    point = point.replace("[A-Za-z][A-Za-z0-9_]*", "[Uu][Tt][Cc]|[Gg][Mm][Tt]|z|[A-Z][A-Za-z0-9_]*")
    begins = r"(?=(?:\.\.)?[\s~]*\d)"
    return rf"{begins}(?:{point})(?:\s*\.\.\s*(?:{point}))?|{forms[1]}|{forms[2]}"


PATTERN = _pattern()


# Clocks show few times, and each is looked at twice: to tell a row's time from its milestones too.
@lru_cache(maxsize=8192)
def parse(text: str) -> Written:
    """What `text` says, in any form that the format knows.

    Raises `TimeError` with the reason and, where there is one, what to write instead.
    """
    stripped = text.strip()
    if len(stripped) > MAX_LENGTH:
        raise TimeError("unreadable", f"a time of {len(stripped)} characters is not read")
    if relative := _parse_relative(stripped):
        return relative
    if ".." in stripped:
        left, _, right = stripped.partition("..")
        if ".." in right.strip(".") or (not left.strip() and not right.strip()):
            raise TimeError("unreadable", f"“{stripped}” is not a range", "write 18:05..18:10")
        return _range(stripped, left.strip(), right.strip())
    return _parse_point(stripped)


def is_time(text: str) -> bool:
    """Whether `text` can be read as a time."""
    try:
        parse(text)
    except TimeError:
        return False
    return True


def _range(text: str, left: str, right: str) -> Range:
    start = _parse_point(left) if left else None
    end = _parse_point(right) if right else None
    if start and end:
        if (_HALF.search(left) is None) != (_HALF.search(right) is None):
            raise TimeError(
                "unreadable",
                f"“{text}” has AM or PM on one side only",
                "write AM or PM on both sides, or neither",
            )
        # A zone beside one end is meant for both.
        start = replace(start, zone=start.zone or end.zone)
        end = replace(end, zone=end.zone or start.zone)
    return Range(start, end)


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Far from the ends of the calendar, where no zone and no duration leads out of it.
_YEARS = range(1970, 3000)


@lru_cache(maxsize=4096)
def parse_day(text: str) -> date:
    """The day that `text`, ``YYYY-MM-DD``, names. Raises `ValueError`."""
    if not _DAY.fullmatch(text):
        raise ValueError(f"{text!r} is not a day written YYYY-MM-DD")
    day = date.fromisoformat(text)
    if day.year not in _YEARS:
        raise ValueError(f"the year {day.year} is out of range")
    return day


def _parse_relative(text: str) -> Relative | None:
    if match := _T_RELATIVE.fullmatch(text):
        offset = timedelta(
            hours=int(match["hours"]),
            minutes=int(match["minutes"]),
            seconds=int(match["seconds"] or 0),
        )
    elif match := _RELATIVE.fullmatch(text):
        try:
            offset = parse_duration(match["length"])
        except ValueError:
            return None
    else:
        return None
    return Relative(offset if match["sign"] == "+" else -offset)


def _parse_point(text: str) -> Point:
    match = _POINT.fullmatch(text) if text.isascii() or "±" in text or "\u2212" in text else None
    if match is None or (match["year"] is None and match["hour"] is None):
        raise explain(text)
    if (zone_text := match["zone"]) and zone_text[0] in "-\u2212":
        glued = not match["gap"] and (match["joint"] or "").upper() != "T"
        if glued or not _WEST.fullmatch(zone_text):
            raise explain(text)
    day = None
    if match["year"]:
        try:
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
        except ValueError as error:
            shown = text.lstrip("~ ")[:10]
            raise TimeError("unreadable", f"{shown} is no day: {error}", "correct it") from None
        if day.year not in _YEARS:
            raise TimeError(
                "unreadable", f"the year {day.year} is out of range", "correct the year"
            )
    clock = _clock(match, text) if match["hour"] else None
    try:
        place = zone(match["zone"]) if match["zone"] else None
    except ZoneError as error:
        raise TimeError("zone", error.message, error.help) from None
    approximate = bool(match["about"] or match["about_clock"])
    margin = None
    if match["margin"]:
        if not approximate:
            raise TimeError(
                "unreadable", "a margin needs an approximate time", f"write ~{text.strip()}"
            )
        try:
            margin = parse_duration(match["margin"])
        except ValueError:
            raise TimeError(
                "unreadable", f"“{match['margin']}” is no margin", "write ±15m"
            ) from None
    if approximate and clock is None:
        raise TimeError(
            "unreadable", "an approximate day is not read", "write a range: 2024-02-20..2024-02-22"
        )
    return Point(day, clock, place, approximate, margin)


def _clock(match: re.Match[str], text: str) -> Clock:
    hour, minute, second = int(match["hour"]), match["minute"], match["second"]
    precision = Precision.SECOND if second else Precision.MINUTE if minute else Precision.HOUR
    if precision is Precision.HOUR and not (match["unknown"] or match["h"] or match["half"]):
        raise explain(text)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise TimeError(
                "unreadable",
                f"a 12-hour clock does not show {hour}",
                "leave out AM or PM, or correct the hour",
            )
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    if hour == 24 and int(minute or 0) == 0 and int(second or 0) == 0:
        raise TimeError("unreadable", "a clock does not show 24:00", "write 00:00, the next day")
    if hour > 23 or int(minute or 0) > 59 or int(second or 0) > 59:
        raise TimeError(
            "unreadable",
            f"a clock does not show {text.strip()}",
            "write hours up to 23, minutes and seconds up to 59",
        )
    return Clock(time(hour, int(minute or 0), int(second or 0)), precision)


_UNFILLED = re.compile(
    r"\b(?:HH|hh|YYYY|yyyy|MM|DD|dd)\b|\bTB[DC]\b|\bTODO\b|\?\?:\?\?|\bXX:XX\b|_{2,}"
)
_ANY_CLOCK = r"~?\d{1,2}:\d{2}(?::\d{2})?(?:\s*[AaPp]\.?[Mm]\.?)?"
_TWO_CLOCKS = re.compile(
    rf"(?P<left>.*?{_ANY_CLOCK}.*?)\s*(?:-|–|—|~|→|->|\bto\b|\buntil\b|\band\b)+\s*"
    rf"(?P<right>(?:\d{{4}}-\d\d-\d\d[ T])?{_ANY_CLOCK}.*)"
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def explain(text: str) -> TimeError:
    """Why `text` is not read as a time, with the likely correction."""
    shown = f"“{text[:40]}”"
    if not text:
        return TimeError("unreadable", "the time is empty", "leave out `at` where it is not known")
    if _UNFILLED.search(text):
        return TimeError(
            "unfilled", f"{shown} was never filled in", "write the time, or drop the row"
        )
    if two := _TWO_CLOCKS.fullmatch(text):
        left, right = two["left"].strip(), two["right"].strip()
        if (spoken := re.search(r"\s*[AaPp]\.?[Mm]\.?", right)) and not _HALF.search(left):
            # In "6:03-6:10 PM" the half of the day is meant for both.
            left += spoken[0]
        return TimeError(
            "dash",
            f"{shown} may mean that it lasted or that it happened somewhere in between",
            f"for something that lasted write `at: {left}` with `until: {right}`; "
            f"for something that happened once in between write {left}..{right}",
        )
    if re.search(r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}/\d{1,2}/\d{1,2}", text) or re.search(
        r"\d{4}-\d-|\d{4}-\d{2}-\d(?!\d)", text
    ):
        return TimeError("unreadable", f"{shown} is not a day", "write days as YYYY-MM-DD")
    if re.search(r"\d:\d\d:\d\d[.,]\d", text):
        return TimeError("unreadable", "fractions of a second are not kept")
    if digits := re.fullmatch(r"([01]\d|2[0-3])([0-5]\d)(\s*[A-Za-z/_]+)?", text):
        rest = f" {digits[3].strip()}" if digits[3] else ""
        return TimeError(
            "unreadable", f"{shown} is not a time", f"write {digits[1]}:{digits[2]}{rest}"
        )
    if re.search(rf"\b(?:{'|'.join(_MONTHS)})[a-z]*\b", text, re.IGNORECASE):
        return TimeError(
            "unreadable", f"{shown} is not a time", "write the date as YYYY-MM-DD, then the clock"
        )
    return TimeError("unreadable", f"{shown} is not a time")
