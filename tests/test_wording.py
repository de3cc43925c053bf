"""Lengths in words: no bound says more than is known."""

from __future__ import annotations

from datetime import UTC, date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mkdocs_postmortem import wording
from mkdocs_postmortem.duration import parse_duration
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.moment import Span
from mkdocs_postmortem.options import Options, load_options
from mkdocs_postmortem.render.figure import figures

SECONDS = st.integers(1, 500_000).map(lambda seconds: timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("nominal", "lower", "upper", "expected"),
    [
        ("15m", "14m", "16m", "15 min (14 to 16)"),
        ("1m", None, "2m", "1 min (0 to 2)"),
        ("1h 27m", "1h 26m", "1h 28m", "1 h 27 min"),
        ("1h 50m", None, "3h 50m", "1 h 50 min (0 to 3 h 50 min)"),
        ("1d 1h", None, "2d 1h", "1 d 1 h (0 to 2 d 1 h)"),
        # Days that are known to the minute are said to the minute; others, and many, are not.
        ("1d 57m", "1d 56m", "1d 58m", "1 d 57 min"),
        ("1d 2h 57m", "1d 2h 50m", "1d 3h 4m", "1 d 2 h 57 min (1 d 2 h 50 min to 1 d 3 h 4 min)"),
        ("23h 59m", "23h 50m", "1d 9m", "23 h 59 min (23 h 50 min to 1 d 9 min)"),
        ("1d 57m", "1d 10m", "1d 1h 10m", "1 d 1 h"),
        ("2d", "1d", "3d", "2 d (1 to 3)"),
        ("1d 17h 42m", "1d 5h 41m", "2d 5h 42m", "1 d 18 h (1 d 5 h to 2 d 6 h)"),
        ("12d 57m", "12d 56m", "12d 58m", "12 d 1 h"),
        ("14m 30s", "14m 29s", "15m 30s", "14 min 30 s (14 min 29 s to 15 min 30 s)"),
        ("10h", "9h 54m", "10h 6m", "10 h (9 h 54 min to 10 h 6 min)"),
        ("5h 53m", "5h 40m", "6h 6m", "5 h 53 min (5 h 40 min to 6 h 6 min)"),
    ],
)
def test_bounds(nominal: str, lower: str | None, upper: str, expected: str) -> None:
    low = parse_duration(lower) if lower else timedelta(0)
    assert wording.span(Span(parse_duration(nominal), low, parse_duration(upper))) == expected


@given(st.tuples(SECONDS, SECONDS, SECONDS).map(sorted))
def test_bounds_in_words_hold_the_true_bounds(drawn: list[timedelta]) -> None:
    lower, nominal, upper = drawn
    text = wording.span(Span(nominal, lower, upper), always=True)
    if "(" not in text:
        return
    unit = text.split(" (")[0].split(" ", 1)[1]
    low, high = text[text.index("(") + 1 : -1].split(" to ")

    def read(part: str) -> timedelta:
        return parse_duration(part if " " in part else f"{part} {unit}") if part != "0" else lower

    assert read(low) <= lower
    assert upper <= read(high)


def incident(rows: str, front: str = "") -> Incident:
    text = f"---\ntitle: T\ncomponents: [api]\nseverity: sev1\n{front}timeline:\n{rows}\n---\n"
    reading = read_incident_text("2024-02-20-t.md", text.encode(), Options())
    assert reading.incident is not None, reading.diagnostics
    return reading.incident


