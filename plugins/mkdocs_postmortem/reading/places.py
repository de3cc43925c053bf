"""Where each value of a front matter stands in its file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from mkdocs_postmortem.diagnostics import Place
from mkdocs_postmortem.reading.source import Source

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Places:
    """The places of keys and values by their path, such as ``("timeline", 2, "at")``.

    A path that is not there has the place of what it would be in.
    """

    source: Source
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def value(self, *path: str | int) -> Place:
        """The place of the value at `path`."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.values:
                return self.values[path[:length]]
        return Place.at(max(1, self.source.front_matter_line - 1), 1, 3)

    def key(self, *path: str | int) -> Place:
        """The place of the key at `path`, else of its value."""
        return self.keys.get(path) or self.value(*path)

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
