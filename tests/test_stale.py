"""Nothing stale, in sites that others seldom have: what a session builds is a clean build.

Each case is a site, and edits to it one after the other. After each, a session that serves and one
that builds have to give what a session gives that knows nothing.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Literal

import pytest
from building import build as run_build
from building import short, write_site
from mkdocs_postmortem.mkdocs_known_pages import KnownPages
from sessions import PLUGINS, Session, contents

pytestmark = pytest.mark.usefixtures("alone")

# A path and its text, or ``None`` where the file goes.
Files = Mapping[str, str | None]
OVERRIDES = {"name": "mkdocs", "custom_dir": "overrides"}
FEEDS = {"postmortem": {"as_of": "2024-08-01", "feed_id_base": "status.example.org,2024"}}
CONFIG = {
    "site_url": "https://status.example.org/",
    "theme": {"name": "mkdocs"},
    "nav": [{"Start": "index.md"}, "about.md"],
    "plugins": ["search", FEEDS],
}
SITE = {
    "docs/index.md": "# Start\n",
    "docs/about.md": "# About us\n",
    **{f"docs/incidents/2024-02-{day}-a.md": short(f"Outage {day}") for day in (20, 21, 22)},
}
A, B, C = (f"docs/incidents/2024-02-{day}-a.md" for day in (20, 21, 22))
ARCHIVE = "docs/incidents/index.md"
MOVED = {B: None, "docs/incidents/2024/2024-02-21-a.md": short("Outage 21")}
MAIN = "overrides/main.html"
EXTENDS = '{% extends "base.html" %}'
EVERY = "{% for one in pages %}{{ one.page.title }} {{ one.page.content }}{% endfor %}"

EMOJI = {
    "emoji_index": "!!python/name:material.extensions.emoji.twemoji",
    "emoji_generator": "!!python/name:material.extensions.emoji.to_svg",
    "options": {"custom_icons": ["icons"]},
}


def corrected(text: str) -> str:
    """The first incident with a correction that says `text`."""
    more = f"corrections:\n  - {{date: 2024-03-01, text: '{text}'}}\ntimeline:"
    return short("Outage 20").replace("timeline:", more, 1)


def saying(text: str) -> str:
    """The first incident with `text` in its body."""
    return short("Outage 20") + f"\n{text}\n"


@dataclass(frozen=True)
class Case:
    """A site that was edited. ``config`` is over that of every site here."""

    name: str
    edits: tuple[Files, ...]
    files: Files = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    commands: tuple[Literal["build", "serve"], ...] = ("build", "serve")


SHARED = {
    "overrides/shared.html": "{% macro show(x) %}<b>{{ x }}</b>{% endmacro %}",
    MAIN: EXTENDS + '{% from "shared.html" import show %}'
    "{% block footer %}{{ show(config.site_name) }}{% endblock %}",
    "overrides/postmortem/corrections.html": '{% from "shared.html" import show %}'
    "{% for one in incident.corrections %}{{ show(one.text) }}{% endfor %}",
}


def showing(template: str) -> dict[str, str]:
    """The site's own template, with something more on every page."""
    return {MAIN: EXTENDS + f"{{% block footer %}}{template}{{% endblock %}}"}


