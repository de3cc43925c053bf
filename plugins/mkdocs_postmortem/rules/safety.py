"""PM7xx: what should not stand in public.

What is internal (rows, causes and action items marked `internal`, internal blocks, the mapping
`internal`, comments) never leaves, so it is asked for keys and tokens alone: those lie open for
everybody who may read the repository. The same holds for internal incidents, whose readers are
meant to see hosts and names. In a draft everything but keys is a note: it is not public yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mkdocs_postmortem.body import without_code
from mkdocs_postmortem.diagnostics import Place, Severity
from mkdocs_postmortem.rules.registry import Remark, check
from mkdocs_postmortem.safety.patterns import Kind, Match, find, find_in_name, masked, policy
from mkdocs_postmortem.safety.pieces import Piece, suspicions

if TYPE_CHECKING:
    from mkdocs_postmortem.reading.reader import Reading


def _remarks(
    reading: Reading, kind: Kind, help: str, say: Callable[[Match], str] | None = None
) -> Iterator[Remark]:
    fields = reading.fields
    if fields is None or (fields.visibility == "internal" and kind is not Kind.SECRET):
        return
    rules = policy(reading.options.safety)
    if kind not in suspicions(reading, rules):
        return
    is_note = fields.visibility == "draft" and kind is not Kind.SECRET
    severity = Severity.NOTE if is_note else None
    for piece in reading.pieces:
        if piece.internal and kind is not Kind.SECRET:
            continue
        for match in find(_asked(piece, kind), rules, frozenset((kind,))):
            message = say(match) if say else f"“{match.text}” is {match.what}"
            place = piece.place(match.start, match.end)
            yield Remark(place, message, help, piece.row, severity, text=match.text)
    for name in _file_names(reading):
        for match in find_in_name(name, rules, frozenset((kind,))):
            message = say(match) if say else f"“{match.text}” is {match.what}"
            place = _place_of_file(reading, name)
            yield Remark(
                place, f"{message}, in a file's name", help, None, severity, text=match.text
            )


def _asked(piece: Piece, kind: Kind) -> str:
    """The text that is looked over: in code, ``@`` begins no handle."""
    return without_code(piece.text) if kind is Kind.HANDLE else piece.text


def _file_names(reading: Reading) -> list[str]:
    return [reading.id, *(asset.name for asset in reading.assets)]


def _place_of_file(reading: Reading, name: str) -> Place:
    """Where the file mentions one of its pictures, else its beginning."""
    found = re.search(re.escape(name), reading.source.text)
    return reading.source.place(*found.span()) if found else Place()


@check("PM701", "secret")
def secret(reading: Reading) -> Iterator[Remark]:
    """A key, a token or a password stands in the file.

    Well-known prefixes (AWS, GitHub, GitLab, Slack, Stripe, Google, npm, PyPI and more), private
    keys, JSON web tokens, bearer tokens, logins in addresses and `password=…`. It is asked for in
    internal parts and internal incidents too: whoever reads the repository has it. Revoke it
    first, since it stays in the history; then take it out.

    ## Example

    ```markdown
    The job connected to postgres://api:tr0ub4dor@db.example.org/orders. ◀
    ```

    ## Fixed

    ```markdown
    The job connected to the database of orders.
    ```
    """
    yield from _remarks(
        reading,
        Kind.SECRET,
        "revoke it, then write a placeholder such as ***",
        lambda match: f"“{masked(match.text)}” looks like {match.what}",
    )


@check("PM702", "e-mail-address", Severity.WARNING)
def email_address(reading: Reading) -> Iterator[Remark]:
    """An e-mail address stands in public text.

    It belongs to somebody, and is gathered by machines. Addresses at `example.org` and the other
    reserved domains are fine. An address that is meant for the public, such as `security@…`, goes
    into the option `safety: {allow: […]}`.

    ## Example

    ```yaml
    summary: The certificate of jane.roe@acme-mail.com had expired. ◀
    ```

    ## Fixed

    ```yaml
    summary: The certificate of a client had expired.
    ```
    """
    yield from _remarks(reading, Kind.EMAIL, "name a role or a team instead")


@check("PM703", "ip-address", Severity.WARNING)
def ip_address(reading: Reading) -> Iterator[Remark]:
    """An IP address stands in public text.

    A private one tells how the network is laid out, a public one where to knock. The ranges for
    documents (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32), loopback, link-local
    and multicast addresses, the well-known resolvers and the private blocks as a whole are fine.

    ## Example

    ```markdown
    The node at 10.1.17.5 ran out of memory. ◀
    ```

    ## Fixed

    ```markdown
    One node of the cache ran out of memory.
    ```
    """
    yield from _remarks(reading, Kind.IP_ADDRESS, "say what it is, or write one of 192.0.2.0/24")


@check("PM704", "internal-host", Severity.WARNING)
def internal_host(reading: Reading) -> Iterator[Remark]:
    """The name of an internal host stands in public text.

    Names under `.internal`, `.local`, `.lan`, `.corp`, `.intranet`, `.private`, `home.arpa` and the
    like, and those that the site names in `safety: {internal_hosts: ["*.prod.example.com"]}`.
    They come with pasted log lines, and tell strangers what there is.

    ## Example

    ```yaml
    timeline:
      - 18:03 started: The disk of db-7.prod.internal is full. ◀
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: The disk of the primary database is full.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    yield from _remarks(reading, Kind.HOST, "say what the host does instead")


@check("PM705", "link-into-work-place", Severity.WARNING)
def link_into_work_place(reading: Reading) -> Iterator[Remark]:
    """A public link leads to where only the team gets in.

    Without the option, links into chat, tickets, dashboards, paging and shared documents (Slack,
    Jira and Confluence, Grafana, Datadog, PagerDuty, Google Docs and more). With
    `safety: {public_links: [github.com, "*.example.org"]}`, every link to another host. Readers
    stand before a login, and the address alone can say too much.

    ## Example

    ```markdown
    We talked about it [in our channel](https://acme.slack.com/archives/C01ABC). ◀
    ```

    ## Fixed

    ```markdown
    We talked about it in our channel.
    ```
    """
    yield from _remarks(
        reading, Kind.LINK, "say in words what is there, or mark the row or block as internal"
    )


@check("PM706", "name-on-the-list")
def name_on_the_list(reading: Reading) -> Iterator[Remark]:
    """A name that the site never publishes stands in public text.

    `safety: {names: [Acme Corp, Jane Roe]}` lists customers, people and projects. Capitals,
    line breaks and hyphens between the words make no difference; only whole words count.

    ## Example

    ```yaml mkdocs.yml
    plugins:
      - postmortem:
          safety: {names: [Acme Corp]}
    ```

    ```markdown
    Acme Corp saw the errors first. ◀
    ```

    ## Fixed

    ```markdown
    A customer saw the errors first.
    ```
    """
    yield from _remarks(reading, Kind.NAME, "write a role, “a customer”, or nothing")


@check("PM707", "handle", Severity.WARNING)
def handle(reading: Reading) -> Iterator[Remark]:
    """A @handle stands in public text.

    Postmortems name roles, not people: nobody should be found by a search for their worst day.
    Code is not asked.

    ## Example

    ```markdown
    @jroe restarted the queue. ◀
    ```

    ## Fixed

    ```markdown
    The on-call engineer restarted the queue.
    ```
    """
    yield from _remarks(reading, Kind.HANDLE, "write a role, such as “the on-call engineer”")


@check("PM708", "image-metadata", Severity.WARNING)
def image_metadata(reading: Reading) -> Iterator[Remark]:
    r"""An image of the incident says more than its picture.

    EXIF, XMP, IPTC, text chunks, comments and data behind the picture hold names, programs, paths
    and times; with a GPS position it is an error. PNG, JPEG, WebP, GIF and SVG are looked into.
    Take it out, for example with `exiftool -all=`, or save the picture anew without it.

    ## Example

    ```markdown
    ![Errors a minute](2024-02-20-api-errors/rate.gif) ◀
    ```

    ```text docs/incidents/2024-02-20-api-errors/rate.gif
    GIF89a\x01\x00\x01\x00\x00\x00\x00!\xfe\x0cby Jane Roe!\x00;
    ```

    ## Fixed

    ```markdown
    ![Errors a minute](2024-02-20-api-errors/rate.gif)
    ```

    ```text docs/incidents/2024-02-20-api-errors/rate.gif
    GIF89a\x01\x00\x01\x00\x00\x00\x00;
    ```
    """
    fields = reading.fields
    if fields is None or fields.visibility == "internal":
        return
    for asset in reading.assets:
        kinds = list(dict.fromkeys(part.kind for part in asset.metadata))
        if not kinds:
            continue
        has_position = any(part.has_position for part in asset.metadata)
        severity = Severity.ERROR if has_position else None
        if fields.visibility == "draft":
            severity = Severity.NOTE
        position = " with a GPS position" if has_position else ""
        yield Remark(
            _place_of_file(reading, asset.name),
            f"{asset.name} holds {', '.join(kinds)}{position}",
            f"take it out: exiftool -all= {asset.name}",
            None,
            severity,
            text=asset.name,
        )
