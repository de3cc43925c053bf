"""An incident file in the making, and its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from mkdocs_postmortem.importing.promises import Promise
from mkdocs_postmortem.incident_yaml import comment, flow_list, scalar, value
from mkdocs_postmortem.timeline import slug

# Longer names are cut at a hyphen.
_LONGEST_SLUG = 60


@dataclass(slots=True)
class DraftRow:
    """One row, with comment lines for its author above it."""

    event: str
    at: str | None = None
    until: str | None = None
    milestones: list[str] = field(default_factory=list)
    by: str | None = None
    evidence: list[str] = field(default_factory=list)
    update: bool = False
    comments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class DraftWindow:
    """One window of impact on a component; `end` is ``None`` where nobody says when it ended."""

    component: str
    level: str
    start: str
    end: str | None = None


@dataclass(slots=True)
class Draft:
    """Everything that goes into the file. ``notes`` are lines of the source with remarks."""

    title: str
    body: str = ""
    day: date | None = None
    timezone: str | None = None
    severity: str | None = None
    status: str | None = None
    published: str | None = None
    kind: str | None = None
    scheduled: tuple[str, str] | None = None
    components: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    reference: str | None = None
    links: list[tuple[str, str]] = field(default_factory=list)
    claims: dict[str, list[str]] = field(default_factory=dict)
    rows: list[DraftRow] = field(default_factory=list)
    windows: list[DraftWindow] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    others: dict[str, str | list[str]] = field(default_factory=dict)
    comments: dict[str, list[str]] = field(default_factory=dict)
    notes: list[tuple[int | None, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name, ``YYYY-MM-DD-slug.md``; ``undated-…`` where no day is known."""
        words = slug(self.title)
        day = self.day.isoformat() if self.day else "undated"
        words = words.removeprefix(day).strip("-") or "incident"
        if len(words) > _LONGEST_SLUG:
            words = words[:_LONGEST_SLUG].rpartition("-")[0] or words[:_LONGEST_SLUG]
        return f"{day}-{words}.md"

    def text(self) -> str:
        """The whole file."""
        lines = ["---", *self._head(), *self._timeline(), *self._impact(), *self._action_items()]
        for key, other in self.others.items():
            name = key if key.startswith("x-") else f"x-{slug(key) or 'field'}"
            if isinstance(other, str):
                lines.append(f"{name}: {value(other, 2)}")
            else:
                lines.append(f"{name}: {flow_list(other)}")
        lines.append("---")
        return "\n".join(lines) + "\n" + (f"\n{self.body}\n" if self.body else "")

    def _comments(self, key: str) -> list[str]:
        return [comment(text) for text in self.comments.get(key, ())]

    def _head(self) -> list[str]:
        lines = [*self._comments("title"), f"title: {scalar(self.title)}"]
        singles = (
            ("date", self.day.isoformat() if self.day else None),
            ("timezone", self.timezone),
            ("severity", self.severity),
            ("status", self.status),
            ("kind", self.kind),
        )
        for key, single in singles:
            lines += self._comments(key)
            if single is not None:
                lines.append(f"{key}: {scalar(single)}")
        lines.append("visibility: draft")
        if self.published:
            lines += [*self._comments("published"), f"published: {scalar(self.published)}"]
        if self.scheduled:
            start, end = self.scheduled
            begin, finish = scalar(start, in_flow=True), scalar(end, in_flow=True)
            lines.append(f"scheduled: {{from: {begin}, to: {finish}}}")
        if self.components:
            lines.append(f"components: {flow_list(self.components)}")
        if self.tags:
            lines.append(f"tags: {flow_list(self.tags)}")
        if self.reference:
            lines.append(f"reference: {scalar(self.reference)}")
        if self.links:
            lines.append("links:")
            lines += [
                f"  - name: {scalar(name)}\n    url: {scalar(url)}" for name, url in self.links
            ]
        lines += self._comments("claims")
        if self.claims:
            lines.append("claims:")
            lines += [f"  {key}: {flow_list(stated)}" for key, stated in self.claims.items()]
        return lines

    def _timeline(self) -> list[str]:
        lines = self._comments("timeline")
        if not self.rows:
            return [*lines, "timeline: []"]
        lines.append("timeline:")
        for row in self.rows:
            lines += [comment(text, 2) for text in row.comments]
            event = row.event.strip() or "…"
            is_short = not (row.until or row.by or row.evidence or row.update)
            if is_short and row.at:
                head = " ".join([row.at, ", ".join(row.milestones)]).strip()
                lines.append(f"  - {head}: {value(event, 6)}")
                continue
            fields = [
                ("at", scalar(row.at) if row.at else None),
                ("until", scalar(row.until) if row.until else None),
                ("milestone", flow_list(row.milestones) if row.milestones else None),
                ("by", scalar(row.by) if row.by else None),
                ("evidence", flow_list(row.evidence) if row.evidence else None),
                ("update", "true" if row.update else None),
                ("event", value(event, 6)),
            ]
            written = [f"{key}: {text}" for key, text in fields if text is not None]
            lines.append(f"  - {written[0]}")
            lines += [f"    {text}" for text in written[1:]]
        return lines

    def _impact(self) -> list[str]:
        lines = [*self._comments("impact"), "impact:"] if self.windows else []
        for window in self.windows:
            lines.append(f"  - component: {scalar(window.component)}")
            lines.append(f"    level: {window.level}")
            lines.append(f"    from: {scalar(window.start)}")
            lines += [f"    to: {scalar(window.end)}"] if window.end else []
        return lines

    def _action_items(self) -> list[str]:
        lines = self._comments("action_items")
        if not self.promises:
            return lines
        lines.append("action_items:")
        taken: set[str] = set()
        for number, promise in enumerate(self.promises, 1):
            own = slug(promise.title)
            id = own or f"item-{number}"
            while id in taken:
                id = f"{id}-{number}"
            taken.add(id)
            lines += [comment(text, 2) for text in promise.comments]
            fields = (
                ("title", promise.title),
                ("id", id if id != own else None),
                ("kind", promise.kind),
                ("owner", promise.owner),
                ("priority", promise.priority),
                ("due", promise.due),
                ("status", promise.status),
                ("link", promise.link),
            )
            written = [f"{key}: {scalar(text)}" for key, text in fields if text]
            lines.append(f"  - {written[0]}")
            lines += [f"    {text}" for text in written[1:]]
        return lines
