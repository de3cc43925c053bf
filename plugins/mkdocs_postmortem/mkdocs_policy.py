"""The Content-Security-Policy of a site that MkDocs has built, written into its pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from mkdocs_postmortem.content_security_policy import policy, with_policy
from mkdocs_postmortem.mkdocs_overview import OverviewPages


def add_policy(
    config: MkDocsConfig,
    files: Files,
    templates: Sequence[str],
    overview: OverviewPages,
    content_of: Callable[[Page], str],
    more: Mapping[str, Sequence[str]],
) -> None:
    """Write the policy into every page of the built site; `more` is let through besides.

    Pages are read as they were written, so what other plugins have done to them counts. From each
    its content is taken away, which may hold text of incidents; what the site's owner has written
    is added again. A page in which the content is not found adds nothing.
    """
    site = Path(config.site_dir)
    paths = [site / name for name in templates if (site / name).is_file()]
    trusted = [path.read_text(encoding="utf-8") for path in paths]
    for file in files.documentation_pages():
        page, path = file.page, site / file.dest_uri
        if page is None or not path.is_file():
            continue
        paths.append(path)
        text = path.read_text(encoding="utf-8")
        content = content_of(page)
        if not content:
            trusted.append(text)
        elif content in text:
            trusted.append(text.replace(content, ""))
        trusted.append(overview.own_content.get(file.src_uri, ""))
    made = policy(trusted, more)
    for path in paths:
        path.write_text(with_policy(path.read_text(encoding="utf-8"), made), encoding="utf-8")
