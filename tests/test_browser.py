"""The example site in a real browser: no request elsewhere, no barriers, no overflow."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from building import build
from playwright.sync_api import Browser, Page, Route, sync_playwright

ROOT = Path(__file__).parent.parent
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
LONG = "/incidents/2018-04-18-culler-flood/"
ORIGINAL = "/incidents/2024-02-20-billing-change-stops-authentication/"
EPISODES = "/incidents/2025-10-21-feature-flags-fail-four-times/"
OPEN = "/incidents/2026-07-02-us-east-loses-its-route/"
COMPONENT, REGISTER, TIMES = "/components/us-east/", "/action-items/", "/response-times/"
PAGES = ["/", "/incidents/", ORIGINAL, LONG, EPISODES, OPEN, COMPONENT, REGISTER, TIMES]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the example site under a sub-path, built as the repository has it."""
    folder = tmp_path_factory.mktemp("example")
    served = folder / "served"

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}/status"
        shutil.copytree(ROOT / "incidents", folder / "incidents")
        config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
        assert "https://status.example.org/" in config
        (folder / "mkdocs.yml").write_text(
            config.replace("https://status.example.org/", f"{address}/"), encoding="utf-8"
        )
        built = build(folder, "--strict", "-d", str(served / "status"))
        assert built.code == 0, built.output
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield address
        server.shutdown()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A page that counts, and refuses, every request to anywhere else."""

    def __init__(self, browser: Browser, base: str, **context: Any) -> None:
        self.base = base
        self.elsewhere: list[str] = []
        self.errors: list[str] = []
        self.context = browser.new_context(**context)
        self.page: Page = self.context.new_page()
        self.page.route("**/*", self._route)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _route(self, route: Route) -> None:
        if route.request.url.startswith((self.base, "data:", "blob:")):
            route.continue_()
        else:
            self.elsewhere.append(route.request.url)
            route.abort()

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("networkidle")
        return self.page


SMALL_TEXT = """() => [...document.querySelectorAll(".md-content *")]
    .filter(e => e.getClientRects().length
        && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
        && parseFloat(getComputedStyle(e).fontSize) < 12)
    .map(e => e.outerHTML.slice(0, 120))"""
# Labels of the figure whose boxes meet, and those that leave it.
OVERLAPS = """() => {
    const bad = [];
    for (const svg of document.querySelectorAll(".pm-figure svg")) {
        const frame = svg.getBoundingClientRect();
        const boxes = [...svg.querySelectorAll("text")]
            .map(text => [text.textContent, text.getBoundingClientRect()]);
        boxes.forEach(([text, a], i) => {
            if (a.left < frame.left - 8 || a.right > frame.right + 8) bad.push("outside: " + text);
            for (const [other, b] of boxes.slice(i + 1)) {
                const beside = a.right <= b.left || b.right <= a.left;
                const apart = a.bottom <= b.top + 3 || b.bottom <= a.top + 3;
                if (!beside && !apart) bad.push(text + " / " + other);
            }
        });
    }
    return bad;
}"""

# Response times that begin at one height and end at another.
UNEVEN = """() => {
    const rows = {};
    for (const card of document.querySelectorAll(".pm-time")) {
        const box = card.getBoundingClientRect();
        (rows[Math.round(box.top)] ??= new Set()).add(Math.round(box.bottom));
    }
    return Object.values(rows).filter(ends => ends.size > 1).map(ends => [...ends]);
}"""


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 768, 1440])
def test_pages_fit_and_ask_nobody_else(browser: Browser, base: str, path: str, width: int) -> None:
    with Visit(browser, base, viewport={"width": width, "height": 900}) as visit:
        page = visit.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL_TEXT) == []
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate(UNEVEN) == []
        assert visit.elsewhere == []
        assert visit.errors == []


@pytest.mark.parametrize("path", [COMPONENT, REGISTER])
def test_a_title_of_one_long_word_leaves_the_figures_in_sight(
    browser: Browser, base: str, path: str
) -> None:
    with Visit(browser, base, viewport={"width": 768, "height": 900}) as visit:
        page = visit.open(path)
        wide = page.evaluate(
            """() => [...document.querySelectorAll(".pm-scroll")].filter(scroll => {
                const name = scroll.querySelector("tbody th");
                if (!name) return false;
                (name.querySelector("a") ?? name).textContent = "x".repeat(90);
                return scroll.scrollWidth > scroll.clientWidth;
            }).length"""
        )
        assert page.locator(".pm-scroll tbody th").count() > 0
        assert wide == 0


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers_in_what_is_ours(
    browser: Browser, base: str, axe: str, path: str, scheme: str
) -> None:
    with Visit(browser, base, color_scheme=scheme) as visit:
        page = visit.open(path)
        shown = page.evaluate("document.body.getAttribute('data-md-color-scheme')")
        assert shown == ("slate" if scheme == "dark" else "default")
        page.evaluate(axe)
        include = [[f"[class^='pm-{name}']"] for name in ("header", "facts", "times", "figure")]
        ours = "timeline table summary listing archive now histories register subscribe scroll"
        include += [[f".pm-{name}"] for name in ours.split()]
        present = [one for one in include if page.query_selector(one[0])]
        result = page.evaluate("context => axe.run(context)", {"include": present})
        problems = [
            f"{found['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for found in result["violations"]
            for node in found["nodes"]
        ]
        assert present
        assert problems == []


def test_the_readers_own_zone_on_request(browser: Browser, base: str) -> None:
    with Visit(browser, base, timezone_id="America/New_York") as visit:
        page = visit.open(ORIGINAL)
        first = page.locator("time.pm-clock").first
        assert first.text_content() == "18:03"
        button = page.get_by_role("button", name="Show times in my time zone (America/New_York)")
        button.focus()
        page.keyboard.press("Enter")
        assert first.text_content() == "13:03"
        assert first.get_attribute("datetime") == "2024-02-20T18:03:00Z"
        assert page.get_by_text("Times in America/New_York; T+ counts").is_visible()
        assert page.get_by_role("button", name="Show times in UTC").is_visible()
        page.keyboard.press("Space")
        assert page.get_by_text("Times in UTC; T+ counts").is_visible()
        assert first.text_content() == "18:03"


def test_another_day_is_said_beside_the_time(browser: Browser, base: str) -> None:
    with Visit(browser, base, timezone_id="Asia/Tokyo", locale="en-GB") as visit:
        page = visit.open(ORIGINAL)
        page.get_by_role("button", name="Show times in my time zone (Asia/Tokyo)").click()
        assert page.locator("time.pm-clock").first.text_content() == "03:03 (21 Feb)"


def test_the_script_runs_on_instant_navigation_too(browser: Browser, base: str) -> None:
    with Visit(browser, base, timezone_id="Asia/Tokyo") as visit:
        page = visit.open("/incidents/")
        page.evaluate("window.stillHere = true")
        page.get_by_role("link", name="A billing change stops authentication").first.click()
        page.wait_for_url(f"**{ORIGINAL}")
        page.locator(".pm-zone").wait_for()
        assert page.evaluate("window.stillHere") is True
        assert page.locator(".pm-zone").count() == 1


def test_everything_is_there_without_scripts(browser: Browser, base: str) -> None:
    with Visit(browser, base, java_script_enabled=False) as visit:
        page = visit.open(ORIGINAL)
        assert page.locator(".pm-zone").count() == 0
        assert page.locator(".pm-row").count() == 7
        assert page.locator(".pm-figure svg").count() == 1
        assert page.get_by_text("Target 5 min: missed").is_visible()


def test_the_keyboard_alone_filters_the_archive(browser: Browser, base: str) -> None:
    with Visit(browser, base) as visit:
        page = visit.open("/incidents/")
        shown = page.locator(".pm-entry:visible .pm-entry__title")
        everything = shown.count()
        page.get_by_label("Component").focus()
        page.keyboard.type("us-east")
        assert shown.all_text_contents() == [
            "Packet loss and slow disks in US East",
            "A routine change recreates every edge proxy at once",
        ]
        assert page.url.endswith("?component=us-east")
        assert page.get_by_text("2 incidents").is_visible()
        assert page.get_by_role("heading", name="2025").count() == 0
        page.get_by_label("Text").focus()
        page.keyboard.type("carrier")
        assert shown.count() == 1
        # The address holds the filter.
        visit.open(page.url.removeprefix(base))
        assert shown.count() == 1
        visit.open("/incidents/")
        assert shown.count() == everything


def test_tables_sort(browser: Browser, base: str) -> None:
    with Visit(browser, base) as visit:
        page = visit.open(REGISTER)
        table = page.locator(".pm-sortable").first
        button = table.get_by_role("button", name="Due")
        button.focus()
        page.keyboard.press("Enter")
        keys = table.locator("tbody td:nth-child(5)").evaluate_all(
            "cells => cells.map(cell => cell.dataset.sort)"
        )
        assert keys == sorted(keys)
        page.keyboard.press("Enter")
        assert table.locator("th[aria-sort=descending]").count() == 1


def test_navigation_knows_where_it_is(browser: Browser, base: str) -> None:
    with Visit(browser, base, viewport={"width": 1440, "height": 900}) as visit:
        page = visit.open(ORIGINAL)
        crumbs = page.locator(".md-path__link").all_text_contents()
        assert [crumb.strip() for crumb in crumbs] == ["Home", "Incidents"]
        active = page.locator(".md-nav--primary .md-nav__item--active").all_text_contents()
        assert any("Incidents" in entry for entry in active)
        contents = page.locator(".md-nav--secondary .md-nav__link").all_text_contents()
        names = [entry.strip() for entry in contents]
        assert [
            name for name in names if name in ("Response times", "Timeline", "Action items")
        ] == [
            "Response times",
            "Timeline",
            "Action items",
        ]
        assert page.locator(".md-footer__link--prev").count() == 1
        assert page.locator(".md-footer__link--next").count() == 1


def test_the_figure_prints(browser: Browser, base: str, tmp_path: Path) -> None:
    with Visit(browser, base) as visit:
        page = visit.open(ORIGINAL)
        page.emulate_media(media="print")
        assert page.locator(".pm-figure svg").is_visible()
        assert page.evaluate(OVERLAPS) == []
        assert len(page.pdf()) > 20_000
