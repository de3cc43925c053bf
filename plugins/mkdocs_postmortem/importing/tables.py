"""Tables of documents as rows of cells: Markdown ones however broken, and HTML ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from mkdocs_postmortem.importing.markup import leading_time
from mkdocs_postmortem.importing.spelled_time import SpelledTime, find_zone

_SEPARATOR = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_URL = re.compile(r"<?(https?://[^\s<>\"|]+)>?")
# Wider tables are data, not timelines.
MAX_COLUMNS = 40
# Longer lines are no rows, and longer tables no timelines.
_LONGEST_ROW = 20_000
_LONGEST_HTML = 200_000


@dataclass(frozen=True, slots=True)
class TableRow:
    """Cells, and the lines of the document (from 0) on which they stand."""

    cells: tuple[str, ...]
    line: int
    end: int


@dataclass(slots=True)
class Table:
    """A table; ``header`` is empty where it has none."""

    header: tuple[str, ...]
    rows: list[TableRow]
    line: int
    end: int
    loose: tuple[str, ...] = ()


@dataclass(slots=True)
class Columns:
    """Which columns hold what; the ones that are not named here hold more text."""

    times: list[int] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    zones: list[int] = field(default_factory=list)
    end: int | None = None
    text: int | None = None
    by: int | None = None
    header: tuple[str, ...] = ()

    @property
    def leads_with_time(self) -> bool:
        """Whether the times stand first, or below a head that says so."""
        first = self.times[0]
        name = self.named(first)
        return first == 0 or bool(self.days) or _says("time", name) or _says("day", name)

    def named(self, index: int) -> str:
        """The header of a column, without marks."""
        return re.sub(r"[*_`]", "", self.header[index]) if index < len(self.header) else ""


def is_separator(line: str) -> bool:
    """Whether a line is the one between the head and the rows of a table."""
    return "-" in line and len(line) < 2000 and _SEPARATOR.fullmatch(line) is not None


def split_row(line: str) -> tuple[str, ...]:
    """The cells of a line; bars in code and behind a backslash are text."""
    stripped = line.strip()
    if len(stripped) > _LONGEST_ROW:
        return (stripped,)
    cells: list[str] = []
    start = position = 0
    while position < len(stripped):
        character = stripped[position]
        if character == "\\":
            position += 2
            continue
        if character == "`":
            run = len(stripped[position:]) - len(stripped[position:].lstrip("`"))
            close = stripped.find("`" * run, position + run)
            position = close + run if close >= 0 else position + run
            continue
        if character == "|":
            cells.append(stripped[start:position])
            start = position + 1
        position += 1
    cells.append(stripped[start:])
    if stripped.startswith("|"):
        cells = cells[1:]
    if len(cells) > 1 and not cells[-1].strip():
        cells = cells[:-1]
    return tuple(_cell(cell) for cell in cells)


def _cell(text: str) -> str:
    return _BREAK.sub("\n", text.strip()).replace("\\|", "|").strip()


def markdown_table(lines: Sequence[str], start: int, end: int) -> Table:
    """The table on these lines; a head that is a row of times is a row."""
    rows = [
        TableRow(split_row(lines[number]), number, number + 1)
        for number in range(start, end)
        if lines[number].strip() and not is_separator(lines[number])
    ]
    header: tuple[str, ...] = ()
    if rows and not any(_is_time(cell) for cell in rows[0].cells):
        header, rows = rows[0].cells, rows[1:]
    return Table(header, rows, start, end)


def whole_time(cell: str) -> SpelledTime | None:
    """The time that is all of `cell`."""
    if len(cell) > 120 or not cell:
        return None
    found = leading_time(cell, is_cell=True)
    return found.time if found and not found.rest.strip("()[] .,;:-–—") else None


def _is_time(cell: str) -> bool:
    found = whole_time(cell)
    return found is not None and found.has_clock


_NAMES = {
    "end": r"end|ended|until|finish(?:ed)?|stop(?:ped)?|to|ende",
    "zone": r"(?:time ?)?zone|tz",
    "day": r"date|day|datum|weekday",
    "time": r"time|when|timestamp|hour|clock|start|started|begin|from|utc|gmt|uhrzeit|zeit|at",
    "by": r"who|by|actor|person|responder|author|people|participants?|name|wer|user",
    "text": (
        r"events?|descriptions?|what|details?|activity|happened|summary|message|entry|entries|"
        r"updates?|actions?|ereignis|occurrence|incident|observations?|notes?|comments?|steps?"
    ),
}


def columns_of(header: Sequence[str], rows: Sequence[TableRow]) -> Columns | None:
    """What the columns hold, or ``None`` where none holds clock times."""
    width = max([len(header), *(len(row.cells) for row in rows[:200])], default=0)
    if not 1 < width <= MAX_COLUMNS:
        return None
    columns = Columns(header=tuple(header))
    lengths: dict[int, int] = {}
    for index in range(width):
        cells = [row.cells[index] for row in rows[:200] if index < len(row.cells)]
        filled = [cell for cell in cells if cell.strip(" -–—")]
        times = [found for cell in filled if (found := whole_time(cell))]
        clocks = sum(time.has_clock for time in times)
        named = columns.named(index)
        if clocks and clocks * 2 >= len(filled):
            if columns.times and _says("end", named):
                columns.end = index
            else:
                columns.times.append(index)
        elif filled and len(times) * 2 >= len(filled) and not _says("text", named):
            columns.days.append(index)
        elif filled and _says("zone", named):
            columns.zones.append(index)
        elif columns.by is None and _says("by", named) and not _says("text", named):
            columns.by = index
        else:
            lengths[index] = sum(map(len, filled))
            if columns.text is None and _says("text", named):
                columns.text = index
    if not columns.times:
        return None
    if columns.text is None and lengths:
        columns.text = max(lengths, key=lambda index: lengths[index])
    return columns


def _says(kind: str, name: str) -> bool:
    words = re.sub(r"\(.*?\)", " ", name.lower())
    return re.search(rf"\b(?:{_NAMES[kind]})\b", words) is not None


def zone_of_column(columns: Columns, index: int) -> str | None:
    """The zone in the head of a column."""
    return find_zone(columns.named(index))


def links_in(cell: str) -> list[str]:
    """The addresses of a cell that holds nothing else."""
    return _URL.findall(cell) if cell and not _URL.sub("", cell).strip(" ,;") else []


class _Html(HTMLParser):
    """Gathers the rows of tables and the items of lists, with their lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[tuple[list[str], int, int, bool]] = []
        self._cells: list[list[str]] = []
        self._line = 0
        self._heads = 0
        self._open = False
        self._links: list[str] = []
        self.loose: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("tr", "li", "dt"):
            self._finish()
            self._line = self.getpos()[0]
            self._cells = [[]] if tag != "tr" else []
            self._heads = 0
            self._open = True
        elif tag in ("td", "th", "dd"):
            self._cells.append([])
            self._heads += tag == "th"
            self._open = True
        elif tag in ("br", "p"):
            self._add("\n")
        elif tag in ("b", "strong"):
            self._add("**")
        elif tag in ("i", "em"):
            self._add("*")
        elif tag == "code":
            self._add("`")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
            self._add("[")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("tr", "li", "table", "ul", "ol", "dl"):
            self._finish()
        elif tag in ("b", "strong"):
            self._add("**")
        elif tag in ("i", "em"):
            self._add("*")
        elif tag == "code":
            self._add("`")
        elif tag == "a" and self._links:
            link = self._links.pop()
            self._add(f"]({link})" if link else "]")

    def handle_data(self, data: str) -> None:
        self._add(re.sub(r"\s+", " ", data))

    def _add(self, text: str) -> None:
        if self._cells and self._open:
            self._cells[-1].append(text)
        elif text.strip(" \n*`[]"):
            self.loose.append(text.strip())

    def _finish(self) -> None:
        if self._cells and self._open:
            cells = [re.sub(r" ?\n ?", "\n", "".join(cell)).strip() for cell in self._cells]
            is_head = self._heads == len(self._cells)
            self.rows.append((cells, self._line, self.getpos()[0], is_head))
        self._cells, self._open = [], False


def html_table(lines: Sequence[str], start: int, end: int) -> Table:
    """The rows of the HTML table, or the items of the HTML list, on these lines."""
    parser = _Html()
    text = "\n".join(lines[start:end])
    # Comments and declarations hold no rows, and parsing them can cost more than they are worth.
    if len(text) > _LONGEST_HTML or text.count("<!") > 100 or text.count("<?") > 100:
        return Table((), [], start, end)
    parser.feed(text)
    parser.close()
    header: tuple[str, ...] = ()
    rows: list[TableRow] = []
    for cells, line, last, is_head in parser.rows:
        if (
            not header
            and not rows
            and (is_head or not any(map(_is_time, cells)))
            and len(cells) > 1
        ):
            header = tuple(cells)
        else:
            rows.append(TableRow(tuple(cells), start + line - 1, start + last))
    return Table(header, rows, start, end, tuple(parser.loose))
