"""Response times over all incidents: each number counted again by other means, and looked at."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from mkdocs_postmortem.computed import as_json
from mkdocs_postmortem.files_on_disk import incident_paths
from mkdocs_postmortem.incident import Incident, Outcome, Withdrawal
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.measure.statistics import ENOUGH, Measure, measures, recurrences
from mkdocs_postmortem.moment import Span
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render.statistics import first_fit, plot, response_times_csv, statistics_part
from mkdocs_postmortem.render.tables import csv_text
from mkdocs_postmortem.site import ReadingCache, read_site
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
ASSETS = ROOT / "theme/mkdocs_postmortem_theme/assets/postmortem"
OPTIONS = Options.model_validate(
    {
        "as_of": "2026-07-10",
        "milestones": {"reverting": "a change is being taken back"},
        "response_times": {"rollback": {"name": "Rollback", "from": "reverting", "to": "resolved"}},
    }
)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


def published(*incidents: Incident, options: Options = OPTIONS) -> Publication:
    return Publication(
        incidents, options, Audience.PUBLIC, "Test", "", "incidents/{}/".format, lambda _: ""
    )


def part(publication: Publication) -> Markup:
    return statistics_part(publication, "../incidents/{}/".format)


def incident(
    number: int, rows: list[str], front: str = "", day: str = "2024-01-01", title: str = "T"
) -> Incident:
    listed = "".join(f"  - {row}\n" for row in rows)
    head = f"title: {title}\nvisibility: public\npublished: 2025-12-01\n{front}"
    text = f"---\n{head}timeline:\n{listed}---\n"
    reading = read_incident_text(f"{day}-case-{number}.md", text.encode(), OPTIONS)
    assert reading.incident is not None, [found.headline for found in reading.diagnostics]
    return reading.incident


def resolved_after(*minutes: int) -> list[Incident]:
    return [
        incident(n, ["08:00 started: A.", f"{8 + m // 60:02}:{m % 60:02} resolved: B."])
        for n, m in enumerate(minutes)
    ]


def of(publication: Publication, key: str) -> Measure:
    return next(measure for measure in measures(publication) if measure.key == key)


@pytest.fixture(scope="module")
def example() -> Publication:
    root = ROOT / "incidents"
    site = read_site(root, incident_paths(root), OPTIONS, Audience.PUBLIC, ReadingCache())
    return published(*site.archive.incidents)


def test_numbers_of_the_example_site_counted_again(example: Publication) -> None:
    times = [time for found in example.incidents for time in as_json(found)["response_times"]]
    checked = 0
    for measure in measures(example):
        own = [time for time in times if time["key"] == measure.key]
        outcomes = Counter(time["outcome"] for time in own)
        recorded = sorted(
            time["seconds"]
            for time in own
            if time["outcome"] == "recorded" and time["seconds"] is not None
        )
        assert list(measure.values) == recorded
        assert {(time["from"], time["to"]) for time in own} == {(measure.start, measure.end)}
        assert measure.pending == outcomes["pending"]
        assert measure.before == outcomes["before"]
        assert measure.not_applicable == outcomes["not_applicable"]
        assert measure.no_number == outcomes["recorded"] - len(recorded)
        assert measure.n + len(measure.others) + measure.not_applicable == len(own)
        if len(recorded) < ENOUGH:
            assert measure.summary is None
            continue
        checked += 1

        def at(share: float, values: list[int] = recorded) -> float:
            # Between the values on both sides of a place in the row, as far as that is between.
            place = share * (len(values) - 1)
            low = int(place)
            high = min(low + 1, len(values) - 1)
            return values[low] + (place - low) * (values[high] - values[low])

        summary = measure.summary
        assert summary is not None
        assert summary.n == len(recorded)
        assert summary.minimum == recorded[0]
        assert summary.maximum == recorded[-1]
        assert summary.lower_quartile == pytest.approx(at(0.25))
        assert summary.median == pytest.approx(at(0.5))
        assert summary.upper_quartile == pytest.approx(at(0.75))
    assert checked >= 4


def test_groups_of_the_example_site_counted_again(example: Publication) -> None:
    found = of(example, "time_to_detect")
    for kind, name in (("severity", "sev1"), ("year", "2024"), ("component", "registry")):
        expected = sum(
            time["key"] == "time_to_detect"
            and time["outcome"] == "recorded"
            and time["seconds"] is not None
            and name in [data["severity"], data["date"][:4], *data["components"]]
            for data in map(as_json, example.incidents)
            for time in data["response_times"]
        )
        assert [group.n for group in found.groups[kind] if group.name == name] == [expected]
    assert all(g.median is None for gs in found.groups.values() for g in gs if g.n < ENOUGH)


def test_what_recurs_in_the_example_site_counted_again(example: Publication) -> None:
    expected: dict[str, Counter[str]] = {"component": Counter(), "tag": Counter()}
    for data in map(as_json, example.incidents):
        expected["component"].update(data["components"])
        expected["tag"].update(data["tags"])
    found = recurrences(example)
    for kind, counts in expected.items():
        assert {entry.name: entry.total for entry in found[kind]} == counts
        totals = [entry.total for entry in found[kind]]
        assert totals == sorted(totals, reverse=True)


def test_years_and_quarters_are_those_of_the_sites_zone() -> None:
    options = Options(as_of="2026-07-10", timezone="Asia/Tokyo")
    late = incident(1, ["20:00 started: A.", "21:00 resolved: B."], "tags: [x]\n", day="2024-12-31")
    for zone, year, quarter in ((OPTIONS, "2024", 4), (options, "2025", 1)):
        publication = published(late, options=zone)
        assert [g.name for g in of(publication, "time_to_resolve").groups["year"]] == [year]
        ((when, count),) = recurrences(publication)["tag"][0].quarters
        assert (str(when.year), when.number, count) == (year, quarter, 1)


def test_maintenance_and_withdrawn_postmortems_are_in_nothing() -> None:
    first, second, third = resolved_after(5, 6, 7)
    publication = published(
        first,
        replace(second, kind="maintenance"),
        replace(third, withdrawn=Withdrawal(date(2025, 1, 1), "wrong")),
    )
    assert of(publication, "time_to_resolve").values == (300,)
    assert response_times_csv(publication).count("time_to_resolve") == 1


def test_other_anchors_are_another_response_time() -> None:
    first, second = resolved_after(5, 6)
    moved = tuple(
        replace(time, start="introduced") if time.key == "time_to_resolve" else time
        for time in second.response_times
    )
    found = [
        measure
        for measure in measures(published(first, replace(second, response_times=moved)))
        if measure.key == "time_to_resolve"
    ]
    assert [(measure.start, measure.values) for measure in found] == [
        ("started", (300,)),
        ("introduced", (360,)),
    ]
    html = part(published(first, replace(second, response_times=moved)))
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


LENGTHS = st.integers(0, 20 * 86400)
TIMES = st.tuples(st.sampled_from(list(Outcome)), LENGTHS, st.booleans())


@settings(max_examples=100, deadline=None)
@given(st.lists(TIMES, max_size=40))
def test_numbers_lie_within_their_values(times: list[tuple[Outcome, int, bool]]) -> None:
    (model,) = resolved_after(5)
    (time,) = [time for time in model.response_times if time.key == "time_to_resolve"]

    def made(number: int, outcome: Outcome, seconds: int, known: bool) -> Incident:
        length = timedelta(seconds=-seconds if outcome is Outcome.BEFORE else seconds)
        span = Span(length if known else None, length, length + timedelta(seconds=60))
        return replace(
            model, id=f"i-{number}", response_times=(replace(time, outcome=outcome, span=span),)
        )

    publication = published(*(made(n, *values) for n, values in enumerate(times)))
    measure = of(publication, "time_to_resolve")
    expected = sorted(s for outcome, s, known in times if outcome is Outcome.RECORDED and known)
    assert list(measure.values) == expected
    assert measure.pending == sum(outcome is Outcome.PENDING for outcome, _, _ in times)
    assert measure.before == sum(outcome is Outcome.BEFORE for outcome, _, _ in times)
    summary = measure.summary
    assert (summary is None) == (len(expected) < ENOUGH)
    if summary is not None:
        numbers = [
            summary.minimum,
            summary.lower_quartile,
            summary.median,
            summary.upper_quartile,
            summary.maximum,
        ]
        assert numbers == sorted(numbers)
        assert (summary.minimum, summary.maximum) == (expected[0], expected[-1])
        drawn = plot(measure)
        assert len(drawn.dots) == len(expected)
        for dot in drawn.dots:
            assert 0 <= dot.low <= dot.x <= dot.high <= 100
            assert 0 < dot.y < drawn.axis
        # A longer time is never further left.
        places = [dot.x for dot in drawn.dots]
        assert places == sorted(places)
        assert drawn.lower_quartile <= drawn.median.x <= drawn.upper_quartile


def test_few_values_are_a_list_without_summary() -> None:
    few = part(published(*resolved_after(*range(5, 12))))
    assert "<svg" not in few
    assert "Median" not in few
    assert "quartile 0" not in few
    assert "7 incidents with a number." in few
    assert "<svg" in part(published(*resolved_after(*range(5, 13))))


def test_what_is_left_out_is_said() -> None:
    publication = published(
        incident(1, ["08:00 started: A.", "07:30 detected: B.", "09:00 resolved: C."][1::-1]),
        incident(2, ["08:00 started: A."], "status: open\n"),
        incident(3, ["08:00.. started: A.", "09:00 detected: B.", "10:00 resolved: C."]),
        incident(4, ["08:00 started: A.", "09:00 resolved: C."]),
    )
    html = part(publication)
    section = html[html.index('id="time-to-detect"') : html.index('id="time-to-resolve"')]
    assert "1 pending, as the incident is still open" in section
    assert "1 before, as “detected” came before “started”" in section
    assert "not applicable, as a milestone is not recorded" in section
    assert "30 min before impact began" in section


def test_an_empty_site_has_a_page() -> None:
    assert "Nothing yet." in part(published())
    assert response_times_csv(published()).count("\r\n") == 1


def test_no_mean_and_why(example: Publication) -> None:
    html = str(part(example))
    text = re.sub(r"<[^>]+>", " ", html)
    assert re.findall(r"\b(?:mean|average|mttr|mttd)\b", text, re.IGNORECASE) == ["mean"]
    assert "There is no mean here" in text
    assert "Davidovič" in text
    assert not re.search("[↑↓↗↘▲▼]", text)


def test_titles_are_text() -> None:
    title = '"<script>alert(1)</script> & \U0001f525 שלום"'
    found = [replace(i, title=title) for i in resolved_after(*range(1, 10))]
    html = part(published(*found))
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; \U0001f525 שלום" in html


def test_csv_has_every_response_time(example: Publication) -> None:
    text = response_times_csv(example)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    times = [
        (data, time) for data in map(as_json, example.incidents) for time in data["response_times"]
    ]
    assert len(rows) == len(times)
    for row, (data, time) in zip(rows, times, strict=True):
        assert (row["id"], row["title"], row["date"]) == (data["id"], data["title"], data["date"])
        for key in ("key", "name", "from", "to", "episode", "outcome", "verdict"):
            assert row[key] == ("" if time[key] is None else str(time[key]))
        for key in ("seconds", "earliest_seconds", "latest_seconds", "target_seconds"):
            assert (int(row[key]) if row[key] else None) == time[key]
    assert any(row["seconds"].startswith("-") for row in rows)
    assert text.count("\n") == text.count("\r\n")


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", '=HYPERLINK("x";"y")'],
)
def test_cells_run_nothing(cell: str) -> None:
    ((read,),) = csv.reader(io.StringIO(csv_text([[cell]]), newline=""))
    assert read[0] == "'"
    assert read.replace("'", "") == cell


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_cells_come_back(cells: list[str]) -> None:
    rows = list(csv.reader(io.StringIO(csv_text([["x", *cells]]), newline="")))
    assert len(rows) == 1
    for before, after in zip(cells, rows[0][1:], strict=True):
        # Apostrophes are all that is put in.
        assert after.replace("'", "") == before.replace("'", "")
        assert not after.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_numbers_and_plain_text_stay_as_they_are() -> None:
    assert csv_text([[-5, 1.5, None, "a-b", "O'Brien, x"]]) == '-5,1.5,,a-b,"O\'Brien, x"\r\n'


# Texts of a plot whose boxes meet, and those that leave it; and dots that do.
OVERLAPS = """() => {
    const bad = [];
    for (const svg of document.querySelectorAll(".pm-plot svg")) {
        const frame = svg.getBoundingClientRect();
        const boxes = [...svg.querySelectorAll("text, .pm-plot__dot")]
            .map(e => [e.textContent || e.parentNode.textContent, e.getBoundingClientRect()]);
        boxes.forEach(([text, a], i) => {
            if (a.left < frame.left - 8 || a.right > frame.right + 8) bad.push("outside: " + text);
            if (a.top < frame.top || a.bottom > frame.bottom) bad.push("outside: " + text);
            for (const [other, b] of boxes.slice(i + 1)) {
                const beside = a.right <= b.left || b.right <= a.left;
                const apart = a.bottom <= b.top || b.bottom <= a.top;
                if (!beside && !apart) bad.push(text + " / " + other);
            }
        });
    }
    return bad;
}"""
SMALL_TEXT = """() => [...document.querySelectorAll("body *")]
    .filter(e => e.getClientRects().length
        && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
        && parseFloat(getComputedStyle(e).fontSize) < 12)
    .map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


