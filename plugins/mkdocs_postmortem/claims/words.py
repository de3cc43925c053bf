"""Prose cut into words and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from mkdocs_postmortem import unit_words
from mkdocs_postmortem.duration import UNITS

UNIT_WORDS = {
    word: Fraction(UNITS[unit].total_seconds())
    for unit, words in unit_words.UNIT_WORDS.items()
    for word in words.split()
}


def word_set(words: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(words.split())


class Token(NamedTuple):
    """A word or a mark, with its place in the text."""

    word: str  # in lower case
    start: int
    end: int
    capital: bool


_TOKEN = re.compile(
    r"[0-9]{1,4}(?::[0-9]+)+"
    r"|[0-9]+(?:[.,][0-9]+)*"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*"
    r"|<=|>=|->|=>|--+|\S"
)
_UNSEEN = frozenset("*_[]\"“”„'‘’\\`\u200b\ufeff")
_HYPHENS = frozenset("-\u2010\u2011")


def tokenize(visible: str, start: int, end: int) -> list[Token]:
    """The words and marks of ``visible[start:end]``; emphasis and quotes are left out."""
    tokens = []
    for match in _TOKEN.finditer(visible, start, end):
        raw, first, last = match[0], match.start(), match.end()
        if raw in _UNSEEN:
            continue
        inside = raw in _HYPHENS and start < first and last < end
        if inside and visible[first - 1].isalnum() and visible[last].isalpha():
            continue  # in "on-call" and "14-minute", while "2-3" and "5m-10m" are ranges
        tokens.append(Token(raw.lower().replace("’", "'"), first, last, raw[0].isupper()))
    return tokens


ABBREVIATIONS = word_set("approx ca circa min mins hr hrs sec secs vs etc incl no")


class Sentence(NamedTuple):
    """A sentence, and whether it asks."""

    tokens: list[Token]
    question: bool


def sentences_of(visible: str, tokens: list[Token]) -> Iterator[Sentence]:
    """The sentences of a block, cut at full stops that are none of an abbreviation."""
    start = 0
    for index, token in enumerate(tokens):
        if (
            token.capital
            and index > start
            and tokens[index - 1].word in UNIT_WORDS
            and "\n" in visible[tokens[index - 1].end : token.start]
        ):
            # "Time to detect: 4 minutes" and below it "Downtime: 14 minutes".
            yield Sentence(tokens[start:index], False)
            start = index
        if token.word not in (".", "!", "?", ";", "…"):
            continue
        if token.word == ".":
            following = tokens[index + 1] if index + 1 < len(tokens) else None
            if following is not None and visible[token.end] not in " \t\r\n*_\"'”’)]":
                continue
            before = tokens[index - 1].word if index > start else ""
            short = before in ABBREVIATIONS or (len(before) == 1 and before.isalpha())
            if short and following is not None and not following.capital:
                continue
        yield Sentence(tokens[start:index], token.word == "?")
        start = index + 1
    yield Sentence(tokens[start:], False)
