"""Files of all incidents that come out as before, and are not made again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from mkdocs_postmortem.cache import Cache
from mkdocs_postmortem.mkdocs_fingerprint import digest
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render.feeds import Feed, Feeds

_Files = Iterable[tuple[str, bytes]]


class KnownFiles:
    """The tables, API and feeds of one site over all builds."""

    def __init__(self) -> None:
        self._known: dict[str, Mapping[str, bytes]] = {}

    def files(
        self,
        publication: Publication,
        cache: Cache,
        key: str | None,
        content_key: Callable[[str], str | None],
        *,
        again: bool,
    ) -> Iterator[tuple[str, bytes]]:
        """Every file with its path from the site's root, one by one: some are as long as the site.

        `key` changes with anything but the contents of pages, and `content_key` gives what changes
        with that of an incident's page; where one is ``None``, nobody knows, and files are made.
        They are kept in memory where this process is going to build `again`.
        """
        feeds = Feeds(publication)
        makers: list[tuple[str | None, Callable[[], _Files]]] = [
            (key, partial(_data_files, publication)),
            *((_key_of(one, key, content_key), partial(feeds.files, one)) for one in feeds.feeds),
        ]
        used: dict[str, list[str]] = {}
        held: dict[str, Mapping[str, bytes]] = {}
        for its_key, make in makers:
            if its_key is None:
                yield from make()
                continue
            known = self._known.get(its_key) or _kept(cache, its_key)
            files = known.items() if known is not None else _keeping(cache, its_key, make())
            if again:
                held[its_key] = dict(files)
                files = held[its_key].items()
            names = used[its_key] = []
            for path, content in files:
                names += _names(its_key, path, len(content))
                yield path, content
        self._known = held
        cache.save_if_much()
        cache.keep_only("files", used)
        cache.keep_only("file", (name for names in used.values() for name in names))


def _data_files(publication: Publication) -> _Files:
    # Most builds make none of them anew.
    from mkdocs_postmortem.render.files import data_files

    return data_files(publication)


def _key_of(feed: Feed, key: str | None, content_key: Callable[[str], str | None]) -> str | None:
    """What changes with anything in the files of `feed`."""
    contents = [content_key(incident.id) for incident in feed.incidents]
    known = [one for one in (key, *contents) if one is not None]
    return digest("feed", feed.folder, *known) if len(known) == len(contents) + 1 else None


# A database takes several times the memory of what it is given at once.
_PART_BYTES = 512 * 1024


def _kept(cache: Cache, key: str) -> Mapping[str, bytes] | None:
    lengths: dict[str, int] | None = cache.get("files", key)
    if lengths is None:
        return None
    names = {path: _names(key, path, length) for path, length in lengths.items()}
    parts = cache.get_many_bytes("file", [name for each in names.values() for name in each])
    if len(parts) < sum(map(len, names.values())):
        return None
    return {path: b"".join(map(parts.__getitem__, each)) for path, each in names.items()}


def _keeping(cache: Cache, key: str, files: _Files) -> _Files:
    """The same `files`, each kept as it comes."""
    lengths = {}
    for path, content in files:
        lengths[path] = len(content)
        for number, name in enumerate(_names(key, path, len(content))):
            part = content[number * _PART_BYTES : (number + 1) * _PART_BYTES]
            cache.put_bytes("file", name, part)
            cache.save_if_much()
        yield path, content
    cache.put("files", key, lengths)


def _names(key: str, path: str, length: int) -> list[str]:
    """What the parts of a file of so many bytes are called."""
    return [f"{key} {path} {start}" for start in range(0, length or 1, _PART_BYTES)]
