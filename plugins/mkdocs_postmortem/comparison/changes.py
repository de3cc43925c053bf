"""What differs between the sites of two revisions: incidents, values, promises, diagnostics."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from mkdocs_postmortem.addresses import as_compared
from mkdocs_postmortem.archive import check_together
from mkdocs_postmortem.audience import among, for_audience
from mkdocs_postmortem.body import internal_blocks
from mkdocs_postmortem.comparison.site_at import SiteAt
from mkdocs_postmortem.comparison.values import Key, Value, published_numbers, values_of
from mkdocs_postmortem.diagnostics import Diagnostic, Place, Severity
from mkdocs_postmortem.files_on_disk import is_incident_name
from mkdocs_postmortem.hidden_links import names
from mkdocs_postmortem.incident import ActionItem, ActionStatus, Correction, Incident, Row
from mkdocs_postmortem.moment import difference
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.rules import review as rules
from mkdocs_postmortem.rules.all import RULES
from mkdocs_postmortem.rules.registry import Finding
from mkdocs_postmortem.timeline import slug

_FINISHED = (ActionStatus.DONE, ActionStatus.CANCELLED)
# How much of two incidents' titles and lines must be the same for one that was renamed.
_ALIKE = 0.6
# And how much of the titles of two promises for one that was reworded.
_REWORDED = 0.8
# From here on the lines alone say that two files are one.
_SAME = 0.95
# More pairs than that are not held against each other line by line.
_MAX_PAIRS = 2500


_Values = dict[Key, Value]
# The options that say how a site is built, not how its files are read.
NOT_READ_WITH = frozenset(
    "incidents_dir audience feed_id_base content_security_policy preview workers "
    "public_edit_links".split()
)


@dataclass(frozen=True)
class Version:
    """One side of an incident: as it was read, and what the audience sees of it.

    ``path`` leads from the top of the repository. ``incident`` is ``None`` where the file cannot
    be read as one.
    """

    path: str
    reading: Reading
    incident: Incident | None

    @property
    def id(self) -> str:
        """The incident's id."""
        return self.reading.id

    @property
    def title(self) -> str:
        """The title, as far as there is one."""
        return self.incident.title if self.incident else ""

    @property
    def is_public(self) -> bool:
        """Whether a public build shows it."""
        return self.incident is not None and self.incident.visibility == "public"

    @property
    def is_published(self) -> bool:
        """Whether a public build shows its content: it is public and not withdrawn."""
        return self.is_public and self.incident is not None and self.incident.withdrawn is None


@dataclass(frozen=True)
class ValueChange:
    """A computed value on both sides; ``None`` where it is not there."""

    key: Key
    before: Value | None
    after: Value | None

    @property
    def label(self) -> str:
        """What it is called."""
        value = self.after or self.before
        assert value is not None
        return value.label


@dataclass(frozen=True)
class ItemChange:
    """What became of an action item.

    ``kinds`` are of: new, dropped, done, cancelled, reopened, due, reworded, changed.
    """

    kinds: tuple[str, ...]
    before: ActionItem | None
    after: ActionItem | None

    @property
    def item(self) -> ActionItem:
        """The item as it is now, or was last."""
        item = self.after or self.before
        assert item is not None
        return item


@dataclass(frozen=True)
class InternalParts:
    """What of an incident stays out of a public build."""

    rows: tuple[Row, ...]
    causes: tuple[str, ...]
    action_items: tuple[str, ...]
    blocks: int
    notes: bool

    def __bool__(self) -> bool:
        return bool(self.rows or self.causes or self.action_items or self.blocks or self.notes)


@dataclass(frozen=True)
class IncidentChange:
    """An incident that is not the same on both sides.

    ``kind`` is added, removed, renamed or changed. ``texts`` are the parts whose words differ,
    ``corrections`` those that are new, ``internal`` what stays internal of one that becomes public.
    """

    kind: str
    before: Version | None
    after: Version | None
    values: tuple[ValueChange, ...] = ()
    items: tuple[ItemChange, ...] = ()
    texts: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    internal: InternalParts | None = None
    introduced: tuple[Diagnostic, ...] = ()
    solved: tuple[Diagnostic, ...] = ()
    violations: tuple[Diagnostic, ...] = ()

    @property
    def version(self) -> Version:
        """The incident as it is now, or was last."""
        version = self.after or self.before
        assert version is not None
        return version

    @property
    def becomes_public(self) -> bool:
        """Whether the public will see it and does not yet."""
        was = self.before is not None and self.before.is_public
        return self.after is not None and self.after.is_public and not was

    @property
    def leaves_public(self) -> bool:
        """Whether the public sees it and no longer will, but for a notice."""
        stays = self.after is not None and self.after.is_published
        return self.before is not None and self.before.is_published and not stays


