"""Lengths of time that somebody stated in words, and whether a computed one contradicts them.

``parse_claimed_length`` reads one length, ``find_claims`` finds the lengths in prose that stand
beside words naming a response time. A false warning costs more trust than a missed claim is
worth, so a sentence is a claim only where every word between the name and the length is known to
add nothing. The text is untrusted: it is cut into words by simple expressions, and every larger
pattern sees only a window of a few words around one length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from mkdocs_postmortem.claims.clauses import (
    BARRED_BELOW,
    BARRED_SENTENCE,
    Found,
    Item,
    barred_items,
    items_of,
)
from mkdocs_postmortem.claims.lengths import ClaimedLength, contradicts, parse_claimed_length
from mkdocs_postmortem.claims.markdown_text import Block, blocks_of, visible_text
from mkdocs_postmortem.claims.wordings import Wording, built_in, custom_wordings
from mkdocs_postmortem.claims.words import (
    UNIT_WORDS,
    Sentence,
    sentences_of,
    tokenize,
)
from mkdocs_postmortem.unit_words import has_unit_word, may_have_unit_word

__all__ = ["Claim", "ClaimedLength", "contradicts", "find_claims", "parse_claimed_length"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A stated length and the response times that the words beside it may name.

    ``keys`` stand with the most likely first; only where none of them fits is the claim wrong.
    ``start`` and ``end`` are the place of the length in the text, hedges and bounds included.
    """

    keys: tuple[str, ...]
    length: ClaimedLength
    start: int
    end: int


def find_claims(text: str, names: Mapping[str, str] = MappingProxyType({})) -> list[Claim]:
    """The lengths in Markdown `text` that stand beside words naming a response time, in order.

    `names` maps the keys of a site's own response times to their names. Questions, aims,
    estimates, conditions, parts of an incident and other incidents are no claims, nor is
    anything in code or in an address.
    """
    if not may_have_unit_word(text):
        return []
    visible = visible_text(text)
    if not has_unit_word(visible):
        return []
    own = tuple(names.items())
    claims: list[Claim] = []
    heading_barred = intro_barred = table_barred = False
    for block in blocks_of(visible):
        if not _matters(visible, block):
            intro_barred = intro_barred and block.kind != "paragraph"
            table_barred = table_barred and block.kind == "row"
            continue
        tokens = [token for start, end in block.lines for token in tokenize(visible, start, end)]
        if len(tokens) > _LONGEST_BLOCK:
            continue
        sentences = list(sentences_of(visible, tokens))
        last = " ".join(token.word for token in sentences[-1].tokens)
        if block.kind == "heading":
            heading_barred = BARRED_BELOW.search(last) is not None
        if block.kind != "row":
            table_barred = False
        elif block.first:
            table_barred = BARRED_BELOW.search(last) is not None
        if block.kind in ("heading", "paragraph"):
            # "Our targets are:" speaks for the list below it.
            intro_barred = last.endswith(":") and BARRED_BELOW.search(last) is not None
        if heading_barred or table_barred or (block.kind == "item" and intro_barred):
            continue
        for sentence in sentences:
            claims.extend(_claims_in(text, visible, sentence, own))
    return claims


def _matters(visible: str, block: Block) -> bool:
    """Whether a block may hold a length, or say what kind of lengths stand below it."""
    if block.kind == "heading" or (block.kind == "row" and block.first):
        return True
    start, end = block.lines[-1]
    introduces = block.kind == "paragraph" and ":" in visible[max(start, end - _MARKS) : end]
    return introduces or any(has_unit_word(visible[slice(*line)]) for line in block.lines)


_WINDOW = 18
# So many marks of emphasis and quotes at most may stand behind the colon of an introduction.
_MARKS = 12
# Nobody writes longer ones; they would only cost time.
_LONGEST_BLOCK = 5000
_MOST_LENGTHS = 40


# The keys of a site's own response times with their names.
_Names = tuple[tuple[str, str], ...]


class _Candidate(NamedTuple):
    gap: int  # words between the name and the length
    name: int  # the item where the name begins
    keys: tuple[str, ...]
    found: Found


def _claims_in(text: str, visible: str, sentence: Sentence, names: _Names) -> list[Claim]:
    if sentence.question or all(token.word not in UNIT_WORDS for token in sentence.tokens):
        return []
    items, lengths = items_of(text, visible, sentence.tokens)
    if not 0 < len(lengths) <= _MOST_LENGTHS or BARRED_SENTENCE.search(
        " ".join(item.word for item in items)
    ):
        return []
    barred = barred_items(items)
    candidates: list[_Candidate] = []
    for index, found in enumerate(lengths):
        if not barred[found.item]:
            after = lengths[index - 1].item if index else -1
            until = lengths[index + 1].item if index + 1 < len(lengths) else len(items)
            candidates += _candidates(items, found, after, until, _wordings(names))
    best: dict[int, _Candidate] = {}
    used: dict[int, int] = {}
    for candidate in sorted(candidates, key=lambda each: (each.gap, each.found.start)):
        start = candidate.found.start
        if barred[candidate.name] or used.get(candidate.name, start) != start:
            continue
        nearest = best.setdefault(start, candidate)
        if nearest.name != candidate.name:
            continue
        used[candidate.name] = start
        # A site's own name may be a usual word too ("Recovery"): either may be meant.
        best[start] = nearest._replace(keys=tuple(dict.fromkeys(nearest.keys + candidate.keys)))
    return [
        Claim(each.keys, each.found.length, each.found.start, each.found.end)
        for _, each in sorted(best.items())
    ]


def _wordings(names: _Names) -> tuple[Wording, ...]:
    """All patterns; most texts hold no length, and need none of them compiled."""
    return (built_in(), *custom_wordings(names))


def _candidates(
    items: list[Item], found: Found, after: int, until: int, wordings: tuple[Wording, ...]
) -> Iterator[_Candidate]:
    """The names that `found` may belong to; they stand between the lengths around it."""
    first = max(after, found.item - _WINDOW, 0)
    lead = "^ " if first == 0 and after < 0 else ""
    left = lead + "".join(f"{item.word} " for item in items[first : found.item])
    following = items[found.item + 1 : min(until + 1, found.item + 1 + _WINDOW)]
    right = "".join(f"{item.word} " for item in following)
    if until == len(items):
        right += ". "
    for wording in wordings:
        for match in wording.names_before(left, right):
            name = first + left.count(" ", len(lead), match.start("name"))
            owner = items[name - 1].word if name else ""
            if not owner.endswith("'s") or owner in ("today's", "yesterday's"):
                yield _Candidate(match["gap"].count(" "), name, wording.keys_of(match), found)
        for match in wording.names_after(left, right):
            gap = match["gap"].count(" ")
            yield _Candidate(gap, found.item + 1 + gap, wording.keys_of(match), found)
