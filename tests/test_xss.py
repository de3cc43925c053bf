"""Hundreds of ways to make a page run something, in every field, opened in Chromium."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from attacking import EXTENSIONS, LONG, PLACES, UNTOLD, every_payload, hostile, payloads, withdrawn
from building import Built, build, write_site
from playwright.sync_api import Browser, Error, Route, sync_playwright
from publishing import serving
from test_browser import FLAGS

# In the page before anything else: what payloads call is written down.
TRAP = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt", "msgbox", "open", "print"])
    window[name] = (...given) => { window.ran.push(name + " " + given); };
"""
# What only runs once somebody touches it, and what looks like a part of the theme. Material makes
# buttons and ids of its own, and has two scripts in the article that hold these words.
LEFT = """() => [...document.querySelectorAll("*")].flatMap(e => {
    const found = [];
    for (const {name, value} of e.attributes)
        if (/^on/i.test(name)) found.push(name + "=" + value);
    for (const name of ["href", "action", "formaction", "xlink:href", "data", "srcdoc", "ping"]) {
        const value = (e.getAttribute(name) || "").replace(/[\\s\\x00-\\x20]/g, "");
        if (/^(javascript|vbscript|data|blob|filesystem|view-source):/i.test(value))
            found.push(name + "=" + value);
    }
    if (!e.closest(".md-content, [role=main]")) return found;
    const own = e.matches(".pm-filters") || e.matches("script") && /target/.test(e.textContent);
    if (e.matches("script, iframe, object, embed, form, base, meta, link, style, textarea") && !own)
        found.push(e.outerHTML.slice(0, 80));
    if (/^__(?!tabbed|codelineno|span|code_)/.test(e.id || "")) found.push("id " + e.id);
    // Material places the mark below its tabs.
    const style = e.getAttribute("style");
    if (style && !style.startsWith("--md-")) found.push("style " + style);
    return found;
})"""


class Trap:
    """A browser page that writes down what the pages in it do and should not."""

    def __init__(self, browser: Browser, base: str, *, bare: bool = False) -> None:
        """With `bare` pages do without the theme's script and styles, which take their time."""
        self.base = base
        self.sprung: list[str] = []
        self.context = browser.new_context()
        self.context.add_init_script(TRAP)
        self.page = self.context.new_page()
        self.page.on("dialog", self._dialog)
        self.page.on("popup", lambda popup: self.sprung.append(f"window {popup.url}"))
        # Material fetches what draws diagrams from elsewhere where the site does not serve it.
        drawing = re.escape("https://unpkg.com/mermaid")
        elsewhere = re.compile(rf"^(?!{re.escape(base)}|about:|chrome-error:|{drawing})")
        self.context.route(re.compile(f"^{drawing}"), lambda route: route.abort())
        self.context.route(elsewhere, self._refuse)
        if bare:
            assets = re.compile(r"/assets/(?:javascripts|stylesheets)/")
            self.context.route(assets, lambda route: route.abort())

    def __enter__(self) -> Trap:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def _dialog(self, dialog: Any) -> None:
        self.sprung.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _refuse(self, route: Route) -> None:
        self.sprung.append(f"request {route.request.url}")
        route.abort()

    def open(self, *paths: str) -> list[str]:
        """What pages do that are opened side by side, and what waits in them for a reader."""
        self.page.goto(f"{self.base}/frames.html")
        self.page.evaluate(
            """paths => Promise.all(paths.map(path => new Promise(loaded => {
                const frame = document.createElement("iframe");
                frame.onload = loaded;
                frame.src = path;
                document.body.append(frame);
            })))""",
            list(paths),
        )
        return self.look()

    def look(self) -> list[str]:
        """What has run or was asked for since the last look, and what waits."""
        found = [*self.sprung]
        for frame in self.page.frames:
            found += [f"{frame.url} {one}" for one in frame.evaluate("window.ran")]
            found += [f"{frame.url} {one}" for one in frame.evaluate(LEFT)]
        self.sprung.clear()
        return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=["material", "mkdocs"] if LONG else ["material"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Built]]:
    folder = tmp_path_factory.mktemp("xss")
    files = {
        f"docs/incidents/2024-02-20-p{number}.md": hostile(payload, number)
        for number, payload in enumerate(payloads(), 1)
    }
    files["docs/incidents/2024-02-21-gone.md"] = withdrawn(every_payload()[20])
    with serving(folder / "site") as address:
        ours = {"postmortem": {"rules": UNTOLD, "feed_id_base": "example.org,2024"}}
        material = request.param == "material"
        settings: dict[str, Any] = {
            "site_url": f"{address}/",
            "theme": {"name": request.param, "font" if material else "highlightjs": False},
            "markdown_extensions": EXTENSIONS,
            "plugins": ["search", *(["tags"] if material else []), ours],
        }
        built = build(write_site(folder, files, settings))
        assert built.code == 0, built.output[-3000:]
        yield address, built


def _frames(built: Built) -> None:
    page = "<!doctype html><title>Frames</title>"
    (built.site / "frames.html").write_text(page, encoding="utf-8")


