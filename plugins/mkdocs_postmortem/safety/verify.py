"""The proof over a built site: every file read, every non-public string searched, every rule asked.

`verify` reads what stands in the site and knows nothing of how it was made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, astuple, dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs_postmortem.archive import read_file
from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.files_on_disk import incident_paths, read_bytes
from mkdocs_postmortem.forked import mapped, processors
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.rules.all import RULES
from mkdocs_postmortem.safety.built_site import (
    Content,
    ThemeFiles,
    contents,
    site_files,
)
from mkdocs_postmortem.safety.canonical import (
    Decoded,
    decoded,
    tracked,
    with_spaces_for_tags,
    without_scripts,
    without_tags,
    without_vocabularies,
)
from mkdocs_postmortem.safety.nonpublic import NonPublic, Origin, non_public
from mkdocs_postmortem.safety.patterns import (
    Kind,
    Match,
    Policy,
    find,
    find_in_name,
    masked,
    may_object,
    policy,
)
from mkdocs_postmortem.safety.sieve import Sieve
from mkdocs_postmortem.site_config import SiteConfig

METADATA = "PM708"
NON_PUBLIC = "non-public"


@dataclass(frozen=True, slots=True)
class Leak:
    """Something in the site that must not be there.

    ``code`` is a rule's, or ``non-public`` for what stands in a non-public part of the sources;
    then ``source`` says where. ``shown`` never holds the whole of it.
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    shown: str
    source: str | None = None


@dataclass(slots=True)
class Report:
    """What was read, what was searched for, and what was found."""

    site: str
    audience: Audience
    files: int = 0
    bytes: int = 0
    theme_files: int = 0
    unreadable: list[str] = field(default_factory=list)
    sources: int = 0
    runs: int = 0
    tokens: int = 0
    hashes: int = 0
    rules: list[str] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The report as ``verify --format json`` prints it."""
        return {**asdict(self), "audience": str(self.audience)}


# Given a text, what else is suspicious in it: where, and what it is. `--deep` has one.
Scanner = Callable[[str], Iterable[tuple[int, int, str]]]


def verify(
    site: Path, config: SiteConfig, audience: Audience, scanner: Scanner | None = None
) -> Report:
    """Read the built `site` and look for everything that `audience` must not see.

    The rules are asked as the site's options and its incidents' silences have them; in a site
    for an inner audience keys and tokens alone.
    """
    secrets = non_public(config, audience)
    report = Report(str(site), audience)
    report.sources = secrets.sources
    report.runs, report.tokens = len(secrets.search.runs), len(secrets.search.tokens)
    report.hashes = len(secrets.files)
    asked = Asked.of(config, audience)
    report.rules = sorted([*asked.kinds, *([METADATA] if asked.metadata else ())])
    sieve = Sieve(secrets.search, partial(may_object, rules=asked.rules, kinds=asked.kinds))
    run = _Run(site, secrets, asked, scanner, sieve, ThemeFiles())
    sizes = {path: (site / path).stat().st_size for path in site_files(site)}
    # Those that take long first, so that each process has as much to do.
    paths = sorted(sizes, key=lambda path: (-sizes[path], path))
    processes = processors() if sum(sizes.values()) > _WORTH_A_FORK else 1
    lines = mapped(lambda path: _in_file(path, run).as_line(), paths, processes)
    for _, line in sorted(zip(paths, lines, strict=True)):
        found = _Found.of_line(line)
        report.files += 1
        report.bytes += found.bytes
        report.theme_files += found.is_of_the_theme
        report.unreadable += found.unreadable
        report.leaks += found.leaks
    report.leaks = sorted(dict.fromkeys(report.leaks), key=lambda leak: (leak.path, leak.line))
    return report


# Below so many bytes, another process takes longer than the work.
_WORTH_A_FORK = 8 * 1024 * 1024


@dataclass(slots=True)
class _Found:
    """What one file of the site holds."""

    bytes: int
    is_of_the_theme: bool = False
    unreadable: list[str] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)

    def as_line(self) -> str:
        leaks = [astuple(leak) for leak in self.leaks]
        return json.dumps([self.bytes, self.is_of_the_theme, self.unreadable, leaks])

    @classmethod
    def of_line(cls, line: str) -> _Found:
        size, is_of_the_theme, unreadable, leaks = json.loads(line)
        return cls(size, is_of_the_theme, unreadable, [Leak(*leak) for leak in leaks])


def _in_file(path: str, run: _Run) -> _Found:
    data = (run.site / path).read_bytes()
    found = _Found(len(data))
    found.leaks += _in_name(path, run.secrets, run.asked)
    if origin := run.secrets.files.get(sha256(data).digest()):
        found.leaks.append(_copy(path, 1, 1, origin))
    elif run.theme.has(path, data):
        found.is_of_the_theme = True
    else:
        for content in contents(path, data):
            if content.is_closed and path not in found.unreadable:
                found.unreadable.append(path)
            found.leaks += _in_content(content, data, run)
    return found


@dataclass(frozen=True, slots=True)
class _Run:
    """What one pass over a site has at hand."""

    site: Path
    secrets: NonPublic
    asked: Asked
    scanner: Scanner | None
    sieve: Sieve
    theme: ThemeFiles


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rules are asked, and what may stand in the site all the same."""

    rules: Policy
    kinds: frozenset[Kind]
    metadata: bool
    silenced: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, config: SiteConfig, audience: Audience) -> Asked:
        """The rules by the site's options; what its incidents silence is silent here too.

        A rule whose severity is a note says nothing about a site.
        """
        levels = config.options.rules
        kinds = set()
        for kind in Kind if audience is Audience.PUBLIC else (Kind.SECRET,):
            if levels.get(kind, RULES[kind].severity) in (Severity.ERROR, Severity.WARNING):
                kinds.add(kind)
        silenced = set()
        for path in incident_paths(config.incidents) if config.incidents.is_dir() else ():
            try:
                data = read_bytes(config.incidents, path)
            except OSError:
                # What cannot be read silences nothing.
                continue
            if b"silence" not in data:
                continue
            reading = read_file(config.incidents, path, config.options)
            for finding in reading.silenced if reading else ():
                if finding.text is not None:
                    silenced.add((finding.rule.code, finding.text.casefold()))
        return cls(
            policy(config.options.safety, urlsplit(config.site_url).hostname or ""),
            frozenset(kinds),
            audience is Audience.PUBLIC and levels.get(METADATA) not in ("off", "note"),
            frozenset(silenced),
        )

    def allows(self, code: str, text: str) -> bool:
        """Whether an incident silences the rule `code` for `text`."""
        return (code, text.casefold()) in self.silenced


