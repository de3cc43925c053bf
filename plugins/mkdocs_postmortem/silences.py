"""What a file silences, and what is left of its findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from mkdocs_postmortem.diagnostics import Diagnostic, Place
from mkdocs_postmortem.rules.registry import Finding, at_the_sites_severity


class Silence(NamedTuple):
    """A rule that a file silences, by code: at a line, in rows or about a text, where these are
    given. ``place`` is that of the code.
    """

    code: str
    place: Place
    line: int | None = None
    rows: Collection[int] | None = None
    text: str | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether it is meant for `finding`."""
        return (
            self.code == finding.rule.code
            and finding.rule.can_be_silenced
            and self.line in (None, finding.place.line)
            and (self.rows is None or finding.row in self.rows)
            and (self.text is None or _is_same(self.text, finding.text))
        )


class Heard(NamedTuple):
    """What is said of findings, what the file silences, and which silences had nothing to do."""

    said: list[Diagnostic]
    silenced: list[Finding]
    unused: list[Silence]


def heard(
    findings: Iterable[Finding], silences: Sequence[Silence], path: str, levels: Mapping[str, str]
) -> Heard:
    """The findings of the file at `path` as the site's `levels` by code and its silences leave it.

    What the site switches off needs no silence.
    """
    said: list[Diagnostic] = []
    silenced: list[Finding] = []
    used: set[int] = set()
    for finding in findings:
        shown = at_the_sites_severity(finding, path, levels)
        asked = enumerate(silences if shown else ())
        covering = [index for index, silence in asked if silence.covers(finding)]
        used.update(covering)
        if covering:
            silenced.append(finding)
        else:
            said += shown
    unused = [silence for index, silence in enumerate(silences) if index not in used]
    return Heard(said, silenced, unused)


def _is_same(written: str, text: str | None) -> bool:
    return text is not None and written.casefold() == text.casefold()