@dataclass(frozen=True)
class Comparison:
    """Everything that differs; `incidents` with the most important first.

    ``introduced`` and ``solved`` are all diagnostics, ``violations`` what `--strict` refuses.
    ``options`` are the names of the options that differ; ``read`` says how many files were read.
    """

    before: SiteAt
    after: SiteAt
    audience: Audience
    incidents: tuple[IncidentChange, ...]
    introduced: tuple[Diagnostic, ...]
    solved: tuple[Diagnostic, ...]
    options: tuple[str, ...]
    read: int

    @cached_property
    def violations(self) -> tuple[Diagnostic, ...]:
        """What `--strict` refuses."""
        return tuple(found for change in self.incidents for found in change.violations)

    def __bool__(self) -> bool:
        return bool(self.incidents or self.introduced or self.solved or self.options)


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
    differ = not NOT_READ_WITH.issuperset(options)
    same = {} if differ else {p: k for p, k in after.files.items() if before.files.get(p) == k}
    sides = _Side(before, audience, same), _Side(after, audience, same)
    moved = _came_or_went(*sides)
    for path in moved.mentioned_in(before, same) if moved else ():
        after.adopt(path, before.reading(path))
        # Both sides have it before them now.
        del same[path]
    changes = _pairs(*sides)
    names = {
        change.before.path: change.after.path
        for change in changes
        if change.before and change.after
    }
    introduced, solved = (
        [_for_audience(found, audience) for found in found_there]
        for found_there in _difference(sides[0].diagnostics(), sides[1].diagnostics(), names)
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
        before.read + after.read,
    )


class _Side:
    """One side of a comparison. The files in `same` need not be read: both sides have them."""

    def __init__(self, site: SiteAt, audience: Audience, same: dict[str, str]) -> None:
        self.site = site
        self.audience = audience
        self._same = same
        self.owners = site.incidents()
        self.zone = site.options.zone

    def differing(self) -> list[str]:
        """The paths of the files that the other side does not have like that."""
        return [path for path in self.site.files if path not in self._same]

    def version(self, id: str) -> Version | None:
        """What the audience sees of an incident, or ``None``."""
        path = self.owners.get(id)
        reading = self.site.reading(path) if path is not None else None
        if path is None or reading is None:
            return None
        full = reading.incident
        incident = for_audience(full, self.audience) if full is not None else None
        if incident is None and (full is not None or self.audience is not Audience.DRAFTS):
            return None
        if incident is not None and self.audience is not Audience.DRAFTS:
            others = {as_compared(other): other for other in self.owners}
            named = {others[other] for other in names(incident, others.keys())}
            shown = {other for other in named.union(incident.related) if self._is_visible(other)}
            incident, _ = among(incident, shown, set(map(as_compared, named - shown)))
        return Version(self.site.path(path), reading, incident)

    def _is_visible(self, id: str) -> bool:
        path = self.owners.get(id)
        reading = self.site.reading(path) if path is not None else None
        if reading is None or reading.incident is None:
            return False
        return for_audience(reading.incident, self.audience) is not None

    def diagnostics(self) -> list[tuple[Diagnostic, str]]:
        """Every diagnostic of what was read, with the text of its line.

        In public only those of what the public sees.
        """
        paths = self.differing()
        readings = {path: self.site.reading(path) for path in paths}
        everything = [reading for reading in readings.values() if reading is not None]
        unread = [id for id, path in self.owners.items() if path in self._same]
        found = [diagnostic for reading in everything for diagnostic in reading.diagnostics]
        found += check_together(everything, unread)
        result = []
        for diagnostic in sorted(found, key=lambda diagnostic: diagnostic.sort_key):
            reading = readings[diagnostic.path]
            assert reading is not None
            if self.audience is not Audience.DRAFTS and (
                reading.incident is None or for_audience(reading.incident, self.audience) is None
            ):
                continue
            shown = replace(diagnostic, path=self.site.path(diagnostic.path))
            result.append((shown, line_of(diagnostic, reading.source.lines)))
        return result


