"""Pages that come out as before, and are not made again.

What a page holds and how it looks is kept under a key of all that it depends on: the site's
fingerprint, its source, the incidents beside it, what its links were looked up as, and for the
look the navigation too. A page that printed a message while it was made is not kept, so that
messages come again. While serving, a page that is known stays in place; a build puts it there.

MkDocs has no hook for this. It relies on a page's ``read_source`` and ``render``, which are
replaced on the page object; on the name of a template in a page's ``meta``; on pages without
output being skipped; and on hidden names surviving when the site's folder is emptied.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure import StructureItem
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents

from mkdocs_postmortem.cache import Cache, cache_folder, open_cache
from mkdocs_postmortem.mkdocs_fingerprint import digest, plain
from mkdocs_postmortem.mkdocs_keys import text_of
from mkdocs_postmortem.mkdocs_pages import NotingFiles, Title
from mkdocs_postmortem.mkdocs_progress import log as progress
from mkdocs_postmortem.mkdocs_search import indexed

# Prints what a page is known to look like, and nothing else.
TEMPLATE = "postmortem/known_page.html"
ASIDE = ".postmortem-aside"
_SKIPPED = re.compile(r"Page skipped: '(.+)'\. Generated")


@dataclass(slots=True)
class _Making:
    """A page under way: the key of what it holds, what is known, and what it asks for.

    ``asked_more`` says that nobody knows what else. ``text`` is the digest of the text that the key
    is made of, where that is not an incident's.
    """

    page: Page
    key: str
    text: str | None = None
    known: Mapping[str, Any] | None = None
    look: str = ""
    unchanged: bool = False
    keeps: bool = True
    asked_more: bool = False
    files: dict[str, str | None] = field(default_factory=dict)
    found: list[list[dict[str, Any]]] = field(default_factory=list)
    before_search: list[int] = field(default_factory=list)


class KnownPages:
    """The pages of one site over all builds of a process, and on disk over all processes."""

    def __init__(self) -> None:
        self.cache = open_cache(None, "build")
        self._folder: TemporaryDirectory[str] | None = None
        self._known: dict[str, Mapping[str, Any]] = {}
        self._making: dict[str, _Making] = {}
        self._in_place: dict[str, str] = {}
        self.is_active = False
        self.is_serving = False
        self._ended, self._opened = True, False
        self._site = Path()
        self._left: int | None = None
        self._set_aside: int | None = None
        self._moved: dict[str, tuple[int, ...]] = {}
        self._now: _Making | None = None
        self._messages = _Messages(self._spoken)

    # What a build asks, in this order.

    def set_aside(self, config: MkDocsConfig) -> None:
        """Hide the site that is served from MkDocs, which empties its folder now."""
        site = Path(config.site_dir)
        aside = site / ASIDE
        _remove(aside)
        # Another build, of a configuration without us, has emptied the folder meanwhile.
        if not self._ended or self._left != _changed(site):
            self._in_place = {}
        self._ended = False
        self._set_aside = None
        if self._in_place:
            aside.mkdir()
            self._set_aside = _changed(aside)
            for entry in _shown(site):
                entry.rename(aside / entry.name)

    def begin(self, config: MkDocsConfig, *, serving: bool, active: bool) -> None:
        """Begin a build, with everything made anew unless `active`."""
        self.is_active, self.is_serving, self._making, self._now = active, serving, {}, None
        self._site = Path(config.site_dir)
        aside = self._site / ASIDE
        # What another plugin has written meanwhile stays as it is.
        if not active or _shown(self._site):
            self._in_place = {}
            _remove(aside)
        elif aside.exists():
            for entry in aside.iterdir():
                entry.rename(self._site / entry.name)
            aside.rmdir()
            # Moving a file is a change of it to some file systems.
            self._moved = {entry.name: _state_of(entry.lstat()) for entry in _shown(self._site)}
        if active and not self._opened:
            self.cache, self._opened = self._open(config), True
        logging.getLogger("mkdocs").addHandler(self._messages)
        logging.getLogger("mkdocs.commands.build").addFilter(self._says_more_than_skipped)

    def _open(self, config: MkDocsConfig) -> Cache:
        folder = cache_folder(Path(config.config_file_path or config.docs_dir))
        if folder is None and self.is_serving:
            self._folder = TemporaryDirectory(prefix="postmortem-")
            folder = Path(self._folder.name, "cache")
        return open_cache(folder, "serve" if self.is_serving else "build")

    def recall(
        self,
        keys: Mapping[str, str],
        files: Files,
        urls: Mapping[str, str],
        static: Iterable[str],
        texts: Mapping[str, str],
    ) -> None:
        """Let the pages whose keys are known answer from what is kept of them.

        `keys` has a key for each page by the address of its source, `urls` the address of each
        incident by its id; `static` are the pages that the theme makes of nothing else.
        `texts` are the digests of the texts that keys are made of, by the same addresses.
        """
        if not self.is_active:
            return
        missing = [key for key in keys.values() if key not in self._known]
        self._known |= self.cache.get_many("page", missing)
        self._known = {key: self._known[key] for key in keys.values() if key in self._known}
        claimed = Counter(file.dest_uri for file in files)
        claimed.update(static)
        for uri, key in keys.items():
            file = files.get_file_from_path(uri)
            # Of two files at one address nobody knows which one is in place.
            if file is None or file.page is None or claimed[file.dest_uri] > 1:
                continue
            making = self._making[uri] = _Making(file.page, key, texts.get(uri))
            known = self._known.get(key)
            if known is not None and _is_answered(known, files, urls):
                look = known["look"]
                is_there = self._in_place.get(file.dest_uri) == look
                if is_there or self._put_in_place(file.dest_uri, look):
                    making.known = known
            self._let_answer(making)

    def _put_in_place(self, uri: str, look: str) -> bool:
        """Write the page that looked so into the site, where it is kept."""
        output = self.cache.get_bytes("look", look)
        if output is not None:
            path = self._site / uri
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(output)
        return output is not None

    def _let_answer(self, making: _Making) -> None:
        page, known = making.page, making.known
        read, render = page.read_source, page.render

        def read_source(config: MkDocsConfig) -> None:
            self._now = making
            if known is None:
                read(config)
                if making.text is not None and digest(text_of(page.file)) != making.text:
                    # The file has changed since the key was made, and may change back.
                    making.keeps = False
                return
            page.markdown = ""
            page.meta = dict(known["meta"])
            page.title = Title(known["title"]) if known["as_html"] else known["title"]

        def render_(config: MkDocsConfig, files: Files) -> None:
            if known is None:
                noting = NotingFiles(files)
                render(config, cast(Files, noting))
                making.files = {path: _state(file) for path, file in noting.looked_up.items()}
                making.asked_more = bool(noting.asked_more)
                return
            page.content = ""
            page.present_anchor_ids = set(known["anchors"])
            page.links_to_anchors = {
                target: dict(links)
                for uri, links in known["links"]
                if (target := files.get_file_from_path(uri)) is not None
            }

        page.read_source = read_source  # type: ignore[method-assign]
        page.render = render_  # type: ignore[method-assign]

    def is_unchanged(self, page: Page) -> bool:
        """Whether the whole page comes out as before."""
        making = self._making.get(page.file.src_uri)
        return making is not None and making.unchanged

    def is_known(self, page: Page) -> bool:
        """Whether what the page holds is known, so that nobody needs to make it."""
        making = self._making.get(page.file.src_uri)
        return making is not None and making.known is not None

    def key(self, page: Page) -> str | None:
        """What changes with what the page, known or made, holds; ``None`` where nobody knows."""
        making = self._making.get(page.file.src_uri)
        if making is None or making.asked_more:
            return None
        if making.known is not None:
            asked = [making.known["files"], making.known["incidents"]]
        else:
            asked = [making.files, getattr(page, "asked_for", {})]
        return digest(making.key, json.dumps(asked, sort_keys=True))

    def content(self, page: Page) -> str:
        """The finished HTML of the page's content, known or made just now."""
        making = self._making.get(page.file.src_uri)
        if making is None or making.known is None or page.content:
            return page.content or ""
        return self._content(making)

    def decide(self, nav: Navigation) -> None:
        """Find out, once all pages have their titles, which of them look as before."""
        self._now = None
        if not self.is_active:
            return
        around = _navigation(nav)
        for making in self._making.values():
            page, known = making.page, making.known
            making.look = digest(making.key, around, *_beside(page))
            if known is None:
                continue
            if known["look"] == making.look:
                making.unchanged = True
                page.meta = _SentAsKnown(page.meta)
            else:
                page.content = self._content(making)
                page.toc = TableOfContents([_anchor(item) for item in known["contents"]])
                (self._site / page.file.dest_uri).unlink()
        self._in_place = {}
        if self._set_aside is not None:
            stay = {m.page.file.dest_uri for m in self._making.values() if m.unchanged}
            _remove_all_but(stay, self._site, self._set_aside, self._moved)

    def _content(self, making: _Making) -> str:
        assert making.known is not None
        output = (self._site / making.page.file.dest_uri).read_bytes().decode()
        start, end = making.known["content"]
        return output[start:end]

    def before_search(self, page: Page, config: MkDocsConfig) -> None:
        """Before the search plugins read the page."""
        self._now = making = self._making.get(page.file.src_uri)
        if making is not None:
            making.before_search = [len(entries) for entries in indexed(config)]

    def after_search(self, page: Page, config: MkDocsConfig) -> None:
        """After the search plugins have read the page, or nothing where it is known."""
        making = self._making.get(page.file.src_uri)
        if making is None:
            return
        lists = indexed(config)
        for number, (entries, length) in enumerate(zip(lists, making.before_search, strict=True)):
            if making.known is not None:
                entries[length:] = making.known["search"][number]
        making.found = [
            entries[length:] for entries, length in zip(lists, making.before_search, strict=True)
        ]

    def stays(self, page: Page) -> bool:
        """Whether the page is in place already, and has no output."""
        if not self.is_unchanged(page):
            return False
        self._now = None
        if self.is_serving:
            self._in_place[page.file.dest_uri] = self._making[page.file.src_uri].look
        return True

    def own_content(self) -> dict[str, str]:
        """What the owner of the site has written of the known pages, by their sources."""
        return {
            uri: making.known["own"]
            for uri, making in self._making.items()
            if making.known is not None and making.known["own"] is not None
        }

    def keep(self, page: Page, output: str, own: str | None) -> None:
        """Keep what the page holds and how it looks; `own` is what the site's owner has written."""
        making = self._making.get(page.file.src_uri)
        self._now = None
        if making is None or making.asked_more or not making.keeps:
            return
        start = output.find(page.content) if page.content else -1
        if start < 0:
            return
        place = [start, start + len(page.content or "")]
        if making.known is not None:
            known = {**making.known, "look": making.look, "content": place}
        else:
            known = {
                "title": page.title,
                "as_html": isinstance(page.title, Title),
                "meta": page.meta,
                "anchors": sorted(page.present_anchor_ids or ()),
                "links": [
                    [file.src_uri, list(links.items())]
                    for file, links in (page.links_to_anchors or {}).items()
                ],
                "files": making.files,
                "own": own,
                "incidents": dict(getattr(page, "asked_for", {})),
                "contents": [_plain_anchor(item) for item in page.toc],
                "search": making.found,
                "look": making.look,
                "content": place,
            }
        try:
            if json.loads(json.dumps(known["meta"])) != known["meta"]:
                return
            self.cache.put_bytes("look", making.look, output.encode())
            self.cache.put("page", making.key, known)
        except (TypeError, ValueError):
            # Dates and the like in the front matter of the site's own pages, or half a character.
            return
        # A process that builds once needs no more of it.
        self._known[making.key] = known if self.is_serving else {"look": making.look}
        making.found = []
        self.cache.save_if_much()
        if self.is_serving:
            self._in_place[page.file.dest_uri] = making.look

    def end(self) -> None:
        """End a build, and keep on disk what came of it."""
        self._stop_listening()
        self._ended, self._left = True, _changed(self._site)
        if self.is_active:
            keys = {making.key for making in self._making.values()}
            looks = {known["look"] for key, known in self._known.items() if key in keys}
            self.cache.keep_only("page", keys)
            self.cache.keep_only("look", looks)
            self.cache.save()

    def fail(self) -> None:
        """End a build that failed: what is in place is of no known state."""
        self._stop_listening()

    def close(self) -> None:
        """Let go of the cache."""
        self.cache.close()
        if self._folder is not None:
            self._folder.cleanup()

    def _stop_listening(self) -> None:
        logging.getLogger("mkdocs").removeHandler(self._messages)
        logging.getLogger("mkdocs.commands.build").removeFilter(self._says_more_than_skipped)

    def _spoken(self) -> None:
        if self._now is not None:
            self._now.keeps = False

    def _says_more_than_skipped(self, record: logging.LogRecord) -> bool:
        """MkDocs says of each page without output that it was skipped, also where it stays."""
        skipped = _SKIPPED.match(str(record.msg))
        making = self._making.get(skipped[1]) if skipped else None
        return making is None or not making.unchanged


