"""Durations that people state in words, and which response time the words beside them name.

Conservative on purpose: a duration is a claim only where plain words tie it to a response time.
A false warning costs more trust than a missed claim. Every pattern works in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from mkdocs_postmortem.body import without_code
from mkdocs_postmortem.duration import UNITS
from mkdocs_postmortem.moment import Span

_ABOUT_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class ClaimedLength:
    """A stated length. A bound is ``None`` where the words leave it open ("over 2 hours").

    ``unit`` is the size of the last unit written: a minute for "7 h 9 min", six for "26.3 h".
    """

    lower: timedelta | None
    upper: timedelta | None
    unit: timedelta
    about: bool
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A stated length and the response times that the words beside it may mean.

    ``start`` and ``end`` are where the length stands in the text that was searched.
    """

    keys: tuple[str, ...]
    length: ClaimedLength
    start: int
    end: int


_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: number for number, word in enumerate(_SMALL)}
_WORDS |= {word: 10 * number for number, word in enumerate(_TENS, 2)}

_NUMBER_WORD = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_SMALL[1:10])}))?|{'|'.join(_SMALL)})"
)
_NUMBER = rf"(?:\d{{1,6}}(?:[.,]\d{{1,3}})?|{_NUMBER_WORD}|an?(?=\s))"
_UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)(?![A-Za-z])"
_PART = rf"{_NUMBER}\+?[\s\u00a0-]{{0,2}}{_UNIT}"
_ABOUT = (
    r"about|approximately|approx\.?|around|roughly|circa|ca\.|almost|nearly|some|just about|~|≈"
)
_MORE = (
    r"over|more than|at least|longer than|a bit more than|a little over|a little more than|"
    r"just over|well over|upwards of|>=?|≥"
)
_LESS = (
    r"under|less than|within|up to|at most|no more than|not more than|fewer than|just under|"
    r"below|inside|<=?|≤"
)
_LENGTH = re.compile(
    rf"(?<![\w.:/])(?:(?:(?P<more>{_MORE})|(?P<less>{_LESS})|(?P<about>{_ABOUT}))[\s\u00a0]{{0,2}})?"
    rf"(?:(?P<about_too>{_ABOUT})[\s\u00a0]{{0,2}})?"
    rf"(?:(?P<half>half\s(?:an?|of\san?)\s(?:hour|minute|day))"
    rf"|(?P<quarter>a\squarter\sof\san\s(?:hour))"
    rf"|(?P<from>{_NUMBER})\s?(?:-|–|to)\s?(?P<to>{_NUMBER})[\s-]?(?P<range_unit>{_UNIT})"
    rf"|(?P<parts>{_PART}(?:\s?,?\s?(?:and\s)?{_PART}){{0,3}}(?P<and_half>\sand\sa\shalf)?))"
    r"(?P<or_so>\sor\sso)?",
    re.IGNORECASE,
)
_ONE_PART = re.compile(rf"({_NUMBER})(\+?)[\s\u00a0-]{{0,2}}({_UNIT})", re.IGNORECASE)
_HALF_UNITS = {"hour": "h", "minute": "m", "day": "d"}


def parse_claimed_length(text: str) -> ClaimedLength | None:
    """The length that the whole of `text` states, such as ``about 14 minutes`` or ``< 5m``."""
    stripped = re.sub(r"\s*\[\^\w{1,20}\]\s*$", "", text.strip()[:200]).rstrip(".")
    match = _LENGTH.fullmatch(stripped)
    return _length(match) if match else None


def contradicts(length: ClaimedLength, span: Span) -> bool:
    """Whether `length` cannot be true where the real length lies within `span`.

    It may be off by half of the last unit written, or by a tenth where it says "about".
    """
    if not span.has_number:
        return False

    def slack(value: timedelta) -> timedelta:
        return value * _ABOUT_SHARE if length.about else length.unit / 2

    if length.upper is not None and span.lower is not None:
        if length.upper + slack(length.upper) < span.lower:
            return True
    if length.lower is not None and span.upper is not None:
        return length.lower - slack(length.lower) > span.upper
    return False


def _number(text: str) -> float:
    word = text.lower()
    if word in ("a", "an"):
        return 1.0
    if word[0].isdigit():
        return float(word.replace(",", "."))
    return float(sum(_WORDS[part] for part in re.split(r"[\s-]", word)))


def _unit(word: str) -> str:
    return word[0].lower()


def _resolution(number: str, unit: str) -> timedelta:
    decimals = len(re.split(r"[.,]", number)[1]) if re.search(r"\d[.,]\d", number) else 0
    return UNITS[unit] / int(10**decimals)


