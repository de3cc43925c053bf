"""Which files that are the same on both sides speak of what came or went with the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from mkdocs_postmortem.addresses import AddressError, redirect_file
from mkdocs_postmortem.comparison.sides import Side
from mkdocs_postmortem.comparison.site_at import SiteAt
from mkdocs_postmortem.files_on_disk import is_incident_name
from mkdocs_postmortem.timeline import slug


@dataclass(frozen=True, slots=True)
class CameOrWent:
    """What files that are the same on both sides may speak of, and is not the same.

    ``slugs`` are of the ids of files that came or went, and of the aliases and the action items in
    files that differ; ``components`` are named in files that differ.
    """

    slugs: frozenset[str]
    components: frozenset[str]

    def mentioned_in(self, site: SiteAt, paths: Iterable[str]) -> list[str]:
        """The files of `paths` that speak of it."""
        words = "|".join(re.escape(word) for word in sorted(self.slugs)) or "(?!)"
        names = "|".join(
            r"[\W_]*".join(map(re.escape, slug(name).split("-")))
            for name in sorted(self.components)
        )
        # A component's name stands alone. Only where it is spelt in another way does it matter.
        alone = re.compile(
            rf"""(?:[\[,:]|-\ )\s*["']?(?P<name>{names or "(?!)"})["']?\s*(?:[]}},#]|$)""",
            re.IGNORECASE | re.MULTILINE,
        )
        slugs = re.compile(words)
        found = []
        for path in paths:
            text = site.text(path)
            spelt = {match["name"] for match in alone.finditer(text)}
            if spelt - self.components or slugs.search(slug(f"{path} {text}")):
                found.append(path)
        return found


def came_or_went(before: Side, after: Side) -> CameOrWent | None:
    """What the files that differ have on one side only, or ``None`` where there is nothing."""
    ids: list[Counter[str]] = []
    promises: list[set[tuple[str, str, str, str]]] = []
    aliases: list[set[tuple[str, str]]] = []
    components: list[set[str]] = []
    for side in (before, after):
        names = (PurePosixPath(path).name for path in side.differing())
        ids.append(Counter(PurePosixPath(name).stem for name in names if is_incident_name(name)))
        side.site.expect(side.differing())
        readings = [side.site.reading(path) for path in side.differing()]
        incidents = [reading.incident for reading in readings if reading and reading.incident]
        components.append({name for incident in incidents for name in incident.components})
        promises.append(
            {
                (item.title, incident.id, str(incident.date), str(item.status))
                for incident in incidents
                for item in incident.action_items
            }
        )
        aliases.append(
            {(alias, incident.id) for incident in incidents for alias in incident.aliases}
        )
    changed = (ids[0] - ids[1]) + (ids[1] - ids[0])
    slugs = {slug(id) for id in changed} | {slug(key[0]) for key in promises[0] ^ promises[1]}
    slugs |= {_slug_of_alias(alias) for alias, _ in aliases[0] ^ aliases[1]} - {""}
    named = components[0] ^ components[1]
    return CameOrWent(frozenset(slugs), frozenset(named)) if slugs or named else None


def _slug_of_alias(alias: str) -> str:
    """The words of an earlier address, which its other forms have too; nothing where it is none.

    An address of an incident's page has the words of its id.
    """
    try:
        file = redirect_file(alias)
    except AddressError:
        return ""
    return slug(file.removeprefix("incidents/").removesuffix("/index.html").removesuffix(".html"))
