"""PM81x: addresses, which belong to one thing for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mkdocs_postmortem.addresses import AddressError, redirect_file
from mkdocs_postmortem.rules.registry import Remark, Words, check, problem

if TYPE_CHECKING:
    from mkdocs_postmortem.reading.reader import Reading


@check("PM810", "invalid-alias")
def invalid_alias(reading: Reading) -> Iterator[Remark]:
    """An entry of `aliases` is no path inside the site.

    `aliases` lists earlier addresses of the incident, and the build puts a redirect at each. They
    are written from the site's root, without a slash before them: `old/path/` or `old/page.html`.
    A whole address, a query, a fragment, or a path that leads out of the site cannot be answered
    by a file of this site.

    ## Example

    ```yaml
    aliases: [https://old.example.org/42/] ◀
    ```

    ## Fixed

    ```yaml
    aliases: [postmortems/42/]
    ```
    """
    for index, alias in enumerate(reading.fields.aliases if reading.fields else ()):
        try:
            redirect_file(alias)
        except AddressError as error:
            place = reading.places.value("aliases", index)
            yield Remark(place, error.message, error.help)


@problem("PM811", "alias-taken")
def alias_taken(alias: str, holder: str) -> Words:
    """An entry of `aliases` is the address of something else.

    Of a page, of another incident, of another alias, or of a file that the build makes. An
    address can answer with one thing only, and the redirect would take its place. Addresses that
    differ in upper and lower case alone are the same on some file systems.

    ## Example

    ```yaml docs/incidents/2024-02-20-api-errors.md
    aliases: [postmortems/42/]
    ```

    ```yaml docs/incidents/2024-03-20-slow-errors.md
    title: Slow answers
    aliases: [postmortems/42/] ◀
    ```

    ## Fixed

    ```yaml docs/incidents/2024-02-20-api-errors.md
    aliases: [postmortems/42/]
    ```

    ```yaml docs/incidents/2024-03-20-slow-errors.md
    title: Slow answers
    aliases: [postmortems/43/]
    ```
    """
    return Words(f"“{alias}” is the address of {holder} already", "leave this alias out")


@problem("PM812", "address-taken")
def address_taken(path: str, holder: str) -> Words:
    """Something else has the address of this incident's page.

    A page of the docs or a file in the incident's own folder would be written over it, or it over
    them. Only a build knows every file of a site, so `check` cannot see it.

    ## Example

    ```yaml mkdocs.yml
    plugins:
      - postmortem:
          trusted_bodies: true
    ```

    ```yaml docs/incidents/2024-02-20-api-errors.md
    title: API errors ◀
    ```

    ```text docs/incidents/2024-02-20-api-errors/index.html
    <p>Graphs</p>
    ```

    ## Fixed

    ```yaml docs/incidents/2024-02-20-api-errors.md
    title: API errors
    ```

    ```text docs/incidents/2024-02-20-api-errors/graphs.html
    <p>Graphs</p>
    ```
    """
    return Words(
        f"{holder} is published at the address of this incident, {path}",
        "move the other one, or give it another name",
    )
