"""The text of a file, split into front matter and body, with nothing read as YAML yet."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

from mkdocs_postmortem.diagnostics import Edit, Fix, Place
from mkdocs_postmortem.files_on_disk import MAX_BYTES
from mkdocs_postmortem.rules import reading as rules
from mkdocs_postmortem.rules.registry import Finding

# What YAML 1.1 does not allow in a stream, and what it takes for a line break but nobody sees.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
# The signs of ASCII that it does not have.
_CLEAN = b"\t\n" + bytes(range(0x20, 0x7F))
_FENCES = ("---", "...")


def is_clean(text: str) -> bool:
    """Whether `text` certainly has nothing of `CONTROL`, which is soon told of most texts."""
    if text.isascii():
        return not text.encode().translate(None, _CLEAN)
    return text.replace("\n", "").replace("\t", "").isprintable()


@dataclass(frozen=True, slots=True)
class Source:
    r"""A file's text with ``\n`` line ends. Line numbers count from 1 in the whole file."""

    path: str
    text: str
    lines: list[str] = field(repr=False)
    front_matter: str | None
    front_matter_line: int
    body: str
    body_line: int
    # Where each line begins, so that a place costs no look through the whole text.
    _starts: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def is_literal(self) -> bool:
        """Whether words and signs stand in the file as they stand in the values of its fields.

        Line breaks may still be blanks there; only double quotes can put together what stands
        apart in the file, or hide what it is.
        """
        return self.front_matter is None or "\\" not in self.front_matter

    def offset(self, line: int, column: int) -> int:
        """Where in `text` the character at `line` and `column` (from 1) stands."""
        starts = self._line_starts()
        return starts[min(line, len(starts)) - 1] + column - 1

    def place(self, start: int, end: int) -> Place:
        """The place of ``text[start:end]``."""
        return Place(*self._line_and_column(start), *self._line_and_column(end))

    def _line_and_column(self, offset: int) -> tuple[int, int]:
        starts = self._line_starts()
        line = max(1, min(bisect_right(starts, offset), len(self.lines)))
        return line, offset - starts[line - 1] + 1

    def _line_starts(self) -> list[int]:
        if not self._starts:
            self._starts.extend(accumulate((len(line) + 1 for line in self.lines), initial=0))
        return self._starts

    def body_place(self, start: int, end: int) -> Place:
        """The place of ``body[start:end]``."""
        shift = len(self.text) - len(self.body)
        return self.place(shift + start, shift + end)


def read_source(path: str, data: bytes) -> tuple[Source | None, list[Finding]]:
    """The text in `data` split at its fences, and what is wrong with it.

    `path` is only named in the result. There is no source where the bytes are too many; where
    something else is wrong, as much is returned as can still be looked over.
    """
    if len(data) > MAX_BYTES:
        limit = f"{MAX_BYTES // 1024} KiB"
        return None, [rules.too_large(Place(), "the file", limit)]
    findings: list[Finding] = []
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        lines = re.split("\r\n|\r|\n", before)
        place = Place.at(len(lines), len(lines[-1]) + 1)
        findings.append(rules.not_utf8(place, data[error.start]))
        text = data.decode("utf-8", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not is_clean(text):
        for number, line in enumerate(text.split("\n"), 1):
            if match := CONTROL.search(line):
                place = Place.at(number, match.start() + 1)
                findings.append(rules.control_character(place, ord(match[0])))
            if len(findings) >= 20:
                break
        text = CONTROL.sub("\ufffd", text)
    lines = text.split("\n")
    begin, end, fence_findings = _fences(lines)
    findings += fence_findings
    if begin is None or end is None:
        return Source(path, text, lines, None, 1, text, 1), findings
    front_matter = "\n".join(lines[begin + 1 : end]) + "\n"
    body = "\n".join(lines[end + 1 :])
    return Source(path, text, lines, front_matter, begin + 2, body, end + 2), findings


def has_front_matter(data: bytes) -> bool:
    """Whether a file opens a front-matter fence, even a damaged one."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return re.match(rb"---[ \t]*(?:\r|\n|$)", head) is not None


def timeline_line(data: bytes) -> int | None:
    """The line of the field ``timeline`` in a page's front matter, even in damaged front matter."""
    if not has_front_matter(data):
        return None
    lines = data[:MAX_BYTES].decode("utf-8", errors="replace").splitlines()
    opened = False
    for number, line in enumerate(lines, 1):
        if line.rstrip("\ufeff ") in _FENCES or line.lstrip("\ufeff ").rstrip() == "---":
            if opened:
                return None
            opened = True
        elif opened and re.match(r"timeline[ \t]*:", line):
            return number
    return None


def _fences(lines: list[str]) -> tuple[int | None, int | None, list[Finding]]:
    """The indexes of the two fences, and what is wrong with them."""
    findings: list[Finding] = []
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].strip() != "---":
        return None, None, [rules.no_front_matter(Place())]
    if first > 0 or lines[first].rstrip() != "---":
        indent = len(lines[first]) - len(lines[first].lstrip())
        above = Fix((Edit(Place(1, 1, first + 1, indent + 1), ""),))
        findings.append(rules.indented_fence(Place.at(first + 1, 1, 3)).mended_by(above))
    indented = None
    for index in range(first + 1, len(lines)):
        if lines[index].rstrip() in _FENCES:
            return first, index, findings
        if indented is None and lines[index].strip() == "---":
            indented = index
    if indented is None:
        findings.append(rules.unclosed_front_matter(Place.at(first + 1, 1, 3)))
        return None, None, findings
    finding = rules.indented_fence(Place.at(indented + 1, 1, len(lines[indented])))
    if not lines[indented + 1 : indented + 2] or not lines[indented + 1][:1].isspace():
        indent = len(lines[indented]) - len(lines[indented].lstrip())
        finding = finding.mended_by(Fix((Edit(Place.at(indented + 1, 1, indent), ""),)))
    findings.append(finding)
    return first, indented, findings
