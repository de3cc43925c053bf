"""The entries of a table, whole or with its bars alone."""

from __future__ import annotations

import re
from dataclasses import replace

from mkdocs_postmortem.importing.document import Document, Section
from mkdocs_postmortem.importing.entry import Entry, Group, is_head, new_entry
from mkdocs_postmortem.importing.markup import leading_time
from mkdocs_postmortem.importing.spelled_time import find_zone
from mkdocs_postmortem.importing.tables import (
    Columns,
    Table,
    TableRow,
    columns_of,
    is_separator,
    links_in,
    split_row,
    whole_time,
    zone_of_column,
)


class TableEntries:
    """Reads the tables of one document.

    ``columns`` are those of the last head below the same heading: lines that have lost theirs go on
    with them.
    """

    def __init__(self, document: Document) -> None:
        self.lines = document.lines
        self.columns: Columns | None = None

    def table(self, table: Table, section: Section, kind: str) -> Group:
        """The entries of a whole table; of one without a column of times, its rows of one cell."""
        group = Group(kind, section, lines=set(range(table.line, table.end)))
        columns = columns_of(table.header, table.rows)
        if columns is None:
            for row in table.rows:
                timed = leading_time(row.cells[0]) if len(row.cells) == 1 else None
                if timed or len(row.cells) == 1:
                    text = timed.rest if timed else row.cells[0]
                    group.entries.append(new_entry(timed, text, row.line, row.end, section))
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
            self._row(row, columns, group)
        if group.entries:
            group.entries[0].comments += heads
        return group

    def _row(self, row: TableRow, columns: Columns, group: Group) -> None:
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
        entry = new_entry(timed, "", row.line, row.end, section)
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

    def lines_with_bars(self, start: int, end: int, group: Group) -> None:
        """Add the entries of lines that are a table but for its head, its rule or some bars."""
        head: str | None = None
        for number in range(start, end):
            line = self.lines[number]
            if is_separator(line):
                group.lines.add(number)
                continue
            before = len(group.entries)
            if len(split_row(line)) > 1 or line.strip().startswith("|"):
                cells = split_row(line)
                if not group.entries and head is None and is_head(" ".join(cells)):
                    head = line
                    rows = [
                        TableRow(split_row(self.lines[n]), n, n + 1)
                        for n in range(number + 1, end)
                        if not is_separator(self.lines[n])
                    ]
                    self.columns = columns_of(cells, rows)
                    group.lines.add(number)
                    continue
                self._line(number, group)
            else:
                timed = leading_time(line.strip())
                if timed and timed.time.has_clock:
                    group.entries.append(
                        new_entry(timed, timed.rest, number, number + 1, group.section)
                    )
                elif group.entries:
                    group.entries[-1].text += f" {line.strip()}"
                else:
                    continue
            group.lines.add(number)
            if before == 0 and head is not None and group.entries:
                group.entries[0].comments.append(head.strip())

    def _line(self, line: int, group: Group) -> None:
        """The entries of one line of a table that Markdown does not take for one."""
        cells = split_row(self.lines[line])
        section = group.section
        columns = self.columns
        if (
            columns is not None
            and columns.times[0] < len(cells) <= max(len(columns.header), 2)
            and whole_time(cells[columns.times[0]])
        ):
            self._row(TableRow(cells, line, line + 1), columns, group)
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
                        new_entry(None, " ".join(pending), line, line + 1, section)
                    )
                    pending = []
                timed = leading_time(cell, is_cell=True)
                assert timed is not None
                entry = new_entry(timed, "", line, line + 1, section)
                if columns:
                    entry.zone = zone_of_column(columns, columns.times[0]) or entry.zone
                group.entries.append(entry)
            elif cell and entry is not None:
                entry.text = f"{entry.text} | {cell}" if entry.text else cell
            elif cell:
                timed = leading_time(cell)
                if timed and timed.time.has_clock:
                    entry = new_entry(timed, timed.rest, line, line + 1, section)
                    group.entries.append(entry)
                else:
                    pending.append(cell)
        if pending:
            group.entries.append(new_entry(None, " | ".join(pending), line, line + 1, section))
