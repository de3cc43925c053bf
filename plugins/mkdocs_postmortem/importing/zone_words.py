"""What the words for a zone mean on one day, and how sure that is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from mkdocs_postmortem import zones

_GENERIC = {"PACIFIC": "PT", "EASTERN": "ET", "CENTRAL": "CT", "MOUNTAIN": "MT"}
_OFFSET = re.compile(
    r"(?:UTC|GMT)?\s?(?P<sign>[+\-−])\s?(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?"
)


@dataclass(frozen=True, slots=True)
class ZoneReading:
    """A zone as the format names it; `doubt` says what its author has to make sure of."""

    name: str
    zone: tzinfo
    doubt: str | None = None


def read_zone(words: str, day: date) -> ZoneReading | None:
    """The zone that `words`, as `spelled_time` finds them, mean on `day`.

    An abbreviation is the region whose clocks bear it on that day. Where several with different
    offsets do, or none does ("PST" in summer), the most common region is read, with a doubt.
    ``None`` for "local time", which is nobody's.
    """
    upper = words.strip().upper()
    if upper in ("UTC", "GMT", "Z"):
        return ZoneReading("UTC", zones.zone("UTC"))
    if offset := _OFFSET.fullmatch(upper):
        sign = "+" if offset["sign"] == "+" else "-"
        name = f"{sign}{int(offset['hours']):02}:{offset['minutes'] or '00'}"
        return _known(name)
    if "/" in words:
        return _known(words)
    first, *rest = upper.split()
    if first in _GENERIC:
        kind = "S" if "STANDARD" in rest else "D" if "DAYLIGHT" in rest else ""
        upper = _GENERIC[first][0] + kind + "T"
    regions = zones.regions(upper)
    if not regions:
        return None
    if len(upper) == 2:
        return _known(regions[0])
    noon = datetime.combine(day, time(12))
    bearing = [
        region for region in regions if noon.replace(tzinfo=zones.zone(region)).tzname() == upper
    ]
    usual = regions[0]
    if usual not in bearing:
        reading = _known(usual)
        if reading is not None:
            offset_text = noon.replace(tzinfo=reading.zone).strftime("%z")
            doubt = (
                f"{upper} is not what clocks in {usual} show on {day}; "
                f"read as their time, {offset_text[:3]}:{offset_text[3:]}"
            )
            return ZoneReading(usual, reading.zone, doubt)
        return None
    offsets = {noon.replace(tzinfo=zones.zone(region)).utcoffset() for region in bearing}
    others = " or ".join(region for region in bearing if region != usual)
    unsure = f"{upper} is read as {usual}; it may be {others}" if len(offsets) > 1 else None
    reading = _known(usual)
    return ZoneReading(usual, reading.zone, unsure) if reading else None


def _known(name: str) -> ZoneReading | None:
    try:
        return ZoneReading(name, zones.zone(name))
    except zones.ZoneError:
        return None
