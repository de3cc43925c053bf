"""Lengths of time in words: "about 14 minutes", "an hour and a half", "2-3 minutes", "< 5m"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import NamedTuple

from mkdocs_postmortem.claims.markdown_text import visible_text
from mkdocs_postmortem.claims.words import ABBREVIATIONS, UNIT_WORDS, Token, tokenize, word_set
from mkdocs_postmortem.moment import Span


@dataclass(frozen=True, slots=True)
class ClaimedLength:
    """A length of time as somebody stated it.

    ``lower`` is ``None`` for "up to" or "within", ``upper`` for "over" or "at least". ``unit`` is
    the size of the last unit written: a minute for "7 hours 9 minutes", 0.1 h for "26.3h".
    ``about`` says that the words hedge; ``text`` is the length as written.
    """

    lower: timedelta | None
    upper: timedelta | None
    unit: timedelta
    about: bool
    text: str


def contradicts(length: ClaimedLength, span: Span) -> bool:
    """Whether no reading of `length` fits `span`.

    A stated bound may miss by half the last unit written, or by a tenth of itself where the
    words hedge. An open side fits everything, and so does a span without any number.
    """

    def slack(stated: timedelta) -> timedelta:
        return stated / 10 if length.about else length.unit / 2

    too_short = (
        length.upper is not None
        and span.lower is not None
        and length.upper + slack(length.upper) < span.lower
    )
    too_long = (
        length.lower is not None
        and span.upper is not None
        and length.lower - slack(length.lower) > span.upper
    )
    return too_short or too_long


def parse_claimed_length(text: str) -> ClaimedLength | None:
    """The length that the whole of `text` states, such as ``about 14 minutes``, else ``None``."""
    visible = visible_text(text)
    tokens = tokenize(visible, 0, len(visible))
    if tokens and tokens[-1].word == ".":
        tokens.pop()
    found = length_at(tokens, 0, prose=False)
    if found is None or found.next != len(tokens):
        return None
    return found.stated(text[tokens[0].start : tokens[-1].end])


def _numbered(words: str, first: int, step: int = 1) -> dict[str, Fraction]:
    return {word: Fraction(first + step * place) for place, word in enumerate(words.split())}


_ONES = _numbered("one two three four five six seven eight nine", 1)
_TEENS = _numbered(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10
)
_TENS = _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
_ARTICLES = {"a": Fraction(1), "an": Fraction(1)}
_CARDINALS = {"zero": Fraction(0), **_ONES, **_TEENS, **_TENS}
_SHARES = {"half": Fraction(1, 2), "quarter": Fraction(1, 4), "quarters": Fraction(1, 4)}
_VULGAR = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_AND_SHARE = (
    (("and", "a", "half"), Fraction(1, 2), Fraction(1, 2)),
    (("and", "a", "quarter"), Fraction(1, 4), Fraction(1, 4)),
    (("and", "three", "quarters"), Fraction(3, 4), Fraction(1, 4)),
)
_DIGITS = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})?$|[0-9]{1,3}(?:,[0-9]{3}){1,2}$")
DASHES = word_set("- – — ‐ ‑ −")


def _words_before_length() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """The words that hedge or bound the length after them, by the first word, longest first."""
    words = {
        "about": (
            "about|approximately|approx|~|≈|∼|around|roughly|almost|nearly|some|circa|ca|near|"
            "close to|just about|more or less"
        ),
        "below": (
            "<|<=|≤|up to|under|below|within|inside|less than|fewer than|at most|at the most|max|"
            "a maximum of|no more than|not more than|no longer than|not longer than"
        ),
        "above": (
            ">|>=|≥|over|above|more than|greater than|longer than|at least|upwards of|exceeding|"
            "in excess of|a minimum of|no less than|not less than"
        ),
    }
    for degree in ("a bit", "a little", "slightly", "just", "well", "far"):
        words["below"] += f"|{degree} under|{degree} below|{degree} less than"
        words["above"] += f"|{degree} over|{degree} above|{degree} more than"
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for effect, phrases in words.items():
        for phrase in phrases.split("|"):
            parts = tuple(phrase.split())
            table.setdefault(parts[0], []).append((parts, effect))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


_BEFORE_LENGTH = _words_before_length()
_AFTER_LENGTH = {
    ("or", "so"): "about",
    ("or", "thereabouts"): "about",
    ("or", "more"): "above",
    ("or", "longer"): "above",
    ("or", "less"): "below",
}
_MORE = (("another",), ("a", "further"), ("an", "additional"))


_MARKUP = re.compile(r"[\s*_]+")


class _Number(NamedTuple):
    value: Fraction
    grain: Fraction  # the step in which it is written: 1, 0.1 or a half
    next: int


class _Amount(NamedTuple):
    seconds: Fraction
    first_unit: Fraction
    last_unit: Fraction
    grain: Fraction
    open: bool  # "2+ hours"
    next: int


class _Length(NamedTuple):
    lower: Fraction
    upper: Fraction
    grain: Fraction
    effects: frozenset[str]
    next: int

    def stated(self, text: str) -> ClaimedLength:
        return ClaimedLength(
            lower=None if "below" in self.effects else _timedelta(self.lower),
            upper=None if "above" in self.effects else _timedelta(self.upper),
            unit=_timedelta(self.grain),
            about="about" in self.effects,
            text=_MARKUP.sub(" ", text).strip(),
        )


def _timedelta(seconds: Fraction) -> timedelta:
    return timedelta(microseconds=round(seconds * 1_000_000))


def _word(tokens: list[Token], index: int) -> str:
    return tokens[index].word if index < len(tokens) else ""


def _words_at(tokens: list[Token], index: int, words: tuple[str, ...]) -> bool:
    return all(_word(tokens, index + step) == word for step, word in enumerate(words))


def _unit(tokens: list[Token], index: int, prose: bool) -> Fraction | None:
    word = _word(tokens, index)
    # In prose "5M" is money or metres; in a field that holds a length it is minutes.
    if prose and len(word) == 1 and tokens[index].capital:
        return None
    return UNIT_WORDS.get(word)


def _number(tokens: list[Token], index: int) -> _Number | None:
    word = _word(tokens, index)
    if word in _VULGAR:
        return _Number(_VULGAR[word], _VULGAR[word], index + 1)
    if _DIGITS.match(word):
        digits = word.replace(",", "")
        share = _VULGAR.get(_word(tokens, index + 1))
        if share is not None:
            return _Number(Fraction(digits) + share, share, index + 2)
        number = _Number(
            Fraction(digits), Fraction(1, 10 ** len(digits.partition(".")[2])), index + 1
        )
    else:
        spelled = _spelled_number(tokens, index)
        if spelled is None:
            return None
        number = spelled
    words, share, grain = _AND_SHARE[0]
    if _words_at(tokens, number.next, words) and _word(tokens, number.next + 3) in UNIT_WORDS:
        return _Number(number.value + share, grain, number.next + 3)
    return number


def _spelled_number(tokens: list[Token], index: int) -> _Number | None:
    word = _word(tokens, index)
    value = _CARDINALS.get(word, _ARTICLES.get(word))
    if value is None:
        return None
    index += 1
    if word in _TENS and _word(tokens, index) in _ONES:
        return _Number(value + _ONES[_word(tokens, index)], Fraction(1), index + 1)
    if _word(tokens, index) == "hundred":
        value, index = value * 100, index + 1
        rest = _word(tokens, index + 1) if _word(tokens, index) == "and" else _word(tokens, index)
        if rest in _CARDINALS:
            index += 1 + (_word(tokens, index) == "and")
            value += _CARDINALS[rest]
            if rest in _TENS and _word(tokens, index) in _ONES:
                value, index = value + _ONES[_word(tokens, index)], index + 1
    return _Number(value, Fraction(1), index)


def _share_of_unit(tokens: list[Token], index: int, prose: bool) -> _Amount | None:
    """A share of a unit: "half an hour", "three quarters of an hour", "a half-hour"."""
    count = 1
    if _word(tokens, index) in ("a", "one"):
        index += 1
    elif _words_at(tokens, index, ("three", "quarters")):
        count, index = 3, index + 1
    share = _SHARES.get(_word(tokens, index))
    if share is None:
        return None
    index += 1
    index += _word(tokens, index) == "of"
    index += _word(tokens, index) in _ARTICLES
    unit = _unit(tokens, index, prose)
    if unit is None:
        return None
    return _Amount(count * share * unit, unit, unit, share * unit, False, index + 1)


def _part(tokens: list[Token], index: int, prose: bool) -> _Amount | None:
    """One number with its unit."""
    shared = _share_of_unit(tokens, index, prose)
    if shared is not None:
        return shared
    number = _number(tokens, index)
    if number is None:
        return None
    at = number.next
    is_open = _word(tokens, at) in ("+", "plus")
    at += is_open
    unit = _unit(tokens, at, prose)
    if unit is None:
        return None
    if _words_at(tokens, index, ("a", "second")) and _word(tokens, at + 1)[:1].isalpha():
        return None  # "a second outage"
    return _Amount(number.value * unit, unit, unit, number.grain * unit, is_open, at + 1)


def _amount(tokens: list[Token], index: int, prose: bool) -> _Amount | None:
    """Parts in falling units: "7 hours 9 minutes", "an hour and a half"."""
    amount = _part(tokens, index, prose)
    if amount is None:
        return None
    while True:
        at = amount.next
        at += _word(tokens, at) == ","
        at += _word(tokens, at) == "and"
        part = _part(tokens, at, prose)
        if part is None or part.last_unit >= amount.last_unit:
            break
        amount = part._replace(
            seconds=amount.seconds + part.seconds,
            first_unit=amount.first_unit,
            open=amount.open or part.open,
        )
    if part is None:
        for words, share, grain in _AND_SHARE:
            if _words_at(tokens, amount.next, words):
                amount = amount._replace(
                    seconds=amount.seconds + share * amount.last_unit,
                    grain=grain * amount.last_unit,
                    next=amount.next + 3,
                )
                break
    end = tokens[amount.next - 1].end
    if _word(tokens, amount.next)[:1].isdigit() and tokens[amount.next].start == end:
        return None  # "1h50" leaves the unit of its end to the reader
    return amount


def _core(tokens: list[Token], index: int, prose: bool) -> _Length | None:
    """An amount, a range of amounts, or "60 minutes and another 17 minutes"."""
    between = _word(tokens, index) == "between"
    index += between
    separators = word_set("and") if between else DASHES | word_set("to or")
    number = _number(tokens, index)
    if number is not None and _word(tokens, number.next) in separators:
        upper = _amount(tokens, number.next + 1, prose)
        if upper is not None:
            lower = number.value * upper.first_unit
            return _range(lower, upper) if lower <= upper.seconds else None
    amount = _amount(tokens, index, prose)
    if amount is None:
        return None
    if _word(tokens, amount.next) in separators:
        upper = _amount(tokens, amount.next + 1, prose)
        if upper is not None and upper.seconds >= amount.seconds:
            return _range(amount.seconds, upper)
    if between:
        return None
    if _word(tokens, amount.next) in ("and", "plus", "+"):
        for words in _MORE:
            if _words_at(tokens, amount.next + 1, words):
                more = _amount(tokens, amount.next + 1 + len(words), prose)
                if more is not None:
                    # What is claimed may be the first stretch or both of them.
                    total = more._replace(seconds=amount.seconds + more.seconds)
                    return _range(amount.seconds, total)
    return _range(amount.seconds, amount)


def _range(lower: Fraction, upper: _Amount) -> _Length:
    effects = frozenset(["above"] if upper.open else [])
    return _Length(lower, upper.seconds, upper.grain, effects, upper.next)


def length_at(tokens: list[Token], index: int, prose: bool) -> _Length | None:
    """The length that begins at `index`, with the words that hedge or bound it."""
    effects: set[str] = set()
    for _ in range(3):
        for words, effect in _BEFORE_LENGTH.get(_word(tokens, index), ()):
            if _words_at(tokens, index, words):
                effects.add(effect)
                index += len(words)
                if words[-1] in ABBREVIATIONS and _word(tokens, index) == ".":
                    index += 1
                break
        else:
            break
    core = _core(tokens, index, prose)
    if core is None:
        return None
    effects |= core.effects
    at = core.next
    if _word(tokens, at) == "+":
        effects.add("above")
        at += 1
    for words, effect in _AFTER_LENGTH.items():
        if _words_at(tokens, at, words):
            effects.add(effect)
            at += len(words)
            break
    if {"above", "below"} <= effects:
        return None
    return core._replace(effects=frozenset(effects), next=at)
