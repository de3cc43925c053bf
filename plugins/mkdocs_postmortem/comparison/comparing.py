"""Two revisions held side by side: everything that an audience sees change."""

from __future__ import annotations

from dataclasses import replace

from mkdocs_postmortem.comparison.came_or_went import came_or_went
from mkdocs_postmortem.comparison.changes import Comparison, IncidentChange
from mkdocs_postmortem.comparison.diagnostic_changes import introduced_and_solved
from mkdocs_postmortem.comparison.differences import (
    internal_parts,
    item_changes,
    new_corrections,
    silence_changes,
    text_changes,
    value_changes,
)
from mkdocs_postmortem.comparison.renaming import paired
from mkdocs_postmortem.comparison.sides import Side
from mkdocs_postmortem.comparison.site_at import SiteAt
from mkdocs_postmortem.comparison.values import values_of
from mkdocs_postmortem.comparison.violations import violations_of
from mkdocs_postmortem.diagnostics import Diagnostic
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.rules.all import RULES

# The options that say how a site is built, not how its files are read.
_NOT_READ_WITH = frozenset(
    "incidents_dir audience feed_id_base content_security_policy preview workers "
    "public_edit_links".split()
)


def compare(before: SiteAt, after: SiteAt, audience: Audience) -> Comparison:
    """What `audience` sees change from `before` to `after`, both judged on the same day.

    Only files that differ are read, and those that speak of what came or went with them; where
    options differ, all are.
    """
    assert before.as_of == after.as_of
    options = tuple(
        name
        for name in Options.model_fields
        if getattr(before.options, name) != getattr(after.options, name)
    )
    # What does not matter for a reading leaves those of both sides the same.
    compares_all = not _NOT_READ_WITH.issuperset(options)
    same = (
        {} if compares_all else {p: k for p, k in after.files.items() if before.files.get(p) == k}
    )
    sides = Side(before, audience, same), Side(after, audience, same)
    moved = came_or_went(*sides)
    for path in moved.mentioned_in(before, same) if moved else ():
        after.adopt(path, before.reading(path))
        # Both sides have it before them now.
        del same[path]
    changes = paired(*sides)
    names = {
        change.before.path: change.after.path
        for change in changes
        if change.before and change.after
    }
    introduced, solved = (
        [_for_audience(found, audience) for found in found_there]
        for found_there in introduced_and_solved(
            sides[0].diagnostics(), sides[1].diagnostics(), names
        )
    )
    by_path: dict[str, tuple[list[Diagnostic], list[Diagnostic]]] = {}
    for place, diagnostics in enumerate((introduced, solved)):
        for found in diagnostics:
            by_path.setdefault(found.path, ([], []))[place].append(found)
    incidents = []
    for change in changes:
        new = by_path.get(change.after.path, ([], []))[0] if change.after else []
        old = by_path.get(change.before.path, ([], []))[1] if change.before else []
        detailed = _detailed(change, sides, tuple(new), tuple(old))
        if _says_something(detailed):
            incidents.append(detailed)
    return Comparison(
        before,
        after,
        audience,
        tuple(sorted(incidents, key=_importance)),
        tuple(introduced),
        tuple(solved),
        options,
        compares_all,
        before.read + after.read,
    )


def _detailed(
    change: IncidentChange,
    sides: tuple[Side, Side],
    introduced: tuple[Diagnostic, ...],
    solved: tuple[Diagnostic, ...],
) -> IncidentChange:
    """`change` with everything that differs in it."""
    before, after = change.before, change.after
    old = before.incident if before else None
    new = after.incident if after else None
    zone = sides[1].zone
    values = values_of(old, zone) if old else {}, values_of(new, zone) if new else {}
    change = replace(
        change,
        values=value_changes(*values),
        items=item_changes(old.action_items if old else (), new.action_items if new else ())
        if change.kind != "removed"
        else (),
        texts=(*text_changes(old, new), *silence_changes(before, after)) if old and new else (),
        corrections=new_corrections(old, new),
        introduced=introduced,
        solved=solved,
    )
    if change.becomes_public and after and sides[1].audience is not Audience.PUBLIC:
        change = replace(change, internal=internal_parts(after))
    return replace(change, violations=tuple(violations_of(change, sides, values)))


def _for_audience(diagnostic: Diagnostic, audience: Audience) -> Diagnostic:
    """A diagnostic without its own words in public, because these quote internal rows too."""
    if audience is not Audience.PUBLIC:
        return diagnostic
    return replace(diagnostic, message=RULES[diagnostic.code].summary, help=None)


def _says_something(change: IncidentChange) -> bool:
    if change.kind != "changed":
        return True
    parts = (change.values, change.items, change.texts, change.corrections)
    parts_of_rules = (change.introduced, change.solved, change.violations)
    unreadable = (change.before and change.before.incident is None) != (
        change.after and change.after.incident is None
    )
    return any(parts) or any(parts_of_rules) or bool(unreadable)


def _importance(change: IncidentChange) -> tuple[int, str]:
    public = change.version.is_public
    order = (
        bool(change.violations),
        change.becomes_public,
        change.leaves_public,
        change.kind == "renamed",
        change.kind == "changed" and public,
        change.kind == "added",
        change.kind == "removed",
        True,
    )
    return order.index(True), change.version.id