def _length(match: re.Match[str]) -> ClaimedLength:
    about = bool(match["about"] or match["about_too"] or match["or_so"])
    more, less = bool(match["more"]), bool(match["less"])
    if match["half"] or match["quarter"]:
        unit = _HALF_UNITS[(match["half"] or match["quarter"]).split()[-1].lower()]
        share = 0.5 if match["half"] else 0.25
        low = high = UNITS[unit] * share
        resolution = UNITS[unit] * share
    elif match["from"]:
        unit = _unit(match["range_unit"])
        low, high = _number(match["from"]) * UNITS[unit], _number(match["to"]) * UNITS[unit]
        resolution = _resolution(match["to"], unit)
    else:
        low = timedelta(0)
        for number, plus, word in _ONE_PART.findall(match["parts"]):
            unit = _unit(word)
            low += _number(number) * UNITS[unit]
            resolution = _resolution(number, unit)
            more = more or bool(plus)
        if match["and_half"]:
            low += resolution / 2
            resolution /= 2
        high = low
    return ClaimedLength(
        lower=None if less else min(low, high),
        upper=None if more else max(low, high),
        unit=resolution,
        about=about,
        text=" ".join(match[0].split()),
    )


@dataclass(frozen=True, slots=True)
class _Name:
    """Words that name response times; where a length may stand, before or behind them."""

    keys: tuple[str, ...]
    pattern: re.Pattern[str]
    links: frozenset[str]
    needs: frozenset[str] = frozenset()


# Words that may stand between a name and its length.
_LINKS = frozenset(
    "a an the was were is of for took lasted totalled totaled total in all only just came to at "
    "about us so then from start overall roughly exactly therefore had been has incident cause "
    "problem fault page customers itself".split()
)
_VERB_LINKS = _LINKS | frozenset("it this them within after fully".split())
_RECOVERY = ("time_to_resolve", "time_to_mitigate", "impact_duration")


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)


def _before(keys: str | Sequence[str], pattern: str) -> _Name:
    return _Name((keys,) if isinstance(keys, str) else tuple(keys), _words(pattern), _LINKS)


def _verb(key: str, pattern: str) -> _Name:
    # "Resolved within 3 hours" and "resolved after 3 hours", not "resolved 3 tickets".
    return _Name((key,), _words(pattern), _VERB_LINKS, frozenset({"within", "after", "in"}))


_OUTAGE = r"downtime|outages?|disruption|unavailability|interruption"
_NAMES_BEFORE: tuple[_Name, ...] = (
    _before(
        "time_to_detect",
        r"time[- ]to[- ](?:first )?(?:detect(?:ion)?|alert(?:ing)?|notice|page|discover[y]?)"
        r"|(?:detection|alert|alerting) (?:time|delay|lag)|M?TTD",
    ),
    _before(
        "time_to_acknowledge", r"time[- ]to[- ]acknowledge(?:ment)?|acknowledgement time|M?TTA"
    ),
    _before(
        "time_to_declare",
        r"time[- ]to[- ](?:declare|declaration|open(?:ing)?(?: an| the)? incident)",
    ),
    _before(
        "time_to_announce",
        r"time[- ]to[- ](?:announce(?:ment)?|communicate|(?:first )?(?:public|status) update)"
        r"|status[- ]page (?:delay|lag)",
    ),
    _before(
        "time_to_identify",
        r"time[- ]to[- ](?:identify|identification|diagnose|diagnosis"
        r"|find(?:ing)?(?: the)?(?: root)? cause)(?: the)?(?: root)?(?: cause)?|M?TTI",
    ),
    _before(
        "time_to_start_mitigation",
        r"time[- ]to[- ](?:initiate|start|begin)(?: the)? (?:recovery|mitigation|rollback|repair)",
    ),
    _before("time_to_mitigate", r"time[- ]to[- ](?:mitigate|mitigation)|M?TTM"),
    _before("time_to_resolve", r"time[- ]to[- ](?:full )?(?:resolve|resolution)"),
    _before(
        _RECOVERY,
        r"time[- ]to[- ](?:full |complete )?(?:recover(?:y)?|restor(?:e|ation))|M?TTR|recovery time",
    ),
    _before(
        "impact_duration",
        rf"{_OUTAGE}|impact duration|duration of (?:the )?(?:impact|outage|incident)"
        r"|impact lasted|(?:incident|degradation) lasted",
    ),
    _before(
        "impact_duration",
        r"(?:site|sites|service|services|APIs?|everything|platform|website|application|app|we"
        r"|product|dashboard)(?: was| were| had been)?(?: completely| fully)?"
        r" (?:down|unavailable|offline|unreachable) for",
    ),
    _verb("time_to_detect", r"detected|noticed|alerted|alerts? fired"),
    _verb("time_to_acknowledge", r"acknowledged"),
    _verb(
        "time_to_identify", r"identified(?: the)?(?: root)? cause|(?:root )?cause was identified"
    ),
    _verb("time_to_resolve", r"(?:incident|outage|issue) was resolved|fully resolved"),
)
_AFTER_LINKS = frozenset("of total complete full major service public customer worth".split())
_NAMES_AFTER: tuple[_Name, ...] = (
    _Name(
        ("impact_duration",), _words(rf"{_OUTAGE}|(?<=of )impact|(?<=major )impact"), _AFTER_LINKS
    ),
    _Name(
        ("time_to_detect",),
        _words(r"detection (?:delay|time|gap|lag)|to (?:detect|notice)"),
        _AFTER_LINKS,
    ),
    _Name(
        ("time_to_identify",),
        _words(r"to (?:identify|diagnose|find the (?:root )?cause)"),
        _AFTER_LINKS,
    ),
    _Name(("time_to_mitigate",), _words(r"to mitigate"), _AFTER_LINKS),
    _Name(("time_to_resolve",), _words(r"to (?:fully )?resolve"), _AFTER_LINKS),
)
# Whatever stands in a clause with these is no statement of what happened, or not of the whole.
_NO_CLAIM = _words(
    r"expected|estimated?|planned|scheduled|should|targets?|goal|objective|aims?|aimed|SLAs?|SLOs?"
    r"|promised?|must|will|would|could|can|may|might|normally|usually|typically|ideally|each|every"
    r"|per|average|mean|median|if|unless|until|another|other|previous|last year|earlier|instead of"
)
_BOUNDARY = re.compile(r"[.!?](?=[\s*_)\]]|$)|;|\n[ \t]*\n|\n(?=[ \t]*(?:[-*+|#>]|\d+\.))|\|")
_URL = re.compile(r"https?://[^\s)>\]]+")
_OTHER_ANCHOR = re.compile(
    r"\s*(?:of|from|after|before|into|since|later|ago)\b(?!\s+(?:the\s+)?(?:start|beginning|"
    r"total|complete|full|major|downtime|outage|disruption|impact|service|deploy))",
    re.IGNORECASE,
)
_MAX_GAP = 60


