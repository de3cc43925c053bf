"""The entries of timelines in a document, in whatever shape they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from markdown_it.tree import SyntaxTreeNode

from mkdocs_postmortem.importing.document import Block, Document, Section, zone_statement
from mkdocs_postmortem.importing.markup import Timed, leading_time, time_within
from mkdocs_postmortem.importing.spelled_time import SpelledDay, SpelledTime, find_day, find_zone
from mkdocs_postmortem.importing.tables import (
    Columns,
    Table,
    TableRow,
    columns_of,
    html_table,
    is_separator,
    links_in,
    markdown_table,
    split_row,
    whole_time,
    zone_of_column,
)

# A timeline of that many rows is a log; the rest of it stays in the body.
MAX_ENTRIES = 2000
# Longer paragraphs are no stories.
_LONGEST_STORY = 20_000


@dataclass(slots=True)
class Entry:
    """One entry: its time as spelled, what was written of it, and its text."""

    line: int
    end: int
    time: SpelledTime | None
    written: str
    text: str
    section: Section
    day: SpelledDay | None = None
    day_line: int = -1
    zone: str | None = None
    until: SpelledTime | None = None
    other: SpelledTime | None = None
    other_zone: str | None = None
    by: str | None = None
    evidence: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    copied: bool = False

    @property
    def has_clock(self) -> bool:
        """Whether its time is more than a day."""
        return self.time is not None and self.time.has_clock


@dataclass(slots=True)
class Group:
    """Entries that stand together: one table, one list, one paragraph."""

    kind: str
    section: Section
    entries: list[Entry] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    replaced: dict[int, str] = field(default_factory=dict)
    is_weak: bool = False
    day: tuple[SpelledDay | None, int] | None = None
    pending: list[str] = field(default_factory=list)

    @property
    def clocks(self) -> int:
        """How many entries have a clock."""
        return sum(entry.has_clock for entry in self.entries)


def find_entries(document: Document) -> list[Entry]:
    """The entries in the order in which they stand; their lines leave the document."""
    groups = [group for group in _Finder(document).groups() if group.entries]
    chosen = _chosen(groups)
    entries: list[Entry] = []
    for group in chosen:
        if len(entries) + len(group.entries) > MAX_ENTRIES:
            document.note(group.entries[0].line, f"more than {MAX_ENTRIES} entries: not imported")
            continue
        entries += group.entries
        document.moved |= group.lines
        document.replaced.update(group.replaced)
    kept = {id(group) for group in chosen}
    for group in groups:
        if id(group) not in kept:
            for entry in group.entries:
                if entry.has_clock:
                    document.note(entry.line, f"“{entry.written}” was not taken for a timeline")
    return entries or _from_prose(document)


def _chosen(groups: list[Group]) -> list[Group]:
    """The groups that are timelines."""
    paragraphs: dict[Section, int] = {}
    for group in groups:
        if group.kind == "paragraph" and not group.is_weak:
            paragraphs[group.section] = paragraphs.get(group.section, 0) + group.clocks
    chosen = [group for group in groups if _is_timeline(group, paragraphs)]
    if any(group.clocks and group.kind != "prose" for group in chosen):
        # Beside a list or a table, sentences with times tell the story and are no entries.
        chosen = [group for group in chosen if group.kind != "prose"]
    if not any(group.clocks for group in chosen):
        chosen = [
            group
            for group in groups
            if group.clocks and group.section.kind != "actions" and not group.is_weak
        ]
    return chosen


def _is_timeline(group: Group, paragraphs: dict[Section, int]) -> bool:
    clocks, total = group.clocks, len(group.entries)
    if group.section.kind == "timeline":
        dated = sum(entry.time is not None for entry in group.entries)
        return clocks > 0 or (dated * 2 > total and not group.is_weak)
    if group.is_weak:
        return False
    if group.kind == "heading":
        return clocks > 0
    if group.kind == "paragraph":
        return paragraphs.get(group.section, 0) > 1
    return clocks > 1 and clocks * 2 >= total


class _Finder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.lines = document.lines
        self.columns: Columns | None = None

    def groups(self) -> Iterator[Group]:
        blocks = self.document.blocks()
        skip_until = -1
        number = 0
        while number < len(blocks):
            block = blocks[number]
            number += 1
            if block.start < skip_until:
                continue
            if block.kind == "heading":
                timed = leading_time(block.text)
                self.columns = None
                if timed and timed.time.has_clock:
                    end = next(
                        (b.start for b in blocks[number:] if b.kind == "heading"), len(self.lines)
                    )
                    yield self._heading(block, timed, end)
                    skip_until = end
                continue
            if (html := self._html_end(block)) is not None:
                skip_until = html
                yield self._table(html_table(self.lines, block.start, html), block.section, "html")
            elif block.kind == "table":
                table = markdown_table(self.lines, block.start, block.end)
                yield self._table(table, block.section, "table")
            elif block.kind in ("bullet_list", "ordered_list"):
                group = Group("list", block.section)
                self._list(block.node, group, block.section)
                yield group
            elif block.kind == "paragraph":
                yield from self._paragraph(block)
            elif block.kind in ("fence", "code_block"):
                yield self._log(block)
            elif block.kind == "blockquote":
                for child in block.node.children:
                    if child.map is None:
                        continue
                    if child.type in ("bullet_list", "ordered_list"):
                        group = Group("list", block.section)
                        self._list(child, group, block.section)
                        yield group
                    elif child.type == "paragraph":
                        start, end = (line + self.document.first for line in child.map)
                        yield self._timed_lines(start, end, block.section)

    def _entry(
        self, timed: Timed | None, text: str, line: int, end: int, section: Section
    ) -> Entry:
        return Entry(
            line,
            end,
            timed.time if timed else None,
            timed.written if timed else "",
            text,
            section,
            section.day,
            section.day_line,
            section.zone,
        )

    # A heading for each entry.

    def _heading(self, block: Block, timed: Timed, end: int) -> Group:
        below = "\n".join(self.lines[block.end : end]).strip()
        text = "\n\n".join(part for part in (timed.rest, below) if part)
        group = Group("heading", block.section, lines=set(range(block.start, end)))
        group.entries.append(self._entry(timed, text, block.start, end, block.section))
        return group

    # Lists.

    def _is_military(self, texts: Iterable[str], section: Section) -> bool:
        """Whether entries begin with four digits that are clocks."""
        if section.kind != "timeline":
            return False
        begins = [_FOUR_DIGITS.match(text) is not None for text in texts]
        return sum(begins) > 1 and sum(begins) * 2 >= len(begins)

    def _list(
        self,
        node: SyntaxTreeNode,
        group: Group,
        section: Section,
        day: tuple[SpelledDay, int] | None = None,
        depth: int = 0,
    ) -> None:
        paragraphs = [
            item.children[0]
            for item in node.children
            if item.children and item.children[0].type == "paragraph"
        ]
        military = self._is_military(map(self._inline, paragraphs), section)
        for item in node.children:
            if item.map is None or not item.children:
                continue
            start, end = self._span(item)
            lists = [child for child in item.children if child.type.endswith("_list")]
            first = item.children[0] if item.children[0].type == "paragraph" else None
            text = self._inline(first) if first is not None else ""
            if dated := self._day_as_number(item):
                first, text = dated
                lists = []
            timed = leading_time(text, is_cell=military and _FOUR_DIGITS.match(text) is not None)
            within = None
            if (timed is None or not timed.time.has_clock) and section.kind == "timeline":
                within = time_within(text)
            nested_times = any(self._has_times(child) for child in lists)
            if (
                timed
                and not timed.time.has_clock
                and not timed.rest.strip(" :")
                and timed.time.point.day
            ):
                # "March 13" above a list, or between the entries of one: the day of what follows.
                day = (timed.time.point.day, start)
                group.pending.append(text)
                group.lines |= set(range(start, self._span(first)[1] if first else start + 1))
                for child in lists:
                    self._list(child, group, section, day, depth + 1)
                continue
            entry = self._entry(timed or within, timed.rest if timed else text, start, end, section)
            if within and (timed is None or not timed.time.has_clock):
                entry.time, entry.written, entry.text = within.time, within.written, text
                if timed is not None and within.time.point.day is None:
                    # As in "April 14: the nodes fail (6:00 UTC)".
                    point = replace(within.time.point, day=timed.time.point.day)
                    entry.time = replace(within.time, point=point)
            if day is not None:
                entry.day, entry.day_line = day
            entry.comments += group.pending
            group.pending.clear()
            if nested_times:
                own_end = min(self._span(child)[0] for child in lists)
                entry.end = own_end
                group.lines |= set(range(start, own_end))
                if text:
                    group.entries.append(entry)
                inner = day
                if entry.time is None and (named := find_day(text)):
                    inner = (named, start)
                for child in lists:
                    self._list(child, group, section, inner, depth + 1)
                continue
            rest = self._nested(item, first)
            if rest:
                entry.text = f"{entry.text}\n\n{rest}" if entry.text else rest
            if entry.text or entry.time:
                group.entries.append(entry)
            group.lines |= set(range(start, end))

    def _day_as_number(self, item: SyntaxTreeNode) -> tuple[SyntaxTreeNode, str] | None:
        """The paragraph and the text of ``- 19. April, 11:00``, which is a list in a list."""
        inner = item.children[0]
        if inner.type != "ordered_list" or len(inner.children) != 1 or len(item.children) > 1:
            return None
        children = inner.children[0].children
        if len(children) != 1 or children[0].type != "paragraph":
            return None
        text = f"{inner.attrs.get('start', 1)}. {self._inline(children[0])}"
        return (children[0], text) if find_day(text[:40]) else None

    def _span(self, node: SyntaxTreeNode) -> tuple[int, int]:
        assert node.map is not None
        start, end = (line + self.document.first for line in node.map)
        while end > start + 1 and not self.lines[end - 1].strip():
            end -= 1
        return start, end

    def _inline(self, node: SyntaxTreeNode) -> str:
        content = node.children[0].content if node.children else ""
        return " ".join(line.strip() for line in content.split("\n"))

    def _has_times(self, node: SyntaxTreeNode) -> bool:
        return any(
            (timed := leading_time(self._inline(child.children[0]))) and timed.time.has_clock
            for child in node.children
            if child.children and child.children[0].type == "paragraph"
        )

    def _nested(self, item: SyntaxTreeNode, first: SyntaxTreeNode | None) -> str:
        """What stands in an item below its first paragraph, as Markdown of its own."""
        start, end = self._span(item)
        begin = self._span(first)[1] if first is not None else start
        lines = self.lines[begin:end]
        if first is None and lines:
            lines[0] = re.sub(r"^\s*(?:[-+*]|\d{1,9}[.)])", lambda m: " " * len(m[0]), lines[0])
        margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
        margin = min(margins, default=0)
        return "\n".join(line[margin:].rstrip() for line in lines).strip("\n")

    # Tables.

    def _html_end(self, block: Block) -> int | None:
        """Where an HTML table or list that begins in this block ends, past blank lines too."""
        if block.kind != "html_block":
            return None
        opened = re.search(r"<(table|ul|ol|dl)\b", self.lines[block.start], re.IGNORECASE)
        if opened is None:
            return None
        close = f"</{opened[1].lower()}"
        for number in range(block.start, min(len(self.lines), block.start + 5000)):
            if close in self.lines[number].lower():
                return number + 1
        return block.end

    def _table(self, table: Table, section: Section, kind: str) -> Group:
        group = Group(kind, section, lines=set(range(table.line, table.end)))
        columns = columns_of(table.header, table.rows)
        if columns is None:
            for row in table.rows:
                timed = leading_time(row.cells[0]) if len(row.cells) == 1 else None
                if timed or len(row.cells) == 1:
                    text = timed.rest if timed else row.cells[0]
                    group.entries.append(self._entry(timed, text, row.line, row.end, section))
            if not group.clocks:
                group.entries = []
            return group
        if section.kind != "timeline" and not columns.leads_with_time:
            # "Start | 14:02" is a fact about the incident, no entry.
            group.is_weak = True
        else:
            self.columns = columns
        heads = [*table.loose, *([" | ".join(table.header)] if table.header else [])]
        for row in table.rows:
            self._table_row(row, columns, group)
        if group.entries:
            group.entries[0].comments += heads
        return group

    def _table_row(self, row: TableRow, columns: Columns, group: Group) -> None:
        section = group.section
        cells = list(row.cells)
        width = max(len(columns.header), max(columns.times) + 1, (columns.text or 0) + 1)
        if columns.header and len(cells) > width and columns.text == width - 1:
            # A bar in the text of the last column made more cells of it.
            cells[width - 1 :] = [" | ".join(cells[width - 1 :])]

        def cell(index: int | None) -> str:
            return cells[index].strip() if index is not None and index < len(cells) else ""

        first = columns.times[0]
        stated = " ".join(part for index in (*columns.days, first) if (part := cell(index)))
        zone_cell = " ".join(part for index in columns.zones if (part := cell(index)))
        timed = leading_time(stated, is_cell=True)
        used = {*columns.days, first}
        texts: list[str] = []
        if timed is not None and timed.rest:
            texts.append(timed.rest)
        elif timed is None and stated:
            texts.append(stated)
        main = cell(columns.text)
        entry = self._entry(timed, "", row.line, row.end, section)
        if not re.search(r"\b(?:19|20)\d\d\b", stated) and entry.time and entry.time.point.day:
            year = re.search(r"\b(?:19|20)\d\d\b", " ".join(columns.header))
            if year and entry.time.point.day.year is None:
                day = replace(entry.time.point.day, year=int(year[0]))
                entry.time = replace(entry.time, point=replace(entry.time.point, day=day))
        entry.zone = find_zone(zone_cell) or zone_of_column(columns, first) or entry.zone
        if zone_cell:
            used |= set(columns.zones)
            entry.written = f"{entry.written} {zone_cell}".strip()
        if columns.end is not None and (end := whole_time(cell(columns.end))):
            entry.until = end
            entry.written = f"{entry.written} – {cell(columns.end)}"
            used.add(columns.end)
        for index in columns.times[1:]:
            other = whole_time(cell(index))
            if other is not None and other.has_clock and entry.time is not None:
                entry.other, entry.other_zone = other, zone_of_column(columns, index)
                entry.written = f"{entry.written} | {cell(index)}"
                used.add(index)
        if columns.by is not None and cell(columns.by):
            entry.by = cell(columns.by)
            used.add(columns.by)
        if columns.text is not None:
            used.add(columns.text)
        texts.append(main)
        for index in range(len(cells)):
            if index in used or not cell(index):
                continue
            if links := links_in(cell(index)):
                entry.evidence += links
            else:
                named = columns.named(index)
                texts.append(f"({named}: {cell(index)})" if named else cell(index))
        entry.text = " ".join(part for part in texts if part)
        if entry.time is not None and not entry.has_clock and not entry.text and not entry.by:
            group.day = (entry.time.point.day, row.line)
            group.pending.append(stated)
            return
        if group.day is not None:
            entry.day, entry.day_line = group.day
        if entry.text or entry.time or entry.by:
            if not entry.text and entry.by:
                entry.text, entry.by = entry.by, None
            entry.comments += group.pending
            group.pending.clear()
            group.entries.append(entry)

    def _piped(self, line: int, group: Group) -> None:
        """The entries of one line of a table that Markdown does not take for one."""
        cells = split_row(self.lines[line])
        section = group.section
        columns = self.columns
        if (
            columns is not None
            and columns.times[0] < len(cells) <= max(len(columns.header), 2)
            and whole_time(cells[columns.times[0]])
        ):
            self._table_row(TableRow(cells, line, line + 1), columns, group)
            return
        entry: Entry | None = None
        pending: list[str] = []
        for cell in cells:
            time = whole_time(cell)
            if time is not None and (time.has_clock or not pending):
                if entry is not None and not entry.text and entry.time and not entry.has_clock:
                    joined = leading_time(f"{entry.written} {cell}", is_cell=True)
                    if joined:
                        entry.time, entry.written = joined.time, joined.written
                        continue
                if pending:
                    group.entries.append(
                        self._entry(None, " ".join(pending), line, line + 1, section)
                    )
                    pending = []
                timed = leading_time(cell, is_cell=True)
                assert timed is not None
                entry = self._entry(timed, "", line, line + 1, section)
                if columns:
                    entry.zone = zone_of_column(columns, columns.times[0]) or entry.zone
                group.entries.append(entry)
            elif cell and entry is not None:
                entry.text = f"{entry.text} | {cell}" if entry.text else cell
            elif cell:
                timed = leading_time(cell)
                if timed and timed.time.has_clock:
                    entry = self._entry(timed, timed.rest, line, line + 1, section)
                    group.entries.append(entry)
                else:
                    pending.append(cell)
        if pending:
            group.entries.append(self._entry(None, " | ".join(pending), line, line + 1, section))

    # Paragraphs and logs.

    def _paragraph(self, block: Block) -> Iterator[Group]:
        lines = self.lines[block.start : block.end]
        pipes = sum(len(split_row(line)) > 1 for line in lines)
        if pipes and (pipes * 2 >= len(lines) or block.section.kind == "timeline"):
            group = Group("piped", block.section)
            self._pipes(block.start, block.end, group)
            if group.clocks:
                yield group
                return
        group = self._timed_lines(block.start, block.end, block.section)
        is_story = group.is_weak and (group.clocks < len(lines) or len(lines) == 1)
        if group.clocks and not is_story:
            yield group
        elif block.section.kind == "timeline" and not zone_statement(block.text):
            yield self.sentences(block, copied=False)

    def _pipes(self, start: int, end: int, group: Group) -> None:
        head: str | None = None
        for number in range(start, end):
            line = self.lines[number]
            if is_separator(line):
                group.lines.add(number)
                continue
            before = len(group.entries)
            if len(split_row(line)) > 1 or line.strip().startswith("|"):
                cells = split_row(line)
                if not group.entries and head is None and _is_head(" ".join(cells)):
                    head = line
                    rows = [
                        TableRow(split_row(self.lines[n]), n, n + 1)
                        for n in range(number + 1, end)
                        if not is_separator(self.lines[n])
                    ]
                    self.columns = columns_of(cells, rows)
                    group.lines.add(number)
                    continue
                self._piped(number, group)
            else:
                timed = leading_time(line.strip())
                if timed and timed.time.has_clock:
                    group.entries.append(
                        self._entry(timed, timed.rest, number, number + 1, group.section)
                    )
                elif group.entries:
                    group.entries[-1].text += f" {line.strip()}"
                else:
                    continue
            group.lines.add(number)
            if before == 0 and head is not None and group.entries:
                group.entries[0].comments.append(head.strip())

    def _timed_lines(self, start: int, end: int, section: Section) -> Group:
        """Lines that begin with a time, each with the lines that go on with it."""
        group = Group("paragraph", section)
        head: int | None = None
        military = self._is_military(map(str.strip, self.lines[start:end]), section)
        for number in range(start, end):
            line = re.sub(r"^(?:\s*>)+\s?", "", self.lines[number]).strip().removesuffix("\\")
            timed = leading_time(line, is_cell=military and _FOUR_DIGITS.match(line) is not None)
            spoken = _SPEAKER.fullmatch(line)
            if timed and timed.time.has_clock:
                if timed.time.lead:
                    group.is_weak = True
                text = timed.rest
                group.entries.append(self._entry(timed, text, number, number + 1, section))
            elif spoken and (at := leading_time(spoken["time"])) and at.time.has_clock:
                group.entries.append(
                    self._entry(at, f"{spoken['name'].strip('* ')}:", number, number + 1, section)
                )
            elif group.entries:
                text = line.removeprefix(": ") if not group.entries[-1].text else line
                group.entries[-1].text = f"{group.entries[-1].text} {text}".strip()
                group.entries[-1].end = number + 1
            elif number == start and _is_head(line):
                head = number
                continue
            else:
                continue
            group.lines.add(number)
        if group.entries and head is not None:
            group.lines.add(head)
            words = self.lines[head].strip()
            group.entries[0].comments.append(words)
            zone = find_zone(words)
            for entry in group.entries:
                entry.zone = zone or entry.zone
            if zone:
                self.columns = Columns(times=[0], header=(words,))
        return group

    def _log(self, block: Block) -> Group:
        first, last = block.start, block.end
        if block.kind == "fence":
            first += 1
            last -= self.lines[last - 1].strip().startswith(("```", "~~~"))
        group = self._timed_lines(first, last, block.section)
        group.kind = "log"
        if block.section.kind != "timeline":
            group.is_weak = True
        if group.entries and not all(
            number in group.lines or not self.lines[number].strip() for number in range(first, last)
        ):
            group.is_weak = True
        elif group.entries:
            group.lines |= set(range(block.start, block.end))
        return group

    def sentences(self, block: Block, *, copied: bool) -> Group:
        """Prose: a sentence with a time begins an entry, the others go on with it."""
        group = Group("prose", block.section, is_weak=True)
        text = " ".join(self.lines[n].strip() for n in range(block.start, block.end))
        if len(text) > _LONGEST_STORY:
            return group
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z*_`\[(])", text):
            timed = time_within(sentence)
            if timed and timed.time.has_clock:
                entry = self._entry(timed, sentence, block.start, block.end, block.section)
                entry.copied = copied
                group.entries.append(entry)
            elif group.entries and not copied:
                group.entries[-1].text += f" {sentence}"
            elif not copied:
                group.entries.append(
                    self._entry(None, sentence, block.start, block.end, block.section)
                )
        if not group.clocks:
            group.entries = []
        elif not copied:
            group.lines = set(range(block.start, block.end))
        return group


_FOUR_DIGITS = re.compile(r"[*_`\[(~]{0,4}(?:[01]\d|2[0-3])[0-5]\d(?!\d|-\d)")
_SPEAKER = re.compile(
    r"(?P<name>\*{0,2}@?[A-Za-z][\w .'-]{0,40}?\*{0,2})\s{1,4}\[?\(?(?P<time>(?:\d{4}-\d\d-\d\d )?"
    r"\d{1,2}:\d\d(?::\d\d)?(?:\s?[AaPp][Mm])?(?:\s?(?:UTC|GMT))?)\]?\)?"
)
_HEAD_TIME = re.compile(r"\b(?:time|when|date|timestamp|utc)\b", re.IGNORECASE)


def _is_head(text: str) -> bool:
    """Whether a line is the head of a table that has lost its bars or its rule."""
    if len(text) > 160 or re.search(r"\d[:.h]\d\d|\d{4}", text):
        return False
    bare = re.sub(r"[|*_`:-]", " ", text)
    return _HEAD_TIME.search(bare) is not None and len(bare.split()) <= 12


def _from_prose(document: Document) -> list[Entry]:
    """Where no timeline stands: the sentences with times, which stay in the body as well."""
    finder = _Finder(document)
    entries: list[Entry] = []
    for block in document.blocks():
        if block.kind == "paragraph" and block.section.kind != "actions":
            entries += finder.sentences(block, copied=True).entries
        if len(entries) > MAX_ENTRIES:
            return entries[:MAX_ENTRIES]
    return entries
