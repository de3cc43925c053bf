"""Whether a new build keeps what has been published: every address, and every feed entry's id.

What was published is the `incidents.json` of the site as it was: a file, or the live site's copy.
"""

from __future__ import annotations

import json
import posixpath
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urljoin, urlsplit

# Thousands of incidents fit; a server that never stops sending does not.
LARGEST = 64 * 1024 * 1024
SECONDS = 30.0
_CHUNK = 1 << 16
_NOT_THERE = (404, 410)


class PublishedError(ValueError):
    """An `incidents.json` that cannot be had or read; ``missing`` where there is none at all."""

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Lost:
    """What a build would take from readers: of the incident `id`, and in words what."""

    id: str
    message: str


def published_incidents(source: str) -> list[dict[str, Any]]:
    """The incidents in the `incidents.json` at `source`, a file or an http(s) address.

    Raises `PublishedError` where it is not there, too large, too slow or something else.
    """
    name = urlsplit(source).scheme.lower()
    if name in ("http", "https"):
        data = _fetched(source)
    elif "://" in source:
        raise PublishedError(f"{source}: only http and https addresses are read")
    else:
        try:
            data = Path(source).read_bytes()
        except FileNotFoundError:
            raise PublishedError(f"{source}: there is no such file", missing=True) from None
        except OSError as error:
            raise PublishedError(f"{source}: {error.strerror or error}") from None
    return _incidents(data, source)


def lost(
    published: Collection[Mapping[str, Any]], site: Path, forgotten: Collection[str] = ()
) -> list[Lost]:
    """What of the `published` incidents the build in the folder `site` does not keep.

    An address is kept where the incident's page is, or a redirect to it. `forgotten` are the ids
    of incidents that may go. Raises `PublishedError` where the build has no `incidents.json`.
    """
    path = site / "incidents.json"
    now = {str(incident["id"]): incident for incident in published_incidents(str(path))}
    owners = {str(incident["path"]): id for id, incident in now.items()}
    entries = {str(found["feed_id"]): id for id, found in now.items() if found.get("feed_id")}
    return [
        Lost(str(old["id"]), message)
        for old in published
        if str(old["id"]) not in forgotten
        for message in _lost_of(old, now, owners, entries, site)
    ]


def _lost_of(
    old: Mapping[str, Any],
    now: Mapping[str, Mapping[str, Any]],
    owners: Mapping[str, str],
    entries: Mapping[str, str],
    site: Path,
) -> Iterator[str]:
    id, feed_id = str(old["id"]), old.get("feed_id")
    for address in (str(old["path"]), *map(str, old.get("aliases") or ())):
        owner = _owner(address, owners, site)
        if owner is None:
            yield f"nothing of an incident answers at {address} any more"
        elif owner != id and (id in now or address != old["path"]):
            yield f"{address} now belongs to {owner}"
    if feed_id:
        owner = entries.get(str(feed_id))
        if owner is None:
            yield f"no feed entry has the id {feed_id} any more"
        elif owner != id:
            yield f"the feed id {feed_id} now belongs to {owner}"


def _owner(address: str, owners: Mapping[str, str], site: Path) -> str | None:
    """The incident whose page answers at `address`, by itself or through redirects."""
    seen = set()
    while address not in seen:
        seen.add(address)
        file = _file(address, site)
        if file is None:
            return None
        page = file.relative_to(site.resolve()).as_posix()
        for known in (address, page, page.removesuffix("index.html")):
            if known in owners:
                return owners[known]
        target = _refresh(file)
        if target is None:
            return None
        # Within the site, whatever path or host it is served under.
        try:
            address = unquote(urlsplit(urljoin(f"/{page}", target)).path).removeprefix("/")
        except ValueError:
            return None
    return None


def _file(address: str, site: Path) -> Path | None:
    """The file of `site` that a server answers with at `address`, never one outside it."""
    path = posixpath.normpath(f"/{unquote(address)}").lstrip("/")
    root = site.resolve()
    try:
        for candidate in (root / path / "index.html", root / path):
            if candidate.is_file() and candidate.resolve().is_relative_to(root):
                return candidate
    except (OSError, ValueError):
        # A name that no file of this system can have.
        return None
    return None


class _Refresh(HTMLParser):
    """Finds where a page sends its reader on at once."""

    def __init__(self) -> None:
        super().__init__()
        self.target: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "meta" and (values.get("http-equiv") or "").lower() == "refresh":
            _, _, target = (values.get("content") or "").partition("=")
            self.target = self.target or target.strip(" '\"") or None


def _refresh(page: Path) -> str | None:
    found = _Refresh()
    found.feed(page.read_text(encoding="utf-8", errors="replace"))
    return found.target


def _fetched(url: str) -> bytes:
    """What a web server answers with: no other schemes, bounded in size and time."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPRedirectHandler(),
        request.HTTPDefaultErrorHandler(),
        request.HTTPErrorProcessor(),
        request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", "mkdocs-postmortem"), ("Accept", "application/json")]
    ends = time.monotonic() + SECONDS
    data = bytearray()
    try:
        with opener.open(url, timeout=SECONDS) as answer:
            while chunk := answer.read1(_CHUNK):
                data += chunk
                if len(data) > LARGEST:
                    raise PublishedError(f"{url}: more than {LARGEST >> 20} MiB")
                if time.monotonic() > ends:
                    raise PublishedError(f"{url}: not there after {SECONDS:.0f} seconds")
    except HTTPError as error:
        error.close()
        missing = error.code in _NOT_THERE
        raise PublishedError(f"{url}: {error.code} {error.reason}", missing=missing) from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        if isinstance(error, PublishedError):
            raise
        raise PublishedError(f"{url}: {getattr(error, 'reason', None) or error}") from None
    return bytes(data)


def _incidents(data: bytes, source: str) -> list[dict[str, Any]]:
    try:
        incidents = list(json.loads(data)["incidents"])
        if all(isinstance(found[key], str) for found in incidents for key in ("id", "path")):
            return incidents
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise PublishedError(f"{source}: this is no incidents.json of a published site")
