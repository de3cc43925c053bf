"""A document to import: its lines, its blocks with their lines, and the sections they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from mkdocs_postmortem.files_on_disk import MAX_BYTES
from mkdocs_postmortem.importing.spelled_time import SpelledDay, find_day, find_zone, scan
from mkdocs_postmortem.reading.yaml_nodes import Mapping, Scalar, Sequence, compose

# An incident file has its front matter besides, and the same limit.
MAX_IMPORT = MAX_BYTES // 2
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NAME_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)")
_KINDS = {
    "actions": (
        r"action(?:s|\b.{0,15}\bitems?|able)\b|\bnext steps\b|\bfollow[- ]?ups?\b|\bto[- ]?dos?\b|"
        r"\bremediation|\bcorrective|\bpreventi(?:ve|on)|\bimprovements?\b|\bbacklog\b(?! check)|"
        r"\brepair items\b|\bma(?:ß|ss)nahmen\b|\btasks?\b"
    ),
    "timeline": (
        r"\btime ?lines?\b|\bchronolog|\bsequence of events\b|\bevent log\b|\bwhat happened\b|"
        r"\bincident log\b|\blog of events\b|\btimes? of events\b|\bevents\b|\bverlauf\b|"
        r"\bchat log\b|\btranscript\b|\bzeitleiste\b|\bhistory of the (?:incident|outage)\b"
    ),
}
_TIMES_IN = re.compile(r"\btimes?(?:stamps?|\s?zone)?\b[^.\n|]{0,60}", re.IGNORECASE)


class UnimportableError(ValueError):
    """A document that cannot be imported; the message says why."""


@dataclass(frozen=True, slots=True)
class Section:
    """Where in the document something stands: the headings above it, and what they say."""

    titles: tuple[str, ...] = ()
    kind: str = ""
    day: SpelledDay | None = None
    day_line: int = -1
    zone: str | None = None
    line: int = -1


@dataclass(slots=True)
class Block:
    """A block of the document; `start` and `end` are its lines from 0, the end exclusive."""

    kind: str
    start: int
    end: int
    text: str
    section: Section
    node: SyntaxTreeNode


@dataclass(slots=True)
class Document:
    """The lines, and which of them have moved elsewhere."""

    name: str
    lines: list[str]
    first: int
    front: dict[str, str | list[str]] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    notes: list[tuple[int, str]] = field(default_factory=list)
    parsed: list[Block] | None = None

    def note(self, line: int, message: str) -> None:
        """Something for the author about line `line`, from 0."""
        self.notes.append((line, message))

    def blocks(self) -> list[Block]:
        """The blocks in order, each with its section; moved ones too."""
        if self.parsed is None:
            self.parsed = list(self._parse())
        return self.parsed

    def _parse(self) -> Iterator[Block]:
        stack: list[tuple[int, Section]] = [(0, Section())]
        intro: Section | None = None
        for node in parse(self.lines, self.first):
            if node.map is None:
                continue
            start, end = node.map[0] + self.first, node.map[1] + self.first
            while end > start + 1 and not self.lines[end - 1].strip():
                end -= 1
            if node.type == "heading":
                level = int(node.tag[1])
                text = node.children[0].content if node.children else ""
                while stack[-1][0] >= level:
                    stack.pop()
                above = stack[-1][1]
                section = _within(above, text, start)
                stack.append((level, section))
                intro = None
                yield Block("heading", start, end, text, section, node)
                continue
            section = intro or stack[-1][1]
            text = "\n".join(self.lines[start:end])
            if node.type == "paragraph":
                zone = zone_statement(text)
                title = _intro(text)
                if title is not None:
                    section = intro = _within(stack[-1][1], title, start)
                elif zone:
                    above = stack[-1][1]
                    changed = _with_zone(above, zone)
                    stack[-1] = (stack[-1][0], changed)
                    section = intro = _with_zone(section, zone)
            yield Block(node.type, start, end, text, section, node)

    def body(self) -> str:
        """What stays: everything that has not moved, with headings that lost all below them."""
        kept: list[str] = []
        for number in range(self.first, len(self.lines)):
            if number in self.moved:
                if kept and kept[-1].strip():
                    kept.append("")
                continue
            line = self.lines[number]
            gone_before = number - 1 in self.moved
            if not line.strip() and kept and not kept[-1].strip() and gone_before:
                continue
            kept.append(line)
        return "\n".join(kept).strip("\n")


def parse(lines: list[str], first: int) -> list[SyntaxTreeNode]:
    """The blocks of a document from line `first` on. Inline Markdown stays text."""
    # "[10:04]: Resolved." is an entry, although Markdown takes it for the address of a link.
    markdown = MarkdownIt("commonmark").enable("table").disable(["inline", "reference"])
    return SyntaxTreeNode(markdown.parse("\n".join(lines[first:]))).children


def read_document(name: str, data: bytes) -> Document:
    """The document in `data`; `name` is its file's. Raises `UnimportableError` where it is none."""
    if len(data) > MAX_IMPORT:
        raise UnimportableError(f"it is larger than {MAX_IMPORT // 1024} KiB")
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = _CONTROL.sub("\ufffd", text).split("\n")
    document = Document(name, lines, 0)
    for number, line in enumerate(lines):
        if "\ufffd" in line:
            document.note(number, "a character that is not text was replaced by \ufffd")
            break
    _take_front_matter(document)
    return document


