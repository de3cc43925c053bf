"""Addresses of a site: where an earlier one leads, and which ones are taken already.

An address belongs to one thing for ever. It is compared as the least careful file system compares
it, so that what is built on one machine can be copied to any other.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import unquote

from mkdocs_postmortem.files_on_disk import MARKDOWN_ENDINGS

# What a build itself puts into a site, beside the pages and files that are known before it:
# search, sitemap and error page of the engine, and the tables, feeds, API and badges.
FOLDERS_OF_THE_BUILD = frozenset({"api", "assets", "badges", "components", "search"})
FILES_OF_THE_BUILD = frozenset(
    "404.html sitemap.xml sitemap.xml.gz feed.xml feed.rss feed.json incidents.json incidents.csv"
    " response-times.csv action-items.json action-items.csv action-items.ics"
    " postmortem.schema.json _headers".split()
)
# What Windows or an address does not have in a name, and what is left of broken UTF-8.
_IN_NO_NAME = frozenset('/\\:*?"<>|\ufffd')
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Linux allows 255 bytes in a name; the others count characters or UTF-16 and allow as much.
_LONGEST_NAME = 255


class AddressError(ValueError):
    """An earlier address that cannot be one of this site: what is wrong with it, and the fix."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


def redirect_file(alias: str) -> str:
    """The file, from the site's root, that answers at the earlier address `alias`.

    ``old/path/`` and ``old/path`` are answered by ``old/path/index.html``, ``old/page.html`` by
    itself. Raises `AddressError` for what is no path inside the site.
    """
    if _SCHEME.match(alias) or alias.startswith("//"):
        raise AddressError(f"“{alias}” is a whole address", "write the path below the site's root")
    if alias.startswith("/"):
        raise AddressError(
            f"“{alias}” begins with a slash", f"write it from the site's root: {alias.lstrip('/')}"
        )
    if "?" in alias or "#" in alias:
        raise AddressError(
            f"“{alias}” has a query or a fragment", "leave it out: a file cannot answer to it"
        )
    parts = alias.removesuffix("/").split("/")
    names = [unicodedata.normalize("NFC", unquote(part)) for part in parts]
    for part, name in zip(parts, names, strict=True):
        if name in ("", ".", ".."):
            raise AddressError(
                f"“{alias}” has the part “{part}”", "write the path from the site's root in full"
            )
        if name.startswith(".") or name != name.strip() or name.endswith("."):
            raise AddressError(
                f"“{part}” in “{alias}” begins or ends with a dot or a space",
                "not every server answers at such a path; leave it out",
            )
        if set(name) & _IN_NO_NAME or not name.isprintable():
            raise AddressError(
                f"“{part}” in “{alias}” has a character that no file name may have everywhere",
                "write the path as it stood in the browser",
            )
        if len(name.encode()) > _LONGEST_NAME - len(".html"):
            raise AddressError(f"a part of “{alias[:40]}…” is too long", "leave it out")
    path = "/".join(names)
    is_page = not alias.endswith("/") and path.lower().endswith((".html", ".htm"))
    return path if is_page else f"{path}/index.html"


def page_files(id: str) -> tuple[str, str]:
    """The files that an incident's page may be, with `use_directory_urls` and without it."""
    return f"incidents/{id}/index.html", f"incidents/{id}.html"


def page_file(source: str, *, use_directory_urls: bool) -> str:
    """The file of a site that engines make of the source at this path; what is no page stays."""
    stem, ending = posixpath.splitext(source)
    if ending.lower() not in MARKDOWN_ENDINGS:
        return source
    folder, name = posixpath.split(stem)
    if name in ("index", "README"):
        return posixpath.join(folder, "index.html")
    return f"{stem}/index.html" if use_directory_urls else f"{stem}.html"


def relative(path: str, page: str) -> str:
    """The address of `path` from `page`, both addresses from the site's root."""
    found = posixpath.relpath(path or ".", posixpath.dirname(page) or ".")
    return found + "/" * (not path or path.endswith("/"))


def as_compared(path: str) -> str:
    """`path` as file systems compare it that ignore case and composition."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def is_of_the_build(path: str) -> bool:
    """Whether the file at `path` is, or lies among, what every build makes itself."""
    first, *rest = as_compared(path).split("/")
    return first in FILES_OF_THE_BUILD or (first in FOLDERS_OF_THE_BUILD and bool(rest))


@dataclass(slots=True)
class Addresses:
    """The files of a site with their holders, whatever a holder is called."""

    _files: dict[str, str] = field(default_factory=dict)
    _folders: dict[str, str] = field(default_factory=dict)

    def claim(self, path: str, holder: str) -> str | None:
        """Give the file at `path` to `holder`, or return who has it or keeps it from being there.

        A file keeps away another one of its name, one that would lie in it as in a folder, and
        one that is such a folder.
        """
        found = self.holder(path)
        if found is None:
            key = as_compared(path)
            self._files[key] = holder
            for folder in _folders(key):
                self._folders.setdefault(folder, holder)
        return found

    def holder(self, path: str) -> str | None:
        """Who has the file at `path`, or keeps it from being there."""
        key = as_compared(path)
        for taken in (key, *_folders(key)):
            if taken in self._files:
                return self._files[taken]
        return self._folders.get(key)


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(len(parts) - 1, 0, -1)]
