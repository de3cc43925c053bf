"""PM6xx: the sections of the body, and text that the template left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mkdocs_postmortem.body import headings, internal_blocks, without_code
from mkdocs_postmortem.diagnostics import Place, Severity
from mkdocs_postmortem.rules.registry import Remark, check

if TYPE_CHECKING:
    from mkdocs_postmortem.reading.reader import Reading


@check("PM601", "missing-section", Severity.WARNING)
def missing_section(reading: Reading) -> Iterator[Remark]:
    """The body lacks sections that every postmortem of the site has.

    The site's `sections` say which. Without “What went badly” there is usually nothing learned. A
    `summary` in the front matter counts as the section Summary. Open incidents are still being
    written and are not asked.
    """
    fields = reading.fields
    if fields is None or fields.status == "open" or fields.withdrawn:
        return
    if fields.kind == "maintenance":
        return
    present = {heading.text.casefold() for heading in headings(reading.source.body)}
    if fields.summary:
        present.add("summary")
    missing = [name for name in reading.options.sections if name.casefold() not in present]
    if missing:
        plural = "sections are" if len(missing) > 1 else "section is"
        yield Remark(
            Place.at(reading.source.body_line, 1),
            f"{len(missing)} {plural} missing: {', '.join(missing)}",
            f"add `## {missing[0]}`",
        )


@check("PM602", "section-order", Severity.WARNING)
def section_order(reading: Reading) -> Iterator[Remark]:
    """The sections stand in another order than the site's.

    Readers of many postmortems find their way by the order.
    """
    order = {name.casefold(): index for index, name in enumerate(reading.options.sections)}
    last: tuple[int, str] | None = None
    for heading in headings(reading.source.body):
        index = order.get(heading.text.casefold())
        if index is None:
            continue
        if last is not None and index < last[0]:
            yield Remark(
                reading.source.body_place(heading.start, heading.end),
                f"“{heading.text}” stands below “{last[1]}”",
                f"the order is {', '.join(reading.options.sections)}",
            )
        else:
            last = (index, heading.text)


_PLACEHOLDER = re.compile(
    r"\bTODO\b|\bTBD\b|\bFIXME\b|\bHH:mm\b|\bHH:MM\b|\bYYYY(?:-MM-DD)?\b|\?\?:\?\?|"
    r"\b[Ll]orem ipsum\b"
)
_ALL_IN_PARENTHESES = re.compile(
    r"[ \t]*(?:[-*+][ \t]+|\d{1,3}\.[ \t]+)?(\([^()\n]{3,200}\))[ \t]*"
)


@check("PM603", "placeholder")
def placeholder(reading: Reading) -> Iterator[Remark]:
    """Text of the template was never filled in.

    `TODO`, `HH:mm`, `YYYY`, a line that is all in parentheses, or a line of the site's own template
    (`.template.md` in the folder of the incidents) that is still as the template has it. A line of
    the template that is meant to stay ends with `<!-- keep -->` there. One real postmortem went
    out as “6 minutes” because its template rows were never filled in; it had been 17 hours. In a
    public incident it is an error, elsewhere a warning.
    """
    fields = reading.fields
    if fields is None:
        return
    severity = Severity.ERROR if fields.visibility == "public" else Severity.WARNING
    templates = reading.options.template_texts
    texts: list[tuple[tuple[str | int, ...], str, int | None]] = [(("title",), fields.title, None)]
    if fields.summary:
        texts.append((("summary",), fields.summary, None))
    for index, row in enumerate(fields.timeline):
        texts.append((("timeline", index, "event"), row.event, index + 1))
    for index, cause in enumerate(fields.causes):
        texts.append((("causes", index, "text"), cause.text, None))
    for index, item in enumerate(fields.action_items):
        texts.append((("action_items", index, "title"), item.title, None))
    for path, text, number in texts:
        for start, end in _left_over(text, templates):
            place = reading.places.phrase(text[start:end], *path)
            yield _remark(text[start:end], place, number, severity)
    for start, end in _left_over(reading.source.body, templates):
        place = reading.source.body_place(start, end)
        yield _remark(reading.source.body[start:end], place, None, severity)


def _left_over(text: str, templates: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where `text` has placeholders, and lines that are in `templates`."""
    if text in templates and not any(_left_over(text, frozenset())):
        yield 0, len(text)
        return
    position = 0
    for line in without_code(text).split("\n"):
        stripped = line.strip()
        if whole := _ALL_IN_PARENTHESES.fullmatch(line):
            yield position + whole.start(1), position + whole.end(1)
        elif matches := list(_PLACEHOLDER.finditer(line)):
            yield from ((position + match.start(), position + match.end()) for match in matches)
        elif stripped in templates:
            start = position + line.index(stripped)
            yield start, start + len(stripped)
        position += len(line) + 1


def _remark(text: str, place: Place, row: int | None, severity: Severity) -> Remark:
    return Remark(
        place, f"“{text}” was never filled in", "write what is meant, or delete it", row, severity
    )


@check("PM604", "title-in-body", Severity.WARNING)
def title_in_body(reading: Reading) -> Iterator[Remark]:
    """The body has a heading of the first level.

    The page's title comes from the front matter; a second one confuses readers and search.
    """
    for heading in headings(reading.source.body) if reading.fields else ():
        if heading.level == 1:
            yield Remark(
                reading.source.body_place(heading.start, heading.end),
                "the page has its title already",
                f"write `## {heading.text}`, or leave it out",
            )


@check("PM605", "internal-block")
def internal_block(reading: Reading) -> Iterator[Remark]:
    """A marker of an internal block stands alone.

    Text between `<!-- internal -->` and `<!-- /internal -->` leaves no internal build. With a
    marker missing or nested it cannot be known what was meant, so nothing is published.
    """
    for start, end, reason in internal_blocks(reading.source.body).stray:
        yield Remark(
            reading.source.body_place(start, end),
            f"this marker is {reason}",
            "write `<!-- internal -->`, the text, and `<!-- /internal -->`",
        )
