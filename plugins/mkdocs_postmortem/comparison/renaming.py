"""Which incident of one revision is which of the other, also under another id."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from mkdocs_postmortem.addresses import AddressError, redirect_file
from mkdocs_postmortem.comparison.changes import IncidentChange, Version
from mkdocs_postmortem.comparison.likeness import likeness
from mkdocs_postmortem.comparison.sides import Side

# How much of two incidents' titles and lines must be the same for one that was renamed.
_ALIKE = 0.6
# From here on the lines alone say that two files are one.
_SAME = 0.95
# More pairs than that are not held against each other line by line.
_MAX_PAIRS = 2500


def paired(before: Side, after: Side) -> list[IncidentChange]:
    """The incidents whose files differ, as changes without details; renamed ones found again."""
    changed, removed, added = [], [], []
    differing = {*before.differing()}, {*after.differing()}
    for id in sorted({*before.owners, *after.owners}):
        paths = before.owners.get(id), after.owners.get(id)
        if not any(path in paths_of for path, paths_of in zip(paths, differing, strict=True)):
            continue
        old, new = before.version(id), after.version(id)
        if old is not None and new is not None:
            changed.append(IncidentChange("changed", old, new))
        elif old is not None:
            removed.append(old)
        elif new is not None:
            added.append(new)
    for old, new in _renamed(removed, added):
        removed.remove(old)
        added.remove(new)
        changed.append(IncidentChange("renamed", old, new))
    changed += [IncidentChange("removed", old, None) for old in removed]
    changed += [IncidentChange("added", None, new) for new in added]
    return changed


def _renamed(removed: list[Version], added: list[Version]) -> list[tuple[Version, Version]]:
    """Which of the removed incidents are among the added under another id.

    An alias says so; so does a text that is mostly the same.
    """
    pairs = []
    left, new_ones = list(removed), list(added)
    for new in added:
        names = _old_ids(new)
        old = next((old for old in left if old.id in names), None)
        if old is not None:
            pairs.append((old, new))
            left.remove(old)
            new_ones.remove(new)
    if not left or len(left) * len(new_ones) > _MAX_PAIRS:
        return pairs
    lines = {id(version): Counter(version.reading.source.lines) for version in [*left, *new_ones]}

    def alike(old: Version, new: Version) -> float:
        one, other = lines[id(old)], lines[id(new)]
        share = (one & other).total() / max(one.total(), other.total(), 1)
        # Two incidents may have little more in common than the template that they were made from.
        return share if share > _SAME or likeness(old.title, new.title) >= _ALIKE else 0

    ranked = sorted(
        ((alike(old, new), old, new) for old in left for new in new_ones),
        key=lambda entry: (-entry[0], entry[1].id, entry[2].id),
    )
    for share, old, new in ranked:
        if share >= _ALIKE and old in left and new in new_ones:
            pairs.append((old, new))
            left.remove(old)
            new_ones.remove(new)
    return pairs


def _old_ids(version: Version) -> set[str]:
    aliases = version.incident.aliases if version.incident else ()
    names = set()
    for alias in aliases:
        with suppress(AddressError):
            file = redirect_file(alias).removesuffix("/index.html").removesuffix(".html")
            names.add(file.rpartition("/")[2])
    return names
