"""Where each value of a front matter stands in its file."""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Iterable
from itertools import islice
from typing import Any

from mkdocs_postmortem.diagnostics import Place
from mkdocs_postmortem.reading.plain_yaml import Branch, place_of
from mkdocs_postmortem.reading.source import Source

Path = tuple[str | int, ...]


class ShortRow:
    """The content of a row in its short form: `key`, which says its time and its milestones, and
    `event`, as events of YAML.
    """

    __slots__ = ("at", "event", "key", "milestones")

    def __init__(self, key: Any, at: str | None, milestones: tuple[str, ...], event: Any) -> None:
        self.key, self.at, self.milestones, self.event = key, at, milestones, event

    def paths(self) -> list[Path]:
        """The paths of what the key says."""
        at: list[Path] = [("at",)] if self.at else []
        return [*at, *(("milestone", number) for number in range(len(self.milestones)))]

    def place(self, path: Path, first_line: int) -> Place | None:
        """The place of what the key says, if `path` leads there or goes on from it."""
        known = next((known for known in self.paths() if path[: len(known)] == known), None)
        if known is None:
            return None
        text, position, length = self.key.value, 0, len(self.at or "")
        if known[0] == "milestone":
            position = length
            for milestone in self.milestones[: int(known[1]) + 1]:
                position, length = text.index(milestone, position), len(milestone)
        start = self.key.start_mark
        quote = 1 if self.key.style else 0
        return Place.at(first_line + start.line, start.column + 1 + quote + position, length)


class Places:
    """The places of keys and values by their path, such as ``("timeline", 2, "at")``.

    A path that is not there has the place of what it would be in. Few of them are ever asked for,
    so those of a `tree` are made when they are. Paths count the items of a list that are still
    there: what `leave_out` takes out keeps its number in the file only.
    """

    __slots__ = ("_keys", "_left_out", "_tree", "_values", "source")

    def __init__(self, source: Source, tree: Branch | None = None) -> None:
        self.source = source
        self._tree = tree
        self._values: dict[Path, Place] = {}
        self._keys: dict[Path, Place] = {}
        # Which items are left out of which lists, both as the file has them.
        self._left_out: dict[Path, list[int]] = {}

    @property
    def values(self) -> dict[Path, Place]:
        """The places of all values."""
        self._make_all()
        return self._values

    @property
    def keys(self) -> dict[Path, Place]:
        """The places of all keys."""
        self._make_all()
        return self._keys

    def value(self, *path: str | int) -> Place:
        """The place of the value at `path`."""
        path = self._in_file(path)
        if self._tree is not None:
            node, depth = _walk(self._tree, path)
            if node.__class__ is Branch and node.content.__class__ is ShortRow:
                place = node.content.place(path[depth:], self._first_line)
                if place is not None:
                    return place
            if depth:
                return place_of(node, self._first_line)
        for length in range(len(path), 0, -1):
            if path[:length] in self._values:
                return self._values[path[:length]]
        return Place.at(max(1, self._first_line - 1), 1, 3)

    def key(self, *path: str | int) -> Place:
        """The place of the key at `path`, else of its value."""
        there = self._in_file(path)
        if self._tree is not None and there:
            parent, depth = _walk(self._tree, there[:-1])
            content = parent.content if parent.__class__ is Branch else None
            if depth == len(there) - 1 and content.__class__ is dict and there[-1] in content:
                return place_of(content[there[-1]][0], self._first_line)
        return self._keys.get(there) or self.value(*path)

    def has(self, *path: str | int) -> bool:
        """Whether a value stands at `path`, if only an empty one."""
        path = self._in_file(path)
        if self._tree is None:
            return path in self._values
        node, depth = _walk(self._tree, path)
        if node.__class__ is Branch and node.content.__class__ is ShortRow and path[depth:]:
            return path[depth:] in node.content.paths()
        return depth == len(path)

    def leave_out(self, *path: str | int) -> None:
        """Forget the item of a list at `path`, so that those behind it move up."""
        there = self._in_file(path)
        insort(self._left_out.setdefault(there[:-1], []), int(there[-1]))

    def phrase(self, phrase: str, *path: str | int, nth: int = 0) -> Place:
        """The place of `phrase` inside the value at `path`, where line breaks may differ.

        `nth` counts from 0 which of several is meant.
        """
        place = self.value(*path)
        if not phrase.strip():
            return place
        start = self.source.offset(place.line, place.column)
        end = self.source.offset(place.end_line, place.end_column)
        pattern = r"\s+".join(re.escape(word) for word in phrase.split())
        text = self.source.text[start:end]
        found = next(islice(re.finditer(pattern, text), nth, None), None)
        if found is None:
            found = re.search(pattern, text)
        if found is None:
            return place
        return self.source.place(start + found.start(), start + found.end())

    def _in_file(self, path: Path) -> Path:
        """`path` with the numbers that items of lists have in the file."""
        if not self._left_out:
            return path
        there: Path = ()
        for part in path:
            before = self._left_out.get(there, ())
            there = (*there, _counting(part, before) if isinstance(part, int) else part)
        return there

    @property
    def _first_line(self) -> int:
        return self.source.front_matter_line

    def _make_all(self) -> None:
        tree, self._tree = self._tree, None
        if tree is not None:
            self._make(tree, ())

    def _make(self, node: Any, path: Path) -> None:
        """Write down the places of `node`, which is at `path`, and of all that is in it."""
        line = self._first_line
        if path:
            self._values[path] = place_of(node, line)
        content = node.content if node.__class__ is Branch else None
        if content.__class__ is dict:
            for key, (event, inner) in content.items():
                self._keys[*path, key] = place_of(event, line)
                if path or not _is_free(key):
                    self._make(inner, (*path, key))
        elif content.__class__ is list:
            for index, inner in enumerate(content):
                self._make(inner, (*path, index))
        elif content is not None:
            self._make(content.event, (*path, "event"))
            for rest in content.paths():
                place = content.place(rest, line)
                if place is not None:
                    self._values[*path, *rest] = place


def _walk(tree: Branch, path: Path) -> tuple[Any, int]:
    """The branch or event that `path` leads to, as far as it does, and how far that is."""
    node: Any = tree
    for depth, part in enumerate(path):
        content = node.content if node.__class__ is Branch else None
        if content.__class__ is dict and part in content and (depth or not _is_free(part)):
            node = content[part][1]
        elif isinstance(content, list) and isinstance(part, int) and part < len(content):
            node = content[part]
        elif content.__class__ is ShortRow and part == "event":
            node = content.event
        else:
            return node, depth
    return node, len(path)


def _counting(number: int, left_out: Iterable[int]) -> int:
    """The number in the file of an item of a list, of which those `left_out` are not counted."""
    for other in left_out:
        number += other <= number
    return number


def _is_free(key: str | int) -> bool:
    """Whether a key is the author's own, and nobody looks at its value."""
    return str(key).startswith("x-")
