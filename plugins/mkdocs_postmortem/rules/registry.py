"""The one registry of rules. A rule's docstring is its documentation page.

A rule is one small function. `problem` makes one that the reader calls with what it found;
`check` makes one that looks over an incident once it has been read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Concatenate, NamedTuple, ParamSpec

from mkdocs_postmortem.diagnostics import Diagnostic, Fix, Place, Severity

if TYPE_CHECKING:
    from mkdocs_postmortem.reading.reader import Reading

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of problem. ``code`` is permanent; ``documentation`` is Markdown."""

    code: str
    name: str
    severity: Severity
    documentation: str

    @property
    def summary(self) -> str:
        """The first sentence of the documentation."""
        return self.documentation.split("\n\n")[0].replace("\n", " ")

    @property
    def can_be_silenced(self) -> bool:
        """Whether an incident's file may silence it.

        It cannot where it keeps a file from being read or a site from being built, nor where it is
        about files that are no incidents.
        """
        if self.is_about_the_site:
            return self.severity is not Severity.ERROR and self.code not in _ABOUT_OTHER_FILES
        # Nor what guards readers from authors.
        return not self.code.startswith(("PM1", "PM61"))

    @property
    def is_about_the_site(self) -> bool:
        """Whether it only shows when all files of a site are looked at together."""
        return self.code.startswith("PM8")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says about a place, before the site's and the file's own settings apply.

    ``text`` is what it is about, where a file may silence the rule for that alone.
    """

    rule: Rule
    place: Place
    message: str
    help: str | None = None
    row: int | None = None
    severity: Severity | None = None
    fixes: tuple[Fix, ...] = ()

    def mended_by(self, *fixes: Fix) -> Finding:
        """The finding with the mechanical ways to mend it."""
        return replace(self, fixes=fixes)

    text: str | None = None

    def diagnostic(self, path: str, severity: Severity | None = None) -> Diagnostic:
        """The finding as a diagnostic of the file at `path`."""
        return Diagnostic(
            path,
            self.place,
            self.rule.code,
            self.rule.name,
            severity or self.severity or self.rule.severity,
            self.message,
            self.help,
            self.row,
            self.fixes,
        )


def at_the_sites_severity(
    finding: Finding, path: str, levels: Mapping[str, str]
) -> list[Diagnostic]:
    """The finding as a diagnostic of the file at `path`, none where the site switches it off.

    `levels` are the site's severities by code, its option `rules`.
    """
    level = levels.get(finding.rule.code)
    return [] if level == "off" else [finding.diagnostic(path, Severity(level) if level else None)]


class Words(NamedTuple):
    """What a problem says, and how to mend it."""

    message: str
    help: str | None = None


def no_rule(code: str) -> Words:
    """What is said of a `code` that no rule has."""
    # Zones take their time to load, and hardly anybody ever asks.
    from mkdocs_postmortem.zones import closest

    meant = closest(code, list(RULES))
    help = f"did you mean {meant}?" if meant else "`postmortem rule` lists all codes"
    return Words(f"“{code}” is no rule", help)


class Remark(NamedTuple):
    """What a check says about one place; `severity` where it differs from the rule's.

    `text` is what it is about, where a file may silence the rule for that alone.
    """

    place: Place
    message: str
    help: str | None = None
    row: int | None = None
    severity: Severity | None = None
    fixes: tuple[Fix, ...] = ()
    text: str | None = None


class Check(NamedTuple):
    """A rule with the function that looks over an incident."""

    rule: Rule
    look: Callable[[Reading], Iterable[Remark]]


RULES: dict[str, Rule] = {}
# Withheld copies and links have no front matter in which something could be silenced.
_ABOUT_OTHER_FILES = frozenset({"PM803", "PM806"})
CHECKS: list[Check] = []


def _register(code: str, name: str, severity: Severity, documentation: str | None) -> Rule:
    if code in RULES:
        raise ValueError(f"two rules are called {code}")
    if not documentation:
        raise ValueError(f"{code} has no documentation")
    rule = RULES[code] = Rule(code, name, severity, inspect.cleandoc(documentation))
    return rule


def problem(
    code: str, name: str, severity: Severity = Severity.ERROR
) -> Callable[[Callable[P, Words]], Callable[Concatenate[Place, P], Finding]]:
    """Register a rule whose function puts into words what the reader found at a place."""

    def decorate(words: Callable[P, Words]) -> Callable[Concatenate[Place, P], Finding]:
        rule = _register(code, name, severity, words.__doc__)

        def find(place: Place, /, *args: P.args, **kwargs: P.kwargs) -> Finding:
            message, help = words(*args, **kwargs)
            return Finding(rule, place, message, help)

        return find

    return decorate


def check(
    code: str, name: str, severity: Severity = Severity.ERROR
) -> Callable[[Callable[[Reading], Iterator[Remark]]], Check]:
    """Register a rule whose function looks over an incident that has been read."""

    def decorate(look: Callable[[Reading], Iterator[Remark]]) -> Check:
        found = Check(_register(code, name, severity, look.__doc__), look)
        CHECKS.append(found)
        return found

    return decorate
