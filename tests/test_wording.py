"""Lengths in words: no bound says more than is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mkdocs_postmortem import wording
from mkdocs_postmortem.duration import parse_duration
from mkdocs_postmortem.moment import Span

SECONDS = st.integers(1, 500_000).map(lambda seconds: timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("nominal", "lower", "upper", "expected"),
    [
        ("15m", "14m", "16m", "15 min (14 to 16)"),
        ("1m", None, "2m", "1 min (0 to 2)"),
        ("1h 27m", "1h 26m", "1h 28m", "1 h 27 min"),
        ("1h 50m", None, "3h 50m", "1 h 50 min (0 to 3 h 50 min)"),
        ("1d 1h", None, "2d 1h", "1 d 1 h (0 to 2 d 1 h)"),
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