def _copy(path: str, line: int, column: int, origin: Origin) -> Leak:
    source = f"{origin.path}:{origin.line}"
    message = f"a copy of a file that is not public ({origin.why})"
    return Leak(path, line, column, NON_PUBLIC, message, "(bytes)", source)


def _in_name(path: str, secrets: NonPublic, asked: Asked) -> Iterator[Leak]:
    """What a file's name gives away."""
    name = decoded(Decoded(path))
    for hit in secrets.search.find(name.folded().text):
        yield _leak(path, 1, 1, name.text[hit.start : hit.end], secrets.origins[hit.number], "name")
    for match in find_in_name(name.text, asked.rules, asked.kinds - {Kind.LINK, Kind.HANDLE}):
        if not asked.allows(match.kind, match.text):
            yield _rule_leak(path, 1, 1, match, "in the file's name")


def _leak(path: str, line: int, column: int, text: str, origin: Origin, within: str = "") -> Leak:
    words = len(text.split())
    what = f"{words} words" if words > 1 else "a string"
    message = f"{what} from a non-public part ({origin.why})"
    if within:
        message += f", in {within}"
    return Leak(
        path, line, column, NON_PUBLIC, message, masked(text), f"{origin.path}:{origin.line}"
    )


def _rule_leak(path: str, line: int, column: int, match: Match, within: str = "") -> Leak:
    message = f"{match.what}, {within}" if within else match.what
    return Leak(path, line, column, match.kind.value, message, masked(match.text))


