"""PM6xx: the sections of the body, text that the template left behind, and words to avoid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mkdocs_postmortem.body import headings, internal_blocks, without_code
from mkdocs_postmortem.diagnostics import Place, Severity
from mkdocs_postmortem.presence import presence_of
from mkdocs_postmortem.rules.registry import Remark, check

if TYPE_CHECKING:
    from mkdocs_postmortem.reading.front_matter import FrontMatter
    from mkdocs_postmortem.reading.reader import Reading


@check("PM601", "missing-section", Severity.WARNING)
def missing_section(reading: Reading) -> Iterator[Remark]:
    """The body lacks sections that every postmortem of the site has.

    The site's `sections` say which. Without “What went badly” there is usually nothing learned. A
    `summary` in the front matter counts as the section Summary. Open incidents are still being
    written and are not asked.

    ## Example

    ```yaml mkdocs.yml
    plugins:
      - postmortem:
          sections: [Impact, Lessons]
    ```

    ```markdown
    ## Impact ◀

    Requests failed for a quarter of an hour.
    ```

    ## Fixed

    ```markdown
    ## Impact

    Requests failed for a quarter of an hour.

    ## Lessons

    A rollback is only as good as its permissions.
    ```
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
            f"add {', '.join(f'`## {name}`' for name in missing)}",
        )


@check("PM602", "section-order", Severity.WARNING)
def section_order(reading: Reading) -> Iterator[Remark]:
    """The sections stand in another order than the site's.

    Readers of many postmortems find their way by the order.

    ## Example

    ```yaml mkdocs.yml
    plugins:
      - postmortem:
          sections: [Impact, Lessons]
    ```

    ```markdown
    ## Lessons

    A rollback is only as good as its permissions.

    ## Impact ◀

    Requests failed for a quarter of an hour.
    ```

    ## Fixed

    ```markdown
    ## Impact

    Requests failed for a quarter of an hour.

    ## Lessons

    A rollback is only as good as its permissions.
    ```
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
# One of these is in every placeholder; most texts have none.
_may_have_placeholder = presence_of(
    ("TODO", "TBD", "FIXME", "HH:", "YYYY", "??:??", "orem", "("), "?("
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

    A row of GitLab's timeline of [28 November
    2019](https://gitlab.com/gitlab-com/gl-infra/production/issues/1421) stops in the middle of its
    sentence. Nobody reads a draft as its readers will.

    ## Example

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:04 detected: (who noticed, and how) ◀
      - 18:18 resolved: Requests succeed again.
    ```

    ```markdown
    TODO: say how many requests failed. ◀
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:04 detected: An alert on the rate of errors fires.
      - 18:18 resolved: Requests succeed again.
    ```

    ```markdown
    One request in five failed.
    ```
    """
    fields = reading.fields
    if fields is None:
        return
    severity = Severity.ERROR if fields.visibility == "public" else Severity.WARNING
    templates = reading.options.template_texts
    is_told = not templates and reading.source.is_literal
    if is_told and not _may_have_placeholder(reading.source.text):
        return
    for path, text, number in _texts(fields):
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
    if not templates and not _may_have_placeholder(text):
        return
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


def is_left_over(text: str, templates: frozenset[str]) -> bool:
    """Whether all of `text` is a placeholder or a line that is in `templates`."""
    return (0, len(text)) in _left_over(text, templates)


def _remark(text: str, place: Place, row: int | None, severity: Severity) -> Remark:
    return Remark(
        place, f"“{text}” was never filled in", "write what is meant, or delete it", row, severity
    )


@check("PM604", "title-in-body", Severity.WARNING)
def title_in_body(reading: Reading) -> Iterator[Remark]:
    """The body has a heading of the first level.

    The page's title comes from the front matter; a second one confuses readers and search.

    ## Example

    ```markdown
    # API errors ◀

    Requests failed for a quarter of an hour.
    ```

    ## Fixed

    ```markdown
    ## Impact

    Requests failed for a quarter of an hour.
    ```
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

    ## Example

    ```markdown
    <!-- internal --> ◀
    The customer “Example” had asked for the deploy.

    Requests failed for a quarter of an hour.
    ```

    ## Fixed

    ```markdown
    <!-- internal -->
    The customer “Example” had asked for the deploy.
    <!-- /internal -->

    Requests failed for a quarter of an hour.
    ```
    """
    for start, end, reason in internal_blocks(reading.source.body).stray:
        yield Remark(
            reading.source.body_place(start, end),
            f"this marker is {reason}",
            "write `<!-- internal -->`, the text, and `<!-- /internal -->`",
        )


@check("PM606", "blame", Severity.NOTE)
def blame(reading: Reading) -> Iterator[Remark]:
    """A word or a phrase is on the site's list of words to avoid.

    The option `words: true` switches the list on; it has words that blame a person, such as
    “human error”, “should have” or “caused by an engineer”, each with a better phrasing. Whoever
    reads that somebody was careless has nothing left to ask; whoever reads what the tool allowed
    can change it. A query emptied Travis CI's database in
    [March 2018](https://www.traviscistatus.com/incidents/z2b3lz2kwcfp); what came of it is that
    the permission to do so is gone. The site can add to the list (`words: {utilise: use}`;
    `{person}` is somebody by role), give other advice, allow a word again (`overlooked:`) or begin
    with an empty list (`"*":`). Quotations and code are left alone.

    ## Example

    ```yaml mkdocs.yml
    plugins:
      - postmortem:
          words: true
    ```

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:06 identified: The outage is caused by a junior engineer. ◀
      - 18:18 resolved: Requests succeed again.
    ```

    ```markdown
    The deploy should have been tested in staging. ◀
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:06 identified: The deploy reaches production without a test.
      - 18:18 resolved: Requests succeed again.
    ```

    ```markdown
    Nothing tests a deploy in staging. From now on the pipeline does.
    ```
    """
    fields = reading.fields
    if fields is None or not reading.options.words:
        return
    listed = reading.options.avoided_words
    from mkdocs_postmortem.claims.markdown_text import visible_text

    for path, text, number in _texts(fields):
        for found in listed.find(visible_text(text)):
            phrase = text[found.start : found.end]
            place = reading.places.phrase(phrase, *path)
            yield _avoid(" ".join(phrase.split()), place, found.instead, number)
    body = reading.source.body
    for found in listed.find(visible_text(body)):
        place = reading.source.body_place(found.start, found.end)
        phrase = " ".join(body[found.start : found.end].split())
        yield _avoid(phrase, place, found.instead, None)


def _avoid(phrase: str, place: Place, instead: str, row: int | None) -> Remark:
    return Remark(place, f"“{phrase}” is among the words to avoid", instead, row)


def _texts(fields: FrontMatter) -> Iterator[tuple[tuple[str | int, ...], str, int | None]]:
    """The prose of the front matter: where it stands, the text, and the row's number."""
    yield ("title",), fields.title, None
    if fields.summary:
        yield ("summary",), fields.summary, None
    for index, row in enumerate(fields.timeline):
        yield ("timeline", index, "event"), row.event, index + 1
    for index, cause in enumerate(fields.causes):
        yield ("causes", index, "text"), cause.text, None
    for index, item in enumerate(fields.action_items):
        yield ("action_items", index, "title"), item.title, None
