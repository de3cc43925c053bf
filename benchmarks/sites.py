"""The sites that are measured: the same incidents for our engine and for each of the others.

What is fair. All of them have the same incidents with the same bodies, a search index where the
engine has one, Material's theme but for Hugo, and every incident outside the navigation.

* `ours` is made of incident files, with nothing but the plugin. It makes more than the others do:
  an archive, a register, statistics, feeds, tables and an API, which all count as its own time.
* `workers` is the same with the option `workers`, a process for each core.
* `finished` holds what `ours` comes to, for MkDocs alone: a Markdown file for each incident with
  the same body as Markdown, and every block that `ours` makes as raw HTML in its place, headings
  as Markdown. Its pages are compared with ours word by word. It has no pages about all incidents,
  and nothing in it has to be computed, checked or kept from the public.
* `plain` holds what an author would write by hand without us: the body and two Markdown tables.
  Its pages say less and are smaller; it is what a site without the plugin costs.
* `zensical` and `hugo` build the pages of `plain`, `zensical` with the same theme, `hugo` with a
  template of ten lines, which is near the least that any engine can do.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import corpus
from benchmarks.corpus import Incident
from benchmarks.processes import CommandFailedError, Cost, timed

_CONFIG = """site_name: Benchmark
site_url: https://status.example.org/
theme:
  name: material
  font: false
"""
_OURS = f"""plugins:
  - search
  - postmortem:
      as_of: {corpus.AS_OF}
      feed_id_base: status.example.org,2024
