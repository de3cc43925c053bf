"""Lengths of time as authors write them: ``14m``, ``1h 50m``, ``26.3h``, ``399 minutes``."""

from __future__ import annotations

import re
from datetime import timedelta

UNITS: dict[str, timedelta] = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
# Longer is a slip; the bound also keeps every sum inside the calendar.
MAX_LENGTH = timedelta(days=3653)
_UNIT_WORDS = {
    "s": r"s|secs?|seconds?",
    "m": r"m|mins?|minutes?",
    "h": r"h|hrs?|hours?",
    "d": r"d|days?",
    "w": r"w|weeks?",
}
_PART = re.compile(
    r"\s*(?P<number>\d{1,6}(?:\.\d{1,3})?)[\s-]*(?:"
    + "|".join(f"(?P<{unit}>{words})" for unit, words in _UNIT_WORDS.items())
    + r")(?![A-Za-z])\s*(?:,|and\b)?",
    re.IGNORECASE,
)


def parse_duration(text: str) -> timedelta:
    """The length that `text` says, such as ``90s``, ``1h 30m`` or ``2 days``.

    Raises `ValueError` where it is no length, where a unit is missing or where units do not fall.
    """
    position, total, smallest = 0, timedelta(0), None
    stripped = text.strip()
    while position < len(stripped):
        part = _PART.match(stripped, position)
        if part is None:
            raise ValueError(f"{text!r} is not a length of time")
        unit = next(unit for unit in UNITS if part[unit])
        if smallest is not None and UNITS[unit] >= UNITS[smallest]:
            raise ValueError(f"{text!r} does not go from larger units to smaller ones")
        smallest = unit
        total += float(part["number"]) * UNITS[unit]
        position = part.end()
    if smallest is None:
        raise ValueError("a length of time is missing")
    if total > MAX_LENGTH:
        raise ValueError(f"{text!r} is longer than ten years")
    return total


def iso_duration(length: timedelta) -> str:
    """`length` as ISO 8601, ``PT15M`` or ``P2DT3H``, as ``<time datetime>`` wants it."""
    seconds = int(abs(length).total_seconds())
    days, seconds = divmod(seconds, 86400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    date_part = f"{days}D" if days else ""
    time_part = "".join(
        f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if value
    )
    sign = "-" if length < timedelta(0) else ""
    if not date_part and not time_part:
        return "PT0S"
    return f"{sign}P{date_part}" + (f"T{time_part}" if time_part else "")
