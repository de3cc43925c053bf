"""Files of all incidents that come out as before, and are not made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mkdocs_postmortem.cache import Cache
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render.feeds import feeds
from mkdocs_postmortem.render.files import data_files


class KnownFiles:
    """The tables, API and feeds of one site over all builds."""

    def __init__(self) -> None:
        self._data: tuple[str, Mapping[str, str]] = ("", {})
        self._feeds: tuple[str, Mapping[str, Any]] = ("", {})

    def files(
        self,
        publication: Publication,
        cache: Cache,
        key: str | None,
        content_key: Callable[[str], str | None],
        *,
        again: bool,
    ) -> dict[str, bytes]:
        """Every file by its path from the site's root.

        `key` changes with anything but the contents of pages, and `content_key` gives what changes
        with that of an incident's page; where one is ``None``, nobody knows, and files are made.
        They are kept in memory where this process is going to build `again`.
        """
        if key is None:
            return {**data_files(publication), **feeds(publication)}
        if self._data[0] != key:
            found = cache.get("data", key)
            if found is None:
                found = _texts(data_files(publication))
                cache.put("data", key, found)
            self._data = (key, found)
        if self._feeds[0] != key:
            self._feeds = (key, cache.get("feeds", key) or {})
        known = self._feeds[1]
        if not known or any(content_key(id) != key for id, key in known["contents"].items()):
            asked: dict[str, str | None] = {}

            def content_of(id: str) -> str:
                asked[id] = content_key(id)
                return publication.content_of(id)

            made = _texts(feeds(replace(publication, content_of=content_of)))
            known = {"contents": asked, "files": made}
            if None not in asked.values():
                cache.put("feeds", key, known)
                self._feeds = (key, known)
        made_files = {**self._data[1], **known["files"]}
        if not again:
            self._data, self._feeds = ("", {}), ("", {})
            cache.save_if_much()
        cache.keep_only("data", [key])
        cache.keep_only("feeds", [key])
        return {path: text.encode() for path, text in made_files.items()}


def _texts(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: content.decode() for path, content in files.items()}
