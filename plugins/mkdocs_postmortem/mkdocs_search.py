"""The indexes of the search plugins that MkDocs and Material bring, page by page."""

from __future__ import annotations

from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

_MODULES = ("mkdocs.contrib.search", "material.plugins.search.plugin")


def is_search(plugin: object) -> bool:
    """Whether `plugin` is a search plugin whose index is known."""
    return type(plugin).__module__ in _MODULES


def indexed(config: MkDocsConfig) -> list[list[dict[str, Any]]]:
    """What each search plugin has found so far: lists that grow with each page.

    Neither plugin says what it knows of a page, so this relies on the lists that they keep.
    """
    found = []
    for plugin in config.plugins.values():
        if is_search(plugin):
            index = getattr(plugin, "search_index", None)
            entries = getattr(index, "entries", getattr(index, "_entries", None))
            if isinstance(entries, list):
                found.append(entries)
    return found


class Searched:
    """The page that search plugins read, which shows them something else than its readers."""

    def __init__(self) -> None:
        self._shown: str | None = None

    def begin(self, page: Page, searched: str | None) -> None:
        """Let `page` be `searched`, or itself where that is ``None``, until `end`."""
        self._shown = page.content if searched is not None else None
        if searched is not None:
            page.content = searched

    def end(self, page: Page) -> None:
        """Let `page` be itself again."""
        if self._shown is not None:
            page.content = self._shown