def _in_content(content: Content, file: bytes, run: _Run) -> Iterator[Leak]:
    path, secrets, asked = content.path, run.secrets, run.asked
    if content.within and (origin := secrets.files.get(sha256(content.data).digest())):
        yield _copy(path, *_line_and_column(file, content.shift), origin)
    if content.metadata and asked.metadata and not _is_silenced(content, asked):
        for part in content.metadata:
            line, column = _line_and_column(file, content.shift or part.offset)
            position = " with a GPS position" if part.has_position else ""
            message = f"an image that holds {part.kind}{position}"
            yield Leak(path, line, column, METADATA, message, masked(part.text))
    if not content.text:
        return
    whole = decoded(Decoded(content.text), content.ending)
    look = run.sieve.look(whole.text)
    if look.for_strings:
        yield from _strings(content, file, whole, run)
    if look.by_rules and not content.is_opaque:
        yield from _by_rules(content, file, whole, run)
    if run.scanner is not None and not content.is_opaque:
        yield from _by_scanner(content, file, run.scanner)


def _is_silenced(content: Content, asked: Asked) -> bool:
    return any(
        asked.allows(METADATA, "/".join(content.path.split("/")[-length:])) for length in (1, 2, 3)
    )


View = Callable[[Decoded], Decoded]


def _as_it_is(text: Decoded) -> Decoded:
    return text


# How a text is read that has tags; one without them is read the first way alone.
STRING_VIEWS: tuple[View, ...] = (_as_it_is, without_tags, with_spaces_for_tags)
# In data and scripts, `@` begins no handle; links are in attributes, which nobody reads.
RULE_VIEWS: tuple[tuple[View, frozenset[Kind]], ...] = (
    (without_vocabularies, frozenset(Kind) - {Kind.HANDLE}),
    (without_tags, frozenset(Kind) - {Kind.LINK, Kind.HANDLE}),
    (without_scripts, frozenset((Kind.HANDLE,))),
)


def _strings(content: Content, file: bytes, whole: Decoded, run: _Run) -> Iterator[Leak]:
    """The non-public strings in a content, each source line once."""
    search, origins = run.secrets.search, run.secrets.origins
    said: set[Origin] = set()
    for view in STRING_VIEWS if "<" in whole.text else STRING_VIEWS[:1]:
        hits = search.find(view(whole).folded().text)
        if all(origins[hit.number] in said for hit in hits):
            continue
        # Only now are places worth their time: the same steps once more, with places.
        placed = view(decoded(tracked(content.text), content.ending)).folded()
        assert placed.places is not None
        for hit in hits:
            origin = origins[hit.number]
            if origin not in said:
                said.add(origin)
                line, column = _place(content, file, placed.places[hit.start])
                words = placed.text[hit.start : hit.end]
                yield _leak(content.path, line, column, words, origin, content.within)


def _by_rules(content: Content, file: bytes, whole: Decoded, run: _Run) -> Iterator[Leak]:
    said: set[tuple[Kind, str]] = set()
    asked = run.asked
    for view, kinds in RULE_VIEWS if "<" in whole.text else RULE_VIEWS[:1]:
        found = find(view(whole).text, asked.rules, kinds & asked.kinds)
        matches = [match for match in found if _is_new(match, said, asked)]
        if not matches:
            continue
        placed = view(decoded(tracked(content.text), content.ending))
        for match in matches:
            said.add((match.kind, match.text))
            assert placed.places is not None
            line, column = _place(content, file, placed.places[match.start])
            yield _rule_leak(content.path, line, column, match, content.within)


def _is_new(match: Match, said: set[tuple[Kind, str]], asked: Asked) -> bool:
    return (match.kind, match.text) not in said and not asked.allows(match.kind, match.text)


def _by_scanner(content: Content, file: bytes, scanner: Scanner) -> Iterator[Leak]:
    for start, end, what in scanner(content.text):
        line, column = _place(content, file, start)
        shown = masked(content.text[start:end])
        yield Leak(content.path, line, column, "deep", what, shown)


def _place(content: Content, file: bytes, position: int) -> tuple[int, int]:
    """Line and column, from 1, of a position in a content's text."""
    if content.within:
        return _line_and_column(file, content.shift)
    line = content.text.count("\n", 0, position) + 1
    return line, position - (content.text.rfind("\n", 0, position) + 1) + 1


def _line_and_column(data: bytes, position: int) -> tuple[int, int]:
    line = data.count(b"\n", 0, position) + 1
    return line, position - (data.rfind(b"\n", 0, position) + 1) + 1
