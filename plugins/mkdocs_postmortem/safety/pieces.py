"""The texts of an incident file, each with its place and with whether it is internal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from mkdocs_postmortem.body import internal_blocks, without_code
from mkdocs_postmortem.diagnostics import Place
from mkdocs_postmortem.safety.patterns import Kind, Policy, names_read, suspected

if TYPE_CHECKING:
    from mkdocs_postmortem.reading.reader import Reading

# These are never shown, or hold nothing but times and words from closed lists.
_NOT_TEXT = frozenset(
    "silence related timezone status visibility kind lang severity milestone level outcome "
    "update".split()
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One text of an incident file.

    ``path`` leads to it in the front matter and is empty for the body. ``row`` is its row of the
    timeline, from 1.
    """

    reading: Reading
    path: tuple[str | int, ...]
    text: str
    row: int | None = None
    internal: bool = False

    def place(self, start: int, end: int) -> Place:
        """The place in the file of ``text[start:end]``."""
        if not self.path:
            return self.reading.source.body_place(start, end)
        phrase = self.text[start:end]
        nth = self.text.count(phrase, 0, start)
        return self.reading.places.phrase(phrase, *self.path, nth=nth)


def pieces(reading: Reading) -> Iterator[Piece]:
    """Every text of an incident that was read: front matter, then body.

    The body comes twice: its public part with everything internal as spaces, and the rest.
    """
    fields = reading.fields
    if fields is None:
        return
    withdrawn = fields.withdrawn is not None
    for path, text, internal in _strings(fields, (), internal=False):
        row = path[1] + 1 if path[0] == "timeline" and isinstance(path[1], int) else None
        hidden = internal or (withdrawn and path[0] not in ("title", "withdrawn"))
        yield Piece(reading, path, text, row, hidden)
    for path, text, _ in _strings(reading.page_meta, (), internal=False):
        yield Piece(reading, path, text)
    body = reading.source.body
    hidden_body = _hidden_stretches(body)
    yield Piece(reading, (), _blanked(body, hidden_body), internal=withdrawn)
    if hidden_body:
        yield Piece(reading, (), _blanked(body, _others(hidden_body, len(body))), internal=True)


def suspicions(reading: Reading, rules: Policy) -> frozenset[Kind]:
    """The kinds of which something may be in a text of an incident or in the name of a file of it.

    They are told from the file as it is written, where YAML can have put nothing together that
    stands apart there.
    """
    if reading.suspected is None:
        names = [reading.id]
        for asset in reading.assets:
            names += names_read(asset.name)
        texts = [reading.source.text]
        if not reading.source.is_literal:
            texts = [piece.text for piece in reading.pieces]
        reading.suspected = suspected("\n".join((*texts, *names)), rules)
    return reading.suspected


def _strings(
    value: Any, path: tuple[str | int, ...], *, internal: bool
) -> Iterator[tuple[tuple[str | int, ...], str, bool]]:
    """Every string in `value` with the path to it and whether it is internal."""
    if isinstance(value, str):
        yield path, value, internal
    elif isinstance(value, BaseModel):
        internal = internal or getattr(value, "internal", None) is True
        for name, info in type(value).model_fields.items():
            key = info.alias or name
            if key not in _NOT_TEXT:
                inner = internal or (not path and key == "internal")
                yield from _strings(getattr(value, name), (*path, key), internal=inner)
    elif isinstance(value, dict):
        for key, inner_value in value.items():
            yield from _strings(inner_value, (*path, str(key)), internal=internal)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _strings(item, (*path, index), internal=internal)


def _hidden_stretches(body: str) -> list[tuple[int, int]]:
    """Internal blocks and comments, in order, without overlap."""
    stretches = list(internal_blocks(body).blocks)
    plain = without_code(body)
    position = 0
    while (start := plain.find("<!--", position)) >= 0:
        end = plain.find("-->", start)
        position = len(body) if end < 0 else end + 3
        stretches.append((start, position))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _others(stretches: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    ends = [0, *(end for _, end in stretches)]
    starts = [*(start for start, _ in stretches), length]
    return list(zip(ends, starts, strict=True))


def _blanked(text: str, stretches: list[tuple[int, int]]) -> str:
    parts, position = [], 0
    for start, end in stretches:
        parts += [text[position:start], re.sub(r"[^\n]", " ", text[start:end])]
        position = end
    return "".join([*parts, text[position:]])
