"""What differs between the sites of two revisions, as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from mkdocs_postmortem.comparison.site_at import SiteAt
from mkdocs_postmortem.comparison.values import Key, Value
from mkdocs_postmortem.diagnostics import Diagnostic
from mkdocs_postmortem.incident import ActionItem, Correction, Incident, Row
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.reading.reader import Reading


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
    ``options`` are the names of the options that differ, and ``compares_all`` says that with them
    all files are read in another way; ``read`` says how many files were read.
    """

    before: SiteAt
    after: SiteAt
    audience: Audience
    incidents: tuple[IncidentChange, ...]
    introduced: tuple[Diagnostic, ...]
    solved: tuple[Diagnostic, ...]
    options: tuple[str, ...]
    compares_all: bool
    read: int

    @cached_property
    def violations(self) -> tuple[Diagnostic, ...]:
        """What `--strict` refuses."""
        return tuple(found for change in self.incidents for found in change.violations)

    def __bool__(self) -> bool:
        return bool(self.incidents or self.introduced or self.solved or self.options)
