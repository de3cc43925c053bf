"""Times written in forms that are not read, in the forms that are.

`readable_forms` is for mending: it says what a time can mean and never picks one of several. What
different countries read differently (02/03/2024) and what may be a range or a length (a hyphen
between two times) has no answer here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta

from mkdocs_postmortem.written_time import CLOCK_WORD, MAX_LENGTH, is_time
from mkdocs_postmortem.zones import names

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"\d{4}-\d\d-\d\d"
_CLOCK_END = rf"(?=$|\s*(?:z|utc|gmt|[ap]\.?m\b|{CLOCK_WORD}|[a-z]+/|[+(]))"


def readable_forms(text: str) -> tuple[str, ...]:
    """What `text`, which is not read as a time, can mean, each in a form that is read.

    Empty where nothing is certain.
    """
    # Alone, 2003 and 2024 are as well years as clock times.
    if len(text) > MAX_LENGTH or re.fullmatch(r"\s*20[0-3]\d\s*", text):
        return ()
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    sides = re.split(r"\s*\.{2,3}\s*", plain)
    if len(sides) > 2:
        return ()
    forms = [""]
    for number, side in enumerate(sides):
        choices = [side] if is_time(side) or not side else _rewritten(side)
        joint = ".." if number else ""
        forms = [form + joint + choice for form in forms for choice in choices]
    return tuple(dict.fromkeys(form for form in forms if form != text and is_time(form)))


def readable_day(text: str) -> str | None:
    """The day that `text` certainly names, as ``YYYY-MM-DD``."""
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    form = _with_iso_day(plain)
    return form if form != text and re.fullmatch(_DAY, form) and is_time(form) else None


def _rewritten(text: str) -> list[str]:
    """The forms of one time, in the order of the steps that lead to one that is read."""
    for step in (_bare, _with_iso_day, _day_first, _with_colon, _plain_clock, _with_known_zone):
        text = step(text)
        if is_time(text):
            return [text]
    if short := re.search(r"(?<![\d:.+-])(\d{1,2}):(\d)(?![\d:.])", text):
        # A nought was left out, before the minute or behind it.
        minutes = [f"0{short[2]}", *([f"{short[2]}0"] if short[2] < "6" else [])]
        return [f"{text[: short.start(2)]}{minute}{text[short.end(2) :]}" for minute in minutes]
    return []


def _bare(text: str) -> str:
    """Without brackets and stops around it, and with `~` for words that say about."""
    text = re.sub(r"^[(\[]\s*([^()\[\]]*?)\s*[)\]]$", r"\1", text)
    text = re.sub(r"(?<=\d)[.,;]$", "", text)
    text = re.sub(
        r"^(?:ca\.?|circa|approx\.?|approximately|about|around|roughly|≈)\s*(?=\d)",
        "~",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"^(?:at|@)\s*(?=[~\d])", "", text, flags=re.IGNORECASE)
    # T+5m says no more than +5m.
    return re.sub(r"^[Tt]\s?(?=[+\-\u2212]\s?\d+\s?[A-Za-z])", "", text)


def _with_iso_day(text: str) -> str:
    """With the day, where only one can be meant, as ``YYYY-MM-DD``."""

    def iso(year: str, month: str | int, day: str | int) -> str:
        return f"{year}-{int(month):02}-{int(day):02}"

    def numbers(match: re.Match[str]) -> str:
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second or first == second:
            return iso(match[4], second, first)
        if second > 12 >= first:
            return iso(match[4], first, second)
        return match[0]

    def named(match: re.Match[str]) -> str:
        month = _MONTHS.index(match["month"][:3].lower()) + 1
        return iso(match["year"], month, match["day"])

    day, year = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>\d{4})\b"
    steps: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
        (r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)", lambda m: iso(m[1], m[3], m[4])),
        (r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)", numbers),
        (rf"\b{day}[ .-]+{_MONTH}[ .,-]+{year}", named),
        (rf"\b{_MONTH}[ .]+{day},? {year}", named),
        (
            r"^(\d{4})(\d\d)(\d\d)[T ]?(\d\d)(\d\d)(\d\d)?(?=$|[Z+\- ])",
            lambda m: f"{iso(m[1], m[2], m[3])} {m[4]}:{m[5]}{':' + m[6] if m[6] else ''}",
        ),
    )
    for pattern, replacement in steps:
        text, found = re.subn(pattern, replacement, text, count=1, flags=re.IGNORECASE)
        if found:
            break
    return text


def _day_first(text: str) -> str:
    """With the day before the clock and one blank in between."""
    text = re.sub(rf"^({_DAY})(?:,| at| @|,? at|_)\s*(?=[~\d])", r"\1 ", text)
    return re.sub(rf"^(~?\d{{1,2}}[:.h]?\d\d.*?),? (?:on )?({_DAY})$", r"\2 \1", text)


def _with_colon(text: str) -> str:
    """With `:` between hours and minutes, and no fractions of a second."""
    day, clock = _split(text)
    clock = re.sub(r"(\d:\d\d:\d\d)[.,]\d{1,9}(?!\d)", r"\1", clock)
    clock = re.sub(
        r"^(~?)(\d{1,2})[.h](\d\d)(?:m|min)?(?![\d.:])", r"\1\2:\3", clock, flags=re.IGNORECASE
    )
    return day + re.sub(
        rf"^(~?)([01]\d|2[0-3])([0-5]\d){_CLOCK_END}", r"\1\2:\3", clock, flags=re.IGNORECASE
    )


def _plain_clock(text: str) -> str:
    """Without a word for the hour, and without AM or PM where the hour says it already."""
    day, clock = _split(text)
    clock = re.sub(rf"(?<=:\d\d)\s*{CLOCK_WORD}\.?", "", clock)
    clock = re.sub(
        r"^(~?(?:1[3-9]|2[0-3])(?::\d\d)+)\s*p\.?\s?m\b\.?", r"\1", clock, flags=re.IGNORECASE
    )
    clock = re.sub(r"^(~?00?(?::\d\d)+)\s*a\.?\s?m\b\.?", r"\1", clock, flags=re.IGNORECASE)
    if day and re.match(r"24:00(?::00)?(?!\d|:)", clock):
        try:
            following = date.fromisoformat(day[:10]) + timedelta(days=1)
        except (ValueError, OverflowError):
            return text
        day, clock = f"{following}{day[10:]}", f"00{clock[2:]}"
    return day + clock


def _with_known_zone(text: str) -> str:
    """With the zone as the format has it, where it is only spelt differently."""
    text = re.sub(r"(?<=[\d MmZ])\s*\(([^()]+)\)$", r" \1", text)
    if offset := re.search(r"\s*\b(?:UTC|GMT)?\s?(\+|(?<=[TC])[\-\u2212])(\d{1,2})$", text):
        return f"{text[: offset.start()]} {offset[1]}{int(offset[2]):02}:00"
    if offset := re.search(r"\s*\b(?:UTC|GMT)\s?([+\-\u2212])(\d{1,2}):?(\d\d)$", text):
        return f"{text[: offset.start()]} {offset[1]}{int(offset[2]):02}:{offset[3]}"
    if place := re.search(r"(?<![A-Za-z/])[A-Za-z]+(?:/[A-Za-z_ -]+)+$", text):
        folded = place[0].replace(" ", "_").casefold()
        known = [name for name in names() if name.casefold() == folded]
        if len(known) == 1:
            return text[: place.start()] + known[0]
    return text


def _split(text: str) -> tuple[str, str]:
    """The day with what joins it, and the rest."""
    found = re.match(rf"~?{_DAY}[T ]", text)
    return (found[0], text[found.end() :]) if found else ("", text)
