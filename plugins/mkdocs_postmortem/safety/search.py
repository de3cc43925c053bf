"""Finding many strings in many texts: runs of five words, and tokens, each text read once.

A text is a row of words, letters and digits without what stands between them. A run is looked
up by its words; a token by the rarest of its words, and then compared with what stands there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import NamedTuple

RUN = 5
# A whole value of so many words is a run of its own.
SHORTEST_RUN = 3
WORD = re.compile(r"[^\W_]+")
# Words with one joining sign between them; an address of IPv6 has colons.
_TOKEN = re.compile(r"[^\W_]+(?:[._-]{1,2}[^\W_]+)*")
_COLONS = re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:{1,2}){2,7}[0-9a-f]{1,4}(?![\w:])")
# Computed pages are full of times, days, lengths, counts and shares.
_COMMON = re.compile(
    r"\d{1,5}(?:[.,]\d{1,4})?(?:[a-z]{1,2}|min|utc)?"
    r"|v?\d{1,3}(?:\.\d{1,3}){1,2}"
    r"|\d{4}(?:-\d{2}){1,2}(?:t\d{2}(?:\d{2}){0,2}z?)?"
    r"|\d{8}(?:t\d{4,6}z?)?|\d{1,2}-\d{1,2}"
    r"|(?:t-?)?\d{2}(?::\d{2}){1,2}z?"
    r"|(?:utc|gmt)[+-]?\d{1,2}|e\.g|i\.e|a\.m|p\.m"
)


class Hit(NamedTuple):
    """A string that was found, by the number it was added under, and where in the text."""

    number: int
    start: int
    end: int


def tokens_of(text: str) -> Iterator[str]:
    """The tokens of a folded text that tell something: with a digit or a dot.

    Times, days, lengths and short numbers are none, because every page is full of them.
    """
    for pattern in (_TOKEN, _COLONS):
        for token in pattern.findall(text):
            # Most are plain words.
            if token.isalpha() or not (
                "." in token or ":" in token or any(map(str.isdigit, token))
            ):
                continue
            if sum(map(str.isalnum, token)) >= 4 and not _COMMON.fullmatch(token):
                yield token


def runs_of(text: str, *, is_whole: bool = False) -> Iterator[tuple[str, ...]]:
    """Every run of five words of a folded text.

    A text that is a value of its own (`is_whole`) with three or four words is a run.
    """
    words = WORD.findall(text)
    if is_whole and SHORTEST_RUN <= len(words) < RUN:
        yield tuple(words)
    yield from zip(*(words[index:] for index in range(RUN)), strict=False)


@dataclass(slots=True)
class Search:
    """Strings to search for. Those that are found in public text are taken out again."""

    runs: dict[tuple[str, ...], int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    _by_length: dict[int, set[tuple[str, ...]]] = field(default_factory=dict)
    _by_word: dict[str, list[str]] = field(default_factory=dict)
    _words_of: dict[str, list[str]] = field(default_factory=dict)
    # The words of runs, and those that follow each other in one.
    words: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)

    def add(self, text: str, number: int, *, is_whole: bool = False) -> None:
        """Search for the runs and tokens of the folded `text`; hits have its `number`."""
        for run in runs_of(text, is_whole=is_whole):
            self.runs.setdefault(run, number)
        for token in tokens_of(text):
            self.tokens.setdefault(token, number)

    def add_token(self, token: str, number: int) -> None:
        """Search for one folded word, whatever it looks like."""
        self.tokens.setdefault(token, number)

    def remove_found(self, texts: Iterable[str]) -> None:
        """Search no longer for what stands in the folded `texts`."""
        self._index()
        for text in texts:
            words = WORD.findall(text)
            for length, runs in self._by_length.items():
                for run in self._shared(words, length):
                    del self.runs[run]
                    runs.remove(run)
            for token in {text[hit.start : hit.end] for hit in self._token_hits(text, words)}:
                del self.tokens[token]
                for word in self._words_of[token]:
                    if token in self._by_word.get(word, ()):
                        self._by_word[word].remove(token)
        self._know_neighbours()

    def prepare(self) -> None:
        """Make the tables that everything else reads."""
        self._index()
        self._know_neighbours()

    def _index(self) -> None:
        self._by_length, self._by_word = {}, {}
        for run in self.runs:
            self._by_length.setdefault(len(run), set()).add(run)
        self._words_of = {token: WORD.findall(token) for token in self.tokens}
        counts = Counter(word for words in self._words_of.values() for word in set(words))
        for token, words in self._words_of.items():
            rarest = min(words, key=lambda word: (counts[word], -len(word), word))
            self._by_word.setdefault(rarest, []).append(token)

    def _know_neighbours(self) -> None:
        self.words = set(chain.from_iterable(self.runs))
        self.pairs = set(chain.from_iterable(map(pairwise, self.runs)))

    def _shared(self, words: Sequence[str], length: int) -> set[tuple[str, ...]]:
        """The runs of `length` words that the text has."""
        shifted = [words[index:] for index in range(length)]
        return self._by_length[length].intersection(zip(*shifted, strict=False))

    def has_run(self, words: Sequence[str]) -> bool:
        """Whether these folded words, in their order, have a run."""
        present = set(words)
        for length, runs in self._by_length.items():
            # Where the runs are fewer than the words, it is quicker to go through the runs.
            if len(runs) < len(words) and not any(map(present.issuperset, runs)):
                continue
            shifted = [words[index:] for index in range(length)]
            if not runs.isdisjoint(zip(*shifted, strict=False)):
                return True
        return False

    def may_have_token(self, words: Sequence[str]) -> bool:
        """Whether a text of these folded words may hold a token; quick to say no."""
        pairs: set[tuple[str, str]] = set()
        for token in self._present(words):
            own = self._words_of[token]
            if len(own) == 1:
                return True
            pairs = pairs or set(pairwise(words))
            if pairs.issuperset(pairwise(own)):
                return True
        return False

    def _present(self, words: Sequence[str]) -> Iterator[str]:
        """The tokens all of whose words are there."""
        present = set(words)
        for word in self._by_word.keys() & present:
            for token in self._by_word[word]:
                if present.issuperset(self._words_of[token]):
                    yield token

    def find(self, text: str) -> list[Hit]:
        """Where `text`, which is folded, holds what is searched for."""
        words = WORD.findall(text)
        hits = list(self._token_hits(text, words))
        if self.has_run(words):
            hits += self._run_hits(text, words)
        return sorted(hits, key=lambda hit: (hit.start, hit.end))

    def _run_hits(self, text: str, words: list[str]) -> Iterator[Hit]:
        spans = [found.span() for found in WORD.finditer(text)]
        for length, runs in self._by_length.items():
            shifted = [words[index:] for index in range(length)]
            for index, run in enumerate(zip(*shifted, strict=False)):
                if run in runs:
                    yield Hit(self.runs[run], spans[index][0], spans[index + length - 1][1])

    def _token_hits(self, text: str, words: Sequence[str]) -> Iterator[Hit]:
        for token in self._present(words):
            start = text.find(token)
            while start >= 0:
                end = start + len(token)
                before, after = text[start - 1 : start], text[end : end + 1]
                if not (before.isalnum() or after.isalnum()):
                    yield Hit(self.tokens[token], start, end)
                start = text.find(token, start + 1)
