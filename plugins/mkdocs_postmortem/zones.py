"""Time zones: which names are accepted, and local times to UTC.

Zone rules come from the `tzdata` package, not from the machine, so that the same incident gives
the same numbers everywhere.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")
_OFFSET = re.compile(r"([+\-\u2212])(\d{2}):?(\d{2})")
_UTC_NAMES = {"UTC", "GMT", "Z"}
_MAX_OFFSET = timedelta(hours=14)

# What people mean by the abbreviations that postmortems use, most common meaning first.
_REGIONS: dict[str, tuple[str, ...]] = {
    "PST": ("America/Los_Angeles",),
    "PDT": ("America/Los_Angeles",),
    "PT": ("America/Los_Angeles",),
    "PACIFIC": ("America/Los_Angeles",),
    "MST": ("America/Denver", "America/Phoenix"),
    "MDT": ("America/Denver",),
    "MT": ("America/Denver",),
    "CST": ("America/Chicago", "Asia/Shanghai"),
    "CDT": ("America/Chicago",),
    "CT": ("America/Chicago",),
    "EST": ("America/New_York", "America/Panama"),
    "EDT": ("America/New_York",),
    "ET": ("America/New_York",),
    "EASTERN": ("America/New_York",),
    "AST": ("America/Halifax", "Asia/Riyadh"),
    "BRT": ("America/Sao_Paulo",),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "WET": ("Europe/Lisbon",),
    "WEST": ("Europe/Lisbon",),
    "CET": ("Europe/Berlin", "Europe/Paris"),
    "CEST": ("Europe/Berlin", "Europe/Paris"),
    "MET": ("Europe/Berlin",),
    "EET": ("Europe/Athens", "Europe/Helsinki"),
    "EEST": ("Europe/Athens", "Europe/Helsinki"),
    "MSK": ("Europe/Moscow",),
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "SGT": ("Asia/Singapore",),
    "HKT": ("Asia/Hong_Kong",),
    "JST": ("Asia/Tokyo",),
    "KST": ("Asia/Seoul",),
    "AWST": ("Australia/Perth",),
    "ACST": ("Australia/Darwin", "Australia/Adelaide"),
    "ACDT": ("Australia/Adelaide",),
    "AEST": ("Australia/Sydney", "Australia/Brisbane"),
    "AEDT": ("Australia/Sydney",),
    "NZST": ("Pacific/Auckland",),
    "NZDT": ("Pacific/Auckland",),
    "HST": ("Pacific/Honolulu",),
}


class ZoneError(ValueError):
    """A zone name that is not accepted; ``help`` says what to write instead."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class LocalTimeError(ValueError):
    """A local time that the clocks of a zone skipped (``exists`` false) or showed twice."""

    def __init__(self, local: datetime, zone: tzinfo, *, exists: bool) -> None:
        super().__init__(f"{local} in {zone}")
        self.local = local
        self.zone = zone
        self.exists = exists


@lru_cache(maxsize=512)
def zone(name: str) -> tzinfo:
    """The zone called `name`: an IANA name, ``UTC``, ``GMT``, ``Z`` or an offset like ``+02:00``.

    Raises `ZoneError` for anything else, abbreviations such as PST among them: they name several
    regions, and authors write the winter one in summer.
    """
    if name.upper() in _UTC_NAMES:
        return UTC
    if offset := _OFFSET.fullmatch(name):
        sign, hours, minutes = offset.groups()
        delta = timedelta(hours=int(hours), minutes=int(minutes))
        if delta > _MAX_OFFSET or int(minutes) > 59:
            raise ZoneError(
                f"the offset {name} does not exist", "offsets lie between -14:00 and +14:00"
            )
        return timezone(-delta if sign != "+" else delta)
    upper = name.upper()
    if upper in _REGIONS:
        regions = _REGIONS[upper]
        raise ZoneError(
            f"{name} is not one time zone",
            f"write the region ({' or '.join(regions)}) or the offset",
        )
    if relative := re.fullmatch(r"(?:UTC|GMT)\s*([+\-\u2212])(\d{1,2})(?::?(\d{2}))?", upper):
        sign, hours, minutes = relative.groups()
        sign = "+" if sign == "+" else "-"
        raise ZoneError(
            f"{name} is not a zone name", f"write {sign}{int(hours):02}:{minutes or '00'}"
        )
    found = _load(name) if _NAME.fullmatch(name) else None
    if found is None:
        # Compared with all six hundred, a file of wrong zones would take seconds.
        alike = sorted(known for known in names() if known[:2].lower() == name[:2].lower())
        alike += sorted(known for known in names() if known.endswith(f"/{name.title()}"))
        matches = closest(name, alike)
        raise ZoneError(
            f"{name} is not a known time zone",
            f"did you mean {matches}?" if matches else "write an IANA name such as Europe/Berlin",
        )
    return found


