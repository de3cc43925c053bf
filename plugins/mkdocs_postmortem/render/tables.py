"""Tables for spreadsheets: CSV as RFC 4180 has it, with no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

Cell = str | int | float | None

# What begins a formula in some spreadsheet, the full-width forms included.
_FORMULA = tuple("=+-@＝＋－＠")
_CONTROL = ("\t", "\r", "\n")
# Where a spreadsheet of another country, or one that was told so, begins a new cell.
_INNER = re.compile(r"([;|\t\r\n] *)(?=[=+\-@＝＋－＠])")
# Most cells, told at a glance.
_HARMLESS = re.compile(r"(?:[A-Za-z0-9][^;|\t\r\n]*)?")
_BLANK = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff\ufffd\"']*")


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """`rows` as CSV with CRLF line ends; ``None`` is an empty cell.

    Text that a spreadsheet could take for a formula gets an apostrophe before it. Numbers stay as
    they are, so give them as numbers.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([defused(cell) for cell in row] for row in rows)
    return out.getvalue()


def defused(cell: Cell) -> Cell:
    """`cell`, with an apostrophe before text that begins as formulas do, blanks and quotes aside.

    So is text behind a semicolon or a line break, which begin a cell elsewhere.
    """
    if not isinstance(cell, str) or _HARMLESS.fullmatch(cell):
        return cell
    inner = _INNER.sub(r"\1'", cell)
    bare = _BLANK.sub("", inner, count=1)
    if inner.startswith(_CONTROL) or (bare.startswith(_FORMULA) and not inner.startswith("'")):
        return f"'{inner}"
    return inner