class _SentAsKnown(dict[str, Any]):
    """The front matter of a page that looks as before: whoever makes it gets `TEMPLATE`.

    To templates of other pages, which look into it, it is as it was.
    """

    def get(self, key: str, default: Any = None) -> Any:
        return TEMPLATE if key == "template" else super().get(key, default)


class _Messages(logging.Handler):
    """Tells when something is said."""

    def __init__(self, tell: Callable[[], None]) -> None:
        super().__init__(logging.INFO)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        # How far the build is, is nothing about a page.
        if record.name != progress.logger.name:
            self._tell()


def _state(file: File | None) -> str | None:
    return None if file is None else f"{file.dest_uri} {file.inclusion.name}"


def _is_answered(known: Mapping[str, Any], files: Files, urls: Mapping[str, str]) -> bool:
    """Whether what the page has asked for is still answered the same."""
    return all(
        _state(files.get_file_from_path(path)) == state for path, state in known["files"].items()
    ) and all(urls.get(id) == url for id, url in known["incidents"].items())


def _navigation(nav: Navigation) -> str:
    """What changes when anything does that a page can show of the others in the navigation."""
    parts: list[Any] = []

    def add(item: StructureItem) -> None:
        entry: list[Any] = [type(item).__name__, str(item.title)]
        if isinstance(item, Page):
            entry += _facts_of(item)
        entry.append(getattr(item, "url", None))
        parts.append(entry)
        for child in getattr(item, "children", None) or ():
            add(child)
        parts.append("end")

    for item in nav:
        add(item)
    parts.append([page.url for page in nav.pages])
    if nav.homepage is not None:
        parts.append(_as_shown(nav.homepage))
    return json.dumps(parts)