# Which part of their letters two names share of which one may be a slip of the other.
_ALIKE = 0.6


def closest(name: str, candidates: list[str]) -> str | None:
    """The candidate that `name` most likely means, or ``None``."""
    from difflib import get_close_matches

    if len(name) > 80:
        return None
    folded = {candidate.lower(): candidate for candidate in candidates}
    written = name.lower().replace(" ", "_")
    for match in get_close_matches(written, folded, cutoff=_ALIKE):
        one, other = _without_common_words(written, match)
        if not (one and other) or get_close_matches(one, [other], cutoff=_ALIKE):
            return folded[match]
    return None


def _without_common_words(one: str, other: str) -> tuple[str, str]:
    """What two names have behind the words with which both begin.

    Half of the response times begin with `time_to_`, and that makes no two of them alike. A common
    number says more: the ids of incidents begin with their day.
    """
    parts, others = (re.findall(r"[^\W\d_]+|\d+|[\W_]+", name) for name in (one, other))
    common = 0
    for part, its in zip(parts, others, strict=False):
        if part != its or part.isdigit():
            break
        common += 1
    return "".join(parts[common:]), "".join(others[common:])


def regions(abbreviation: str) -> tuple[str, ...]:
    """The regions that `abbreviation`, such as PST, may mean, the most common one first."""
    return _REGIONS.get(abbreviation.upper(), ())


def abbreviations() -> tuple[str, ...]:
    """The abbreviations whose regions are known, in capitals."""
    return tuple(_REGIONS)


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """Every IANA zone name that is accepted: abbreviations that are IANA names too are not."""
    listing = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(
        line
        for line in listing.splitlines()
        if line and not re.fullmatch(r"[A-Z]{3,4}|[A-Z]{3}\d[A-Z]{3}|GMT[+-]?0", line)
    )


def _load(name: str) -> ZoneInfo | None:
    if name not in names():
        return None
    path = resources.files("tzdata.zoneinfo")
    for part in name.split("/"):
        path = path.joinpath(part)
    with path.open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


def to_utc(day: date, clock: time, place: tzinfo) -> datetime:
    """The instant at which the clocks of `place` showed `clock` on `day`.

    Raises `LocalTimeError` where they never did (the clocks were put forward) or did twice.
    """
    if place is UTC:
        return datetime.combine(day, clock, UTC)
    local = datetime.combine(day, clock.replace(tzinfo=None))
    first = local.replace(tzinfo=place, fold=0)
    second = local.replace(tzinfo=place, fold=1)
    if first.utcoffset() != second.utcoffset():
        back = first.astimezone(UTC).astimezone(place)
        raise LocalTimeError(local, place, exists=back.replace(tzinfo=None) == local)
    return first.astimezone(UTC)


def day_bounds(day: date, place: tzinfo) -> tuple[datetime, datetime]:
    """The first instant of `day` in `place` and the first after it, in UTC."""

    def begin(of: date) -> datetime:
        local = datetime.combine(of, time(), tzinfo=place)
        # Where midnight was skipped, fold=0 applies the offset before the change, which gives the
        # first instant after it; where it came twice, the first of the two.
        return local.astimezone(UTC)

    return begin(day), begin(day + timedelta(days=1))


def offsets(local: datetime, place: tzinfo) -> tuple[str, ...]:
    """The offsets, as ``+02:00``, that `place` has just before and after a change at `local`."""
    found = []
    for fold in (0, 1):
        text = local.replace(tzinfo=place, fold=fold).strftime("%z")
        found.append(f"{text[:3]}:{text[3:]}")
    return tuple(dict.fromkeys(found))
