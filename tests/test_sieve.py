"""What is searched for in a built site, and the sieve before it: held against a plain search."""

from __future__ import annotations

import re
from functools import partial

import pytest
from attacking import LONG
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs_postmortem.options import Audience, SafetyOptions
from mkdocs_postmortem.safety.canonical import Decoded, decoded
from mkdocs_postmortem.safety.nonpublic import non_public
from mkdocs_postmortem.safety.patterns import Kind, find, may_object, policy
from mkdocs_postmortem.safety.search import RUN, Search, runs_of, tokens_of
from mkdocs_postmortem.safety.sieve import Sieve
from mkdocs_postmortem.safety.verify import RULE_VIEWS, STRING_VIEWS
from planting import PAGE, C, Proved, in_html

WORDS = (
    "a1b2",
    "db-7.prod",
    "x",
    "yy",
    "-",
    ".",
    ",",
    " ",
    " ",
    "one",
    "two",
    "three",
    "4",
    "aa1b2",
)


@given(
    st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map("".join), min_size=1, max_size=4),
    st.lists(st.sampled_from(WORDS), max_size=25).map("".join),
    st.booleans(),
)
def test_a_search_finds_what_a_plain_one_finds(
    secrets: list[str], text: str, is_whole: bool
) -> None:
    search = Search()
    for number, secret in enumerate(secrets):
        search.add(secret, number, is_whole=is_whole)
    search.prepare()
    words = [(match[0], *match.span()) for match in re.finditer("[^\\W_]+", text)]
    expected = set()
    for run, number in search.runs.items():
        for index in range(len(words)):
            stretch = words[index : index + len(run)]
            if tuple(word for word, _, _ in stretch) == run:
                expected.add((number, stretch[0][1], stretch[-1][2]))
    for token, number in search.tokens.items():
        for match in re.finditer(rf"(?=(?<![a-z0-9]){re.escape(token)}(?![a-z0-9]))", text):
            expected.add((number, match.start(), match.start() + len(token)))
    assert {tuple(hit) for hit in search.find(text)} == expected
    starts = [hit.start for hit in search.find(text)]
    assert starts == sorted(starts)
    search.remove_found([text])
    assert search.find(text) == []


# Where a token stands among words that only hold it.
AMONG_LONGER = ("db-7.prod xdb-7.prod", "xdb-7.prod db-7.prod xdb-7.prod", "db-7.prods db-7.prod")


@pytest.mark.parametrize("text", AMONG_LONGER)
def test_a_token_is_found_among_longer_words(text: str) -> None:
    search = Search(tokens={"db-7.prod": 0})
    search.prepare()
    starts = [match.start() for match in re.finditer(r"(?<!\w)db-7\.prod(?!\w)", text)]
    assert [(hit.start, hit.end) for hit in search.find(text)] == [(at, at + 9) for at in starts]


@pytest.mark.parametrize(
    "text", ["a xdb-7.prod db", "xdb-7.prod db", "db-7.prods prod", "db-7.prod2 prod x"]
)
def test_a_longer_public_word_takes_no_token_out(text: str) -> None:
    search = Search(tokens={"db-7.prod": 0})
    search.remove_found([text])
    assert [hit.number for hit in search.find("on db-7.prod")] == [0]


# What texts of a site are made of, cut so that what is looked for often comes about by chance.
FRAGMENTS = (
    *("red fox jumps over fences", "red", "fox", "jumps", "over", "fences", "db-7", ".prod"),
    *("<b>", "</b>", "<td>", "</td>", "<a href='x'>", "<a\nhref='red'>", "<fox>", "<!-- over -->"),
    *("<img alt='red fox jumps'>", "<p", "<", ">", "\n", "\n", " ", " ", " ", "&lt;i&gt;", "\\n"),
    *("&#114;ed", "\\u0066ox", "ju%6Dps", "o\u00adver", "\uff26ences", "\u0301", "password", ": "),
    *("hunter2x9", "Bearer ", "abcdefghij0123456789xyz", "10.1", ".2.3", "d='M 10.1.2.3 Z'"),
    *("https://", "acme.slack.com/x", "http://www.w3.org/", "Big", "Customer", "@alice", "me@"),
    *(
        "acme.io",
        "x.y.",
        "internal",
        "-----BEGIN RSA ",
        "PRIVATE KEY-----",
        "<script>",
        "</script>",
    ),
)
FEW = 5_000 if LONG else 400
SECRETS = ("red fox jumps over fences", "db-7.prod", "fox jumps over")


@pytest.mark.attacks("random pages held against a plain search, for verify", FEW)
@given(
    st.lists(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join), max_size=4),
    st.lists(st.sampled_from(SECRETS), max_size=3),
)
@settings(max_examples=FEW, deadline=None)
def test_a_sieve_passes_over_nothing(texts: list[str], secrets: list[str]) -> None:
    search = Search()
    for number, secret in enumerate(secrets):
        search.add(secret, number, is_whole=True)
    search.prepare()
    rules = policy(SafetyOptions(names=("Big Customer",)))
    sieve = Sieve(search, partial(may_object, rules=rules, kinds=frozenset(Kind)))
    for text in texts:
        whole = decoded(Decoded(text))
        look = sieve.look(whole.text)
        if any(search.find(view(whole).folded().text) for view in STRING_VIEWS):
            assert look.for_strings
        if any(list(find(view(whole).text, rules, kinds)) for view, kinds in RULE_VIEWS):
            assert look.by_rules


