"""Tables for spreadsheets: CSV as RFC 4180 has it, with no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

Cell = str | int | float | None

# What begins a formula in some spreadsheet, the full-width forms included.
_FORMULA = tuple("=+-@＝＋－＠")
_CONTROL = ("\t", "\r", "\n")


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
    """`cell`, with an apostrophe before text that begins as formulas do, blanks aside."""
    if isinstance(cell, str) and (cell.startswith(_CONTROL) or cell.lstrip().startswith(_FORMULA)):
        return f"'{cell}"
    return cell