def find_claims(text: str, names: Mapping[str, str] | None = None) -> list[Claim]:
    """The durations in `text` that words beside them tie to a response time.

    `names` are the site's own response times by key. Code, addresses, expectations and plans are
    no claims. Each length goes to one name, and each name has one length.
    """
    plain = _URL.sub(lambda match: " " * len(match[0]), without_code(text))
    before = [*_own_names(names or {}), *_NAMES_BEFORE]
    claims: list[Claim] = []
    for start, end in _clauses(plain):
        clause = plain[start:end]
        lengths = list(_LENGTH.finditer(clause))
        if not lengths or clause.rstrip().endswith("?") or _NO_CLAIM.search(clause):
            continue
        claims += _claims_in(clause, start, lengths, before)
    return claims


def _own_names(names: Mapping[str, str]) -> Iterator[_Name]:
    for key, name in names.items():
        word = re.escape(name)
        yield _before(key, rf"time[- ]to[- ]{word}|{word} (?:time|took|lasted)")


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    for match in _BOUNDARY.finditer(text):
        # A question mark belongs to what it ends.
        yield position, match.end()
        position = match.end()
    yield position, len(text)


def _claims_in(
    clause: str, offset: int, lengths: list[re.Match[str]], before: Sequence[_Name]
) -> Iterator[Claim]:
    found_before = [
        (name, m.start(), m.end()) for name in before for m in name.pattern.finditer(clause)
    ]
    found_after = [
        (name, m.start(), m.end()) for name in _NAMES_AFTER for m in name.pattern.finditer(clause)
    ]
    taken: set[tuple[int, int]] = set()
    previous_end = 0
    for index, match in enumerate(lengths):
        following = lengths[index + 1].start() if index + 1 < len(lengths) else len(clause)
        candidates = []
        for name, start, end in found_after:
            if match.end() <= start < following and (start, end) not in taken:
                gap = clause[match.end() : start]
                if _linked(gap, name.links):
                    candidates.append((len(gap), start, end, name))
        other = _OTHER_ANCHOR.match(clause, match.end())
        for name, start, end in found_before:
            if previous_end <= start and end <= match.start() and (start, end) not in taken:
                gap = clause[end : match.start()]
                said = {*re.findall(r"[a-z]+", gap.lower()), (match["less"] or "").lower()}
                if name.needs and not name.needs & said:
                    continue
                if not other and _linked(gap, name.links):
                    candidates.append((len(gap), start, end, name))
        previous_end = match.end()
        if not candidates:
            continue
        _, start, end, name = min(candidates, key=lambda candidate: candidate[:2])
        taken.add((start, end))
        length = _length(match)
        yield Claim(name.keys, length, offset + match.start(), offset + match.end())


def _linked(gap: str, links: frozenset[str]) -> bool:
    if len(gap) > _MAX_GAP or re.search(r"\d", gap):
        return False
    return all(word in links for word in re.findall(r"[^\W_]+", gap.lower()))
