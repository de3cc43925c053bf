"""Who claims which address of a site: no two incidents, and nothing else besides them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mkdocs_postmortem.addresses import (
    AddressError,
    Addresses,
    is_of_the_build,
    redirect_file,
)
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.rules.addresses import address_taken, alias_taken
from mkdocs_postmortem.rules.registry import Finding


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
