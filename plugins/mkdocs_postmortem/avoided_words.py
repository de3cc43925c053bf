"""Words that a postmortem should do without, and what to write instead.

A postmortem that looks for a person to blame finds one, and stops there. The list is opt-in and
the site's to change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

# Stand for a person by role: “the on-call engineer”, “one of our developers”.
PERSON, PERSONS = "{person}", "{person's}"

_CONDITIONS = "say what made it possible: what the tool, the check or the procedure allowed"
_SITUATION = "say what was known and done at that time"
_REMINDER = "say what would have asked for it, and did not"
_NOTICED = "say what would have shown it, and did not"
_LESSON = "say what was done, and in an action item what will make the other way the easy one"
_FACTS = "describe what was done; readers can judge"

_BY_ADVICE = {
    _CONDITIONS: (
        "human error",
        "operator error",
        "user error",
        "pilot error",
        "fat-fingered",
        "fat-finger",
        "fat finger",
        f"caused by {PERSON}",
        f"due to {PERSON}",
        f"error by {PERSON}",
        f"mistake by {PERSON}",
        f"fault of {PERSON}",
        f"{PERSONS} error",
        f"{PERSONS} fault",
        f"{PERSONS} mistake",
        f"{PERSON} accidentally",
        f"{PERSON} inadvertently",
        f"{PERSON} incorrectly",
        f"{PERSON} mistakenly",
        f"{PERSON} wrongly",
        "at fault",
        "to blame",
    ),
    _REMINDER: ("forgot", "forgot to", "forgotten to", "neglected to", "failed to follow"),
    _NOTICED: (
        "failed to check",
        "failed to consider",
        "failed to escalate",
        "failed to notice",
        "failed to read",
        "failed to realise",
        "failed to realize",
        "failed to recognise",
        "failed to recognize",
        "failed to verify",
        "ignored the alert",
        "ignored the alerts",
        "ignored the warning",
        "ignored the warnings",
        "inattention",
        "lack of attention",
        "overlooked",
    ),
    _LESSON: (
        "ought to have",
        "should have",
        "should not have",
        "should've",
        "shouldn't have",
    ),
    _SITUATION: ("obvious mistake", "rookie mistake", "silly mistake", "simple mistake"),
    _FACTS: (
        "careless",
        "carelessly",
        "carelessness",
        "complacency",
        "complacent",
        "foolish",
        "incompetence",
        "incompetent",
        "lazy",
        "negligence",
        "negligent",
        "reckless",
        "sloppy",
        "stupid",
    ),
}
BUILT_IN: Mapping[str, str] = {
    phrase: advice for advice, phrases in _BY_ADVICE.items() for phrase in phrases
}

_ROLES = frozenset(
    f"{role}{end}"
    for role in (
        "admin administrator colleague contractor dba developer employee engineer human "
        "individual intern manager operator person programmer responder sre sysadmin technician"
    ).split()
    for end in ("", "s")
) | {"people", "personnel", "somebody", "someone", "staff", "team"}
_BEFORE_ROLES = frozenset(
    "a an another one of our some the their its backend database devops duty experienced former "
    "frontend inexperienced junior network new on-call operations ops platform release reliability "
    "security senior single site software support system systems tired".split()
)
_LONGEST_PERSON = 6
_LONGEST_PHRASE = 8
_WORD = re.compile(r"\w+(?:['’‐‑-]\w+)*")
_PHRASE = re.compile(r"(?:\{person(?:'s)?\}|\w+(?:['’‐‑-]\w+)*)(?:\s+|$)")
# What may stand between two words of a phrase: blanks, one line break, emphasis.
_BETWEEN = re.compile(r"[ \t\r*_]*(?:\n[ \t]*[*_]{0,3})?")
_QUOTES = {"“": "”", "„": "“", "«": "»", "‘": "’", '"': '"'}
_QUOTE = re.compile(r"(?<!\w)‘|’(?!\w)|[“”„«»\"]|\n[ \t\r]*(?=\n)|^[ \t]*>[^\n]*", re.MULTILINE)


class Avoided(NamedTuple):
    """A stretch of a text that is on the list, and what to write instead."""

    start: int
    end: int
    instead: str


@dataclass(slots=True)
class _Node:
    """What may follow the words so far; `instead` where they are a whole phrase."""

    following: dict[str, _Node] = field(default_factory=dict)
    instead: str | None = None


@dataclass(frozen=True)
class AvoidedWords:
    """A list of phrases with what to write instead of each."""

    phrases: Mapping[str, str]

    def find(self, visible: str) -> Iterator[Avoided]:
        """The phrases in `visible`, text with its code blanked; what is quoted is left alone.

        Whole words count, in whatever case. Each word is looked at a bounded number of times, so
        the time grows with the text alone.
        """
        plain = without_quotes(visible)
        words = list(_WORD.finditer(plain))
        text = [_folded(word[0]) for word in words]
        # Whether a word follows the one before it, with nothing else in between.
        joined = [False] + [
            _BETWEEN.fullmatch(plain, one.end(), other.start()) is not None
            for one, other in pairwise(words)
        ]
        index = 0
        while index < len(words):
            end, instead = _longest(self._root, text, joined, index, index)
            if instead is not None:
                yield Avoided(words[index].start(), words[end - 1].end(), instead)
            index = max(end, index + 1)

    @cached_property
    def _root(self) -> _Node:
        root = _Node()
        for phrase, instead in self.phrases.items():
            node = root
            for word in _folded(phrase).split():
                node = node.following.setdefault(word, _Node())
            node.instead = instead
        return root


def is_phrase(text: str) -> bool:
    """Whether `text` can be on the list: a few words, of which some may stand for a person."""
    rest = _PHRASE.sub("", text.strip())
    return bool(text.strip()) and not rest and len(text.split()) <= _LONGEST_PHRASE


def without_quotes(text: str) -> str:
    """`text` with a sign that no phrase goes over for each one between quotation marks or in
    quoted lines: every other character keeps its place.
    """
    quoted: list[tuple[int, int]] = []
    opened: tuple[int, str] | None = None
    for match in _QUOTE.finditer(text):
        mark = match[0].strip()
        if not mark:
            opened = None
            continue
        if mark[0] == ">":
            start = match.start()
        elif opened is None:
            opened = (match.start(), _QUOTES[mark]) if mark in _QUOTES else None
            continue
        elif mark != opened[1]:
            continue
        else:
            start, opened = opened[0], None
        quoted.append((start, match.end()))
    parts, position = [], 0
    # A quoted line may lie between quotation marks.
    for begin, end in sorted(quoted):
        start = max(begin, position)
        parts += [text[position:start], re.sub(r"[^\n]", "\0", text[start:end])]
        position = max(end, position)
    return "".join(parts) + text[position:]


def _longest(
    node: _Node, text: list[str], joined: list[bool], first: int, index: int
) -> tuple[int, str | None]:
    """Where the longest phrase that goes on at `index` ends, and what to write instead."""
    best: tuple[int, str | None] = (index, node.instead)
    if index == len(text) or (index > first and not joined[index]):
        return best
    found = []
    if following := node.following.get(text[index]):
        found.append(_longest(following, text, joined, first, index + 1))
    for name, suffix in ((PERSON, ""), (PERSONS, "'s")):
        end = _person(text, joined, first, index, suffix) if name in node.following else None
        if end is not None:
            found.append(_longest(node.following[name], text, joined, first, end))
    for end, instead in found:
        if instead is not None and end > best[0]:
            best = (end, instead)
    return best


def _person(text: list[str], joined: list[bool], first: int, index: int, suffix: str) -> int | None:
    """Where the role ends that begins at `index`."""
    for end in range(index, min(index + _LONGEST_PERSON, len(text))):
        if end > first and not joined[end]:
            return None
        if text[end].endswith(suffix) and text[end].removesuffix(suffix) in _ROLES:
            return end + 1
        if text[end] not in _BEFORE_ROLES:
            return None
    return None


def _folded(text: str) -> str:
    return text.casefold().replace("’", "'").replace("‐", "-").replace("‑", "-")
