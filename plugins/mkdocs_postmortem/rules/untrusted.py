"""PM61x: what the text of an incident may not do, unless the site trusts its authors.

Incident files come from pull requests, and previews are built from them. Whatever these rules
say, the page is safe without them: they tell the author what will not be there, and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mkdocs_postmortem import untrusted
from mkdocs_postmortem.body import without_code
from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.rules.registry import Remark, Words, check, problem

if TYPE_CHECKING:
    from mkdocs_postmortem.reading.reader import Reading

_SNIPPET = re.compile(r"-+8<-+")


@check("PM610", "snippet-include")
def snippet_include(reading: Reading) -> Iterator[Remark]:
    """The body includes another file.

    `--8<-- "notes.md"` makes the Markdown extension `pymdownx.snippets` read any file that it can
    reach, inside code and HTML too, and put it on the page. From a pull request that is a way to
    publish a draft, so bodies do without the extension. Write the text into the body, or put an
    image or a file into the incident's own folder and link to it.

    Where everybody who can write an incident may also write the site's other pages, say
    `trusted_bodies: true` in the plugin's options.

    ## Example

    ```markdown
    --8<-- "notes.md" ◀
    ```

    ## Fixed

    ```markdown
    The certificate had expired the day before.
    ```
    """
    if reading.options.trusted_bodies:
        return
    body = reading.source.body
    for match in _SNIPPET.finditer(body) if "8<" in body else ():
        yield Remark(
            reading.source.body_place(*match.span()),
            f"“{match[0][:40]}” includes a file, and bodies of incidents include none",
            "write the text here, or set trusted_bodies where authors are trusted",
        )


@check("PM611", "raw-html", Severity.WARNING)
def raw_html(reading: Reading) -> Iterator[Remark]:
    """The body has HTML that is taken out.

    Elements that structure text stay: `<details>`, `<sub>`, `<kbd>`, `<br>`, tables and their like.
    Scripts, frames, forms, styles and attributes that run something go; the text inside an
    unknown element stays. Often no HTML was meant at all: `<customer-id>` and `<none>` in prose
    are elements to Markdown, and readers never see them.

    Write such words as code, `` `<customer-id>` ``, or with `&lt;`.

    ## Example

    ```markdown
    The queue `jobs` held <customer-id> twice. ◀
    ```

    ## Fixed

    ```markdown
    The queue `jobs` held `<customer-id>` twice.
    ```
    """
    if reading.options.trusted_bodies:
        return
    for start, end, what in untrusted.refused_html(without_code(reading.source.body)):
        yield Remark(
            reading.source.body_place(start, end),
            f"{what} is taken out of the page",
            "write it as code or with &lt; where text is meant, else leave it out",
        )


@check("PM612", "unsafe-link")
def unsafe_link(reading: Reading) -> Iterator[Remark]:
    """A link that is not followed, or an image from elsewhere.

    Links are relative, or begin with `https:`, `http:` or `mailto:`. Anything else, `javascript:`
    above all, could run in the reader's browser; it is left out. An image from another host tells
    that host who reads the postmortem, and when, and may be another picture tomorrow; it is left
    out too.

    Put the image into the folder that has the incident's name:
    `![Error rate](2024-02-20-api/rate.png)`.

    ## Example

    ```markdown
    ![Error rate](https://graphs.example.org/rate.png) ◀
    ```

    ## Fixed

    ```markdown
    ![Error rate](2024-02-20-api-errors/rate.png)
    ```
    """
    fields = reading.fields
    if reading.options.trusted_bodies or fields is None:
        return
    if reading.source.is_literal and not untrusted.may_have_link(reading.source.text):
        return
    body = without_code(reading.source.body)
    for start, end, why in untrusted.refused_links(body):
        yield Remark(reading.source.body_place(start, end), *why)
    texts: list[tuple[tuple[str | int, ...], str, int | None]] = []
    if fields.summary:
        texts.append((("summary",), fields.summary, None))
    texts += [
        (("timeline", index, "event"), row.event, index + 1)
        for index, row in enumerate(fields.timeline)
    ]
    texts += [
        (("causes", index, "text"), cause.text, None) for index, cause in enumerate(fields.causes)
    ]
    texts += [
        (("action_items", index, "title"), item.title, None)
        for index, item in enumerate(fields.action_items)
    ]
    texts += [
        (("corrections", index, "text"), entry.text, None)
        for index, entry in enumerate(fields.corrections)
    ]
    for path, text, row in texts:
        for start, end, why in untrusted.refused_links(without_code(text)):
            yield Remark(reading.places.phrase(text[start:end], *path), *why, row)


@check("PM613", "invisible-character")
def invisible_character(reading: Reading) -> Iterator[Remark]:
    r"""A character that nobody sees, or that turns the reading direction, stands in the text.

    What turns the direction makes a reviewer read something else than is published: a link can
    seem to lead elsewhere, a date can seem another. Others hide words from search and from the
    patterns that look for secrets. Most come with text pasted from a chat or a web page. Written
    as `&#x202e;` or `"\u202e"` they are the same. Delete them.

    Joiners, as emoji and several scripts need them, and the plain marks of right-to-left text are
    no problem.

    ## Example

    ```yaml
    summary: The &#x202e;API failed. ◀
    ```

    ## Fixed

    ```yaml
    summary: The API failed.
    ```
    """
    for start, end, codepoint in untrusted.invisible_characters(reading.source.text):
        yield Remark(
            reading.source.place(start, end),
            f"the invisible character U+{codepoint:04X} stands here",
            "delete it; it comes with text pasted from a chat or a web page",
        )


@check("PM614", "unsafe-name")
def unsafe_name(reading: Reading) -> Iterator[Remark]:
    """The file's name makes no address.

    The name without `.md` is the incident's id, in its address, in feeds and in calendars for
    ever. It consists of letters, digits, `-`, `_` and `.`; anything else would be written as
    `%20` and the like, and be another address to somebody. Rename the file before it is published.

    ## Example

    ```yaml docs/incidents/2024-02-20-api'errors.md
    title: API errors ◀
    ```

    ## Fixed

    ```yaml docs/incidents/2024-02-20-api-errors.md
    title: API errors
    ```
    """
    if reading.fields is None:
        return
    if bad := untrusted.unsafe_in_name(reading.id):
        yield Remark(
            reading.places.key("title"),
            f"the file's name has {bad}",
            "use letters, digits, -, _ and . as in 2024-02-20-api-errors.md",
        )


@problem("PM615", "unsafe-file", Severity.WARNING)
def unsafe_file(name: str) -> Words:
    """A file in an incident's folder could run in the reader's browser.

    HTML, SVG and scripts that are opened from the site have the rights of the site. Images, text,
    tables, PDF, sound and film are published with the incident; everything else is withheld
    unless the site trusts its authors (`trusted_bodies`). Save a drawing as PNG.

    ## Example

    ```yaml
    title: API errors
    ```

    ```text docs/incidents/2024-02-20-api-errors/graph.svg
    <svg xmlns="http://www.w3.org/2000/svg"/> ◀
    ```

    ## Fixed

    ```yaml
    title: API errors
    ```

    ```text docs/incidents/2024-02-20-api-errors/graph.txt
    18:03 500 errors a second
    ```
    """
    return Words(
        f"{name} is of a kind that is not published with an incident, and is withheld",
        "save pictures as PNG and data as text, CSV or JSON",
    )


@check("PM616", "too-intricate")
def too_intricate(reading: Reading) -> Iterator[Remark]:
    """The body has more marks than Markdown can be given.

    The time that Markdown takes grows with the square of the brackets, backslashes and tags in a
    text, so a small file could keep a build busy for hours. Up to a thousand marks of a kind, in
    lines of up to 20,000 characters, are far more than a postmortem has. Logs belong into a fenced
    block, where nothing is counted, or into a file beside the incident.

    ## Example

    ```markdown
    > > > > > > > > > > > > > timed out ◀
    ```

    ## Fixed

    ```markdown
    > timed out
    ```
    """
    if reading.options.trusted_bodies:
        return
    for start, end, what in untrusted.too_intricate(reading.source.body):
        yield Remark(
            reading.source.body_place(start, end),
            f"this is {what}, more than is read",
            "put logs between ``` fences, or into a file in the incident's folder",
        )
