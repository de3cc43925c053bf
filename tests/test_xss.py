"""Hundreds of ways to make a page run something, in every field, opened in Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from attacking import EXTENSIONS, LONG, UNTOLD, hostile, payloads, withdrawn
from building import Built, build, write_site
from playwright.sync_api import Browser, Page, Route, sync_playwright
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
    const own = e.matches("script") && /target|pm-/.test(e.textContent);
    if (e.matches("script, iframe, object, embed, form, base, meta, link, style, textarea") && !own)
        found.push(e.outerHTML.slice(0, 80));
    if (/^__(?!tabbed|codelineno|span|code_)/.test(e.id || "")) found.push("id " + e.id);
    if (e.hasAttribute("style")) found.push("style " + e.getAttribute("style"));
    return found;
})"""


@dataclass
class Trap:
    """What a page did that it should not."""

    base: str
    # Whether pages do without the theme's script and styles, which take their time.
    bare: bool = False
    sprung: list[str] = field(default_factory=list)

    def set(self, browser: Browser) -> Page:
        context = browser.new_context()
        context.add_init_script(TRAP)
        page = context.new_page()
        page.on("dialog", self._dialog)
        page.on("popup", lambda popup: self.sprung.append(f"window {popup.url}"))
        context.route("**/*", self._route)
        return page

    def _dialog(self, dialog: Any) -> None:
        self.sprung.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _route(self, route: Route) -> None:
        kind = route.request.resource_type
        if self.bare and kind in ("script", "stylesheet") and "/assets/" in route.request.url:
            route.abort()
        elif route.request.url.startswith(self.base):
            route.continue_()
        else:
            self.sprung.append(f"request {route.request.url}")
            route.abort()

    def look(self, page: Page) -> list[str]:
        """What has run or was asked for since the last look, and what waits in the page."""
        found = [*self.sprung, *page.evaluate("window.ran"), *page.evaluate(LEFT)]
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
    files["docs/incidents/2024-02-21-gone.md"] = withdrawn(payloads()[20])
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


def test_no_payload_runs_on_its_page(browser: Browser, site: tuple[str, Built]) -> None:
    base, _ = site
    trap = Trap(base)
    page = trap.set(browser)
    fired = {}
    count = len(payloads())
    for number in range(1, count + 1):
        trap.bare = not LONG and number % 8 != 0 and not 226 <= number <= 237
        page.goto(f"{base}/incidents/2024-02-20-p{number}/")
        if found := trap.look(page):
            fired[number] = found
        # What the author's text swallowed would be missing.
        assert page.locator(".pm-actions tbody tr").count() == 1, number
    page.goto(f"{base}/incidents/2024-02-21-gone/")
    fired |= {0: found} if (found := trap.look(page)) else {}
    print(f"{count} payloads in 25 places each")
    assert fired == {}
    assert count >= 200
    page.context.close()


def test_no_payload_runs_on_pages_about_all_incidents(
    browser: Browser, site: tuple[str, Built]
) -> None:
    base, built = site
    trap = Trap(base)
    page = trap.set(browser)
    components = sorted((built.site / "components").iterdir())
    paths = ["/", "/incidents/", "/incidents/page-2/", "/action-items/", "/response-times/"]
    paths += [f"/components/{path.name}/" for path in (components if LONG else components[::8])]
    for path in paths:
        page.goto(base + path)
        assert trap.look(page) == [], path
    if "md-search" in page.content():
        page.goto(f"{base}/")
        for word in ("alert", "onerror", "script", "javascript"):
            page.locator(".md-search__input").fill(word)
            page.locator(".md-search-result__item").first.wait_for()
            page.wait_for_load_state("networkidle")
            assert trap.look(page) == [], word
    page.context.close()


def test_no_payload_runs_in_feeds(browser: Browser, site: tuple[str, Built]) -> None:
    """A reader that shows the HTML of an entry as it is, on a page of its own."""
    base, built = site
    trap = Trap(base)
    page = trap.set(browser)
    entries = [
        entry
        for path in sorted(built.site.rglob("feed.json"))[:: 1 if LONG else 8]
        for entry in json.loads(path.read_text(encoding="utf-8"))["items"]
    ]
    assert len(entries) > 50
    for entry in entries:
        page.goto(f"{base}/badges/site.svg")
        page.goto(f"{base}/404.html")
        page.evaluate("html => { document.body.innerHTML = html; }", entry.get("content_html", ""))
        assert trap.look(page) == [], entry["id"]
    page.context.close()


def test_badges_are_pictures(browser: Browser, site: tuple[str, Built]) -> None:
    base, built = site
    trap = Trap(base)
    page = trap.set(browser)
    badges = sorted((built.site / "badges").iterdir())
    for path in badges[:: 1 if LONG else 12]:
        page.goto(f"{base}/badges/{path.name}")
        assert page.evaluate("document.documentElement.tagName") == "svg"
        assert trap.look(page) == [], path.name
    page.context.close()


def test_the_trap_springs(browser: Browser, tmp_path: Path) -> None:
    """Without what is tested here, the payloads do run."""
    with serving(tmp_path) as base:
        trap = Trap(base)
        page = trap.set(browser)
        sprung = 0
        for number, payload in enumerate(payloads(), 1):
            (tmp_path / f"{number}.html").write_text(f"<body role=main>{payload}", encoding="utf-8")
            page.goto(f"{base}/{number}.html")
            page.wait_for_timeout(0)
            try:
                sprung += trap.look(page) != []
            except Exception:  # a payload that leaves the page has run
                sprung += 1
        assert sprung > 120
        page.context.close()
