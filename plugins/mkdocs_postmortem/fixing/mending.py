"""One file mended: every safe fix applied until none is left, each proved by reading again.

A second run finds the same file and the same refusals, because the first one ends only where no
fix stands the proof any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mkdocs_postmortem.diagnostics import Diagnostic, Edit, Fix, Place
from mkdocs_postmortem.fixing.order import Dated, Moved, OrderError, in_order
from mkdocs_postmortem.fixing.proof import objection
from mkdocs_postmortem.fixing.revision import EditError, RawText, start_after
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading.reader import Reading

# Each pass solves at least one problem, and brings no new one but notes that it solves next.
_MAX_PASSES = 50
NEW_DAY = "PM207"


@dataclass(frozen=True, slots=True)
class Applied:
    """One problem that was solved: on which line of the result, and what became of which text."""

    code: str
    line: int
    was: str
    becomes: str


@dataclass(slots=True)
class Mended:
    """A file after its fixes: the result, what was done, and why the rest was not.

    ``refused`` holds a reason for each diagnostic of ``reading`` that has fixes;
    ``not_ordered`` the reason why rows that are out of order were not moved.
    """

    raw: RawText
    reading: Reading
    applied: list[Applied] = field(default_factory=list)
    refused: dict[Diagnostic, str] = field(default_factory=dict)
    moved: list[Moved] = field(default_factory=list)
    dated: list[Dated] = field(default_factory=list)
    not_ordered: str | None = None


def mend(path: str, raw: RawText, options: Options, *, order: bool = False) -> Mended:
    """`raw`, the text of the incident at `path`, with every safe fix applied.

    With `order` its rows are moved into order as well.
    """
    result = Mended(raw, read_incident_text(path, raw.data, options))
    for _ in range(_MAX_PASSES):
        start = result.raw
        # Days are written out last: which row begins one depends on times and order.
        _fix(path, result, options, lambda code: code != NEW_DAY)
        if order:
            _order(path, result, options)
        _fix(path, result, options, lambda code: True)
        if result.raw == start:
            break
    return result


def _fix(path: str, result: Mended, options: Options, wanted: Callable[[str], bool]) -> None:
    """Apply to `result` the fixes of the codes that are `wanted`, until none can be applied."""
    for _ in range(_MAX_PASSES):
        step = _Pass(path, result.raw, result.reading, options)
        step.run(wanted)
        result.refused = step.refused
        if not step.accepted:
            break
        edits = [edit for _, fix in step.accepted for edit in fix.edits]
        _shift(result, edits)
        result.applied += [_told(found, fix, step.raw, edits) for found, fix in step.accepted]
        result.raw, result.reading = step.result, step.reading


def _shift(result: Mended, edits: list[Edit]) -> None:
    """Say where what was done before stands after `edits`."""

    def line(number: int) -> int:
        return start_after(Place.at(number, 1), edits)[0]

    result.applied = [replace(done, line=line(done.line)) for done in result.applied]
    result.moved = [replace(done, line=line(done.line)) for done in result.moved]
    result.dated = [replace(done, line=line(done.line)) for done in result.dated]


def _order(path: str, result: Mended, options: Options) -> None:
    """Move the rows of `result` into order, or say why not."""
    result.not_ordered = None
    try:
        ordered = in_order(path, result.raw, result.reading, options)
    except OrderError as error:
        result.not_ordered = str(error)
        return
    if ordered is None:
        return
    # What was fixed moved with its row.
    lines = ordered.lines
    result.applied = [
        replace(done, line=lines.get(done.line, done.line)) for done in result.applied
    ]
    result.raw, result.reading = ordered.raw, ordered.reading
    result.moved += ordered.moved
    result.dated += ordered.dated


def _told(found: Diagnostic, fix: Fix, raw: RawText, edits: list[Edit]) -> Applied:
    """What `fix` does, in the words of the file: the stretch before and after."""
    spans = raw.spans(fix.edits)
    start, end = spans[0][0], max(span[1] for span in spans)
    becomes, position = [], start
    for begin, finish, new in spans:
        becomes += [raw.text[position:begin], new]
        position = finish
    line, _ = start_after(min(edit.place for edit in fix.edits), edits)
    return Applied(found.code, line, raw.text[start:end], "".join(becomes))


_Choice = tuple[Diagnostic, Fix]


class _Pass:
    """The fixes that one reading offers, as many at once as stand the proof together."""

    def __init__(self, path: str, raw: RawText, reading: Reading, options: Options) -> None:
        self.path = path
        self.raw = raw
        self.before = reading
        self.options = options
        self.accepted: list[_Choice] = []
        self.refused: dict[Diagnostic, str] = {}
        self.result = raw
        self.reading = reading

    def run(self, wanted: Callable[[str], bool]) -> None:
        found = [one for one in self.before.diagnostics if one.fixes and wanted(one.code)]
        self._all_of([(one, one.fixes[0]) for one in found if len(one.fixes) == 1])
        for diagnostic in found:
            if len(diagnostic.fixes) > 1:
                self._only_one_of(diagnostic)

    def _all_of(self, choices: list[_Choice]) -> None:
        """Accept all `choices`; where they do not stand together, find those that do."""
        if not choices:
            return
        reason = self._try(choices)
        if reason is None:
            return
        if len(choices) == 1:
            self.refused[choices[0][0]] = reason
            return
        middle = len(choices) // 2
        self._all_of(choices[:middle])
        self._all_of(choices[middle:])

    def _only_one_of(self, diagnostic: Diagnostic) -> None:
        """Accept the one fix of several that stands the proof, if it is only one."""
        kept = list(self.accepted), self.result, self.reading
        standing = []
        for fix in diagnostic.fixes:
            reason = self._try([(diagnostic, fix)])
            if reason is None:
                standing.append(fix)
                self.accepted, self.result, self.reading = list(kept[0]), kept[1], kept[2]
        if len(standing) == 1:
            self._try([(diagnostic, standing[0])])
            return
        choices = " or ".join(fix.edits[0].new for fix in diagnostic.fixes)
        self.refused[diagnostic] = f"it may be {choices}" if standing else "nothing fits here"

    def _try(self, choices: list[_Choice]) -> str | None:
        """Accept `choices` on top of what is accepted, or say why not."""
        together = [*self.accepted, *choices]
        fixes = [fix for _, fix in together]
        try:
            result = self.raw.edited(edit for fix in fixes for edit in fix.edits)
        except EditError as error:
            return str(error)
        reading = read_incident_text(self.path, result.data, self.options)
        reason = objection(self.before, reading, [found for found, _ in together], fixes)
        if reason is None:
            self.accepted, self.result, self.reading = together, result, reading
        return reason