def test_no_payload_runs_on_its_page(
    browser: Browser, site: tuple[str, Built], tried: Callable[[str, int], None]
) -> None:
    base, built = site
    _frames(built)
    count, of = len(payloads()), len(every_payload())
    paths = [f"/incidents/2024-02-20-p{number}/" for number in range(1, count + 1)]
    fired = []
    with Trap(browser, base, bare=not LONG) as trap:
        for first in range(0, count, 11):
            fired += trap.open(*paths[first : first + 11])
        fired += trap.open("/incidents/2024-02-21-gone/")
    with Trap(browser, base) as trap:
        # With the theme's script, what is meant for it; the last ones of the file are.
        fired += trap.open(*paths[-12:])
    tried("scripts in places of an incident, opened in Chromium", count * PLACES)
    assert fired == []
    assert of >= 200


def test_no_payload_takes_the_rest_of_the_page(site: tuple[str, Built]) -> None:
    for path in sorted((site[1].site / "incidents").glob("2024-02-20-p*/index.html")):
        text = path.read_text(encoding="utf-8")
        for part in ('class="pm-table pm-actions"', 'class="pm-corrections"', 'class="pm-related"'):
            assert text.count(part) == 1, path


def _attributes(html: str) -> set[str]:
    names: set[str] = set()

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            names.update(name for name, _ in attrs)

    Parser().feed(html)
    return names


@pytest.mark.parametrize("theme", ["material", "mkdocs"])
def test_a_component_is_called_what_its_incident_says(tmp_path: Path, theme: str) -> None:
    """Its name is the title of a page that nobody has written."""
    name = "c </title><img src=x onerror=alert(1)> {{ 6 * 7 }} [x](javascript:x) --8<--"
    text = hostile(name, 8).replace("c8 c", "c")
    files = {"docs/incidents/2024-02-20-a.md": text}
    plugins = ["macros", "search", {"postmortem": {"rules": UNTOLD}}]
    settings = {"theme": {"name": theme}, "plugins": plugins, "site_url": "https://example.org/"}
    built = build(write_site(tmp_path, files, settings))
    assert built.code == 0, built.output
    (page,) = built.site.glob("components/*/index.html")
    for path in (page, built.site / "index.html", built.site / "incidents/index.html"):
        shown = path.read_text(encoding="utf-8")
        assert "onerror" not in _attributes(shown), path
        assert "javascript:x" not in re.sub(r"\[x\]\(javascript:x\)|&#\d+;", "", shown)
        assert " 42 " not in shown


def test_no_payload_runs_on_pages_about_all_incidents(
    browser: Browser, site: tuple[str, Built]
) -> None:
    base, built = site
    _frames(built)
    paths = ["/", "/incidents/", "/action-items/", "/response-times/"]
    paths += ["/incidents/page-2/"] if LONG else []
    paths += [f"/components/{path.name}/" for path in sorted((built.site / "components").iterdir())]
    with Trap(browser, base, bare=True) as trap:
        for first in range(0, len(paths), 6):
            assert trap.open(*paths[first : first + 6]) == []
    with Trap(browser, base) as trap:
        page = trap.page
        page.goto(f"{base}/")
        if "md-search" not in page.content():
            return
        for word in ("onerror", "src"):
            page.locator(".md-search__input").fill("")
            page.locator(".md-search__input").press_sequentially(word)
            page.locator(".md-search-result__item").first.wait_for()
            assert trap.look() == [], word


def test_no_payload_runs_in_feeds(browser: Browser, site: tuple[str, Built]) -> None:
    """A reader that shows the HTML of an entry as it is, on a page of its own."""
    base, built = site
    feeds = [built.site / "feed.json", *sorted((built.site / "components").rglob("feed.json"))]
    entries = [
        entry.get("content_html", "")
        for path in feeds
        for entry in json.loads(path.read_text(encoding="utf-8"))["items"]
    ]
    assert len(entries) > 30
    with Trap(browser, base) as trap:
        for html in entries:
            # As a page of its own it would run even what `innerHTML` does not.
            trap.page.set_content(f"<body role=main>{html}")
            assert trap.look() == []


def test_badges_are_pictures(browser: Browser, site: tuple[str, Built]) -> None:
    base, built = site
    with Trap(browser, base) as trap:
        for path in sorted((built.site / "badges").iterdir()):
            trap.page.goto(f"{base}/badges/{path.name}")
            assert trap.page.evaluate("document.documentElement.tagName") == "svg"
            assert trap.look() == [], path.name


def test_the_trap_springs(browser: Browser, tmp_path: Path) -> None:
    """Without what is tested here, the payloads do run."""
    with serving(tmp_path) as base, Trap(browser, base) as trap:
        sprung = 0
        for number, payload in enumerate(every_payload()[20:40]):
            (tmp_path / f"{number}.html").write_text(f"<body role=main>{payload}", encoding="utf-8")
            try:
                trap.page.goto(f"{base}/{number}.html")
                sprung += trap.look() != []
            except Error:
                # It has taken the whole page somewhere else.
                sprung += 1
        assert sprung > 16
