"""Files of all incidents that come out as before, and are not made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mkdocs_postmortem.cache import Cache
from mkdocs_postmortem.mkdocs_fingerprint import digest
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render.feeds import Feed, Feeds

_Files = Mapping[str, bytes]


class KnownFiles:
    """The tables, API and feeds of one site over all builds."""

    def __init__(self) -> None:
        self._known: dict[str, _Files] = {}

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
        feeds = Feeds(publication)
        makers: list[tuple[str | None, Callable[[], _Files]]] = [
            (key, partial(_data_files, publication)),
            *((_key_of(one, key, content_key), partial(feeds.files, one)) for one in feeds.feeds),
        ]
        made: dict[str, bytes] = {}
        used: dict[str, _Files] = {}
        for its_key, make in makers:
            if its_key is None:
                made |= make()
                continue
            found = self._known.get(its_key) or _kept(cache, its_key)
            if found is None:
                found = make()
                _keep(cache, its_key, found)
            used[its_key] = found
            made |= found
        self._known = used if again else {}
        cache.save_if_much()
        cache.keep_only("files", used)
        cache.keep_only("file", (_name(key, path) for key in used for path in used[key]))
        return made


def _data_files(publication: Publication) -> _Files:
    # Most builds make none of them anew.
    from mkdocs_postmortem.render.files import data_files

    return data_files(publication)


def _key_of(feed: Feed, key: str | None, content_key: Callable[[str], str | None]) -> str | None:
    """What changes with anything in the files of `feed`."""
    contents = [content_key(incident.id) for incident in feed.incidents]
    known = [one for one in (key, *contents) if one is not None]
    return digest("feed", feed.folder, *known) if len(known) == len(contents) + 1 else None


def _kept(cache: Cache, key: str) -> _Files | None:
    paths = cache.get("files", key)
    if paths is None:
        return None
    names = {_name(key, path): path for path in paths}
    found = cache.get_many_bytes("file", names)
    return {path: found[name] for name, path in names.items()} if len(found) == len(names) else None


def _keep(cache: Cache, key: str, files: _Files) -> None:
    for path, content in files.items():
        cache.put_bytes("file", _name(key, path), content)
    cache.put("files", key, list(files))


def _name(key: str, path: str) -> str:
    return f"{key} {path}"
