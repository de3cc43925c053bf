"""Claims: lengths in words, what they name, and what contradicts them. Cases: claims.yaml."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mkdocs_postmortem.claims import contradicts, find_claims, parse_claimed_length
from mkdocs_postmortem.duration import UNITS, parse_duration
from mkdocs_postmortem.moment import Span

# Long enough that anything but linear time would hang visibly.
LENGTH = 200_000 if os.environ.get("POSTMORTEM_TEST_LONG") == "1" else 30_000
CASES = yaml.safe_load(Path(__file__).with_name("claims.yaml").read_text(encoding="utf-8"))


def _length(text: str | None) -> timedelta | None:
    return None if text is None else parse_duration(text)


def _name(case: dict[str, Any]) -> str:
    return str(case["text"])[:60]


@pytest.mark.parametrize("case", CASES["prose"], ids=_name)
def test_claims_in_prose(case: dict[str, Any]) -> None:
    text = case["text"]
    found = [
        {
            "keys": list(claim.keys),
            "lower": claim.length.lower,
            "upper": claim.length.upper,
            "about": claim.length.about,
            "quote": text[claim.start : claim.end],
        }
        for claim in find_claims(text, case.get("names", {}))
    ]
    expected = [
        {**claim, "lower": _length(claim["lower"]), "upper": _length(claim["upper"])}
        for claim in case["claims"]
    ]
    assert found == expected


@pytest.mark.parametrize("case", CASES["lengths"], ids=_name)
def test_whole_lengths(case: dict[str, Any]) -> None:
    length = parse_claimed_length(case["text"])
    if case["length"] is None:
        assert length is None
    else:
        assert length is not None
        assert {
            "lower": length.lower,
            "upper": length.upper,
            "unit": length.unit,
            "about": length.about,
        } == {
            "lower": _length(case["length"]["lower"]),
            "upper": _length(case["length"]["upper"]),
            "unit": _length(case["length"]["unit"]),
            "about": case["length"].get("about", False),
        }


@pytest.mark.parametrize("case", CASES["contradictions"], ids=str)
def test_contradictions(case: dict[str, Any]) -> None:
    length = parse_claimed_length(case["length"])
    assert length is not None
    lower, upper = (_length(bound) for bound in case["span"])
    nominal = lower if lower is not None else upper
    assert contradicts(length, Span(nominal, lower, upper)) is case["contradicts"]


def test_at_least_half_of_the_cases_are_no_claims() -> None:
    without = sum(not case["claims"] for case in CASES["prose"])
    assert len(CASES["prose"]) >= 120
    assert without * 2 >= len(CASES["prose"])


_SHORT_NAMES = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


@given(
    parts=st.fixed_dictionaries(
        {}, optional={unit: st.integers(0, 999) for unit in _SHORT_NAMES}
    ).filter(bool),
    words=st.booleans(),
    about=st.sampled_from(["", "about ", "~", "approximately ~"]),
    bound=st.sampled_from(["", "< ", "up to ", "over ", "at least "]),
)
def test_lengths_come_back(parts: dict[str, int], words: bool, about: str, bound: str) -> None:
    units = [unit for unit in _SHORT_NAMES if unit in parts]
    written = " ".join(
        f"{parts[unit]} {_SHORT_NAMES[unit]}" if words else f"{parts[unit]}{unit}" for unit in units
    )
    total = sum((parts[unit] * UNITS[unit] for unit in units), timedelta(0))
    text = bound + about + written
    length = parse_claimed_length(text)
    assert length is not None
    assert length.lower == (None if bound in ("< ", "up to ") else total)
    assert length.upper == (None if bound in ("over ", "at least ") else total)
    assert length.unit == UNITS[units[-1]]
    assert length.about is bool(about)
    assert length.text == text
    [claim] = find_claims(f"**Time to detect:** {text}.")
    assert (claim.length, claim.keys) == (length, ("time_to_detect",))


_FRAGMENTS = st.sampled_from(
    "time to detect|recovery|downtime|outage|was|of|took|within|after|14 minutes|~3h|2-3 min|<|>|`|"
    "```\n|\n|\n\n|# |- |\\||*|_|[|](|)|(|.|?|;|,|:|18:03|half an hour|a second|½|and|another|–|"
    "https://x.org/5m|<!--|-->|&lt;|İ|ß|٣ minutes|99999999999 weeks|0x5m|'|’".split("|")
)


@given(st.lists(_FRAGMENTS | st.text(max_size=4)).map(" ".join) | st.text())
def test_any_text_is_read(text: str) -> None:
    end = 0
    for claim in find_claims(text, {"own": "Roll [back", "empty": "", "detect": "Downtime"}):
        assert end <= claim.start < claim.end <= len(text)
        assert claim.keys
        end = claim.end
    parse_claimed_length(text)


@pytest.mark.parametrize("piece", CASES["repeated"], ids=repr)
def test_long_repetitions_take_linear_time(piece: str) -> None:
    # Anything much worse than linear would hang here for all to see.
    text = piece * (LENGTH // len(piece))
    find_claims(f"{text}\n\nDowntime: 14 minutes")
    parse_claimed_length(text)