# How the words of a run may be cut into pieces, and what may stand where they are cut.
CUTS = [[cut for cut in range(1, 5) if number >> (cut - 1) & 1] for number in range(1 << (RUN - 1))]
BETWEEN = {
    "cells": "</td><td>",
    "lines": "\n",
    "tags inside words": "</b> <b>",
    "paragraphs": "</p>\n<p class='x'>",
    "a tag with a word of the run": None,
}


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("cuts", CUTS, ids=str)
def test_a_sieve_sees_a_run_go_over(between: str, cuts: list[int]) -> None:
    words = SECRETS[0].split()
    search = Search()
    search.add(SECRETS[0], 0)
    search.prepare()
    sieve = Sieve(search, lambda words: False)
    gap = BETWEEN[between]

    def page(words: list[str], before: str, after: str) -> str:
        parts = [" ".join(words[a:b]) for a, b in zip([0, *cuts], [*cuts, len(words)], strict=True)]
        if gap is None:
            # Every second part stands in a tag.
            parts = [f"<{part}>" if number % 2 else part for number, part in enumerate(parts)]
        return f"<p>{before} {(gap or '').join(parts)} {after}</p>"

    around = [
        *("", "one", "red fox jumps over", "fox</td><td>", "<td>over</td><td>"),
        # What goes over here is no run, and is seen again and again.
        "<td>red</td><td>fox</td>" + "<td>apple</td>" * RUN,
    ]
    for before in around:
        for after in (*around, "fences", "<br>jumps over fences"):
            # The same pieces, and mostly no run.
            for other in range(RUN + 1):
                near = [*words[:other], "apple", *words[other + 1 :]][:RUN]
                text = Decoded(page(near if other < RUN else words, before, after))
                found = any(search.find(view(text).text) for view in STRING_VIEWS)
                assert sieve.look(text.text).for_strings == found
                assert found or other < RUN


@pytest.mark.parametrize(
    "text",
    [
        "<p red fox>jumps over\nfences</p>",
        "<p red fox>\n<jumps over>\nfences</p>",
        "<td>r<b>e</b>d</td><td>fox jumps over f<i>ences</i></td>",
        "red fox<p>jumps</p><p>over</p>fe<!-- -->nces",
        "one<br>red<br>\n<br>fox<br>jumps<br>over<br>fences<br>two",
    ],
)
def test_a_sieve_reads_in_every_way_that_a_search_does(text: str) -> None:
    search = Search()
    search.add(SECRETS[0], 0)
    search.prepare()
    assert any(search.find(view(Decoded(text)).text) for view in STRING_VIEWS)
    sieve = Sieve(search, lambda words: False)
    assert sieve.look(text).for_strings
    assert sieve.look(text).for_strings


def test_a_sieve_asks_for_a_close_look_where_there_is_something(clean_site: Proved) -> None:
    secrets = non_public(clean_site.config, Audience.PUBLIC)
    rules = policy(clean_site.config.options.safety)
    sieve = Sieve(secrets.search, partial(may_object, rules=rules, kinds=frozenset(Kind)))
    page = decoded(Decoded((clean_site.site / PAGE).read_text(encoding="utf-8"))).text
    nothing, strings, by_rules = (False, False), (True, False), (False, True)
    assert sieve.look(page) == nothing
    for _ in range(2):
        assert sieve.look(in_html(page, f"<p>{C['draft']}</p>")) == strings
        assert sieve.look(in_html(page, "<p>10.1.2.3</p>")) == by_rules
        several = "<p>10.1.2.4</p><p>10.1.2.5</p><p>10.1.2.6</p>"
        assert sieve.look(in_html(page, several)) == by_rules
        assert sieve.look(page) == nothing


def test_what_is_searched_for() -> None:
    def tokens(text: str) -> list[str]:
        return list(tokens_of(text))

    assert tokens("qz7x a.bcd inc-42 10.1.2.3 acct_88213377 fd12:9:a::77 de:ad:be:ef:ca:fe") == [
        *("qz7x", "a.bcd", "inc-42", "10.1.2.3", "acct_88213377", "fd12"),
        *("fd12:9:a::77", "de:ad:be:ef:ca:fe"),
    ]
    common = (
        "18:03 18:03:30 2024-02-20 2024-02-20t18:03:30z 12345 99.9 15min 3.11 v1.2.3 abc ab1 30s"
        " up-to-date snake_case be:ef"
    )
    assert tokens(common) == []
    five = "a b c d e".split()
    assert list(runs_of("a b c d e")) == [tuple(five)]
    assert list(runs_of("a b c d e", is_whole=True)) == [tuple(five)]
    assert list(runs_of("a b c d e f")) == [tuple(five), tuple("bcdef")]
    assert list(runs_of("a b c d")) == []
    assert list(runs_of(" a b c", is_whole=True)) == [("a", "b", "c")]
    assert list(runs_of("a b", is_whole=True)) == []