def _for_audience(diagnostic: Diagnostic, audience: Audience) -> Diagnostic:
    """A diagnostic without its own words in public, because these quote internal rows too."""
    if audience is not Audience.PUBLIC:
        return diagnostic
    return replace(diagnostic, message=RULES[diagnostic.code].summary, help=None)


def line_of(diagnostic: Diagnostic, lines: Sequence[str]) -> str:
    """The text of the line that a diagnostic is about, whatever its indentation."""
    number = diagnostic.place.line
    return lines[number - 1].strip() if 1 <= number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class _CameOrWent:
    """What files that are the same on both sides may speak of, and is not the same.

    ``slugs`` are of the ids of files that came or went, and of what is promised in files that
    differ; ``components`` are named in files that differ.
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


def _came_or_went(before: _Side, after: _Side) -> _CameOrWent | None:
    """What the files that differ have on one side only, or ``None`` where there is nothing."""
    ids: list[Counter[str]] = []
    promises: list[set[tuple[str, str, str, str]]] = []
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
    changed = (ids[0] - ids[1]) + (ids[1] - ids[0])
    slugs = {slug(id) for id in changed} | {slug(key[0]) for key in promises[0] ^ promises[1]}
    named = components[0] ^ components[1]
    return _CameOrWent(frozenset(slugs), frozenset(named)) if slugs or named else None


def _pairs(before: _Side, after: _Side) -> list[IncidentChange]:
    """The incidents whose files differ, those that were renamed found again."""
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

    def likeness(old: Version, new: Version) -> float:
        one, other = lines[id(old)], lines[id(new)]
        share = (one & other).total() / max(one.total(), other.total(), 1)
        # Two incidents may have little more in common than the template that they were made from.
        return share if share > _SAME or _likeness(old.title, new.title) >= _ALIKE else 0

    ranked = sorted(
        ((likeness(old, new), old, new) for old in left for new in new_ones),
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
    return {_address(alias).rpartition("/")[2] for alias in aliases}


def _address(alias: str) -> str:
    """An alias as an address below the site, however it is written."""
    return alias.strip("/").removesuffix("index.html").removesuffix(".html").strip("/")


def _detailed(
    change: IncidentChange,
    sides: tuple[_Side, _Side],
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
        values=_value_changes(*values),
        items=_item_changes(old.action_items if old else (), new.action_items if new else ())
        if change.kind != "removed"
        else (),
        texts=(*_texts(old, new), *_silences(before, after)) if old and new else (),
        corrections=_new_ones(old, new),
        introduced=introduced,
        solved=solved,
    )
    if change.becomes_public and after and sides[1].audience is not Audience.PUBLIC:
        change = replace(change, internal=_internal_parts(after))
    return replace(change, violations=tuple(_violations(change, sides[1], values)))


def _value_changes(before: dict[Key, Value], after: dict[Key, Value]) -> tuple[ValueChange, ...]:
    changes = []
    for key in before | after:
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None and old.data == new.data:
            continue
        # What was empty and is not there any more says nothing, nor does the reverse.
        if all(value is None or value.is_empty for value in (old, new)):
            continue
        changes.append(ValueChange(key, old, new))
    order = {"fact": 0, "response_time": 1, "impact": 2, "milestone": 3}
    return tuple(sorted(changes, key=lambda change: order[change.key.group]))


def _item_changes(
    before: Sequence[ActionItem], after: Sequence[ActionItem]
) -> tuple[ItemChange, ...]:
    old, new = _numbered(before), _numbered(after)
    pairs = [(old[key], new[key]) for key in new if key in old]
    gone = [item for key, item in old.items() if key not in new]
    come = [item for key, item in new.items() if key not in old]
    for item in list(come):
        # Where no id is written it is made of the title, and a reworded title is another id.
        best = max(gone, key=lambda other: _likeness(other.title, item.title), default=None)
        if best is not None and _likeness(best.title, item.title) >= _REWORDED:
            pairs.append((best, item))
            gone.remove(best)
            come.remove(item)
    changes = [ItemChange(("dropped",), item, None) for item in gone]
    changes += [ItemChange(("new",), None, item) for item in come]
    for was, now in pairs:
        if kinds := tuple(_item_kinds(was, now)):
            changes.append(ItemChange(kinds, was, now))
    order = ["dropped", "due", "reopened", "cancelled", "new", "done", "reworded", "changed"]
    return tuple(
        sorted(changes, key=lambda change: min(order.index(kind) for kind in change.kinds))
    )


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one[:200], other[:200], autojunk=False).ratio()


def _numbered(items: Sequence[ActionItem]) -> dict[tuple[str, int], ActionItem]:
    seen = Counter[str]()
    numbered = {}
    for item in items:
        seen[item.id] += 1
        numbered[item.id, seen[item.id]] = item
    return numbered


def _item_kinds(was: ActionItem, now: ActionItem) -> Iterable[str]:
    if was.status != now.status:
        if now.status in _FINISHED:
            yield "done" if now.status is ActionStatus.DONE else "cancelled"
        elif was.status in _FINISHED:
            yield "reopened"
    if (was.due, was.due_words) != (now.due, now.due_words):
        yield "due"
    if was.title != now.title:
        yield "reworded"
    rest = {"title": "", "due": None, "due_words": None, "id": ""}
    if was.status in _FINISHED or now.status in _FINISHED:
        rest |= {"status": ActionStatus.OPEN, "done": None}
    if replace(was, **rest) != replace(now, **rest):  # type: ignore[arg-type]
        yield "changed"


def _texts(before: Incident, after: Incident) -> Iterable[str]:
    """The parts of an incident whose words differ."""
    if before.summary != after.summary:
        yield "summary"
    rows = [[_written(row) for row in incident.rows] for incident in (before, after)]
    if rows[0] != rows[1]:
        yield f"timeline ({_row_counts(*rows)})"
    for name in ("causes", "claims", "aliases", "lang"):
        if getattr(before, name) != getattr(after, name):
            yield name
    if before.body != after.body:
        yield "body"
    if before.internal != after.internal:
        yield "internal notes"


def _silences(before: Version | None, after: Version | None) -> Iterable[str]:
    """The rules that a file has begun to silence, which is not the same as solving them."""
    codes = [
        Counter(entry.code for entry in version.reading.fields.silence)
        for version in (before, after)
        if version is not None and version.reading.fields is not None
    ]
    if len(codes) == 2 and (new := codes[1] - codes[0]):
        yield f"silences {', '.join(sorted(new))}"


def _written(row: Row) -> tuple[Any, ...]:
    """A row as the author wrote it, wherever it stands and whatever its time resolves to."""
    lasted = difference(row.moment, row.until) if row.until else None
    about = (row.milestones, row.outcome, row.components, row.by, row.severity, row.evidence)
    return (row.written, lasted, row.text, row.internal, row.update, *about)


def _row_counts(before: list[Any], after: list[Any]) -> str:
    added = taken = reworded = 0
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            both = min(j - i, m - k)
            reworded, taken, added = reworded + both, taken + j - i - both, added + m - k - both
    counts = ((added, "added"), (taken, "taken away"), (reworded, "changed"))
    return ", ".join(f"{n} row{'s' * (n != 1)} {what}" for n, what in counts if n) or "order"


def _new_ones(before: Incident | None, after: Incident | None) -> tuple[Correction, ...]:
    if before is None or after is None:
        return ()
    return tuple((Counter(after.corrections) - Counter(before.corrections)).elements())


def _internal_parts(version: Version) -> InternalParts:
    incident = version.reading.incident
    assert incident is not None
    return InternalParts(
        rows=tuple(row for row in incident.rows if row.internal),
        causes=tuple(cause.id for cause in incident.causes if cause.internal),
        action_items=tuple(item.title for item in incident.action_items if item.internal),
        blocks=len(internal_blocks(incident.body).blocks),
        notes=incident.internal is not None,
    )


def _violations(
    change: IncidentChange, after: _Side, values: tuple[_Values, _Values]
) -> Iterable[Diagnostic]:
    """What may not happen to an incident that the public has seen.

    `values` are those that the audience sees before and after.
    """
    before, now = change.before, change.after
    if before is None or not before.is_public:
        return
    if now is None or not now.is_public:
        finding = rules.published_incident_gone(_top(now), _how_gone(before, after))
        yield from _judged(finding, now.path if now else before.path, after)
        return
    assert before.incident is not None
    assert now.incident is not None
    if before.id != now.id and not _keeps_address(before.id, now.incident):
        finding = rules.id_without_alias(_top(now), before.id)
        yield from _judged(finding, now.path, after)
    if before.is_published and now.is_published and not before.incident.ongoing:
        changes = _changed_numbers((before, now), values, after)
        if changes and not change.corrections:
            finding = rules.uncorrected_change(_top(now), changes)
            yield from _judged(finding, now.path, after)


def _judged(finding: Finding, path: str, side: _Side) -> Iterable[Diagnostic]:
    """The finding with the severity that the site gives its rule."""
    level = side.site.options.rules.get(finding.rule.code)
    if level != "off":
        yield finding.diagnostic(path, Severity(level) if level else None)


def _top(version: Version | None) -> Place:
    return version.reading.places.key("title") if version is not None else Place()


def _how_gone(before: Version, after: _Side) -> str:
    """In which way an incident that was public is not there for the public any more."""
    path = after.owners.get(before.id)
    reading = after.site.reading(path) if path is not None else None
    if reading is None:
        return "its file is gone"
    if reading.incident is None:
        return "its file cannot be read any more"
    return f"its visibility becomes {reading.visibility}"


def _keeps_address(id: str, incident: Incident) -> bool:
    return f"incidents/{id}" in (_address(alias) for alias in incident.aliases)


def _changed_numbers(
    versions: tuple[Version, Version], seen: tuple[_Values, _Values], side: _Side
) -> str:
    """The numbers of a published incident that are not what they were, in words, or nothing."""
    values = []
    for version, known in zip(versions, seen, strict=True):
        full = version.reading.incident
        public = for_audience(full, Audience.PUBLIC) if full is not None else None
        assert public is not None
        # Most incidents are public as a whole.
        values.append(known if public == version.incident else values_of(public, side.zone))
    old, new = (published_numbers(each) for each in values)
    changed = []
    for key in old | new:
        # A response time that the site has only begun, or ceased, to measure is no change.
        if key.group == "response_time" and (key not in old or key not in new):
            continue
        if old.get(key) != new.get(key):
            was, now = values[0].get(key), values[1].get(key)
            label = (now or was or values[0][key]).label
            changed.append(f"{label}: {_words(was, now)} becomes {_words(now, was)}")
    more = f", and {len(changed) - 3} more" if len(changed) > 3 else ""
    return "; ".join(changed[:3]) + more


def _words(value: Value | None, other: Value | None) -> str:
    if value is None or not value.words:
        return "nothing"
    exactly = value.beyond_words(other)
    return f"{value.words} ({exactly})" if exactly else value.words


def _difference(
    before: list[tuple[Diagnostic, str]],
    after: list[tuple[Diagnostic, str]],
    paths: dict[str, str],
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """The diagnostics introduced and solved; `paths` has the new ones of files by the old ones.

    One that only moved is the same: what it says is, or else the line that it is about.
    """

    def identity(entry: tuple[Diagnostic, str], *, with_message: bool) -> tuple[str, str, str]:
        diagnostic, line = entry
        what = diagnostic.message if with_message else line
        return diagnostic.path, diagnostic.code, what

    def moved(entry: tuple[Diagnostic, str]) -> tuple[Diagnostic, str]:
        path = entry[0].path
        return replace(entry[0], path=paths.get(path, path)), entry[1]

    old, new = before, after
    for with_message in (True, False):
        waiting: dict[tuple[str, str, str], deque[int]] = {}
        for index, entry in enumerate(old):
            key = identity(moved(entry), with_message=with_message)
            waiting.setdefault(key, deque()).append(index)
        found, left = set(), []
        for entry in new:
            known = waiting.get(identity(entry, with_message=with_message))
            if known:
                found.add(known.popleft())
            else:
                left.append(entry)
        old, new = [entry for index, entry in enumerate(old) if index not in found], left
    return [diagnostic for diagnostic, _ in new], [diagnostic for diagnostic, _ in old]


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