CASES = [
    Case(
        "a template that ours and the theme's share",
        ({A: corrected("It was <img src=x onerror=alert(1)>")}, {B: short("Other")}),
        SHARED,
        {"site_name": "<i>own</i>", "theme": OVERRIDES},
    ),
    Case(
        "a page that an incident links to goes and comes",
        ({"docs/more.md": None}, {"docs/more.md": "# More\n"}, {"docs/other.md": "# Other\n"}),
        {"docs/more.md": "# More\n", A: saying("See [more](../more.md).")},
    ),
    *(
        Case(
            f"a template that shows another page, {number}",
            (
                {B: short("Outage 21") + "\nAnother text.\n"},
                {"docs/about.md": "---\nsince: now\n---\n# We\n\n## Not I\n"},
            ),
            showing(template),
            {"theme": OVERRIDES},
            ("build",),
        )
        for number, template in enumerate(
            (
                "{% set n = page.next_page %}{{ n.content if n }}",
                "{% macro card(p) %}{{ p.content if p }}{% endmacro %}{{ card(page.next_page) }}",
                '{{ page["next_page"]["content"] if page.next_page }}',
                "{{ nav.homepage.content }}",
                "{% for one in nav.items %}{{ one.toc }}{% endfor %}",
                "{% for page in nav.items %}{{ page.content }}{% endfor %}",
                "{% set n = page.next_page %}{{ n.meta if n }}",
                "{{ nav.items | join(attribute='content') }}",
            )
        )
    ),
    Case(
        "an included file of another ending",
        ({B: short("Other")},),
        {
            **showing('{% include "list.j2" %}'),
            "overrides/list.j2": "{% for one in pages %}{{ one.page.title }}{% endfor %}",
        },
        {"theme": OVERRIDES},
    ),
    Case(
        "two pages at one address",
        ({"docs/more.md": "# More\n"},),
        {"docs/both.md": "# First\n", "docs/both/index.md": "# Second\n"},
    ),
    Case(
        "templates beside the pages",
        ({}, {B: short("Other")}),
        {
            "docs/all.txt": "{% for one in pages %}{{ one.page.title }} {{ one.page.content }}"
            "{{ one.page.meta }}{% endfor %}"
        },
        {"extra_templates": ["all.txt"]},
    ),
    *(
        Case(
            f"a template that shows more of the pages beside, {number}",
            (
                {C: short("Other")},
                {C: None},
                {ARCHIVE: "---\ndescription: two\n---\n# All\n"},
                MOVED,
            ),
            {**showing(template), ARCHIVE: "---\ndescription: one\n---\n# All\n"},
            {
                "theme": OVERRIDES,
                "repo_url": "https://example.org/repo",
                "edit_uri": "edit/",
                "plugins": [{"postmortem": {"as_of": "2024-08-01", "public_edit_links": True}}],
            },
        )
        for number, template in enumerate(
            (
                "{% set n = page.next_page %}{{ n.next_page.title if n }}",
                "{{ page.next_page.edit_url if page.next_page }}",
                "{{ page.parent.meta.description if page.parent }}",
            )
        )
    ),
    *(
        Case(
            f"another template that shows all pages, {number}",
            ({B: short("Other")},),
            files,
            {"theme": {**OVERRIDES, "static_templates": ["all.json"]}},
            ("build",),
        )
        for number, files in enumerate(
            (
                {
                    "docs/about.md": "---\ntemplate: all.j2\n---\n# About us\n",
                    "overrides/all.j2": EVERY,
                },
                {"overrides/all.svg": EVERY, **showing('{% include "all.svg" %}')},
                {"overrides/all.json": '{% include "all.txt" %}', "overrides/all.txt": EVERY},
            )
        )
    ),
    Case(
        "files at the top of the site go",
        ({"docs/about.md": None, "docs/robots.txt": None},),
        {"docs/robots.txt": "User-agent: *\n"},
        {"use_directory_urls": False, "nav": None},
    ),
    Case(
        "a page where the theme has one",
        ({}, {"docs/404.md": "# Gone\n"}),
        {"docs/404.md": "# Nothing here\n"},
        {"use_directory_urls": False},
    ),
    Case(
        "a place that is relative",
        ({B: short("Other")},),
        {},
        {"markdown_extensions": [{"pymdownx.snippets": {"base_path": "!relative $config_dir"}}]},
    ),
]


def apply(folder: Path, files: Files) -> None:
    """Edit the site in `folder`."""
    for name, text in files.items():
        if text is None:
            (folder / name).unlink()
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")


