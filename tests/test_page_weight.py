"""What the pages weigh, and that nothing on them moves or waits: sizes and places, no times."""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from building import build, write_site
from playwright.sync_api import Browser, sync_playwright
from test_browser import FLAGS

from benchmarks import corpus

ROOT = Path(__file__).parent.parent
ASSETS = ROOT / "theme/mkdocs_postmortem_theme/assets/postmortem"
COUNT = 210
INCIDENTS = tuple(corpus.incidents(COUNT))
LAST = INCIDENTS[-1]
PAGE = f"incidents/{LAST.id}/"
OVERVIEWS = ("", "incidents/", "incidents/page-2/", "response-times/")
SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => {
    for (const entry of list.getEntries())
        window.shifts.push([entry.value, entry.sources.map(source => source.node?.outerHTML)]);
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with more incidents than one page of its archive holds."""
    folder = tmp_path_factory.mktemp("long")
    files = {f"docs/incidents/{one.id}.md": corpus.incident_file(one) for one in INCIDENTS}
    options = {"as_of": str(corpus.AS_OF)}
    built = build(write_site(folder, files, {"plugins": ["search", {"postmortem": options}]}))
    assert built.code == 0, built.output
    return built.site


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def test_an_incident_adds_less_than_30_kilobytes_to_a_page(site: Path, tmp_path: Path) -> None:
    page = f"# {LAST.title}\n\n{corpus.body(LAST)}"
    plain = build(write_site(tmp_path, {"docs/index.md": page}, {"plugins": ["search"]}))
    with_it = (site / PAGE / "index.html").stat().st_size
    assert with_it - len(plain.text("index.html").encode()) < 30_000


def test_styles_and_script_are_less_than_20_kilobytes_compressed() -> None:
    assert {path.suffix for path in ASSETS.iterdir()} == {".css", ".js"}
    compressed = [len(gzip.compress(path.read_bytes(), 9)) for path in ASSETS.iterdir()]
    assert sum(compressed) < 20_000


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("path", [*OVERVIEWS, "components/api/", PAGE, f"{PAGE}#timeline"])
def test_nothing_moves_and_no_script_is_waited_for(
    browser: Browser, address: str, path: str, width: int
) -> None:
    # In another zone the script adds a button to the timeline.
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, timezone_id="America/New_York")  # type: ignore[arg-type]
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto(address + path)
    # What is painted last has been seen by the observer two frames later.
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
    # A word that arrives in two pieces may move the next one a little; that is nobody's part.
    moved = [shift for shift in page.evaluate("window.shifts") if shift[0] > 0.0001]
    assert moved == []
    assert page.locator(".pm-zone").count() == (1 if path.startswith(PAGE) else 0)
    blocking = page.evaluate(
        """() => Object.fromEntries(performance.getEntriesByType("resource")
            .filter(entry => entry.name.includes("/assets/postmortem/"))
            .map(entry => [entry.name.split(".").at(-1), entry.renderBlockingStatus]))"""
    )
    assert blocking == {"css": "blocking", "js": "non-blocking"}
    context.close()


def test_a_long_archive_is_filtered_as_a_whole_by_one_request(
    browser: Browser, address: str, site: Path
) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(address)))
    page.goto(f"{address}incidents/page-2/")
    on_page = page.locator(".pm-archive__list .pm-entry").first.inner_html()
    assert "incidents/archive.json" not in asked
    asked.clear()
    shown = page.locator(".pm-entry:visible")
    found = page.get_by_role("status")
    assert found.text_content() == f"{COUNT} incidents"
    component = page.get_by_label("Component")
    component.select_option("api")
    expected = [one.title for one in reversed(INCIDENTS) if one.component == "api"]
    page.get_by_text(f"{len(expected)} incidents", exact=True).wait_for()
    titles = page.locator(".pm-entry__title:visible")
    assert titles.all_text_contents() == expected
    assert [path for path in asked if "favicon" not in path] == ["incidents/archive.json"]
    assert page.locator(".pm-pages").is_hidden()
    # What the script makes of the index looks as the archive's own pages do.
    component.select_option("")
    page.get_by_text(f"{COUNT} incidents", exact=True).wait_for()
    assert page.locator(".pm-pages").is_visible()
    page.get_by_label("Text").fill(INCIDENTS[COUNT - 101].title)
    page.get_by_text("1 incident", exact=True).wait_for()
    assert shown.count() == 1
    same = """html => {
        const made = document.createElement("li");
        made.innerHTML = html;
        for (const link of made.querySelectorAll("a")) link.href = link.href;
        return made.innerHTML.replace(/\\s*class=""|\\n/g, "");
    }"""
    assert page.evaluate(same, shown.inner_html()) == page.evaluate(same, on_page)
    titles.first.click()
    page.wait_for_url(f"**/{INCIDENTS[COUNT - 101].id}/")
    page.close()


def test_what_is_found_is_shown_a_hundred_at_a_time(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}incidents/?text=20")
    page.get_by_text(f"{COUNT} incidents", exact=True)
    shown = page.locator(".pm-entry:visible")
    page.get_by_role("button", name="Show 100 more").click()
    assert shown.count() == 200
    assert page.evaluate("document.activeElement.textContent") == INCIDENTS[COUNT - 101].title
    page.get_by_role("button", name="Show 10 more").click()
    assert shown.count() == COUNT
    assert page.locator(".pm-archive__found .pm-year").all_text_contents() == sorted(
        {one.id[:4] for one in INCIDENTS}, reverse=True
    )
    assert page.get_by_role("button", name="more").count() == 0
    page.close()


def test_without_the_index_the_page_itself_is_filtered(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.route("**/archive.json", lambda route: route.abort())
    page.goto(f"{address}incidents/")
    page.get_by_label("Component").select_option("api")
    expected = [one.title for one in INCIDENTS[:-101:-1] if one.component == "api"]
    page.get_by_text(f"{len(expected)} incidents", exact=True).wait_for()
    assert page.locator(".pm-entry__title:visible").all_text_contents() == expected
    page.close()


def test_without_scripts_there_is_no_filter_and_every_page_is_linked(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}incidents/")
    assert page.locator(".pm-filters").is_hidden()
    assert page.locator(".pm-pages a").all_text_contents() == ["2", "3"]
    assert page.locator(".pm-entry").count() == 100
    context.close()


def test_the_index_holds_what_is_shown_and_is_only_there_where_it_is_needed(
    site: Path, tmp_path: Path
) -> None:
    index = json.loads((site / "incidents/archive.json").read_text(encoding="utf-8"))
    newest = index["incidents"][0]
    assert len(index["incidents"]) == COUNT
    assert newest["path"] == f"{LAST.id}/"
    assert newest["title"] == LAST.title
    assert newest["components"] == [LAST.component]
    assert index["severities"][LAST.severity][0] == LAST.severity.upper()
    assert set(newest) == {"path", "title", "day", "severity", "length", "components", "summary"}
    files = {f"docs/incidents/{LAST.id}.md": corpus.incident_file(LAST)}
    assert not (build(write_site(tmp_path, files)).site / "incidents/archive.json").exists()