def page(html: Markup, scheme: str) -> str:
    css = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob("*.css")))
    back, fore = ("#1e2129", "#e2e4e9") if scheme == "slate" else ("#ffffff", "#222222")
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Response times</title>
<style>body {{ --md-default-bg-color: {back}; --md-default-fg-color: {fore};
  background: {back}; color: {fore}; font: 16px/1.5 sans-serif; margin: 16px; }}
a {{ color: var(--pm-link); }}
[data-md-color-scheme=slate] {{ --md-typeset-a-color: #8fb6ff; }}
{css}</style>
<body data-md-color-scheme="{scheme}"><main><h1>Response times</h1>{html}</main>"""


@pytest.mark.parametrize("width", [320, 1440])
@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_looks(
    browser: Browser, example: Publication, axe: str, width: int, scheme: str, tmp_path: Path
) -> None:
    shown = browser.new_page(viewport={"width": width, "height": 900})
    shown.set_content(page(part(example), scheme))
    shown.screenshot(path=tmp_path / "closed.png", full_page=True)
    assert shown.evaluate(OVERLAPS) == []
    shown.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.evaluate(SMALL_TEXT) == []
    if width == 320:
        shown.evaluate(axe)
        found = shown.evaluate("axe.run(document.querySelector('.pm-stats'))")
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []
    # What Material's instant navigation does with every new page.
    shown.evaluate(
        "() => { 'use strict';"
        " for (const e of document.querySelectorAll('[href]')) e.href = e.href; }"
    )
    # Each dot can be reached by the keyboard, and says what it is.
    link = shown.locator(".pm-plot__link").first
    link.focus()
    assert link.evaluate("e => document.activeElement === e")
    assert re.search(r": \d+ (?:s|min|h|d)", link.get_by_text(":").first.text_content() or "")
    shown.close()


EXTENTS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=60)


@given(EXTENTS, st.integers(1, 12))
def test_each_dot_is_in_the_first_lane_with_room(drawn: list[tuple[int, int]], most: int) -> None:
    extents = [(float(low), float(low + width)) for low, width in drawn]
    lanes = [0] * len(extents)
    placed: list[int] = []
    for index in sorted(range(len(extents)), key=lambda index: extents[index]):
        taken = {lanes[other] for other in placed if extents[other][1] > extents[index][0]}
        lanes[index] = next(lane for lane in range(len(extents)) if lane not in taken)
        placed.append(index)
    assert first_fit(extents, len(extents) + 1) == lanes
    assert first_fit(extents, most) == (lanes if max(lanes, default=0) < most else None)


@pytest.mark.parametrize("times", [5, 40])
def test_many_incidents_fit_a_phone(browser: Browser, example: Publication, times: int) -> None:
    many = [replace(i, id=f"{i.id}-{n}") for n in range(times) for i in example.incidents]
    shown = browser.new_page(viewport={"width": 320, "height": 900})
    shown.set_content(page(part(published(*many)), "default"))
    assert shown.evaluate("document.documentElement.scrollWidth") <= 320
    tallest = "Math.max(...[...document.querySelectorAll('.pm-plot svg')].map(e => e.clientHeight))"
    assert shown.evaluate(tallest) <= 400
    shown.close()