def _take_front_matter(document: Document) -> None:
    lines = document.lines
    if not lines or lines[0].rstrip() != "---":
        return
    end = next((n for n in range(1, len(lines)) if lines[n].rstrip() in ("---", "...")), None)
    if end is None:
        return
    root, findings = compose("\n".join(lines[1:end]) + "\n", 2)
    if not isinstance(root, Mapping) or findings:
        document.note(0, "the front matter cannot be read; it stays in the body")
        # Our own fence comes first, so that the old one is text.
        return
    document.first = end + 1
    for key, node in root.entries:
        if isinstance(node, Scalar):
            document.front[key.text] = node.text
        elif isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
            document.front[key.text] = [i.text for i in node.items if isinstance(i, Scalar)]
        else:
            first = key.place.line - 1
            last = node.place.end_line - 1
            document.front[key.text] = "\n".join(lines[first : max(last, first + 1)])


def name_day(name: str) -> SpelledDay | None:
    """The day in a file's name."""
    match = _NAME_DAY.search(name)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups())
    return SpelledDay(month, day, year) if 1 <= month <= 12 and 1 <= day <= 31 else None


def kind_of(title: str) -> str:
    """Whether a heading announces a ``timeline`` or ``actions``; empty where neither."""
    text = title.lower()
    return next((kind for kind, words in _KINDS.items() if re.search(words, text)), "")


def zone_statement(text: str) -> str | None:
    """The zone in ``All times are in UTC``."""
    if len(text) > 1000:
        return None
    zones_named = []
    for match in _TIMES_IN.finditer(text):
        zone = find_zone(match[0])
        if zone:
            zones_named.append(zone)
    # "Both Eastern Daylight Time (EDT) and UTC" states no zone of all.
    if len(zones_named) != 1 or re.search(r"\bboth\b", text, re.IGNORECASE):
        return None
    return zones_named[0]


def _within(above: Section, title: str, line: int) -> Section:
    kind = kind_of(title)
    day = find_day(title)
    in_brackets = re.search(r"[(\[]([^()\[\]]{2,40})[)\]]", title)
    zone = find_zone(in_brackets[1]) if in_brackets else None
    zone = zone or zone_statement(title)
    nothing_new = not kind and above.kind == "timeline" and (day or _is_phase(title))
    return Section(
        (*above.titles, title),
        kind or (above.kind if nothing_new or above.kind == "actions" else ""),
        day or above.day,
        line if day else above.day_line,
        zone or above.zone,
        line,
    )


_PHASE = re.compile(
    r"\b(?:phase|day \d|detection|response|recovery|mitigation|investigation|lead ?-?up|escalation|"
    r"resolution|before|during|after|first|second|third|fourth|morning|afternoon|night|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b|\d{1,2}:\d\d",
    re.IGNORECASE,
)


def _is_phase(title: str) -> bool:
    return _PHASE.search(title) is not None


def _with_zone(section: Section, zone: str) -> Section:
    return Section(section.titles, section.kind, section.day, section.day_line, zone, section.line)


# A plain line that says nothing but what is below it: `Timeline (UTC)`.
_IS_TITLE = re.compile(
    r"(?:(?:the|full|incident|detailed) )*(?:time ?line|chronology|sequence of events|"
    r"action items?|follow-?ups?|next steps)(?: of (?:the )?(?:events|incident|outage))?"
    r"(?: ?\([^()]{2,40}\))?:?",
    re.IGNORECASE,
)


def _is_day(text: str) -> bool:
    """Whether `text` is a day and nothing else."""
    spelled = scan(text)
    if spelled is None or spelled.has_clock or spelled.point.day is None:
        return False
    return spelled.point.day.day is not None and not text[spelled.end :].strip(":. ")


def _intro(text: str) -> str | None:
    """The words of a paragraph that stands above a list like a heading: ``**Timeline:**``."""
    stripped = text.strip()
    if "\n" in stripped or len(stripped) > 100 or "|" in stripped:
        return None
    bare = stripped.strip("*_ ")
    if _IS_TITLE.fullmatch(bare):
        return bare.rstrip(":")
    bold = stripped.startswith(("**", "__")) and stripped.rstrip(":. ").endswith(("**", "__"))
    if bold and stripped.count("**") + stripped.count("__") == 2:
        return bare.rstrip(":")
    if _is_day(bare):
        return bare.rstrip(":")
    if stripped.endswith(":") and (kind_of(bare) or find_day(bare)):
        return bare.rstrip(":")
    return None
