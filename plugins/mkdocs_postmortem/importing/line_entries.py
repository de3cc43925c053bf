"""The entries of lines that begin with a time: in a paragraph, a quotation or a log."""

from __future__ import annotations

import re

from mkdocs_postmortem.importing.document import Block, Document, Section
from mkdocs_postmortem.importing.entry import (
    Group,
    are_clocks_of_four_digits,
    begins_with_four_digits,
    is_head,
    new_entry,
)
from mkdocs_postmortem.importing.markup import leading_time
from mkdocs_postmortem.importing.spelled_time import find_zone
from mkdocs_postmortem.importing.table_entries import TableEntries
from mkdocs_postmortem.importing.tables import Columns

_SPEAKER = re.compile(
    r"(?P<name>\*{0,2}@?[A-Za-z][\w .'-]{0,40}?\*{0,2})\s{1,4}\[?\(?(?P<time>(?:\d{4}-\d\d-\d\d )?"
    r"\d{1,2}:\d\d(?::\d\d)?(?:\s?[AaPp][Mm])?(?:\s?(?:UTC|GMT))?)\]?\)?"
)


class LineEntries:
    """Reads the lines of one document; a head above them holds for its `tables` too."""

    def __init__(self, document: Document, tables: TableEntries) -> None:
        self.lines = document.lines
        self.tables = tables

    def timed(self, start: int, end: int, section: Section) -> Group:
        """Lines that begin with a time, each with the lines that go on with it."""
        group = Group("paragraph", section)
        head: int | None = None
        military = are_clocks_of_four_digits(map(str.strip, self.lines[start:end]), section)
        for number in range(start, end):
            line = re.sub(r"^(?:\s*>)+\s?", "", self.lines[number]).strip().removesuffix("\\")
            timed = leading_time(line, is_cell=military and begins_with_four_digits(line))
            spoken = _SPEAKER.fullmatch(line)
            if timed and timed.time.has_clock:
                if timed.time.lead:
                    group.is_weak = True
                text = timed.rest
                group.entries.append(new_entry(timed, text, number, number + 1, section))
            elif spoken and (at := leading_time(spoken["time"])) and at.time.has_clock:
                group.entries.append(
                    new_entry(at, f"{spoken['name'].strip('* ')}:", number, number + 1, section)
                )
            elif group.entries:
                text = line.removeprefix(": ") if not group.entries[-1].text else line
                group.entries[-1].text = f"{group.entries[-1].text} {text}".strip()
                group.entries[-1].end = number + 1
            elif number == start and is_head(line):
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
                self.tables.columns = Columns(times=[0], header=(words,))
        return group

    def log(self, block: Block) -> Group:
        """The same of a block of code; it is one timeline where every line belongs to an entry."""
        first, last = block.start, block.end
        if block.kind == "fence":
            first += 1
            last -= self.lines[last - 1].strip().startswith(("```", "~~~"))
        group = self.timed(first, last, block.section)
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
