"""Diagnostics as workflow commands of GitHub Actions, which shows them as annotations.

The format and its escapes are GitHub's; it shows ten annotations of each level a step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mkdocs_postmortem.diagnostics import Diagnostic, Severity, in_full
from mkdocs_postmortem.render.literal import code, literal

SHOWN_PER_LEVEL = 10
# A summary may be a mebibyte; nobody reads that far.
_SUMMARY_ROWS = 200
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


@dataclass(frozen=True, slots=True)
class Annotations:
    """The annotations of `diagnostics`, the worst first: those GitHub shows, and the others."""

    shown: tuple[Diagnostic, ...]
    more: tuple[Diagnostic, ...]

    @classmethod
    def of(cls, diagnostics: Sequence[Diagnostic]) -> Annotations:
        """At most ten of each severity are shown."""
        seen = Counter[Severity]()
        shown: list[Diagnostic] = []
        more: list[Diagnostic] = []
        for found in sorted(diagnostics, key=lambda found: (found.severity.rank, found.sort_key)):
            seen[found.severity] += 1
            (shown if seen[found.severity] <= SHOWN_PER_LEVEL else more).append(found)
        return cls(tuple(shown), tuple(more))

    def log(self, lines: Mapping[str, list[str]], pause: str, summary: str) -> str:
        """What a step prints: a command for each that is shown, then the others, then `summary`.

        `lines` are the lines of each file. The others are listed between commands that keep
        GitHub from obeying what they quote; `pause` is a word that nobody can guess.
        """
        printed = [command(found) for found in self.shown]
        if self.more:
            count = len(self.more)
            printed += [
                f"::group::{count} more, beyond the {SHOWN_PER_LEVEL} of each level on GitHub",
                f"::stop-commands::{pause}",
                *(in_full(found, lines.get(found.path, [])) for found in self.more),
                f"::{pause}::",
                "::endgroup::",
            ]
        more = f"; {len(self.more)} more in the log above" if self.more else ""
        return "\n".join([*printed, f"{summary}{more}"])

    def step_summary(self, summary: str) -> str:
        """All of them as a table in Markdown, for the summary of the run."""
        every = (*self.shown, *self.more)
        table = ["", "| where | | what |", "| --- | --- | --- |"] if every else []
        for found in every[:_SUMMARY_ROWS]:
            where = f"{code(found.path)} line {found.place.line}"
            table.append(f"| {where} | {found.severity} {found.code} | {literal(found.message)} |")
        left = len(every) - _SUMMARY_ROWS
        rest = ["", f"And {left} more, which the log has."] if left > 0 else []
        return "\n".join(["### postmortem check", "", f"{summary}.", *table, *rest]) + "\n"


def command(found: Diagnostic) -> str:
    """One diagnostic as one workflow command."""
    place = found.place
    properties = {"file": found.path, "line": str(place.line)}
    if place.end_line > place.line:
        properties["endLine"] = str(place.end_line)
    else:
        # GitHub takes columns only where they are on one line.
        properties |= {"col": str(place.column), "endColumn": str(place.end_column)}
    properties["title"] = found.code
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    text = f"{found.message}\nfix: {found.help}" if found.help else found.message
    return f"::{_COMMANDS[found.severity]} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
