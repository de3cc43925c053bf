"""Places in a file, and what is said about them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Severity(StrEnum):
    """How bad a problem is. Only errors keep an incident from being published."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Place(NamedTuple):
    """A stretch of a file: lines and columns count characters from 1, the end is exclusive."""

    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    @classmethod
    def at(cls, line: int, column: int, length: int = 1) -> Place:
        """A stretch of `length` characters on one line."""
        return cls(line, column, line, column + length)

    @property
    def start(self) -> tuple[int, int]:
        """Line and column of the first character."""
        return self.line, self.column

    @property
    def end(self) -> tuple[int, int]:
        """Line and column behind the last character."""
        return self.end_line, self.end_column

    def contains(self, other: Place) -> bool:
        """Whether `other` lies inside."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Edit:
    r"""The stretch at `place`, or where `old` is given the one `old` in it, becomes `new`.

    A line break in `new` is ``\n``, whatever the file has.
    """

    place: Place
    new: str
    old: str | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that together mend one problem mechanically.

    What stands at `reveals` was not looked at before and will be: problems there are no new ones.
    """

    edits: tuple[Edit, ...]
    reveals: Place | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem at one place of one file; `row` is the timeline row it belongs to, from 1.

    `fixes` are the mechanical ways to mend it, one for each thing that may be meant.
    """

    path: str
    place: Place
    code: str
    name: str
    severity: Severity
    message: str
    help: str | None = None
    row: int | None = None
    fixes: tuple[Fix, ...] = ()

    @property
    def sort_key(self) -> tuple[str, Place, int, str, str]:
        """By file, place, then severity."""
        return (self.path, self.place, self.severity.rank, self.code, self.message)

    @property
    def headline(self) -> str:
        """``path:line:column: severity CODE message`` on one line, safe for a terminal."""
        where = f"{self.path}:{self.place.line}:{self.place.column}"
        return printable(f"{where}: {self.severity} {self.code} {self.message}")

    def as_json(self) -> dict[str, Any]:
        """The diagnostic as the JSON format of ``postmortem check`` has it."""
        return {
            "path": self.path,
            **self.place._asdict(),
            "code": self.code,
            "name": self.name,
            "severity": str(self.severity),
            "message": self.message,
            "help": self.help,
        }


class ConfigError(ValueError):
    """A `mkdocs.yml` that cannot be read, or whose options for the plugin are wrong."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("\n".join(diagnostic.headline for diagnostic in diagnostics))
        self.diagnostics = diagnostics


def in_full(diagnostic: Diagnostic, source_lines: list[str], headline: str | None = None) -> str:
    """A diagnostic on several lines: headline, excerpt with caret, and the fix."""
    parts = (
        headline or diagnostic.headline,
        excerpt(source_lines, diagnostic.place),
        f"  fix: {printable(diagnostic.help)}" if diagnostic.help else "",
    )
    return "\n".join(part for part in parts if part)


def printable(text: str) -> str:
    """`text` with everything that could steer a terminal or break a line shown as an escape.

    So is what the machines of GitHub take for a command in the output of a job: `::` at the
    beginning of a line, and `##[` anywhere.
    """
    shown = visible(text).replace("##[", "##\\x5b")
    bare = shown.lstrip()
    if bare.startswith("::"):
        shown = f"{shown[: len(shown) - len(bare)]}\\x3a{bare[1:]}"
    return shown


def visible(text: str) -> str:
    """`text` with every character that shows nothing, or does something else, as an escape."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def printable_json(data: Any) -> str:
    """`data` as indented JSON that is safe to print: what could steer a terminal is an escape."""
    text = json.dumps(data, indent=2, ensure_ascii=False).replace("##[", "#\\u0023[")
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else json.dumps(character).strip('"')
        for character in text
    )


def excerpt(source_lines: list[str], place: Place) -> str:
    """The source line at `place` with a caret under the stretch, or an empty string."""
    if not 1 <= place.line <= len(source_lines):
        return ""
    line = source_lines[place.line - 1]
    if not line.strip():
        return ""
    start = min(place.column - 1, len(line))
    end = place.end_column - 1 if place.end_line == place.line else len(line)
    window = 110
    first = max(0, start - window // 2) if len(line) > window else 0
    shown = line[first : first + window]
    before = printable(line[first:start].replace("\t", " "))
    marked = line[start : max(end, start + 1)][: max(1, window - (start - first))]
    marked = printable(marked.replace("\t", " "))
    number = f"{place.line:>5} | "
    caret = " " * len(before) + "^" * max(1, len(marked))
    return f"{number}{printable(shown.replace(chr(9), ' '))}\n{' ' * 5} | {caret}"
