"""What only shows when all files of a site are looked at together.

It needs little of each incident, its `Entry`, which can be kept between runs: so nothing here
knows how a file is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from mkdocs_postmortem.addresses import (
    AddressError,
    Addresses,
    as_compared,
    page_files,
    redirect_file,
)
from mkdocs_postmortem.diagnostics import Diagnostic, Place
from mkdocs_postmortem.rules import site as rules
from mkdocs_postmortem.rules.addresses import alias_taken
from mkdocs_postmortem.rules.reading import unused_silence
from mkdocs_postmortem.rules.registry import Finding, at_the_sites_severity
from mkdocs_postmortem.silences import Silence, heard


class Promise(NamedTuple):
    """An action item: its slug, its title, where that stands, and whether it is unfinished."""

    slug: str
    title: str
    place: Place
    is_open: bool


class Component(NamedTuple):
    """A component with the slug of its name."""

    name: str
    slug: str


class Entry(NamedTuple):
    """What of one incident matters for the others. ``day`` is ``YYYY-MM-DD``."""

    path: str
    id: str
    day: str
    title: Place
    related: Sequence[tuple[str, Place]] = ()
    components: Sequence[Component] = ()
    components_place: Place = Place()
    promises: Sequence[Promise] = ()
    aliases: Sequence[tuple[str, Place]] = ()
    silences: Sequence[Silence] = ()

    @classmethod
    def from_json(cls, path: str, data: Sequence[Any]) -> Entry:
        """The entry of the file at `path` that `as_json` has made `data` of."""
        id, day, title, related, components, components_place, promises, aliases, silences = data
        return cls(
            path,
            id,
            day,
            Place(*title),
            [(other, Place(*place)) for other, place in related],
            [Component(*component) for component in components],
            Place(*components_place),
            [
                Promise(slug, text, Place(*place), is_open)
                for slug, text, place, is_open in promises
            ],
            [(alias, Place(*place)) for alias, place in aliases],
            [Silence(code, Place(*place), *rest) for code, place, *rest in silences],
        )

    def as_json(self) -> Sequence[Any]:
        """Everything but the path, as JSON has it."""
        return self[1:]


class Together(NamedTuple):
    """What is said of the files together, and what they silence, by path."""

    diagnostics: list[Diagnostic]
    silenced: dict[str, list[Finding]]


def look_at_together(
    entries: Sequence[Entry], levels: Mapping[str, str], unread: Iterable[str] = ()
) -> Together:
    """What shows of `entries`: equal ids and addresses, related incidents that are not.

    `levels` are the site's severities by code, `unread` the ids of incidents that are there too.
    """
    found: dict[str, list[Finding]] = {entry.path: [] for entry in entries}
    more = [
        *_same_ids(entries),
        *_unknown_related(entries, {*(entry.id for entry in entries), *unread}),
        *_promised_before(entries),
        *_same_component_addresses(entries),
        *clashes_between(entries),
    ]
    for path, finding in more:
        found[path].append(finding)
    return _heard(entries, found, levels)


def look_at_beside(
    entry: Entry, levels: Mapping[str, str], others: Mapping[str, str]
) -> list[Diagnostic]:
    """What shows of one incident beside `others`, the paths of the site's other ones by id."""
    found = list(_unknown_related([entry], {*others, entry.id}))
    if entry.id in others:
        found.append((entry.path, rules.same_id(entry.title, others[entry.id])))
    own = [finding for _, finding in found]
    return _heard([entry], {entry.path: own}, levels).diagnostics


def _heard(
    entries: Sequence[Entry], found: Mapping[str, list[Finding]], levels: Mapping[str, str]
) -> Together:
    everything: list[Diagnostic] = []
    all_silenced: dict[str, list[Finding]] = {}
    for entry in entries:
        if not found[entry.path] and not entry.silences:
            continue
        said, silenced, unused = heard(found[entry.path], entry.silences, entry.path, levels)
        for silence in unused:
            finding = unused_silence(silence.place, silence.code)
            said += at_the_sites_severity(finding, entry.path, levels)
        everything += sorted(set(said), key=lambda diagnostic: diagnostic.sort_key)
        if silenced:
            all_silenced[entry.path] = silenced
    return Together(everything, all_silenced)


def _same_ids(entries: Sequence[Entry]) -> Iterator[tuple[str, Finding]]:
    first: dict[str, Entry] = {}
    for entry in entries:
        other = first.setdefault(as_compared(entry.id), entry)
        if other is not entry:
            yield entry.path, rules.same_id(entry.title, other.path)


def _unknown_related(
    entries: Sequence[Entry], known: AbstractSet[str]
) -> Iterator[tuple[str, Finding]]:
    """The related incidents that are none of those `known` by id."""
    for entry in entries:
        for id, place in entry.related:
            if id not in known:
                from mkdocs_postmortem.zones import closest

                yield entry.path, rules.unknown_related(place, id, closest(id, sorted(known)))


def _same_component_addresses(entries: Sequence[Entry]) -> Iterator[tuple[str, Finding]]:
    """The components whose pages would overwrite each other."""
    taken: dict[str, str] = {}
    for entry in entries:
        for name, slug in entry.components:
            other = taken.setdefault(slug, name)
            if other != name:
                yield entry.path, rules.same_component_address(entry.components_place, name, other)


def _promised_before(entries: Sequence[Entry]) -> Iterator[tuple[str, Finding]]:
    """The promises that an earlier incident has made and not kept."""
    unkept: dict[str, str] = {}
    for entry in sorted(entries, key=lambda entry: (entry.day, entry.id)):
        for promise in entry.promises:
            if promise.slug in unkept:
                finding = rules.promised_before(promise.place, promise.title, unkept[promise.slug])
                yield entry.path, finding
        for promise in entry.promises:
            if promise.is_open:
                unkept.setdefault(promise.slug, entry.id)


def clashes_between(entries: Sequence[Entry]) -> Iterator[tuple[str, Finding]]:
    """The aliases that are the address of another incident or another alias.

    Also those of incidents that nobody sees yet: one day they are published. An incident may have
    its own address in the other form of `use_directory_urls` as an alias.
    """
    if not any(entry.aliases for entry in entries):
        return
    taken = Addresses()
    owners: dict[str, str] = {}
    for entry in entries:
        for path in page_files(entry.id):
            taken.claim(path, entry.path)
            owners[as_compared(path)] = entry.id
    for entry in entries:
        for alias, place in entry.aliases:
            try:
                path = redirect_file(alias)
            except AddressError:
                # Another rule says what is wrong with it.
                continue
            if owners.get(as_compared(path)) == entry.id:
                continue
            holder = taken.claim(path, f"an alias in {entry.path}")
            if holder is not None:
                yield entry.path, alias_taken(place, alias, holder)