def _facts_of(page: Page) -> list[Any]:
    try:
        meta = plain(page.meta)
    except TypeError:
        meta = repr(page.meta)
    return [page.canonical_url, page.edit_url, page.is_homepage, meta]


def _beside(page: Page) -> Iterator[str]:
    yield f"{page.canonical_url} {page.edit_url} {page.is_homepage}"
    above: StructureItem | None = page.parent
    while above is not None:
        yield f"above {_as_shown(above)}"
        above = above.parent
    for other in (page.previous_page, page.next_page):
        yield f"beside {_as_shown(other)}" if other is not None else ""


def _as_shown(item: StructureItem) -> str:
    facts = _facts_of(item) if isinstance(item, Page) else []
    return json.dumps([str(item.title), getattr(item, "url", None), *facts])


def _plain_anchor(item: AnchorLink) -> list[Any]:
    return [item.title, item.id, item.level, [_plain_anchor(child) for child in item.children]]


def _anchor(kept: list[Any]) -> AnchorLink:
    title, id, level, children = kept
    made = AnchorLink(title, id, level)
    made.children = [_anchor(child) for child in children]
    return made


def _shown(folder: Path) -> list[Path]:
    if not folder.exists():
        return []
    return [entry for entry in folder.iterdir() if not entry.name.startswith(".")]


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _changed(folder: Path) -> int | None:
    """When something was last put into `folder` or taken out of it."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return None


def _state_of(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_ino, found.st_mtime_ns, found.st_ctime_ns)


def _remove_all_but(
    kept: Collection[str], root: Path, since: int, moved: Mapping[str, tuple[int, ...]]
) -> None:
    """Remove everything below `root` but the files `kept` and those put there `since` then.

    Folders that then hold nothing go too. `since` is what the file system says, in nanoseconds;
    `moved` has the states of older files that were moved since.
    """

    def clear(inside: str) -> bool:
        is_empty = True
        with os.scandir(root / inside) as entries:
            for entry in entries:
                path = f"{inside}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    goes = clear(f"{path}/")
                    if goes:
                        os.rmdir(entry)  # noqa: PTH106 - one of thousands
                else:
                    found = entry.stat(follow_symlinks=False)
                    is_older = found.st_ctime_ns < since or moved.get(path) == _state_of(found)
                    goes = path not in kept and is_older
                    if goes:
                        os.unlink(entry)  # noqa: PTH108 - one of thousands
                is_empty = is_empty and goes
        return is_empty

    clear("")
