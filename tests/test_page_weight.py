"""What the pages weigh, and that nothing on them moves or waits: sizes and places, no times."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from building import build, write_site
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render.overview import Overview
from playwright.sync_api import Browser, sync_playwright
from publishing import publication, serving
from test_browser import FLAGS

from benchmarks import corpus

ROOT = Path(__file__).parent.parent
ASSETS = ROOT / "theme/mkdocs_postmortem_theme/assets/postmortem"
COUNT = 210
INCIDENTS = tuple(corpus.incidents(COUNT))
LAST = INCIDENTS[-1]
PAGE = f"incidents/{LAST.id}/"
OVERVIEWS = ("", "incidents/", "incidents/page-2/", "action-items/", "response-times/")
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
    with serving(site) as address:
        yield f"{address}/"


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
    # A line that arrives in two pieces may move its own words a little, which is nobody's part; one
    # line that comes late moves what is below it by more than this.
    moved = page.evaluate("window.shifts")
    assert sum(shift[0] for shift in moved) < 0.007, moved
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


@pytest.fixture(scope="module")
def many() -> Publication:
    """260 incidents; of each of the first three one action item is not done."""
    files = {one.id: corpus.incident_file(one) for one in corpus.incidents(260)}
    for id in list(files)[:3]:
        files[id] = files[id].replace("status: done", "status: open", 1)
    return publication(files, {"as_of": str(corpus.AS_OF)})


def parts(many: Publication) -> Overview:
    return Overview(many, lambda path: f"../{path}")


def test_the_register_has_what_is_left_to_do_and_what_was_finished_last(many: Publication) -> None:
    html = parts(many).action_items()
    table, *groups = html.split("<h2")
    assert table.count("pm-state--overdue") == 1 + 3
    assert re.findall(r"pm-state--done\">Done: (\d+)", table) == ["1297"]
    # The due dates are all there is to tell what was finished last.
    due = [date.fromisoformat(day) for day in re.findall(r'data-sort="(\d{4}-\d\d-\d\d)"', table)]
    assert len(due) == 3 + 100
    all_due = sorted(item.due for one in corpus.incidents(260) for item in one.items)
    assert due[3:] == all_due[-100:]
    assert "1197 more action items are finished: in the files at the end of this page" in table
    assert 'href="../action-items.csv"' in html
    by_incident = next(group for group in groups if "By incident" in group)
    assert by_incident.count('<th scope="row"') == 3
    assert "Not listed: 257 without anything left to do." in by_incident
    by_owner = next(group for group in groups if "By owner" in group)
    assert "Not listed" not in by_owner


def test_a_component_has_its_newest_incidents_and_leads_to_the_rest(many: Publication) -> None:
    files = {one.id: corpus.incident_file(one) for one in corpus.incidents(104)}
    files = {id: re.sub(r"components: .*", "components: [a & b]", files[id]) for id in files}
    page = parts(publication(files, {"as_of": str(corpus.AS_OF)})).component("a & b")
    assert page.count("pm-entry__title") == 100
    assert "4 incidents before these, in the archive" in page
    assert 'href="../incidents/?component=a%20%26%20b"' in page
    assert "before these" not in parts(many).component("api")


def test_of_many_response_times_the_table_has_the_longest(many: Publication) -> None:
    html = parts(many).response_times()
    section = html.split('id="time-to-resolve"')[1].split("</section>")[0]
    assert section.count("<circle") == 260
    table = section.split("</details>")[0]
    assert table.count("<tr><td>") == 100
    assert "The longest: time to resolve" in table
    assert "The 100 longest of 260." in table
    assert 'href="../response-times.csv"' in table
    lengths = re.findall(r'</span></td><td><time datetime="PT(?:(\d+)H)?(?:(\d+)M)?"', table)
    shown = [60 * int(hours or 0) + int(minutes or 0) for hours, minutes in lengths]
    minutes = sorted(
        int((time.span.nominal or timedelta()).total_seconds() // 60)
        for incident in many.incidents
        for time in incident.response_times
        if time.key == "time_to_resolve"
    )
    assert shown == minutes[-100:]
