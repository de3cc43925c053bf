"""Who claims which address of a site: no two incidents, and nothing else besides them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mkdocs_postmortem.addresses import (
    AddressError,
    Addresses,
    as_compared,
    is_of_the_build,
    page_files,
    redirect_file,
)
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.rules.addresses import address_taken, alias_taken
from mkdocs_postmortem.rules.registry import Finding


def clashes_between(incidents: Sequence[Reading]) -> list[tuple[str, Finding]]:
    """The aliases that are the address of another incident or another alias.

    Also those of incidents that nobody sees yet: one day they are published. An incident may have
    its own address in the other form of `use_directory_urls` as an alias.
    """
    taken = Addresses()
    owners: dict[str, str] = {}
    for reading in incidents:
        for path in page_files(reading.id):
            taken.claim(path, reading.path)
            owners[as_compared(path)] = reading.id
    found = []
    for reading in incidents:
        for index, alias, path in _redirects(reading):
            if owners.get(as_compared(path)) == reading.id:
                continue
            holder = taken.claim(path, f"an alias in {reading.path}")
            if holder is not None:
                found.append((reading.path, _alias_taken(reading, index, alias, holder)))
    return found


def clashes_with_files(
    shown: Iterable[Reading], pages: Mapping[str, str], others: Iterable[tuple[str, str]]
) -> list[tuple[str, Finding]]:
    """What in a build would be written over an incident's page, or a redirect over it.

    `shown` are the incidents that the audience sees, `pages` the files of their pages by the paths
    of their sources, `others` the files of everything else with what they are made of.
    """
    taken = Addresses()
    readings = {reading.path: reading for reading in shown}
    for source, path in pages.items():
        taken.claim(path, source)
    found = []
    for path, source in others:
        holder = taken.claim(path, source)
        if holder in pages and holder in readings:
            place = readings[holder].places.key("title")
            found.append((holder, address_taken(place, pages[holder], source)))
    for reading in readings.values():
        for index, alias, path in _redirects(reading):
            holder = "what the build makes itself" if is_of_the_build(path) else None
            # Two aliases, or an alias and another incident, have been held against each other.
            holder = holder or taken.holder(path)
            if holder is not None and (holder not in readings or holder == reading.path):
                found.append((reading.path, _alias_taken(reading, index, alias, holder)))
    return found


def _redirects(reading: Reading) -> Iterator[tuple[int, str, str]]:
    """The aliases of an incident with their numbers and files; PM810 says which have none."""
    of = reading.incident or reading.fields
    for index, alias in enumerate(of.aliases if of else ()):
        try:
            yield index, alias, redirect_file(alias)
        except AddressError:
            continue


def _alias_taken(reading: Reading, index: int, alias: str, holder: str) -> Finding:
    return alias_taken(reading.places.value("aliases", index), alias, holder)
