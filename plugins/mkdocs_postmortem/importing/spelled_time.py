"""Times as people spell them in documents: ``Thur Jan 20 22:40``, ``13:14 EDT (17:14 UTC)``.

`written_time` knows the forms of incident files; this module finds the forms that stand elsewhere
and takes them apart. What day and which offset they mean is for `placing` to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from mkdocs_postmortem import zones
from mkdocs_postmortem.duration import parse_duration

_MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|"
        "september sept sep|october oct|november nov|december dec".split("|"),
        1,
    )
    for name in names.split()
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        "monday mon|tuesday tues tue|wednesday wed|thursday thurs thur thu|friday fri|"
        "saturday sat|sunday sun".split("|")
    )
    for name in names.split()
}
_I = re.IGNORECASE
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?(?![A-Za-z])"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?!\d|:\d|[A-Za-z])"
_YEAR = r"(?P<year>19[7-9]\d|20\d\d)(?!\d|:\d)"
# "October 29-30, 2025" is its first day.
_MORE_DAYS = r"(?:\s?(?:[-–/&]|and|to)\s?\d{1,2}(?:st|nd|rd|th)?(?![\d:]))?"
_DATES = [
    re.compile(r"(?P<year>19[7-9]\d|20\d\d)([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?!\d)"),
    re.compile(
        r"(?P<one>\d{1,2})(?P<joint>[/.])(?P<two>\d{1,2})(?P=joint)(?P<year>\d{4}|\d\d)(?!\d)"
    ),
    re.compile(rf"{_MONTH}\s*{_DAY}{_MORE_DAYS}(?:,?\s+{_YEAR}(?!\s*(?:UTC|GMT|h)))?", _I),
    re.compile(
        r"(?:the\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?(?:\s?[-–]\s?\d{1,2}(?:st|nd|rd|th)?\.?)?"
        rf"(?:\s+of)?[\s-]+{_MONTH}(?:,?[\s-]+{_YEAR})?",
        _I,
    ),
    re.compile(r"(?P<one>\d{1,2})(?P<joint>/)(?P<two>\d{1,2})(?=[\s,]+~?\d{1,2}:\d\d)"),
]
_WEEKDAY = re.compile(
    rf"(?P<weekday>{'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})\b\.?", _I
)
_LATER_DAY = re.compile(
    r"(?:the\s+)?(?:next|following)\s+(?:day|morning)\b|day\s+(?P<nth>\d{1,2})\b", _I
)
_HALF = r"\s?(?P<half>[ap])\.?\s?m\b\.?"
_CLOCKS = [
    re.compile(
        r"(?P<hour>\d{1,2}):(?:(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?"
        rf"|(?P<unknown>\?\?|xx\b))(?!\d|:\d)(?:{_HALF}|\s?(?:Uhr|hrs|h)\b)?",
        _I,
    ),
    re.compile(r"(?P<hour>\d{1,2})\s?h\s?(?P<minute>[0-5]\d)(?!\d)()(?:min\b)?", _I),
    re.compile(rf"(?P<hour>\d{{1,2}})\.(?P<minute>[0-5]\d){_HALF}", _I),
    re.compile(
        r"(?P<hour>\d{1,2})\.(?P<minute>[0-5]\d)(?=\s?(?:UTC|GMT|CES?T|h\b|Uhr))(?:\s?(?:Uhr|h)\b)?"
    ),
    re.compile(rf"(?P<hour>\d{{1,2}}){_HALF}", _I),
    re.compile(r"(?P<hour>\d{1,2})h(?![a-z])", _I),
    re.compile(r"(?P<hour>\d{1,2})(?=\s?(?:UTC|GMT)(?![\w+-]))"),
]
_DIGITS = r"(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?!\d)"
_ABBREVIATIONS = "|".join(
    sorted((n for n in zones.abbreviations() if len(n) < 6), key=len, reverse=True)
)
_MILITARY = re.compile(
    rf"{_DIGITS}(?=\s?(?:[Uu][Tt][Cc]|GMT|Z\b|h\b|hrs|hours|{_ABBREVIATIONS})"
    rf"|\s*(?:to|-|–|and|until)\s*\d{{4}}\s?(?:UTC|GMT|Z\b|h|{_ABBREVIATIONS}))(?:\s?(?:h|hrs|hours)\b)?"
)
_BARE_DIGITS = re.compile(rf"{_DIGITS}(?:\s?(?:h|hrs|hours)\b)?")
_NAMED_ZONES = {"PACIFIC": "PT", "EASTERN": "ET", "CENTRAL": "CT", "MOUNTAIN": "MT"}
_ZONE = re.compile(
    r"(?P<open>\(\s?)?(?P<zone>(?:[Uu][Tt][Cc]|[Gg][Mm][Tt])\s?[+\-−±](?:0?\d|1[0-4])(?::?[0-5]\d)?(?!\w|[:.]\d|%)"
    rf"|(?:[Uu][Tt][Cc]|[Gg][Mm][Tt]|{_ABBREVIATIONS}|Z)(?![A-Za-z0-9_])"
    r"|(?:Pacific|Eastern|Central|Mountain)(?:\s(?:[Ss]tandard|[Dd]aylight))?(?:\s[Tt]ime)?\b"
    r"|(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z_]+(?:/[A-Za-z_]+)?"
    r"|\+\d\d:?[0-5]\d(?!\d|:\d)|[-−](?:0\d|1[0-2]):?[034][05](?!\d|:\d)"
    r"|local(?:\stime)?\b)(?P<close>\s?\))?"
)
_ABOUT = re.compile(
    r"(?:~|≈|≃|c\.\s|ca\.?\s|circa\s|around\s|about\s|approx(?:\.|imately)?\s|roughly\s|"
    r"shortly\safter\s|just\s(?:before|after)\s)\s?",
    _I,
)
_LEADS = {
    "from": "lasted", "between": "between", "between the hours of": "between",
    "until": "not_after", "till": "not_after", "by": "not_after", "before": "not_after",
    "after": "not_before", "since": "not_before",
}  # fmt: skip
_LEAD = re.compile(
    r"(?:later\s)?(?P<lead>between\sthe\shours\sof|between|from|until|till|by|before|after|since|"
    r"starting\s(?:at|on|from)|beginning\sat|at|on|in)\b\s*",
    _I,
)
_GAP = re.compile(r"(?:\s|,|;|@|\|)*(?:(?:at|on|the|starting\sat|starting|from)\s+)?", _I)
# What stands between a day and its clock: "April 14: (6:00EST)".
_DAY_TO_CLOCK = re.compile(
    r"(?:(?:[-–—:(\[]|at\b)\s*){1,3}(?=~?\d{1,2}[:.h]\d|\d{4}\s?[UGZ]|\d{1,2}\s?[ap]\.?m)", _I
)
_JOINT = re.compile(
    r"\s*(?:-{1,2}>?|–|—|−|~|→|➔|=>|\.{2,3}|…|\b(?:to|till|until|through)\b)\s*", _I
)
_AND = re.compile(r"\s*(?:\band\b|-|–|to\b)\s*", _I)
_LATER = re.compile(
    r"(?:(?:~|about|around|approximately|roughly|some)\s?)?"
    r"(?P<length>\d{1,4}\s?(?:seconds?|secs?|minutes?|mins?|hours?|hrs?))\s(?:later|after(?:wards)?)\b",
    _I,
)
_ELAPSED = re.compile(
    r"(?:T\s?[+\-−]\s?\d{1,3}:[0-5]\d(?::[0-5]\d)?|T?\s?[+−-]\s?\d{1,4}\s?(?:s|m|h|min|mins|minutes|hours?))(?!\w|:\d)"
)
_T_MINUTES = re.compile(
    r"T\s?(?P<sign>[+\-−])\s?(?P<length>\d{1,4})\s?(?P<unit>s|m|h|min|mins|minutes|hours?)?(?!\w|:\d)",
    _I,
)


@dataclass(frozen=True, slots=True)
class SpelledDay:
    """A day with as much of it as was written."""

    month: int | None = None
    day: int | None = None
    year: int | None = None
    weekday: int | None = None
    shift: int | None = None  # days after the day before
    nth: int | None = None  # "Day 2"
    swapped: bool = False  # day and month may be the other way round

    def on(self, near: date | None, first: date | None) -> date | None:
        """The day meant, where `near` is the day before it and `first` the document's."""
        base = near or first
        if self.nth is not None:
            return first + timedelta(days=self.nth - 1) if first else None
        if self.shift is not None:
            return base + timedelta(days=self.shift) if base else None
        if self.day is None or self.month is None:
            if base is None or self.weekday is None:
                return None
            return base + timedelta(days=(self.weekday - base.weekday()) % 7)
        found = self._candidates(base, self.month, self.day)
        if self.swapped:
            found += self._candidates(base, self.day, self.month)
        if not found or base is None:
            return found[0] if found else None
        return min(found, key=lambda day: abs(day - base))

    def _candidates(self, base: date | None, month: int, day: int) -> list[date]:
        years = [self.year] if self.year else []
        if not years and base is not None:
            years = [base.year, base.year + 1, base.year - 1]
        found = []
        for year in years:
            try:
                found.append(date(year, month, day))
            except ValueError:
                continue
        return found


