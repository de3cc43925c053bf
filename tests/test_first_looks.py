"""A first look may ask for a close one in vain; it never keeps from one that would find a thing.

Most rules look at a whole text before its parts, and most texts have nothing of what they look for.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mkdocs_postmortem.body import _HEADING, _heading, headings, without_code
from mkdocs_postmortem.claims.markdown_text import visible_text
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Options, SafetyOptions
from mkdocs_postmortem.presence import presence_of
from mkdocs_postmortem.reading.source import CONTROL, is_clean
from mkdocs_postmortem.safety.patterns import find, policy, suspected
from mkdocs_postmortem.safety.pieces import suspicions
from mkdocs_postmortem.unit_words import has_unit_word, may_have_unit_word
from mkdocs_postmortem.untrusted import may_have_link, refused_links

LONG = os.environ.get("POSTMORTEM_TEST_LONG") == "1"
MANY = settings(max_examples=5000 if LONG else 200, deadline=None)
LINES: list[str] = [
    line[0]
    for line in yaml.safe_load(
        (Path(__file__).parent / "patterns.yaml").read_text(encoding="utf-8")
    )
]
RULES = policy(SafetyOptions(internal_hosts=("db-*",), names=("Big Customer",)))
PLAIN_RULES = policy(SafetyOptions())
# Texts near what is looked for: lines with it, cut up and joined.
NEAR = st.lists(
    st.one_of(
        st.sampled_from(LINES),
        st.sampled_from(LINES).flatmap(
            lambda line: st.integers(0, len(line)).map(lambda at: line[at:])
        ),
        st.sampled_from(("\n", " ", "@", "::", "10.", ".1", ".internal", "x", "-", "é", "\u2028")),
    ),
    max_size=6,
).map("".join)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:30])
def test_what_is_found_was_suspected(line: str) -> None:
    for rules in (RULES, PLAIN_RULES):
        found = {match.kind for match in find(line, rules)}
        for text in (line, f"Above.\n{line}\nBelow.", f"{line}\n{line}"):
            assert found <= suspected(text, rules)


@MANY
@given(NEAR)
def test_what_is_found_in_any_text_was_suspected(text: str) -> None:
    for rules in (RULES, PLAIN_RULES):
        assert {match.kind for match in find(text, rules)} <= suspected(text, rules)


@MANY
@given(NEAR, st.sampled_from(("", "'", '"', "|", ">")), st.sampled_from((10, 80)))
def test_what_is_found_in_a_field_was_suspected_of_the_file(
    text: str, style: str, width: int
) -> None:
    field = yaml.safe_dump({"summary": text}, default_style=style or None, width=width)
    file = f"---\n{field}title: T\ntimeline:\n  - 18:03 started: x\n---\n"
    reading = read_incident_text("2024-02-20-a.md", file.encode(), Options())
    for piece in reading.pieces:
        found = {match.kind for match in find(piece.text, PLAIN_RULES)}
        assert found <= suspicions(reading, PLAIN_RULES)


WORDS = ("AKIA", "ghp_", "gho_", "SG.", "a=b", "://", "xox", "-----BEGIN", "(")


@MANY
@given(
    st.lists(st.sampled_from((*WORDS, *"AKIghp_oSG.=:/x-B ")), max_size=8).map("".join),
    st.sets(st.sampled_from(WORDS)),
    st.sampled_from(("", "_/=", "KG(", "x")),
)
def test_a_word_is_present_or_is_not(text: str, words: set[str], rare: str) -> None:
    assert presence_of(sorted(words), rare)(text) == any(word in text for word in words)


MARKUP = st.lists(
    st.sampled_from(
        (
            *("5", " ", "m", "min", "minutes", "s", "h", "hour", "x", "\n", "<!--", "-->", "`"),
            *("```\n", "[", "](", ")", "https://", "www.", "<b>", "&nbsp;", "&lt;", "~~", "took"),
        )
    ),
    max_size=12,
).map("".join)


@MANY
@given(MARKUP)
@example("5mhttps://example.org")
@example("5 m`code`inutes")
def test_a_text_that_shows_a_unit_may_have_one(text: str) -> None:
    assert may_have_unit_word(text) or not has_unit_word(visible_text(text))


@MANY
@given(
    st.lists(
        st.sampled_from(("](", "]:", "<a href=", "<", "javascript:x", ")", "[a", " ", "\n", "x>")),
        max_size=8,
    ).map("".join)
)
def test_a_text_with_a_refused_link_may_have_one(text: str) -> None:
    assert may_have_link(text) or not list(refused_links(text))


@MANY
@given(st.text(max_size=40))
def test_a_clean_text_has_no_control_character(text: str) -> None:
    assert not is_clean(text) or CONTROL.search(text) is None


@MANY
@given(
    st.lists(
        st.sampled_from(
            (
                "# A",
                "##B ##",
                " ### C #",
                "    # D",
                "x # y",
                "",
                "a",
                "===",
                "---",
                "- b",
                "= ",
                "\t# E",
            )
        ),
        max_size=8,
    ).map("\n".join)
)
def test_headings_are_those_of_the_lines(text: str) -> None:
    lines = text.split("\n")
    signed = [
        (len(match[1]), _heading(match, 0, 0).text)
        for line in lines
        if (match := _HEADING.fullmatch(line))
    ]
    found = [(heading.level, heading.text) for heading in headings(text)]
    if not any(re.fullmatch(r"(=+|-+) *", line) for line in lines[1:]):
        assert found == signed
    # Code in it makes it look at each line, and changes nothing else.
    with_code = headings(f"{text}\n\n`code`")
    assert [(heading.level, heading.text) for heading in with_code] == found
    assert without_code(text) == text
