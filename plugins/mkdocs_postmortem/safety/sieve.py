"""Which texts of a site need a close look: what stands in it again and again is looked at once.

Pages repeat their navigation, and a sentence stands in its page, the feeds, the API and the search
index. A text is cut at its tags and lines into pieces, and pieces that were seen are passed over.
A run of words that is searched for stands in one piece, or goes over from one to the next; then
the last word of the one and the first of the other follow each other in it.

A sieve may ask for a close look at nothing; it never passes over what a close look would find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, compress, islice
from operator import itemgetter
from typing import NamedTuple

from mkdocs_postmortem.safety.canonical import (
    Decoded,
    is_inside_words,
    texts_and_tags,
    without_vocabularies,
)
from mkdocs_postmortem.safety.search import RUN, SHORTEST_RUN, WORD, Search


class CloseLook(NamedTuple):
    """What has to be looked for in a text: strings, and what the rules object to."""

    for_strings: bool
    by_rules: bool


class _Ends(dict[str, tuple[str, str] | None]):
    """By piece, or row of pieces, its first word and its last; ``None`` where it has no words."""

    def __missing__(self, text: str) -> tuple[str, str] | None:
        ends = list(filter(None, map(self.get, _pieces(text))))
        self[text] = (ends[0][0], ends[-1][1]) if ends else None
        return self[text]


@dataclass(slots=True)
class Sieve:
    """The pieces that were seen, and what is known of each.

    `search` has the strings. `may_object` says of words, of which each stands for itself, whether
    the rules may object to one, or to something that it is a part of.
    """

    search: Search
    may_object: Callable[[Iterable[str]], bool]
    _seen: set[str] = field(default_factory=set)
    _ends: _Ends = field(default_factory=_Ends)
    _tags: set[str] = field(default_factory=set)
    _holding: set[str] = field(default_factory=set)
    _objectionable: set[str] = field(default_factory=set)
    # Pieces that follow each other, and no run goes over from the first to the others.
    _apart: set[tuple[str, ...]] = field(default_factory=set)
    # What stands between blanks.
    _strings: set[str] = field(default_factory=set)
    _objectionable_strings: set[str] = field(default_factory=set)

    def look(self, text: str) -> CloseLook:
        """What has to be looked for in the decoded `text`."""
        parts = texts_and_tags(text)
        rows = [_pieces("\n".join(parts[::2]))]
        tags = set(parts[1::2])
        if tags:
            read = parts.copy()
            read[1::2] = map(_gap, parts[1::2])
            rows += [_pieces("".join(read)), parts]
        seen = tags.union(*rows[:2])
        self._add(seen - self._seen, tags - self._tags)
        return CloseLook(
            not self._holding.isdisjoint(seen) or any(map(self._goes_over, rows)),
            not self._objectionable.isdisjoint(seen),
        )

    def _add(self, pieces: set[str], tags: set[str]) -> None:
        is_searched = self.search.words.__contains__
        runs: list[str] = []
        present: list[str] = []
        for piece in pieces:
            own = WORD.findall(_folded(piece))
            self._ends[piece] = (own[0], own[-1]) if own else None
            present += own
            if sum(map(is_searched, own)) >= SHORTEST_RUN:
                runs += own
                # Nothing goes over this.
                runs.append("")
        if self.search.has_run(runs) or self.search.may_have_token(present):
            self._holding.update(piece for piece in pieces if self.search.find(_folded(piece)))
        self._seen |= pieces
        self._tags |= tags
        self._add_strings(pieces - tags, lambda text: [*text.split(), *_outside_drawings(text)])
        self._add_strings(tags, _outside_drawings)

    def _add_strings(self, pieces: set[str], strings_of: Callable[[str], list[str]]) -> None:
        strings = set(strings_of(" \0 ".join(pieces)))
        new = strings - self._strings
        if new and self.may_object(new):
            self._objectionable_strings.update(one for one in new if self.may_object((one,)))
        self._strings |= new
        if not self._objectionable_strings.isdisjoint(strings):
            self._objectionable.update(
                piece
                for piece in pieces
                if not self._objectionable_strings.isdisjoint(strings_of(piece))
            )

    def _goes_over(self, row: list[str]) -> bool:
        """Whether a run goes over from one piece to the next."""
        known = list(map(self._ends.__getitem__, row))
        row, ends = list(compress(row, known)), list(filter(None, known))
        pairs = self.search.pairs
        if not pairs or pairs.isdisjoint(_steps(ends)):
            return False
        for index, step in enumerate(_steps(ends)):
            if step in pairs:
                # Where a run begins in a piece, the rest of it is in so many of the next ones.
                around = tuple(row[index : index + RUN])
                if around in self._apart:
                    continue
                if self.search.has_run((*_last_words(around[0]), *_first_words(around[1:]))):
                    return True
                self._apart.add(around)
        return False


_FIRST, _LAST = itemgetter(0), itemgetter(1)


def _steps(ends: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The last word of each piece with the first of the next, one at a time."""
    return zip(map(_LAST, ends), map(_FIRST, islice(ends, 1, None)), strict=False)


def _pieces(text: str) -> list[str]:
    return list(filter(None, map(str.strip, text.split("\n"))))


@lru_cache(maxsize=1 << 16)
def _gap(tag: str) -> str:
    return "" if is_inside_words(tag) else "\n"


def _outside_drawings(text: str) -> list[str]:
    """What of a text stands between blanks, and is of no drawing and no name of a vocabulary."""
    return without_vocabularies(Decoded(text)).text.split()


def _folded(text: str) -> str:
    return text.casefold() if text.isascii() else Decoded(text).folded().text


@lru_cache(maxsize=1 << 16)
def _words(piece: str) -> list[str]:
    return WORD.findall(_folded(piece))


def _last_words(piece: str) -> list[str]:
    """As many words as a run can have before it goes over to the next piece."""
    return _words(piece)[1 - RUN :]


def _first_words(pieces: Iterable[str]) -> list[str]:
    """As many words as a run can have behind the piece that it begins in."""
    return list(islice(chain.from_iterable(map(_words, pieces)), RUN - 1))
