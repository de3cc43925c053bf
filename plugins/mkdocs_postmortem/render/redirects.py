"""Redirects: what answers at the earlier addresses of an incident.

A small page without a script, which works on every server of files: search engines follow its
canonical link, browsers its refresh, and people the link that they see. It is no page of the
engine, so it stands neither in search nor in the sitemap.
"""

from __future__ import annotations

import posixpath
from urllib.parse import quote

from mkdocs_postmortem import wording
from mkdocs_postmortem.addresses import AddressError, is_of_the_build, redirect_file
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render.environment import environment


def redirects(publication: Publication) -> dict[str, bytes]:
    """The redirects to what the audience sees, by their path from the site's root.

    An alias that is no path in the site gets none, even where its diagnostic was silenced; of two
    that are equal the first keeps its own.
    """
    template = environment(()).get_template("postmortem/redirect.html")
    made = {}
    for incident in publication.incidents:
        page = publication.path_of(incident.id)
        for alias in incident.aliases:
            try:
                path = redirect_file(alias)
            except AddressError:
                continue
            # An incident's own address in the other form may be given as an alias in either.
            own = f"{page}index.html" if page.endswith("/") else page
            if path in made or path == own or is_of_the_build(path):
                continue
            relative = posixpath.relpath(page, posixpath.dirname(path) or ".")
            target = quote(relative + "/" * page.endswith("/"))
            made[path] = template.render(
                incident=incident,
                target=target,
                canonical=publication.site_url + quote(page) if publication.site_url else target,
                words=wording,
                preview=publication.preview,
            ).encode()
    return made