@dataclass(frozen=True, slots=True)
class SpelledPoint:
    """A day, a clock as ``18:03``, ``18:03:30`` or ``18:??``, a zone: what was written of them."""

    day: SpelledDay | None = None
    clock: str | None = None
    zone: str | None = None
    about: bool = False
    half_given: bool = False


Kind = Literal["point", "lasted", "between", "not_after", "not_before", "later", "elapsed"]


@dataclass(frozen=True, slots=True)
class SpelledTime:
    """One time and where it stands in the text.

    ``other`` is the same instant in a second zone. ``later`` is a length after the entry before,
    ``elapsed`` a relative time of the format.
    """

    kind: Kind
    point: SpelledPoint
    start: int
    end: int
    until: SpelledPoint | None = None
    other: SpelledPoint | None = None
    later: timedelta | None = None
    elapsed: str | None = None
    lead: str = ""

    @property
    def has_clock(self) -> bool:
        """Whether it says more than a day."""
        return self.point.clock is not None or self.kind in ("later", "elapsed")


class _Scanner:
    def __init__(self, text: str, position: int, *, is_cell: bool) -> None:
        self.text = text
        self.position = position
        self.is_cell = is_cell

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.position)
        if match:
            self.position = match.end()
        return match

    def day(self) -> SpelledDay | None:
        for pattern in _DATES:
            match = pattern.match(self.text, self.position)
            day = _day_of(match) if match else None
            if match and day:
                self.position = match.end()
                return day
        return None

    def clock(self) -> tuple[str, bool] | None:
        patterns = [*_CLOCKS, _MILITARY] + ([_BARE_DIGITS] if self.is_cell else [])
        for pattern in patterns:
            match = pattern.match(self.text, self.position)
            clock = _clock_of(match) if match else None
            if match and clock:
                self.position = match.end()
                return clock, match.groupdict().get("half") is not None
        return None

    def zone(self) -> str | None:
        start = self.position
        gap = re.compile(r"\s{0,3}").match(self.text, start)
        assert gap is not None
        match = _ZONE.match(self.text, gap.end())
        if match is None or (match["open"] and not match["close"]):
            return None
        name = match["zone"]
        if name[0] in "-−":
            # "10:00-11:00" and "10:00 -11:45" are ranges, "10:00 -0500" and "10:00 -05:00" are not.
            written = self.text[max(0, start - 10) : start]
            glued = gap.end() == start and "T" not in written
            if glued or not re.fullmatch(r".(?:0[1-9]|1[0-2]):?00|.0[239]:?30", name):
                return None
            if ":" in name and int(name[1:3]) >= 10:
                return None
        self.position = match.end("close") if match["open"] else match.end("zone")
        return name

    def point(self) -> SpelledPoint:
        day: SpelledDay | None = None
        clock: str | None = None
        zone: str | None = None
        about = half = False
        for _ in range(8):
            start = self.position
            if day is not None and clock is None and self.take(re.compile(r"T(?=\d\d:)")):
                pass
            else:
                gap = self.take(_GAP)
                if day is not None and clock is None:
                    self.take(_DAY_TO_CLOCK)
                if clock is None and self.take(_ABOUT):
                    about = True
                    continue
                on = bool(gap and re.search(r"\bon\b", gap[0], _I))
                bracket = clock is not None and self.take(re.compile(r"\(\s?(?:on\s)?"))
                weekday = (
                    self.take(_WEEKDAY)
                    if clock is None or bracket or on or "," in (gap[0] if gap else "")
                    else None
                )
                if weekday and day is None:
                    after = self.position
                    self.take(re.compile(r"[\s,]+(?:the\s)?"))
                    named = self.day()
                    if named is None:
                        self.position = after
                    if (
                        named is None
                        and clock is None
                        and not self.is_cell
                        and not re.compile(r"[\s,:–—-]|$").match(self.text, self.position)
                    ):
                        self.position = start
                        break
                    day = named or SpelledDay(weekday=_WEEKDAYS[weekday["weekday"].lower()])
                    if not self._close(bracket):
                        self.position = start
                        day = None
                        break
                    continue
                if weekday:
                    if not self._close(bracket):
                        self.position = start
                        break
                    continue
                if day is None and (clock is None or bracket or on or (gap and "," in gap[0])):
                    found = self.day()
                    if found is None and clock is None and (later := self.take(_LATER_DAY)):
                        found = (
                            SpelledDay(nth=int(later["nth"]))
                            if later["nth"]
                            else SpelledDay(shift=1)
                        )
                    if found and self._close(bracket):
                        day = found
                        continue
                if bracket:
                    self.position = start
                    break
            taken = self.clock() if clock is None else None
            if taken:
                clock, half = taken
                about = about or self.take(re.compile(r"\s?-?ish\b", _I)) is not None
                zone = self.zone()
                if zone and (more := self._refinement()):
                    zone = more
                continue
            self.position = start
            break
        return SpelledPoint(day, clock, zone, about, half)

    def _close(self, bracket: object) -> bool:
        return not bracket or self.take(re.compile(r"\s?\)")) is not None

    def _refinement(self) -> str | None:
        """The offset in ``AEDT (UTC+11)``."""
        match = self.take(re.compile(r"\s?\((?P<zone>(?:UTC|GMT)\s?[+\-−]\s?\d{1,2}(?::?\d\d)?)\)"))
        return match["zone"] if match else None


