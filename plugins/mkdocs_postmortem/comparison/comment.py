"""A comparison as a review comment in Markdown: what matters most first, within the limit.

Text of incidents shows as it was written and does nothing: see `render/literal.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from mkdocs_postmortem import wording
from mkdocs_postmortem.comparison.changes import (
    Comparison,
    IncidentChange,
    InternalParts,
    ItemChange,
    ValueChange,
)
from mkdocs_postmortem.comparison.preview import Preview
from mkdocs_postmortem.diagnostics import Diagnostic
from mkdocs_postmortem.incident import ActionItem
from mkdocs_postmortem.render.literal import code, literal

# The first line, by which a workflow finds the comment that it wrote before.
MARKER = "<!-- postmortem diff -->"
# What GitHub takes, in characters; those beyond the basic plane are counted twice, to be safe.
LIMIT = 65_536
_NOTHING = "–"

_GROUPS: tuple[tuple[str, str], ...] = (
    ("becomes", "Becomes public"),
    ("leaves", "No longer public"),
    ("renamed", "Gets another id"),
    ("changed public", "Changes in public incidents"),
    ("added", "New, not public"),
    ("removed", "Removed, was not public"),
    ("changed", "Changes in incidents that are not public"),
)
_ITEM_KINDS = {
    "new": "New",
    "dropped": "Dropped",
    "done": "Done",
    "cancelled": "Cancelled",
    "reopened": "Reopened",
    "due": "Due date moved",
    "reworded": "Reworded",
    "changed": "Changed",
}


@dataclass(frozen=True, slots=True)
class _Block:
    """One incident in the comment: its headline, and lines of detail, made as they are needed."""

    group: str
    headline: str
    details: Iterator[str]


def as_comment(comparison: Comparison, preview: Preview, limit: int = LIMIT) -> str:
    """`comparison` as Markdown of at most `limit` characters, beginning with `MARKER`."""
    between = f"{_revision(comparison, 0)} and {_revision(comparison, 1)}"
    if not comparison:
        return f"{MARKER}\nNothing changes in the postmortems between {between}.\n"
    return _Comment(comparison, preview, between, limit).text()


class _Comment:
    def __init__(self, comparison: Comparison, preview: Preview, between: str, limit: int) -> None:
        self.comparison = comparison
        self.preview = preview
        self.between = between
        self.zone = comparison.after.options.zone
        # What is said at the end where something was left out has its place.
        self.left = limit - 400
        # Names alone must not take the place of what matters most.
        self.reserve = limit // 3

    def text(self) -> str:
        """The whole comment."""
        head = [MARKER, f"## Postmortems: {self._counts()}", "", self._preface(), ""]
        head += self._settings()
        self._spend(head)
        violations = self._as_far_as_it_fits(
            "### Breaks what is published", [self._violation(f) for f in self._violations()]
        )
        blocks = [self._block(change) for change in self.comparison.incidents]
        shown, hidden = self._headlines(blocks)
        details, shortened = self._details(shown)
        self.reserve = 0
        body: list[str] = []
        for group, heading in _GROUPS:
            members = [block for block in shown if block.group == group]
            if members:
                body += [f"### {heading}", ""]
            for block in members:
                body += [block.headline, "", *details[id(block)]]
                if details[id(block)]:
                    body.append("")
        others = self._as_far_as_it_fits("### Other files", self._other_diagnostics())
        foot = self._foot(hidden, shortened, violations[1] + others[1])
        return "\n".join([*head, *violations[0], *body, *others[0], *foot]).rstrip("\n") + "\n"

    def _spend(self, lines: Iterable[str]) -> None:
        self.left -= sum(map(_cost, lines))

    def _as_far_as_it_fits(self, heading: str, lines: list[str]) -> tuple[list[str], int]:
        """The `lines` below `heading`, and how many did not fit."""
        if not lines:
            return [], 0
        kept = []
        self._spend([heading, "", ""])
        for line in lines:
            if self.left < _cost(line) + self.reserve:
                break
            self._spend([line])
            kept.append(line)
        return [heading, "", *kept, ""] if kept else [], len(lines) - len(kept)

    def _headlines(self, blocks: list[_Block]) -> tuple[list[_Block], int]:
        """The blocks whose headlines fit, and how many do not."""
        self._spend(line for _, heading in _GROUPS for line in (f"### {heading}", ""))
        shown = []
        for block in blocks:
            # A line above and one below.
            cost = _cost(block.headline) + 2
            if self.left < cost + self.reserve:
                break
            self.left -= cost
            shown.append(block)
        return shown, len(blocks) - len(shown)

    def _details(self, blocks: list[_Block]) -> tuple[dict[int, tuple[str, ...]], int]:
        """For each block the lines that fit, and how many blocks are not whole."""
        details, shortened = {}, 0
        for block in blocks:
            kept = []
            for line in block.details:
                if self.left < _cost(line) + 1:
                    shortened += 1
                    break
                self._spend([line])
                kept.append(line)
            details[id(block)] = tuple(kept)
        return details, shortened

    def _counts(self) -> str:
        changes = self.comparison.incidents
        kinds = Counter(change.kind for change in changes)
        counts = (
            (sum(change.becomes_public for change in changes), "becomes public", "become public"),
            (sum(change.leaves_public for change in changes), "leaves public", "leave public"),
            (kinds["added"], "added", "added"),
            (kinds["removed"], "removed", "removed"),
            (kinds["renamed"], "renamed", "renamed"),
            (kinds["changed"], "changed", "changed"),
        )
        words = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        return ", ".join(words) or "no incident changes"

    def _preface(self) -> str:
        zone = wording.zone_name(self.zone)
        new, gone = len(self.comparison.introduced), len(self.comparison.solved)
        problems = f" Problems: {new} introduced, {gone} solved." if new or gone else ""
        return f"Between {self.between}, as of {self._as_of()}. Times in {zone}.{problems}"

    def _as_of(self) -> str:
        last = self.comparison.after.options.today - timedelta(seconds=1)
        return wording.day(last.astimezone(self.zone).date())

    def _settings(self) -> list[str]:
        names = ", ".join(f"`{name}`" for name in self.comparison.options)
        if not names:
            return []
        so = ", so every incident was compared" if self.comparison.compares_all else ""
        return [f"**Options change:** {names}{so}.", ""]

    def _violations(self) -> Sequence[Diagnostic]:
        return self.comparison.violations

    def _violation(self, found: Diagnostic) -> str:
        help = f" *Fix:* {literal(found.help, 300)}" if found.help else ""
        where = code(f"{found.path}")
        return f"- **{found.severity} {found.code}** {where}: {literal(found.message, 600)}.{help}"

    def _block(self, change: IncidentChange) -> _Block:
        version = change.version
        title = literal(version.title, 120) if version.title else "cannot be read"
        parts = [f"#### {code(version.id)} {title}"]
        if change.kind == "renamed" and change.before is not None:
            parts.append(f"was {code(change.before.id)}")
        if change.kind == "removed":
            parts.append("removed")
        if change.kind == "added":
            parts.append("new")
        url = self.preview.url(change.after) if change.after is not None else None
        if url is not None:
            parts.append(f"[preview]({url})")
        return _Block(_group(change), " · ".join(parts), self._lines(change))

    def _lines(self, change: IncidentChange) -> Iterator[str]:
        if change.internal:
            yield f"Stays internal: {_internal(change.internal)}."
            yield ""
        values = [v for v in change.values if change.before or v.key.name != "title"]
        if values and change.kind != "removed":
            if change.before:
                yield "| | before | after |"
                yield "| --- | --- | --- |"
                yield from (_compared(value) for value in values)
            else:
                yield "| | |"
                yield "| --- | --- |"
                yield from (f"| {literal(v.label)} | {_after(v)} |" for v in values)
            yield ""
        yield from (self._item(item) for item in change.items)
        for entry in change.corrections:
            yield f"- Correction of {entry.date}: {literal(entry.text, 200)}"
        if change.texts:
            yield f"- Words change: {literal('; '.join(change.texts), 300)}"
        yield from self._diagnostics("Problem", change.introduced)
        yield from self._diagnostics("Solved", change.solved)

    def _item(self, change: ItemChange) -> str:
        kinds = ", ".join(_ITEM_KINDS[kind] for kind in change.kinds)
        parts = [f"- **{kinds}**: {literal(change.item.title, 200)}"]
        before, after = change.before, change.after
        if "due" in change.kinds and before and after:
            parts.append(f"due {_due(before)} → {_due(after)}")
        elif after and "new" in change.kinds:
            parts.append(f"{literal(after.owner or 'no owner', 60)}, due {_due(after)}")
        elif before and "dropped" in change.kinds:
            parts.append(f"was {wording.term(before.status.value).lower()}, due {_due(before)}")
        if "reworded" in change.kinds and before:
            parts.append(f"was “{literal(before.title, 200)}”")
        if "changed" in change.kinds and before and after:
            parts += _other_fields(before, after)
        return " · ".join(parts)

    def _diagnostics(self, word: str, found: Sequence[Diagnostic]) -> Iterator[str]:
        for diagnostic in sorted(found, key=lambda each: (each.severity.rank, each.sort_key)):
            line = f" line {diagnostic.place.line}:" if word == "Problem" else ":"
            about = f"{diagnostic.severity} {diagnostic.code}"
            yield f"- {word}, {about},{line} {literal(diagnostic.message, 240)}".replace(",:", ":")

    def _other_diagnostics(self) -> list[str]:
        """Those of files that are no incident that changed."""
        told = {
            found
            for change in self.comparison.incidents
            for found in (*change.introduced, *change.solved)
        }
        lines = []
        for word, diagnostics in (
            ("Problem", self.comparison.introduced),
            ("Solved", self.comparison.solved),
        ):
            for found in diagnostics:
                if found not in told:
                    line = next(self._diagnostics(word, (found,)))
                    lines.append(f"{line} ({code(found.path)})")
        return lines

    def _foot(self, hidden: int, shortened: int, lines: int) -> list[str]:
        if not hidden and not shortened and not lines:
            return []
        parts = []
        if shortened:
            parts.append(f"{shortened} incident{'s are' if shortened > 1 else ' is'} not whole")
        if hidden:
            parts.append(f"{hidden} less important one{'s are' if hidden > 1 else ' is'} left out")
        if lines:
            parts.append(f"{lines} line{'s' * (lines > 1)} about problems left out")
        said = f"**Shortened** to what fits into a comment: {', '.join(parts)}."
        return [f"{said} `postmortem diff --format json` has everything."]


def _cost(line: str) -> int:
    """How much of the limit a line takes, its end included."""
    return len(line.encode("utf-16-le", "surrogatepass")) // 2 + 1


def _revision(comparison: Comparison, side: int) -> str:
    revision = (comparison.before, comparison.after)[side].revision
    if revision.commit is None:
        return revision.name
    short = revision.commit[:10]
    if revision.commit.startswith(revision.name):
        return f"`{short}`"
    return f"{code(revision.name, 80)} (`{short}`)"


def _group(change: IncidentChange) -> str:
    if change.becomes_public:
        return "becomes"
    if change.leaves_public:
        return "leaves"
    if change.kind == "changed" and change.version.is_public:
        return "changed public"
    return change.kind


def _compared(change: ValueChange) -> str:
    return f"| {literal(change.label)} | {_shown(change, 'before')} | {_after(change)} |"


def _after(change: ValueChange) -> str:
    return _shown(change, "after")


def _shown(change: ValueChange, side: str) -> str:
    value = change.before if side == "before" else change.after
    if value is None or not value.words:
        return _NOTHING
    exactly = value.beyond_words(change.after if side == "before" else change.before)
    return literal(value.words, 240) + (f" ({literal(exactly, 120)})" if exactly else "")


def _due(item: ActionItem) -> str:
    if item.due is not None:
        return item.due.isoformat()
    return literal(item.due_words or "never", 60)


def _other_fields(before: ActionItem, after: ActionItem) -> Iterator[str]:
    for name in ("status", "owner", "priority", "kind", "cause", "link", "done", "internal"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            shown = [literal(str(v), 80) if v is not None else _NOTHING for v in (was, now)]
            yield f"{name} {shown[0]} → {shown[1]}"


def _internal(parts: InternalParts) -> str:
    found = []
    if parts.rows:
        kept = sum(bool(row.milestones) for row in parts.rows)
        keeps = f", {kept} of them with a milestone whose time stays" if kept else ""
        times = ", ".join(literal(row.written or "untimed", 30) for row in parts.rows[:8])
        more = ", …" if len(parts.rows) > 8 else ""
        found.append(f"{_counted(len(parts.rows), 'row')} ({times}{more}){keeps}")
    for names, word in ((parts.causes, "cause"), (parts.action_items, "action item")):
        if names:
            shown = ", ".join(f"“{literal(name, 60)}”" for name in names[:5])
            more = ", …" if len(names) > 5 else ""
            found.append(f"{_counted(len(names), word)} ({shown}{more})")
    if parts.blocks:
        found.append(f"{_counted(parts.blocks, 'block')} of the body")
    if parts.notes:
        found.append("the internal notes")
    return "; ".join(found)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"