"""
_OTHERS = "nav: [index.md]\nplugins: [search]\n"
_HUGO = {
    "hugo.toml": 'baseURL = "https://status.example.org/"\ntitle = "Benchmark"\n'
    'disableKinds = ["taxonomy", "term"]\n',
    "layouts/_default/baseof.html": "<!doctype html>\n<html lang=en>\n<head>\n"
    "<meta charset=utf-8>\n<title>{{ .Title }}</title>\n</head>\n"
    '<body>\n<article>{{ block "main" . }}{{ end }}</article>\n</body>\n</html>\n',
    "layouts/_default/single.html": '{{ define "main" }}{{ .Content }}{{ end }}\n',
    "layouts/_default/list.html": '{{ define "main" }}<ul>{{ range .Pages }}'
    '<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul>{{ end }}\n',
}
_ARTICLE = re.compile(r"<article[^>]*>(.*?)</article>", re.DOTALL)
_HEADING = re.compile(r'<h2 id="[^"]*">(.*?)</h2>', re.DOTALL)
_TITLE = re.compile(r"<h1[^>]*>.*?</h1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Engine:
    """How the site of one kind is called, written and built.

    `remembers` says whether a second build can use what the first has left.
    """

    name: str
    title: str
    write: Callable[[Path, Sequence[Incident]], None]
    command: tuple[str | Path, ...]
    source: str = "docs/incidents/{id}.md"
    remembers: bool = False


@dataclass
class Site:
    """The site of one engine in a folder of its own, with all its incidents."""

    engine: Engine
    folder: Path
    incidents: Sequence[Incident]
    environment: Mapping[str, str]
    _written: frozenset[str] = field(init=False)
    _edits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.engine.write(self.folder, self.incidents)
        # Its history, once it has one, is no result of a build.
        self._written = frozenset((*(path.name for path in self.folder.iterdir()), ".git"))

    def build(self) -> Cost:
        """Build the site and say what that took, after a look at whether it is whole."""
        cost = timed(self.engine.command, self.folder, self.environment)
        for incident in (self.incidents[0], self.incidents[-1]):
            if incident.sections[0][1] not in self.page(incident):
                raise CommandFailedError(f"{self.engine.name} has not built {incident.id}")
        return cost

    def forget(self) -> None:
        """Remove the built site, and whatever else a build has left for the next one."""
        for path in tuple(self.folder.iterdir()):
            if path.name not in self._written:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def forget_caches(self) -> None:
        """Remove what a build or a check has left for the next one, but not the built site."""
        site = self.folder / "site"
        aside = self.folder.with_name(f"{self.folder.name}-site")
        if site.exists():
            site.rename(aside)
        self.forget()
        if aside.exists():
            aside.rename(site)

    def edit(self, incident: Incident) -> str:
        """Change the body of one incident in its file; returns a word that is new in it."""
        self._edits += 1
        word = f"edit{self._edits}of{self.engine.name}"
        name, text = incident.sections[-1]
        edited = incident._replace(sections=(*incident.sections[:-1], (name, f"{text} {word}.")))
        old = self.source(incident).read_text(encoding="utf-8")
        paragraph = re.compile(re.escape(text) + r"(?: edit\w+\.)?")
        new = paragraph.sub(edited.sections[-1][1], old)
        assert new != old
        self.source(incident).write_text(new, encoding="utf-8")
        return word

    def source(self, incident: Incident) -> Path:
        """The Markdown file of an incident."""
        return self.folder / self.engine.source.format(id=incident.id, year=incident.id[:4])

    def page(self, incident: Incident) -> str:
        """The built page of an incident."""
        path = self.folder / "site/incidents" / incident.id / "index.html"
        return path.read_text(encoding="utf-8")


def _files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _write_ours(folder: Path, incidents: Sequence[Incident], more: str = "") -> None:
    _files(folder, {"mkdocs.yml": _CONFIG + _OURS + more})
    for incident in incidents:
        name = f"docs/incidents/{incident.id[:4]}/{incident.id}.md"
        _files(folder, {name: corpus.incident_file(incident)})


def _write_workers(folder: Path, incidents: Sequence[Incident]) -> None:
    _write_ours(folder, incidents, f"      workers: {cores()}\n")


def _write_plain(folder: Path, incidents: Sequence[Incident]) -> None:
    _files(folder, {"mkdocs.yml": _CONFIG + _OTHERS, "docs/index.md": "# Benchmark\n"})
    for incident in incidents:
        _files(folder, {f"docs/incidents/{incident.id}.md": corpus.page_by_hand(incident)})


def _write_hugo(folder: Path, incidents: Sequence[Incident]) -> None:
    _files(folder, _HUGO)
    for incident in incidents:
        _files(folder, {f"content/incidents/{incident.id}.md": corpus.page_by_hand(incident)})


def _write_finished(folder: Path, incidents: Sequence[Incident]) -> None:
    """What the site of ours beside this one, which is built already, comes to."""
    _files(folder, {"mkdocs.yml": _CONFIG + _OTHERS, "docs/index.md": "# Benchmark\n"})
    for incident in incidents:
        built = folder.with_name("ours") / "site/incidents" / incident.id / "index.html"
        text = finished_page(incident, built.read_text(encoding="utf-8"))
        _files(folder, {f"docs/incidents/{incident.id}.md": text})


def finished_page(incident: Incident, page: str) -> str:
    """Our finished `page` of an incident as Markdown: the body as it was, our blocks as HTML."""
    article = _ARTICLE.search(page)
    assert article is not None
    first, *rest = _HEADING.split(_TITLE.sub("", article[1]))
    parts = [f"# {incident.title}", _block(first)]
    bodies = dict(incident.sections)
    for heading, block in zip(rest[::2], rest[1::2], strict=True):
        parts += [f"## {heading}", bodies.get(heading) or _block(block)]
    return "\n\n".join(parts) + "\n"


def _block(text: str) -> str:
    return f"<div>\n{text.strip()}\n</div>"


def words(page: str) -> list[str]:
    """The words of the article of a built page."""
    article = _ARTICLE.search(page)
    assert article is not None
    return html.unescape(_TAG.sub(" ", article[1])).split()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_MKDOCS: tuple[str, ...] = (sys.executable, "-m", "mkdocs", "build", "--quiet")
OURS = Engine(
    "ours",
    "mkdocs-postmortem",
    _write_ours,
    _MKDOCS,
    source="docs/incidents/{year}/{id}.md",
    remembers=True,
)
WORKERS = Engine(
    "workers",
    f"mkdocs-postmortem with {cores()} workers",
    _write_workers,
    _MKDOCS,
    source=OURS.source,
)
FINISHED = Engine("finished", "MkDocs, the same finished pages", _write_finished, _MKDOCS)
PLAIN = Engine("plain", "MkDocs, pages with tables by hand", _write_plain, _MKDOCS)


def engines(wanted: Sequence[str]) -> list[Engine]:
    """Ours, and those of the `wanted` others that are installed."""
    found = [OURS, WORKERS, FINISHED, PLAIN]
    if zensical := shutil.which("zensical"):
        build = (zensical, "build")
        found.append(Engine("zensical", "Zensical", _write_plain, build, remembers=True))
    if hugo := shutil.which("hugo"):
        command = (hugo, "--quiet", "--destination", "site")
        source = "content/incidents/{id}.md"
        found.append(Engine("hugo", "Hugo, ten lines of template", _write_hugo, command, source))
    return [engine for engine in found if engine is OURS or engine.name in wanted]