# What was written of the start and the end of an incident, and what is said of the two.
WRITTEN = [
    (
        "18:03",
        "18:18",
        "20 February 2024, 18:03 to 18:18 UTC",
        "2024-02-20 18:03",
        "2024-02-20 18:18",
    ),
    (
        "23:50",
        "2024-02-21 00:10",
        "20 February 2024, 23:50 to 21 February 2024, 00:10 UTC",
        "2024-02-20 23:50",
        "2024-02-21 00:10",
    ),
    (
        "18:??",
        "..19:30",
        "20 February 2024, 18:00–18:59 to by 19:30 UTC",
        "2024-02-20 18:00–18:59",
        "2024-02-20 by 19:30",
    ),
    (
        "2024-02-20",
        "2024-02-22",
        "20 February 2024 to 22 February 2024",
        "2024-02-20",
        "2024-02-22",
    ),
    (
        "2024-02-20",
        "2024-02-21 09:00",
        "20 February 2024 to 21 February 2024, 09:00 UTC",
        "2024-02-20",
        "2024-02-21 09:00",
    ),
    (
        "~18:03",
        "18:18",
        "20 February 2024, ~18:03 to 18:18 UTC",
        "2024-02-20 ~18:03",
        "2024-02-20 18:18",
    ),
]


@pytest.mark.parametrize(("start", "end", "caption", "begins", "ends"), WRITTEN)
def test_times_are_said_as_exactly_as_they_are_known(
    start: str, end: str, caption: str, begins: str, ends: str
) -> None:
    made = incident(f"  - {start} started: a\n  - {end} resolved: b")
    (figure,) = figures(made, UTC)
    assert figure.caption == caption
    (window,) = made.windows
    assert wording.window(window, UTC) == f"{begins} to {ends}"


def test_a_figure_shows_how_far_times_that_are_not_exact_reach() -> None:
    made = incident("  - 2024-02-20 started: a\n  - 2024-02-21 resolved: b")
    (figure,) = figures(made, UTC)
    # Two days beside each other, each with its dot in the middle.
    reach = [(dot.low, dot.x, dot.high) for dot in figure.dots]
    assert reach == [(2, 26, 50), (50, 74, 98)]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2024-02-21", "21 February 2024"),
        ("2024-02-21 9h", "21 February 2024, 09:00–09:59 UTC"),
        ("2024-02-21 09:00", "21 February 2024, 09:00 UTC"),
    ],
)
def test_the_next_update_and_the_beginning_are_as_exact(written: str, said: str) -> None:
    made = incident(f"  - {written} started: a", f"status: open\nnext_update: {written}\n")
    assert wording.since(made, UTC) == f"since {said}"
    assert made.next_update is not None
    assert wording.next_update(made.next_update, UTC, date(2024, 2, 21)) == f"Next update {said}"
    late = wording.next_update(made.next_update, UTC, date(2024, 2, 22))
    assert late == f"Next update was due {said}"


def test_an_incident_without_times_goes_on_since_its_day() -> None:
    assert (
        wording.since(incident("  - event: a", "status: open\n"), UTC) == "since 20 February 2024"
    )


def test_what_lies_between_two_rows_has_no_time_of_its_own() -> None:
    made = incident("  - 18:00: a\n  - event: b\n    milestone: started\n  - 18:30 resolved: c")
    assert wording.window(made.windows[0], UTC) == "not known to 2024-02-20 18:30"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("  - 18:05 resolved: a", "not recorded"),
        ("  - 18:05 detected: a", "not recorded"),
        ("  - 18:05 started: a", "end not known"),
    ],
)
def test_what_is_missing_is_the_beginning_or_the_end(rows: str, said: str) -> None:
    time = incident(rows).response_time("time_to_resolve")
    assert time is not None
    assert wording.response_time(time) == said


def test_a_time_of_the_sites_own_that_never_began_is_not_recorded() -> None:
    own = {"rollback": {"name": "Rollback", "from": "reverting", "to": "resolved"}}
    raw = {"milestones": {"reverting": "it is taken back"}, "response_times": own}
    options, _ = load_options(raw)
    assert options is not None
    text = b"---\ntitle: T\ntimeline:\n  - 18:03 started: a\n  - 18:18 resolved: b\n---\n"
    made = read_incident_text("2024-02-20-t.md", text, options).incident
    assert made is not None
    time = made.response_time("rollback")
    assert time is not None
    assert wording.response_time(time) == "not recorded"
