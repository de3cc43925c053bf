"""The entries of a list, with the days and the lists that stand in it."""

from __future__ import annotations

import re
from dataclasses import replace

from markdown_it.tree import SyntaxTreeNode

from mkdocs_postmortem.importing.document import Document, Section
from mkdocs_postmortem.importing.entry import (
    Group,
    are_clocks_of_four_digits,
    begins_with_four_digits,
    new_entry,
)
from mkdocs_postmortem.importing.markup import leading_time, time_within
from mkdocs_postmortem.importing.spelled_time import SpelledDay, find_day


class ListEntries:
    """Reads the lists of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lines = document.lines

    def read(
        self,
        node: SyntaxTreeNode,
        group: Group,
        section: Section,
        day: tuple[SpelledDay, int] | None = None,
    ) -> None:
        """Add the entries of the list `node` to `group`, also those of the lists in it.

        `day` is the one that stands above the list, with its line.
        """
        paragraphs = [
            item.children[0]
            for item in node.children
            if item.children and item.children[0].type == "paragraph"
        ]
        military = are_clocks_of_four_digits(map(self._inline, paragraphs), section)
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
            timed = leading_time(text, is_cell=military and begins_with_four_digits(text))
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
                    self.read(child, group, section, day)
                continue
            entry = new_entry(timed or within, timed.rest if timed else text, start, end, section)
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
                    self.read(child, group, section, inner)
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
