"""What `postmortem check` has to know of a site's configuration: read, or kept from an earlier run.

What is kept holds while the files that were read are the same, the variables that the
configuration may ask for too, and the day. Nothing that reads options is imported where it does.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mkdocs_postmortem.cache import Cache
from mkdocs_postmortem.files_on_disk import TEMPLATE_NAME, pages_in, read_bytes

if TYPE_CHECKING:
    from mkdocs_postmortem.options import Options

_KIND = "site"


class SiteSettings(NamedTuple):
    """Where the incidents are, and what of the options is needed without reading any.

    ``levels`` are severities by code. ``stamp`` changes with anything that could change what is
    said of a file. ``options`` are all of them, which may have to be read.
    """

    incidents: Path
    docs_dir: Path | None
    lists_plugin: bool
    levels: Mapping[str, str]
    trusts_authors: bool
    stamp: str
    options: Callable[[], Options]


def site_settings(config: Path | None, start: Path, cache: Cache) -> SiteSettings:
    """The settings of the site of `config`, or of the defaults where there is none above `start`.

    Raises `ConfigError`.
    """

    def options() -> Options:
        from mkdocs_postmortem.site_config import load_site

        return load_site(config, start).options

    # A path from here leads elsewhere when it is asked from another folder.
    key = "\0".join((os.getcwd(), str(config or ""), str(start)))  # noqa: PTH109
    kept = cache.get(_KIND, key)
    if kept is None or not _holds(kept):
        kept, options = _loaded(config, start)
        cache.put(_KIND, key, kept)
    docs_dir = kept["docs_dir"]
    return SiteSettings(
        Path(kept["incidents"]),
        None if docs_dir is None else Path(docs_dir),
        kept["lists_plugin"],
        kept["levels"],
        kept["trusts_authors"],
        kept["stamp"],
        options,
    )


def _loaded(config: Path | None, start: Path) -> tuple[dict[str, Any], Callable[[], Options]]:
    """The settings as they are kept, with all that they were made of, and the options."""
    from mkdocs_postmortem.site_config import load_site
    from mkdocs_postmortem.zones import day_bounds

    files: dict[str, str | None] = {}
    folders: dict[str, int] = {}
    texts: list[bytes] = []

    def text(path: Path) -> str:
        files[str(path)] = None
        data = path.read_bytes()
        files[str(path)] = _digest(data)
        texts.append(data)
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")

    def pages(path: Path) -> int:
        folders[str(path)] = pages_in(path)
        return folders[str(path)]

    def template(folder: Path) -> bytes:
        data = read_bytes(folder, TEMPLATE_NAME)
        templates[str(folder)] = _digest(data)
        return data

    templates: dict[str, str | None] = {}
    site = load_site(config, start, text, pages, template)
    templates.setdefault(str(site.incidents), None)
    options = site.options
    day = None
    if options.as_of is None and not os.environ.get("SOURCE_DATE_EPOCH"):
        last = (options.today - timedelta(seconds=1)).astimezone(options.zone).date()
        day = [instant.timestamp() for instant in day_bounds(last, options.zone)]
    said = (options.model_dump_json(), *sorted(options.template_texts), str(options.today))
    kept = {
        "files": files,
        "folders": folders,
        "templates": templates,
        "variables": _variables(texts),
        "day": day,
        "incidents": str(site.incidents),
        "docs_dir": None if site.docs_dir is None else str(site.docs_dir),
        "lists_plugin": site.lists_plugin,
        "levels": dict(options.rules),
        "trusts_authors": options.trusted_bodies,
        "stamp": _digest("\0".join(said).encode(errors="surrogatepass")),
    }
    return kept, lambda: options


def _holds(kept: Mapping[str, Any]) -> bool:
    """Whether everything that the settings were made of is as it was."""
    texts = []
    for path, digest in kept["files"].items():
        try:
            texts.append(Path(path).read_bytes())
        except OSError:
            return False
        if _digest(texts[-1]) != digest:
            return False
    for folder, digest in kept["templates"].items():
        try:
            found = _digest(read_bytes(Path(folder), TEMPLATE_NAME))
        except OSError:
            found = None
        if found != digest:
            return False
    day = kept["day"]
    return (
        all(pages_in(Path(path)) == was for path, was in kept["folders"].items())
        and kept["variables"] == _variables(texts)
        and (day is None or day[0] <= time.time() < day[1])
    )


def _variables(texts: list[bytes]) -> str:
    """A digest of the variables whose names stand in `texts`, and of those that count anyway."""
    names = {"SOURCE_DATE_EPOCH"}
    for text in texts:
        if b"!ENV" in text:
            names |= set(re.findall(r"\w+", text.decode(errors="replace")))
    known = sorted((name, os.environ[name]) for name in names if name in os.environ)
    return _digest(repr(known).encode(errors="surrogatepass"))


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()
