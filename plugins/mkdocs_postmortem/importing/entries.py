"""The entries of timelines in a document, in whatever shape they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mkdocs_postmortem.importing.document import Block, Document, Section, zone_statement
from mkdocs_postmortem.importing.entry import Entry, Group, new_entry
from mkdocs_postmortem.importing.line_entries import LineEntries
from mkdocs_postmortem.importing.list_entries import ListEntries
from mkdocs_postmortem.importing.markup import Timed, leading_time
from mkdocs_postmortem.importing.prose_entries import sentences
from mkdocs_postmortem.importing.table_entries import TableEntries
from mkdocs_postmortem.importing.tables import html_table, markdown_table, split_row

# A timeline of that many rows is a log; the rest of it stays in the body.
MAX_ENTRIES = 2000


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
    """Goes through the blocks of a document, and has each read as what it is."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lines = document.lines
        self.lists = ListEntries(document)
        self.tables = TableEntries(document)
        self.timed_lines = LineEntries(document, self.tables)

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
                self.tables.columns = None
                if timed and timed.time.has_clock:
                    end = next(
                        (b.start for b in blocks[number:] if b.kind == "heading"), len(self.lines)
                    )
                    yield self._heading(block, timed, end)
                    skip_until = end
                continue
            if (html := self._html_end(block)) is not None:
                skip_until = html
                yield self.tables.table(
                    html_table(self.lines, block.start, html), block.section, "html"
                )
            elif block.kind == "table":
                table = markdown_table(self.lines, block.start, block.end)
                yield self.tables.table(table, block.section, "table")
            elif block.kind in ("bullet_list", "ordered_list"):
                group = Group("list", block.section)
                self.lists.read(block.node, group, block.section)
                yield group
            elif block.kind == "paragraph":
                yield from self._paragraph(block)
            elif block.kind in ("fence", "code_block"):
                yield self.timed_lines.log(block)
            elif block.kind == "blockquote":
                for child in block.node.children:
                    if child.map is None:
                        continue
                    if child.type in ("bullet_list", "ordered_list"):
                        group = Group("list", block.section)
                        self.lists.read(child, group, block.section)
                        yield group
                    elif child.type == "paragraph":
                        start, end = (line + self.document.first for line in child.map)
                        yield self.timed_lines.timed(start, end, block.section)

    def _heading(self, block: Block, timed: Timed, end: int) -> Group:
        below = "\n".join(self.lines[block.end : end]).strip()
        text = "\n\n".join(part for part in (timed.rest, below) if part)
        group = Group("heading", block.section, lines=set(range(block.start, end)))
        group.entries.append(new_entry(timed, text, block.start, end, block.section))
        return group

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

    def _paragraph(self, block: Block) -> Iterator[Group]:
        lines = self.lines[block.start : block.end]
        pipes = sum(len(split_row(line)) > 1 for line in lines)
        if pipes and (pipes * 2 >= len(lines) or block.section.kind == "timeline"):
            group = Group("piped", block.section)
            self.tables.lines_with_bars(block.start, block.end, group)
            if group.clocks:
                yield group
                return
        group = self.timed_lines.timed(block.start, block.end, block.section)
        is_story = group.is_weak and (group.clocks < len(lines) or len(lines) == 1)
        if group.clocks and not is_story:
            yield group
        elif block.section.kind == "timeline" and not zone_statement(block.text):
            yield sentences(self.lines, block, copied=False)


def _from_prose(document: Document) -> list[Entry]:
    """Where no timeline stands: the sentences with times, which stay in the body as well."""
    entries: list[Entry] = []
    for block in document.blocks():
        if block.kind == "paragraph" and block.section.kind != "actions":
            entries += sentences(document.lines, block, copied=True).entries
        if len(entries) > MAX_ENTRIES:
            return entries[:MAX_ENTRIES]
    return entries
