"""YAML as a tree of the author's own text, bounded before anything is built.

Scalars are never interpreted: ``18:03`` stays ``18:03`` and ``no`` stays ``no``. The tree is made
from the event stream without recursion, because building it from nested input is what crashes
the C loader.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from mkdocs_postmortem.diagnostics import Edit, Fix, Place
from mkdocs_postmortem.reading.source import CONTROL, is_clean
from mkdocs_postmortem.rules import reading as rules
from mkdocs_postmortem.rules.registry import Finding

MAX_DEPTH = 16
MAX_NODES = 20_000
MAX_ITEMS = 1000
# Each repair parses the text again: at least so many, and as many as come to so many characters.
_MIN_REPAIRS = 20
_MAX_REPAIRED_LENGTH = 100_000

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A comment begins with a blank after its sign; "# 42" is text that somebody spaced out.
_CUT = re.compile(r"[ \t]*(#(?:[^\s#!]|[ \t]+\d).*)")


@dataclass(slots=True)
class Scalar:
    """Text as written, without its quotes; `is_null` for an empty value, ``~`` or ``null``.

    `quoting` puts quotes around text that YAML ends too early.
    """

    text: str
    place: Place
    is_plain: bool
    cut: tuple[str, Place] | None = None
    quoting: Fix | None = None

    kind = "text"

    @property
    def is_null(self) -> bool:
        """Whether the value is left empty."""
        return self.is_plain and self.text in ("", "~", "null")


@dataclass(slots=True)
class Sequence:
    """A list."""

    place: Place
    items: list[Node] = field(default_factory=list)

    kind = "a list"


@dataclass(slots=True)
class Mapping:
    """Keys and values in the order in which they stand, each key once."""

    place: Place
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)

    kind = "a mapping"

    def get(self, key: str) -> Node | None:
        """The value at `key`."""
        return next((value for name, value in self.entries if name.text == key), None)


Node = Scalar | Sequence | Mapping


def compose(text: str, first_line: int) -> tuple[Node | None, list[Finding]]:
    """The tree of `text`, whose first line is line `first_line` of its file, and its problems.

    There is no tree where the text is no YAML or exceeds a bound. A `: ` that is not quoted is
    reported and then read as text, so that the problems behind it are reported too.
    """
    findings: list[Finding] = []
    colon = next(mark for mark in map(chr, range(0xE000, 0xF8FF)) if mark not in text)
    repaired = text
    for _ in range(max(_MIN_REPAIRS, _MIN_REPAIRS * _MAX_REPAIRED_LENGTH // max(1, len(text)))):
        builder = _Builder(text, first_line, None if repaired is text else colon)
        try:
            builder.build(LOADER(repaired).get_event)
        except _BoundError as bound:
            return None, [*findings, bound.finding]
        except yaml.YAMLError as error:
            if repaired is text and (finding := _odd_blanks(text, first_line)):
                return None, [finding]
            finding, position = _syntax_finding(error, repaired, first_line)
            if not findings or findings[-1].place.line != finding.place.line:
                findings.append(finding)
            if position is None or len(text) > _MAX_REPAIRED_LENGTH:
                return None, findings
            repaired = repaired[:position] + colon + repaired[position + 1 :]
        else:
            if isinstance(builder.root, Scalar) and (finding := _odd_blanks(text, first_line)):
                return None, [finding]
            return builder.root, findings + builder.findings
    return None, findings


# Blanks that word processors write and YAML takes for letters, where only a blank makes sense.
_ODD_BLANKS = re.compile(
    r"[ ]*(?:-[ ]*)?(?:(?:(?!: )[^\"'#])*?:)?"
    r"([\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+)"
)


def _odd_blanks(text: str, first_line: int) -> Finding | None:
    """What is wrong with blanks that are none to YAML; ``None`` where there are none."""
    edits: list[Edit] = []
    sign = ""
    for number, line in enumerate(text.split("\n") if not text.isascii() else ()):
        rest = line
        while found := _ODD_BLANKS.match(rest):
            start, end = found.span(1)
            sign = sign or found[1][0]
            rest = f"{rest[:start]}{' ' * (end - start)}{rest[end:]}"
            place = Place.at(first_line + number, start + 1, end - start)
            edits.append(Edit(place, " " * (end - start)))
    if not edits:
        return None
    reason = f"the blank here is U+{ord(sign):04X}, which is no blank to YAML"
    finding = rules.yaml_syntax(edits[0].place, reason, "put ordinary spaces there")
    return finding.mended_by(Fix(tuple(edits), reveals=_everything(text.split("\n"), first_line)))


# Text in an event or a field that begins with what YAML takes for a sign of its own.
_SPECIAL = re.compile(r"[ \t]*(?:-[ \t]+)?[^\"'#]*?:[ \t]+([*&!%@`\"\['{|>])\S")
_CHECKBOX = re.compile(r"[ \t]*-[ \t]+(\[[ xX]?\])[ \t]+\S")


# What cannot be anything but text: a sign that begins nothing, or quotes and brackets that are
# closed before the text goes on.
_ONLY_TEXT = re.compile(
    r"""(?:[*&!%@`]\S|"[^"\\]*"[ \t]*[^\s#]|'[^']*'[ \t]*[^\s#']|"""
    r"""\[[^\[\]]*\](?:\(|[ \t]*\w)|\{[^{}]*\}[ \t]*\w).*"""
)


def quoting(lines: list[str], place: Place, first_line: int = 1) -> Fix:
    """Quotes around the stretch at `place`; the first of `lines` is line `first_line`."""
    stretch = lines[place.line - first_line : place.end_line - first_line + 1]
    stretch[-1] = stretch[-1][: place.end_column - 1]
    begin = place.column - 1
    start = Place(place.line, place.column, place.line, place.column)
    end = Place(place.end_line, place.end_column, place.end_line, place.end_column)
    inside = [
        (number, column)
        for number, line in enumerate(stretch)
        for column, character in enumerate(line)
        if character in '"\\' and (number > 0 or column >= begin)
    ]
    if not inside:
        return Fix((Edit(start, '"'), Edit(end, '"')))
    doubled = [
        Edit(Place(place.line + number, column + 1, place.line + number, column + 1), "'")
        for number, line in enumerate(stretch)
        for column, character in enumerate(line)
        if character == "'" and (number > 0 or column >= begin)
    ]
    return Fix((Edit(start, "'"), *doubled, Edit(end, "'")))


def _quoted_line(lines: list[str], number: int, column: int, first_line: int) -> tuple[Fix, ...]:
    """Quotes around the text at `column` of a line, where it is all text and ends there."""
    line = lines[number].rstrip()
    if not _ONLY_TEXT.fullmatch(line[column:]) or re.search(r"[ \t]#", line[column:]):
        return ()
    key = re.match(r"[ \t]*(?:-[ \t]+)?", line)
    if key is None or line[key.end() : key.end() + 1] in ("{", "["):
        return ()
    below = lines[number + 1] if number + 1 < len(lines) else ""
    if below.strip() and len(below) - len(below.lstrip()) > key.end():
        return ()
    place = Place.at(first_line + number, column + 1, len(line) - column)
    fix = quoting(lines, place, first_line)
    return (Fix(fix.edits, reveals=_everything(lines, first_line)),)


def _everything(lines: list[str], first_line: int) -> Place:
    """The place of the front matter, from before the fence where missing fields are reported.

    Its text ends with a line break, so the last of `lines` is the closing fence's.
    """
    return Place(0, 1, first_line + len(lines) - 1, 1)


def _untabbed(lines: list[str], first_line: int) -> tuple[Fix, ...]:
    """Spaces for the tabs that indent lines, where all widths of a tab come to the same."""
    indents = [line[: len(line) - len(line.lstrip(" \t"))] for line in lines]
    if sum(map(len, lines)) > _MAX_REPAIRED_LENGTH or not any("\t" in found for found in indents):
        return ()
    shapes = []
    for width in (2, 3, 8):
        spread = [
            indent.replace("\t", " " * width) + line[len(indent) :]
            for indent, line in zip(indents, lines, strict=True)
        ]
        root, _ = compose("\n".join(spread), first_line)
        if root is None:
            return ()
        shapes.append(_shape(root))
    if shapes.count(shapes[0]) < len(shapes):
        return ()
    edits = tuple(
        Edit(Place.at(first_line + number, 1, len(indent)), indent.replace("\t", "  "))
        for number, indent in enumerate(indents)
        if "\t" in indent and lines[number].strip()
    )
    return (Fix(edits, reveals=_everything(lines, first_line)),)


def _shape(node: Node) -> Any:
    """`node` without its places."""
    if isinstance(node, Scalar):
        return (node.text, node.is_plain)
    if isinstance(node, Sequence):
        return [_shape(item) for item in node.items]
    return [(key.text, _shape(value)) for key, value in node.entries]


class _BoundError(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def _syntax_finding(
    error: yaml.YAMLError, text: str, first_line: int
) -> tuple[Finding, int | None]:
    """What `error` says in the words of a rule, and where a colon can be read as text."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return rules.yaml_syntax(Place.at(first_line, 1), str(error)), None
    place = Place.at(first_line + mark.line, mark.column + 1)
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    problem = str(getattr(error, "problem", "") or "").replace("'\\t'", "a tab")
    if problem.startswith("mapping values are not allowed") and line[mark.column :][:1] == ":":
        position = sum(len(before) + 1 for before in lines[: mark.line]) + mark.column
        return rules.unquoted_colon(place), position
    if "\t" in line[: len(line) - len(line.lstrip())] or line[mark.column :][:1] == "\t":
        finding = rules.tab(Place.at(place.line, line.index("\t") + 1))
        return finding.mended_by(*_untabbed(lines, first_line)), None
    context = str(getattr(error, "context", "") or "")
    reason = f"{context}, {problem}" if context and problem else problem or context
    help = None
    fixes: tuple[Fix, ...] = ()
    for number in {mark.line, getattr(getattr(error, "context_mark", None), "line", mark.line)}:
        found = _SPECIAL.match(lines[number]) if number < len(lines) else None
        if found:
            place = Place.at(first_line + number, found.start(1) + 1)
            reason = f"“{found[1]}” at the beginning of text means something else to YAML"
            help = "put the text into double quotes, or single ones where it has double ones"
            fixes = _quoted_line(lines, number, found.start(1), first_line)
        elif number < len(lines) and (found := _CHECKBOX.match(lines[number])):
            place = Place.at(first_line + number, found.start(1) + 1, len(found[1]))
            reason = f"“{found[1]}” is a list to YAML"
            help = "write `- title: …`, and below it `status: done` where the box is ticked"
    return rules.yaml_syntax(place, reason, help).mended_by(*fixes), None


class _Builder:
    """Builds nodes from YAML events with a stack of its own.

    `colon` stands in them for a colon that is text, where there is such.
    """

    def __init__(self, text: str, first_line: int, colon: str | None) -> None:
        self.lines = text.split("\n")
        self.first_line = first_line
        self.colon = colon
        self.root: Node | None = None
        self.findings: list[Finding] = []
        # No value can be cut short, or hold what the text may not.
        self._is_simple = colon is None and "#" not in text and "\\" not in text and is_clean(text)
        # The list or mapping that is open and what is in it, its key that waits for a value, and
        # its keys so far; then those of the ones around it.
        self._parent: Sequence | Mapping | None = None
        self._inside: list[Any] = []
        self._key: Scalar | None = None
        self._seen: dict[str, Scalar] = {}
        self._outer: list[Any] = []
        self._nodes = 0

    def build(self, next_event: Callable[[], Any]) -> None:
        others: dict[type, Callable[[Any], None]] = {
            yaml.AliasEvent: self._on_alias,
            yaml.SequenceStartEvent: self._on_start,
            yaml.MappingStartEvent: self._on_start,
            yaml.SequenceEndEvent: self._on_end,
            yaml.MappingEndEvent: self._on_end,
        }
        scalar, add, is_scalar = self._scalar, self._add, yaml.ScalarEvent
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is is_scalar:
                add(scalar(event))
            elif kind in others:
                others[kind](event)

    def _on_alias(self, event: Any) -> None:
        place = self._place(event)
        self.findings.append(rules.anchor_or_alias(place, f"*{event.anchor}"))
        self._add(Scalar("", place, is_plain=True))

    def _on_start(self, event: Any) -> None:
        self._refuse(event)
        place = self._place(event)
        inside: list[Any] = []
        is_list = isinstance(event, yaml.SequenceStartEvent)
        node = Sequence(place, inside) if is_list else Mapping(place, inside)
        self._add(node)
        self._outer.append((self._parent, self._inside, self._key, self._seen))
        self._parent, self._inside, self._key, self._seen = node, inside, None, {}
        if len(self._outer) > MAX_DEPTH:
            raise _BoundError(rules.too_large(node.place, "the nesting", f"{MAX_DEPTH} levels"))

    def _on_end(self, event: Any) -> None:
        node = self._parent
        assert node is not None
        self._parent, self._inside, self._key, self._seen = self._outer.pop()
        (line, column, _, _), end = node.place, event.end_mark
        node.place = Place(line, column, self.first_line + end.line, end.column + 1)

    def _place(self, event: Any) -> Place:
        start, end, first = event.start_mark, event.end_mark, self.first_line
        return Place(first + start.line, start.column + 1, first + end.line, end.column + 1)

    def _refuse(self, event: Any) -> None:
        if event.anchor is not None:
            self.findings.append(rules.anchor_or_alias(self._place(event), f"&{event.anchor}"))
        if event.tag is not None:
            self.findings.append(rules.tag(self._place(event), event.tag))

    def _scalar(self, event: Any) -> Scalar:
        if event.anchor is not None or event.tag is not None:
            self._refuse(event)
        place, value = self._place(event), event.value
        is_plain = not event.style
        if self._is_simple:
            return Scalar(value, place, is_plain)
        colon = self.colon
        cut = self._cut(event, place) if is_plain else None
        fix = None
        if cut or (is_plain and colon and colon in value):
            stretch = place
            if cut and cut[0][1:2].isdigit():
                # A number belongs to the text; other words may be meant as a comment.
                begin = place if value else cut[1]
                stretch = Place(begin.line, begin.column, cut[1].end_line, cut[1].end_column)
            fix = quoting(self.lines, stretch, self.first_line)
        # Double quotes can hold what the text of the file may not: "\\x1b" and "\0".
        if control := CONTROL.search(value):
            self.findings.append(rules.control_character(place, ord(control[0])))
            value = CONTROL.sub("\ufffd", value)
        return Scalar(value.replace(colon, ":") if colon else value, place, is_plain, cut, fix)

    def _cut(self, event: Any, place: Place) -> tuple[str, Place] | None:
        """What YAML takes for a comment behind a value, with its place."""
        end = event.end_mark
        rest = self.lines[end.line][end.column :]
        found = _CUT.fullmatch(rest) if "#" in rest else None
        if found is None or (event.value and rest[0] not in " \t"):
            return None
        column = end.column + found.start(1) + 1
        return found[1], Place.at(place.end_line, column, len(found[1]))

    def _add(self, node: Node) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _BoundError(rules.too_large(node.place, "the number of values", f"{MAX_NODES:,}"))
        parent, key = self._parent, self._key
        if parent is None:
            self.root = node
        elif key is not None:
            self._key = None
            self._enter(key, node)
        elif len(self._inside) >= MAX_ITEMS:
            raise _BoundError(rules.too_large(node.place, f"{parent.kind}", f"{MAX_ITEMS:,}"))
        elif parent.__class__ is Sequence:
            self._inside.append(node)
        else:
            self._key = self._named(node)

    def _enter(self, key: Scalar, node: Node) -> None:
        """Put a key with its value into the mapping that is open."""
        seen, name = self._seen, key.text
        if name == "<<" and key.is_plain:
            self.findings.append(rules.merge_key(key.place))
        elif name in seen:
            self.findings.append(rules.duplicate_key(key.place, name, seen[name].place.line))
        else:
            seen[name] = key
            self._inside.append((key, node))

    def _named(self, node: Node) -> Scalar:
        """`node` as the key of a mapping."""
        if isinstance(node, Scalar):
            return node
        finding = rules.wrong_shape(node.place, "a field's name", node.kind, "put it into quotes")
        self.findings.append(finding)
        return Scalar(f"\0{self._nodes}", node.place, is_plain=True)
