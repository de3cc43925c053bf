"""The text of a file with edits applied, everything else byte for byte as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mkdocs_postmortem.diagnostics import Edit, Place

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EditError(ValueError):
    """An edit whose place does not hold what it changes, or that overlaps another one."""


@dataclass(frozen=True, slots=True)
class RawText:
    """A file's text with the line ends that it has. ``mark`` is its byte order mark, if any."""

    text: str
    mark: bytes = b""

    @classmethod
    def of(cls, data: bytes) -> RawText:
        """The text in `data`. Raises `UnicodeDecodeError` where it is not UTF-8."""
        mark = _BYTE_ORDER_MARK if data.startswith(_BYTE_ORDER_MARK) else b""
        return cls(data[len(mark) :].decode("utf-8"), mark)

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.mark + self.text.encode("utf-8")

    @property
    def lines(self) -> list[str]:
        """The lines with their ends, as diagnostics count them."""
        found = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", self.text)
        return found if found and found[-1][-1] not in "\r\n" else [*found, ""]

    def edited(self, edits: Iterable[Edit]) -> RawText:
        """The text with `edits` applied. Raises `EditError`."""
        pieces: list[str] = []
        position = 0
        for start, end, new in self.spans(edits):
            if start < position:
                raise EditError("two edits overlap")
            pieces += [self.text[position:start], new]
            position = end
        return RawText("".join([*pieces, self.text[position:]]), self.mark)

    def spans(self, edits: Iterable[Edit]) -> list[tuple[int, int, str]]:
        """Where in the text each edit begins and ends, and what it puts there, in order.

        Equal edits count once.
        """
        starts = self._line_starts()
        newline = found[0] if (found := re.search(r"\r\n|\r|\n", self.text)) else "\n"
        spans = set()
        for edit in edits:
            place = edit.place
            start = starts[place.line - 1] + place.column - 1
            end = starts[place.end_line - 1] + place.end_column - 1
            if edit.old is not None:
                stretch = self.text[start:end]
                if stretch.count(edit.old) != 1:
                    raise EditError(f"“{edit.old}” does not stand once at {place.line}")
                start += stretch.index(edit.old)
                end = start + len(edit.old)
            spans.add((start, end, edit.new.replace("\n", newline)))
        return sorted(spans)

    def _line_starts(self) -> list[int]:
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line))
        return starts


def start_after(place: Place, edits: Iterable[Edit]) -> tuple[int, int]:
    """The line and column at which what begins at `place` stands once `edits` are applied."""
    line, column = place.start
    for edit in set(edits):
        if edit.place.end > place.start:
            continue
        line += edit.new.count("\n") - (edit.place.end_line - edit.place.line)
        if edit.place.line == edit.place.end_line == place.line and "\n" not in edit.new:
            stretch = edit.place.end_column - edit.place.column
            column += len(edit.new) - (stretch if edit.old is None else len(edit.old))
    return line, column
