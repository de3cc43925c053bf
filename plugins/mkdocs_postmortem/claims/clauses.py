"""A sentence as the patterns see it, and the clauses in it that are no claims."""

from __future__ import annotations

import re
from typing import NamedTuple

from mkdocs_postmortem.claims.lengths import DASHES, ClaimedLength, length_at
from mkdocs_postmortem.claims.words import Token, word_set

#
# From here on a sentence is its words in lower case, each followed by one space; a length is
# "§", a clock time "@", another number "#", the start of the sentence "^".

_BARRED = re.compile(
    r"\b(?:expect\w*|estimat\w*|plans?|planned|planning|schedul\w*|should|target\w*|goals?|"
    r"objectives?|aim\w*|sl[ao]s?|rtos?|rpos?|promis\w*|must|will|would\w*|could\w*|can|cannot|"
    r"may|might|ought|commit(?:ted|ment|ments)|guarant\w*|budget\w*|threshold\w*|timeouts?|"
    r"configur\w*|simulat\w*|exercises?|drills?|hypothe\w*|potential\w*|possib\w*|avoid\w*|"
    r"prevent\w*|avert\w*|reduc\w*|improv\w*|shorten\w*|lower\w*|decreas\w*|cut|cuts|cutting|"
    r"increas\w*|keep\w*|limit\w*|ensur\w*|allow\w*|requir\w*|needs?|needed|want\w*|"
    r"hop(?:e|ed|ing)|intend\w*|try|trying|average\w*|median|typical\w*|usual\w*|normally|"
    r"general\w*|often|sometimes|occasional\w*|regular\w*|always|ideal\w*|histor\w*|previous\w*|"
    r"prior|past|last|earlier|ago|similar|another|other|others|second|third|fourth|fifth|next|"
    r"additional\w*|further|extra|remaining|each|every|any|per|both|respectively|longest|"
    r"shortest|worst|individual\w*|some|certain|several|subset|parts?|partly|partial\w*|portion|"
    r"few|many|most|mostly|half|one|intermittent\w*|periodic\w*|sporadic\w*|regions?|regional|"
    r"zones?|clusters?|nodes?|shards?|replicas?|tenants?|providers?|upstream|vendors?|"
    r"third party|suppliers?|not|never|no|none|without|neither|nor|\w+n't|degrad\w*|slow\w*|"
    r"elevated|still|so far|this (?:week|month|quarter|year)|"
    r"by (?:then|that|this|design|default)|assum\w*|percent)\b"
    r"|%|(?:#|two|three|four|five|six|seven|eight|nine|ten) "
    r"(?:customers?|users?|accounts?|requests?|times)\b"
)
BARRED_SENTENCE = re.compile(r"\b(?:if|unless|whether|whenever|suppos\w*|imagin\w*)\b")
# In a heading, the head of a table or the line before a list, for all that is below it.
BARRED_BELOW = re.compile(
    r"\b(?:targets?|goals?|objectives?|sl[ao]s?|expect\w*|plan|plans|planned|estimat\w*|schedul\w*|"
    r"aim\w*|promis\w*|should|must|will|want\w*|average|median|usual\w*|typical\w*|action items?|"
    r"actions|next steps|follow ups?|improvements?|recommendations?|future|glossary|"
    r"definitions?|previous|related|similar|history)\b"
)
_CLAUSE_MARKS = word_set(", ( ) | -")
_CONTRASTS = word_set(
    "but however although though whereas while against versus vs compared instead rather despite"
)
_FINITE = word_set("was were is are took lasted had has got we it they")


class Item(NamedTuple):
    """A word as the patterns see it, with its place in the text."""

    word: str
    start: int
    end: int


class Found(NamedTuple):
    """A length in a sentence; `item` is where it stands among the items."""

    length: ClaimedLength
    start: int
    end: int
    item: int


def items_of(text: str, visible: str, tokens: list[Token]) -> tuple[list[Item], list[Found]]:
    """The sentence as the patterns see it, and the lengths in it."""
    items: list[Item] = []
    lengths: list[Found] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        length = None if _glued(visible, token) else length_at(tokens, index, prose=True)
        if length is None:
            items.append(Item(seen_as(token), token.start, token.end))
            index += 1
            continue
        end = tokens[length.next - 1].end
        if token.word == "within":
            items.append(Item("within", token.start, token.end))
        stated = length.stated(text[token.start : end])
        lengths.append(Found(stated, token.start, end, len(items)))
        items.append(Item("§", token.start, end))
        index = length.next
    return items, lengths


def _glued(visible: str, token: Token) -> bool:
    """Whether a number belongs to what stands before it: "$5m", "T-5 minutes", "v2 hours"."""
    if not token.word[0].isdigit() or not token.start:
        return False
    before = visible[token.start - 1]
    return before.isalnum() or before in "-+$€£#/.@_"


def seen_as(token: Token) -> str:
    """What the patterns see of a word."""
    word = token.word
    if word[0].isdigit():
        return "@" if ":" in word else "#"
    if word in DASHES or word in ("->", "=>", "→", "⇒") or word.startswith("--"):
        return "-"
    if word in ("·", "•"):
        return "|"
    if word == "may" and token.capital:
        return "#"  # the month
    if word[0].isalpha() or word in {",", ":", "(", ")", "|", "=", "/", "%", "~", "."}:
        return word[:32]
    return "&"


def barred_items(items: list[Item]) -> list[bool]:
    """For each item whether its clause is no claim.

    A clause without a verb of its own goes on with what the one before it said: in "we expect
    detection within 2 minutes, recovery within 10" both are expected.
    """
    barred: list[bool] = []
    outer: list[bool] = []
    inherited, start = False, 0
    for index in range(len(items) + 1):
        word = items[index].word if index < len(items) else "."
        at_end = index == len(items)
        if not at_end and word not in _CLAUSE_MARKS and word not in _CONTRASTS:
            continue
        clause = [item.word for item in items[start:index]]
        state = _BARRED.search(" ".join(clause)) is not None
        state = state or (inherited and _FINITE.isdisjoint(clause))
        barred += [state] * (index - start)
        inherited = state and word not in _CONTRASTS
        if word == "(":
            outer.append(state)
        elif word == ")" and outer:
            inherited = outer.pop()
        if not at_end:
            barred.append(False)
        start = index + 1
    return barred