def unquote_tags(folder: Path) -> None:
    """Make tags of what stands for them in the configuration that was written."""
    config = folder / "mkdocs.yml"
    config.write_text(re.sub("'(!.*)'", r"\1", config.read_text(encoding="utf-8")))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_stale(tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "source"
    write_site(folder, SITE, {**CONFIG, **case.config})
    unquote_tags(folder)
    monkeypatch.chdir(folder)
    sessions = {
        command: Session(command, tmp_path / command, tmp_path / "cache")
        for command in case.commands
    }
    for number, files in enumerate((case.files, {}, *case.edits)):
        apply(folder, files)
        for command, session in sessions.items():
            said = session.build(folder)
            clean = Session(session.command, tmp_path / f"clean-{command}-{number}", None)
            expected = clean.build(folder)
            # A server says what is wrong only once.
            assert said == expected or command == "serve"
            built, wanted = contents(session.site), contents(clean.site)
            clean.end()
            assert sorted(built) == sorted(wanted), number
            assert [name for name in wanted if built[name] != wanted[name]] == [], number
            shutil.rmtree(clean.site)
    for session in sessions.values():
        session.end()


def assert_clean(session: Session, folder: Path, clean: Path) -> None:
    """What `session` has built of `folder` is what one builds that knows nothing."""
    other = Session(session.command, clean, None)
    other.build(folder)
    other.end()
    assert contents(session.site) == contents(clean)
    shutil.rmtree(clean)


def test_the_plugin_goes_while_serving_and_comes_back(tmp_path: Path) -> None:
    folder = write_site(tmp_path / "source", SITE, CONFIG)
    session = Session("serve", tmp_path / "served", tmp_path / "cache")
    for plugins in (CONFIG["plugins"], ["search"], CONFIG["plugins"], CONFIG["plugins"]):
        write_site(folder, {}, {**CONFIG, "plugins": plugins})
        session.build(folder)
    assert_clean(session, folder, tmp_path / "clean")
    session.end()


PLUGIN = """
import json
from pathlib import Path
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.pages import Page


class Another(Page):
    def read_source(self, config):
        super().read_source(config)
        self.markdown += Path(config.config_file_path).with_name("more.txt").read_text()


class Changing(BasePlugin):
    def __init__(self):
        self.wanted = json.loads(Path(__file__).with_name("wanted.json").read_text())

    def on_files(self, files, config):
        if "files" in self.wanted:
            config.copyright = self.wanted["files"]
        if "theme" in self.wanted:
            config.theme["color_mode"] = self.wanted["theme"]
        if "kind" in self.wanted:
            file = files.get_file_from_path(self.wanted["kind"])
            file.page = Another(None, file, config)
        if "written" in self.wanted:
            Path(config.site_dir).mkdir(exist_ok=True)
            Path(config.site_dir, "of_another.txt").write_text("Written early")
        return files

    def on_nav(self, nav, config, files):
        if "nav" in self.wanted:
            config.copyright = self.wanted["nav"]
        if "hidden" in self.wanted:
            files.remove(files.get_file_from_path(self.wanted["hidden"]))
        for file in files.documentation_pages():
            if file.src_uri == self.wanted.get("page") and file.page:
                file.page.title = "Another title"
            if file.page and "canonical" in self.wanted:
                file.page.canonical_url = self.wanted["canonical"] + file.url
        if "home" in self.wanted:
            nav.homepage = nav.pages[-1]
        if "folder" in self.wanted:
            folder = Path(config.config_file_path).with_name(self.wanted["folder"])
            config.theme.dirs.insert(0, str(folder))
        return nav


class Late(Changing):
    def on_files(self, files, config):
        return files

    @event_priority(-1000)
    def on_nav(self, nav, config, files):
        return super().on_nav(nav, config, files)
"""


def install(name: str, kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let MkDocs know the plugin `kind` of the module above by `name`."""
    (folder / "changing.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "changing", raising=False)
    entry = EntryPoint(name, f"changing:{kind}", "mkdocs.plugins")
    monkeypatch.setitem(PLUGINS.installed_plugins, name, entry)


@pytest.mark.parametrize(
    ("wanted", "is_before"),
    [
        ({"files": "2024"}, False),
        ({"nav": "2024"}, False),
        ({"nav": "2024"}, True),
        ({"hidden": "notes.md"}, False),
        ({"hidden": "incidents/2024-02-20-a.md"}, False),
        ({"page": "notes.md"}, False),
        ({"page": "incidents/2024-02-20-a.md"}, True),
        ({"written": ""}, False),
        ({"written": ""}, True),
        ({"theme": "dark"}, False),
        ({"kind": "notes.md"}, False),
        ({"canonical": "https://elsewhere.example.org/"}, False),
        ({"home": ""}, False),
        ({"folder": "more"}, False),
    ],
)
def test_what_another_plugin_changes_is_seen(
    tmp_path: Path, wanted: dict[str, str], is_before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("changing", "Changing", tmp_path, monkeypatch)
    plugins = ["changing", FEEDS] if is_before else [FEEDS, "changing"]
    folder = write_site(tmp_path / "source", SITE, {**CONFIG, "nav": None, "plugins": plugins})
    apply(folder, {"docs/notes.md": "# Notes\n"})
    sessions = [
        Session(command, tmp_path / command, tmp_path / "cache") for command in ("build", "serve")
    ]
    for number, wants in enumerate(({}, wanted, wanted)):
        (tmp_path / "wanted.json").write_text(json.dumps(wants), encoding="utf-8")
        # What only the plugin looks into.
        footer = f"{EXTENDS}{{% block footer %}}{number}{{% endblock %}}"
        apply(folder, {"more.txt": str(number), "more/main.html": footer})
        for session in sessions:
            session.plugins = {**session.plugins}
            session.plugins.pop("changing", None)
            session.build(folder)
            assert_clean(session, folder, tmp_path / "clean")
    for session in sessions:
        session.end()


def test_what_another_plugin_changes_last_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("late", "Late", tmp_path, monkeypatch)
    folder = write_site(tmp_path / "source", SITE, {**CONFIG, "plugins": ["late", FEEDS]})
    session = Session("build", tmp_path / "built", tmp_path / "cache")
    for wanted in ({}, {"nav": "2024"}):
        (tmp_path / "wanted.json").write_text(json.dumps(wanted), encoding="utf-8")
        session.build(folder)
        assert_clean(session, folder, tmp_path / "clean")


@pytest.mark.parametrize("command", ["build", "serve"])
def test_a_page_that_changes_during_a_build_and_back_is_as_it_is(
    tmp_path: Path, command: Literal["build", "serve"], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_site(tmp_path / "source", SITE, CONFIG)
    session = Session(command, tmp_path / "built", tmp_path / "cache")
    recall = KnownPages.recall

    def recall_and_edit(*arguments: Any) -> None:
        recall(*arguments)
        apply(folder, {"docs/about.md": "# About others\n"})

    with monkeypatch.context() as during:
        during.setattr(KnownPages, "recall", recall_and_edit)
        session.build(folder)
    apply(folder, {"docs/about.md": SITE["docs/about.md"]})
    session.build(folder)
    assert_clean(session, folder, tmp_path / "clean")
    session.end()


@pytest.mark.parametrize("command", ["build", "serve"])
def test_a_template_of_ours_that_was_not_there_is_used(
    tmp_path: Path, command: Literal["build", "serve"]
) -> None:
    folder = write_site(
        tmp_path / "source", {**SITE, **showing("")}, {**CONFIG, "theme": OVERRIDES}
    )
    page = tmp_path / "built/incidents/2024-02-20-a/index.html"
    session = Session(command, tmp_path / "built", tmp_path / "cache")
    for template in (None, "<p>MINE {{ incident.title }}</p>", None):
        path = folder / "overrides/postmortem/summary.html"
        path.parent.mkdir(exist_ok=True)
        if template:
            path.write_text(template, encoding="utf-8")
        else:
            path.unlink(missing_ok=True)
        session.build(folder)
        assert ("<p>MINE Outage 20</p>" in page.read_text(encoding="utf-8")) is bool(template)
    session.end()


def test_icons_of_the_site_are_looked_at(tmp_path: Path) -> None:
    files = {**SITE, "docs/about.md": "# We\n\n:own-x:\n"}
    extensions = [{"pymdownx.emoji": EMOJI}]
    folder = write_site(tmp_path, files, {**CONFIG, "markdown_extensions": extensions})
    unquote_tags(folder)
    for text in ("one", "two"):
        apply(folder, {"icons/own/x.svg": f"<svg><title>{text}</title></svg>"})
        # Material itself reads an icon once in a process.
        built = run_build(folder, env={"POSTMORTEM_CACHE": str(tmp_path / "cache")})
        assert built.code == 0, built.output
        assert f"<svg><title>{text}</title></svg>" in built.text("about/index.html")


def test_a_folder_of_templates_that_is_a_link_is_looked_at(tmp_path: Path) -> None:
    files = {**SITE, **showing('{% include "parts/note.html" %}'), "shared/note.html": "<p>one</p>"}
    folder = write_site(tmp_path / "source", files, {**CONFIG, "theme": OVERRIDES})
    (folder / "overrides/parts").symlink_to(folder / "shared")
    session = Session("build", tmp_path / "built", tmp_path / "cache")
    for text in ("<p>one</p>", "<p>two</p>"):
        apply(folder, {"shared/note.html": text})
        session.build(folder)
        assert_clean(session, folder, tmp_path / "clean")
    session.end()


def test_the_date_of_a_build_is_its_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {**CONFIG, "plugins": ["postmortem"]}
    folder = write_site(tmp_path / "source", SITE, config)
    session = Session("build", tmp_path / "built", tmp_path / "cache")
    for seconds in ("1715000000", "1715003600"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", seconds)
        session.build(folder)
        assert "Build Date UTC : 2024-05-06" in (session.site / "index.html").read_text()
        assert_clean(session, folder, tmp_path / "clean")
    session.end()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda page: page.write_bytes(b"# Caf\xe9\n"), "Encoding error reading file: broken.md"),
        (lambda page: page.symlink_to("nowhere.md"), "File not found: broken.md"),
    ],
)
def test_a_page_that_cannot_be_read_has_the_error_of_the_engine(
    tmp_path: Path, broken: Callable[[Path], Any], said: str
) -> None:
    folder = write_site(tmp_path, SITE, CONFIG)
    broken(folder / "docs/broken.md")
    built = run_build(folder)
    assert built.code == 1
    assert said in built.output


def test_a_cache_is_never_published(tmp_path: Path) -> None:
    folder = write_site(tmp_path, SITE, CONFIG)
    for place in ("docs/cache", "site/cache"):
        built = run_build(folder, env={"POSTMORTEM_CACHE": str(folder / place)})
        assert built.code == 1
        assert "POSTMORTEM_CACHE lies in a folder that is published" in built.output
        assert not (folder / place).exists()