def _day_of(match: re.Match[str]) -> SpelledDay | None:
    groups = match.groupdict()
    year = int(groups["year"]) if groups.get("year") else None
    if year is not None and year < 100:
        year += 2000
    if groups.get("one"):
        one, two = int(groups["one"]), int(groups["two"])
        day_first = groups["joint"] == "." or one > 12
        month, day = (two, one) if day_first else (one, two)
        swapped = groups["joint"] == "/" and one <= 12 and two <= 12 and one != two
        found = SpelledDay(month, day, year, swapped=swapped)
    else:
        month_text = groups["month"].lower()
        month = _MONTHS.get(month_text) or int(month_text)
        found = SpelledDay(month, int(groups["day"]), year)
    assert found.day is not None
    assert found.month is not None
    return found if 1 <= found.month <= 12 and 1 <= found.day <= 31 else None


def _clock_of(match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    hour, half = int(groups["hour"]), groups.get("half")
    if half:
        if not 1 <= hour <= 12:
            # "13:05 PM" is one hour in either reading.
            if not 13 <= hour <= 23 or half in "Aa":
                return None
        else:
            hour = hour % 12 + (12 if half in "Pp" else 0)
    if hour > 23:
        return None
    if groups.get("unknown"):
        return f"{hour:02}:??"
    if groups.get("second"):
        return f"{hour:02}:{groups['minute']}:{groups['second']}"
    if groups.get("minute"):
        return f"{hour:02}:{groups['minute']}"
    return f"{hour:02}:??"


def scan(text: str, position: int = 0, *, is_cell: bool = False) -> SpelledTime | None:
    """The time that begins at `position` of `text`, which has no markup, or ``None``.

    In a cell that is known to hold times four digits are a clock too.
    """
    scanner = _Scanner(text, position, is_cell=is_cell)
    if later := scanner.take(_LATER):
        length = parse_duration(later["length"])
        return SpelledTime(
            "later", SpelledPoint(about=True), position, scanner.position, later=length
        )
    if elapsed := _elapsed(scanner):
        return SpelledTime("elapsed", SpelledPoint(), position, scanner.position, elapsed=elapsed)
    lead = scanner.take(_LEAD)
    word = " ".join(lead["lead"].lower().split()) if lead else ""
    point = scanner.point()
    if point.day is None and point.clock is None:
        return None
    if point.day is not None and point.clock is None:
        # As in "April 10th, between 03:45 and 05:00 UTC".
        saved = scanner.position
        again = scanner.take(_GAP) and scanner.take(_LEAD)
        clocked = scanner.point() if again else point
        if again and clocked.clock is not None and clocked.day is None:
            point, word = replace(clocked, day=point.day), " ".join(again["lead"].lower().split())
        else:
            scanner.position = saved
    kind: Kind = _LEADS.get(word, "point")  # type: ignore[assignment]
    until = other = None
    if point.clock is not None:
        other = _other(scanner)
        saved = scanner.position
        joint = scanner.take(_AND) if kind == "between" else scanner.take(_JOINT)
        if joint:
            end = scanner.point()
            if end.clock is None:
                scanner.position = saved
            else:
                until = end
                kind = "between" if kind == "between" else "lasted"
                if not point.half_given and end.half_given:
                    point = _with_half(point, end)
                if until.zone and not point.zone:
                    point = replace(point, zone=until.zone)
                _other(scanner)
        if other is None and until is None and point.zone is None:
            point = replace(point, zone=scanner.zone())
        if until is None and kind in ("lasted", "between"):
            kind = "point"
    elif kind not in ("not_after", "not_before"):
        kind = "point"
    if point.clock is None and kind != "point":
        kind = "point"
    end_of = scanner.position
    return SpelledTime(kind, point, position, end_of, until, other, lead=word)


def _with_half(point: SpelledPoint, end: SpelledPoint) -> SpelledPoint:
    """``4:06`` in "4:06–4:38 pm"."""
    assert point.clock is not None
    assert end.clock is not None
    hour, rest = int(point.clock[:2]), point.clock[2:]
    if hour < 12 and int(end.clock[:2]) >= 12 and f"{hour + 12:02}{rest}" <= end.clock:
        return replace(point, clock=f"{hour + 12:02}{rest}")
    return point


def _elapsed(scanner: _Scanner) -> str | None:
    if minutes := scanner.take(_T_MINUTES):
        sign = "+" if minutes["sign"] == "+" else "-"
        unit = (minutes["unit"] or "m")[0].lower()
        return f"{sign}{minutes['length']}{unit}"
    if match := scanner.take(_ELAPSED):
        return (
            re.sub(r"\s", "", match[0]).replace("−", "-").removeprefix("T")
            if ":" not in match[0]
            else match[0].replace("−", "-")
        )
    return None


def _other(scanner: _Scanner) -> SpelledPoint | None:
    """A second reading of the same instant: ``(17:14 UTC)`` or ``/ 17:14 UTC``."""
    start = scanner.position
    opened = scanner.take(re.compile(r"\s*(?P<sign>[(\[/|=,])\s*"))
    if opened is None:
        return None
    point = scanner.point()
    closes = {"(": r"\s?\)", "[": r"\s?\]"}.get(opened["sign"])
    if (
        point.clock is None
        or point.zone is None
        or (closes and not scanner.take(re.compile(closes)))
    ):
        scanner.position = start
        return None
    return point


_MONTH_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ANY = re.compile(
    r"(?<![\w:/.-])(?:~|≈)?(?:"
    r"\d{1,2}[:.h]\d\d|\d{1,2}:(?:\?\?|xx)|\d{4}\s?(?:UTC|GMT|Z)|\d{1,2}\s?[ap]\.?m\b"
    r"|\d{1,2}\s(?:UTC|GMT)\b|\d{4}[-/.]\d{1,2}[-/.]\d|\d{1,2}[/.]\d{1,2}[/.]\d\d"
    r"|\d{4}\s(?:to|and|-|–)\s\d{4}\s?(?:UTC|GMT)"
    r"|\d{1,4}\s(?:minutes?|mins?|hours?|seconds?)\slater"
    rf"|(?:{_MONTH_NAMES})\.?\s+\d|\d{{1,2}}(?:st|nd|rd|th)?\.?[\s-]+(?:of\s+)?(?:{_MONTH_NAMES})\b)",
    _I,
)


def find(text: str, *, clocks_only: bool = True) -> SpelledTime | None:
    """The first time anywhere in `text`; where `clocks_only`, the first with a clock."""
    best = None
    for match in _ANY.finditer(text):
        before = _BEFORE.search(text, max(0, match.start() - 30), match.start())
        found = scan(text, before.start() if before else match.start())
        if found is None and before:
            found = scan(text, match.start())
        if found is None:
            continue
        if found.has_clock:
            return found
        best = best or found
    return None if clocks_only else best


_BEFORE = re.compile(
    r"\b(?:(?:between|from|until|till|by|before|after|since|at|on|around|about|approximately)\s+){1,2}$",
    _I,
)


def find_day(text: str) -> SpelledDay | None:
    """The first day in `text` that has a number, or ``None``."""
    for match in _ANY.finditer(text):
        day = _Scanner(text, match.start(), is_cell=False).day()
        if day is not None:
            return day
    return None


def find_zone(text: str) -> str | None:
    """The zone that `text` names: ``Time (UTC)``, ``all times are in Pacific Time``."""
    for match in re.finditer(r"(?<![\w/+-])[(\[]?(?=[A-Za-z])", text):
        found = _ZONE.match(text, match.end())
        if found and found["zone"] != "Z":
            return found["zone"]
    return None
