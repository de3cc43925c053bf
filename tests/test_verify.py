"""`postmortem verify`: leaks planted by hand into a site that was really built are found."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import pytest
from attacking import LONG
from building import build, short, write_site
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs_postmortem.options import Audience, SafetyOptions
from mkdocs_postmortem.safety.built_site import contents
from mkdocs_postmortem.safety.canonical import (
    Decoded,
    decoded,
    tracked,
    without_tags,
)
from mkdocs_postmortem.safety.nonpublic import NonPublic, non_public
from mkdocs_postmortem.safety.patterns import Kind, find, may_object, policy
from mkdocs_postmortem.safety.search import RUN, Search, runs_of, tokens_of
from mkdocs_postmortem.safety.sieve import Sieve
from mkdocs_postmortem.safety.verify import RULE_VIEWS, STRING_VIEWS, Leak, verify
from mkdocs_postmortem.site_config import SiteConfig, load_site
from test_safety import chunk, jpeg, png

# This stands in a draft, and in the site's configuration, which is public.
PUBLIC_TOO = "retold from the record of everybody"
# And this in an ordinary page beside the incidents.
PUBLIC_IN_A_PAGE = "how we write about incidents here"

ROOT = Path(__file__).parent.parent
ID = "2024-02-20-public"
PAGE = f"incidents/{ID}/index.html"

# Where each canary stands in the sources, and the words of it that may not leave.
CANARIES = {
    "internal row": "the zebra ate all seven green invoices",
    "internal item": "feed the walrus before the quarterly audit",
    "internal cause": "nobody had told the ostrich about certificates",
    "internal mapping": "the hamster signed a contract with Gorgonzola",
    "internal key": "who-paid-the-ferryman-42",
    "internal key in words": "Badger owes money",
    "key below an own key": "the marmot hides its savings there",
    "own key": "our giraffe keeps the spare billing keys",
    "silence": "the lobster agreed to this in writing",
    "front-matter comment": "ask the penguin whether this may stay",
    "body comment": "remember to delete the badger from here",
    "internal block": "sixteen llamas were refunded by hand yesterday",
    "block in a fence": "curl the armadillo from inside the bastion",
    "token": "db-7.eu.prod.acme.io",
    "ticket": "OPS-4711",
    "draft": "a draft about purple elephants and invoices",
    "draft token": "acct_88213377",
    "draft id": "2024-03-01-purple-elephants",
    "internal incident": "only the staff know about this flamingo",
    "withdrawn": "what the crocodile said before the lawyers",
    "withdrawn body": "more of what the crocodile had said",
    "short value": "Gorgonzola complains loudly",
    "quoted": "the mole signed what it should not",
    "in a cell": "seven lynxes were charged twice that night",
    "in a list": "restart the narwhal before anybody else notices",
    "five words": "five plain words right here",
    "four words": "mandrake bought our freezer",
    "three words": "Ocelot pays late",
    "a short token": "qz7x",
    "a short name": "yk-z",
    "a component": "ice-box",
    "a tag": "moon_base",
    "a reference": "wolf-den",
    "an owner": "tea-club",
    "an id": "sly-fox",
    "over lines": "the weasel knows where\nthe other half went",
    "over the last lines": "nobody but the newt\nmay read the end",
    "a role": "night_owl",
    "a host without digits": "wombat.staging",
    "an address": "fd12:9:a::77",
    "umlauts": "der Käse über dem Röhrenwerk schmilzt völlig",
}
C = CANARIES

PUBLIC = f"""---
title: Public errors
visibility: public
published: 2024-02-22
severity: sev2
components: [api]
summary: The API failed for everybody.
related: [{C["draft id"]}]
timeline:
  - 18:03 started: The deploy lands on the first server.
  - {{at: 18:04, event: "{C["internal row"]} on {C["token"]}", internal: true}}
  - at: 18:05
    event: "{C["short value"]}"
    component: {C["a short name"]}
    by: {C["a role"]}
    internal: true
  - 18:06: See ![graph](graph.png) and the status page.
  - {{event: "Look at ![rows](secret.png) at {C["umlauts"]}", internal: true}}
  - 18:18 resolved: Requests succeed again.
causes:
  - {{id: {C["an id"]}, text: "{C["internal cause"]}", internal: true}}
action_items:
  - {{title: Test it, owner: team, due: 2024-03-01, done: 2024-02-28}}
  - {{title: "{C["internal item"]}", owner: {C["an owner"]}, done: 2024-02-28, internal: true}}
internal:
  notes: "{C["internal mapping"]}"
  ticket: {C["ticket"]}
  {C["internal key"]}: x
  {C["internal key in words"]}: x
x-more: {{deep: [{{{C["key below an own key"]}: x}}]}}
x-ours: "{C["own key"]}"
silence:
  - {{code: PM504, reason: "{C["silence"]}"}}
# {C["front-matter comment"]}
---
## Impact

Text that everybody may read.

<!-- {C["body comment"]} -->
<!-- internal -->
{C["internal block"]}
<!-- /internal -->

```
A fenced example that is public.
```
"""
DRAFT = f"""---
title: {C["draft"]}
severity: sev4
components: [{C["a component"]}]
tags: [{C["a tag"]}]
reference: {C["a reference"]}
timeline:
  - 18:03 started: The account {C["draft token"]} breaks.
  - 18:04: {C["five words"]}
  - 18:05: {C["four words"]}
  - 18:06: {C["three words"]}
  - 18:07: "{C["a short token"]}, {C["a host without digits"]}, {C["an address"]}"
  - 18:08: {PUBLIC_TOO}
  - 18:09: {PUBLIC_IN_A_PAGE}
---
## A heading of the draft

> A quoted {C["quoted"]}

| a | {C["in a cell"]} |

1. {C["in a list"]}

{C["over lines"]}

{C["over the last lines"]}
"""
STAFF = short(visibility="internal", summary=C["internal incident"])
WITHDRAWN = (
    short(title="Withdrawn", summary=C["withdrawn"])
    .replace(
        "timeline:",
        "withdrawn: {date: 2024-03-01, reason: It was wrong.}\n"
        "aliases: [2023-12-31-called-so-before]\ntimeline:",
    )
    .replace("Text.", C["withdrawn body"])
)

GRAPH, SECRET, STAFF_IMAGE, OLD = (
    png(chunk(b"gAMA", bytes([0, 0, 0, number]))) for number in (1, 2, 3, 4)
)


@dataclasses.dataclass(frozen=True)
class Proved:
    site: Path
    config: SiteConfig

    def leaks(self, audience: Audience = Audience.PUBLIC) -> list[Leak]:
        return verify(self.site, self.config, audience).leaks


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Proved:
    folder = write_site(
        tmp_path_factory.mktemp("verify"),
        {
            "docs/index.md": "# Home\n\nAn ordinary page about nothing in particular.\n",
            f"docs/incidents/{ID}.md": PUBLIC,
            "docs/incidents/2024-03-01-purple-elephants.md": DRAFT,
            "docs/incidents/2024-03-02-staff.md": STAFF,
            "docs/incidents/about.md": f"---\ntitle: x\n---\n{PUBLIC_IN_A_PAGE}\n",
            "docs/incidents/2024-03-03-withdrawn.md": WITHDRAWN,
        },
        {
            "site_url": "https://status.example.org/",
            "site_description": f"Incidents {PUBLIC_TOO}",
            "plugins": [
                "search",
                {
                    "postmortem": {
                        "feed_id_base": "status.example.org,2024",
                        "as_of": "2026-01-01",
                        "rules": {"PM123": "off", "PM302": "off"},
                        "safety": {"names": ["Big Customer"]},
                    }
                },
            ],
        },
    )
    images = {
        f"{ID}/graph.png": GRAPH,
        f"{ID}/secret.png": SECRET,
        "2024-03-02-staff/people.png": STAFF_IMAGE,
        "2024-03-03-withdrawn/old.png": OLD,
    }
    for name, data in images.items():
        path = folder / "docs/incidents" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    result = build(folder)
    assert result.code == 0, result.output
    return Proved(result.site, load_site(folder / "mkdocs.yml", folder))


@pytest.fixture
def site(built: Proved, tmp_path: Path) -> Proved:
    copy = tmp_path / "site"
    shutil.copytree(built.site, copy)
    return Proved(copy, built.config)


def test_a_clean_build_has_none(built: Proved) -> None:
    assert built.leaks() == []


def test_what_is_public_elsewhere_is_not_searched(built: Proved) -> None:
    for text in (PUBLIC_TOO, PUBLIC_IN_A_PAGE):
        assert not _is_searched(non_public(built.config, Audience.PUBLIC), text)


def test_every_canary_is_searched(built: Proved) -> None:
    found = non_public(built.config, Audience.PUBLIC)
    missing = [name for name, text in CANARIES.items() if not _is_searched(found, text)]
    # A fence holds no marker in these sources.
    assert missing == ["block in a fence"]
    # Its day and name are searched for in other writings too, although a public file names it.
    assert _is_searched(found, C["draft id"].replace("-", "/"))


def _is_searched(secrets: NonPublic, text: str) -> bool:
    return bool(secrets.search.find(Decoded(text).folded().text))


def _in_html(page: str, text: str) -> str:
    return page.replace("</article>", f"{text}</article>", 1)


def _entities(text: str) -> str:
    return "".join(f"&#{ord(c)};" if c.isalpha() else c for c in text)


def _hex_entities(text: str) -> str:
    return "".join(f"&#x{ord(c):x};" if c.isalpha() else c for c in text)


def _json_escapes(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in text)


def _soft_hyphens(text: str) -> str:
    return "\u00ad".join(text)


# How text may be wrapped in a page, and still be read.
WRAPPED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "split by tags": lambda text: "".join(f"<b>{c}</b>" for c in text),
    "split by a comment": lambda text: text[:4] + "<!-- -->" + text[4:],
    "in cells": lambda text: "".join(f"<td>{word}</td>" for word in text.split()),
    "in spans that the layout parts": lambda text: "".join(
        f"<span>{word}</span>" for word in text.split()
    ),
    "over lines": lambda text: text.replace(" ", "\n      "),
    "one word a line": lambda text: "<p>\n" + "\n".join(text.split()) + "\n</p>",
    "in an attribute": lambda text: f'<img alt="{text}">',
    "in a comment": lambda text: f"<!-- {text} -->",
    "in a script": lambda text: f"<script>var x = {json.dumps(text)}</script>",
    "in an escaped script": lambda text: f'<script>x("{_json_escapes(text)}")</script>',
    "as entities": _entities,
    "as hexadecimal entities": _hex_entities,
    "as entities of entities": lambda text: _entities(text).replace("&", "&amp;"),
    "in an address": lambda text: f'<a href="/?q={quote(text)}">x</a>',
    "as a form sends it": lambda text: f'<a href="/?q={quote(text).replace("%20", "+")}">x</a>',
    "with soft hyphens": _soft_hyphens,
    "with characters of no width": "\u200b".join,
    "in capitals": str.upper,
    "in full-width letters": lambda text: "".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text
    ),
    "in a data address": lambda text: (
        "<img src='data:text/plain;base64,"
        + base64.b64encode(f"This says {text}.".encode()).decode()
        + "'>"
    ),
    "in a data address in a script": lambda text: (
        "<script>x('data:text\\/plain;base64,"
        + base64.b64encode(f"This says {text}.>>>???".encode()).decode().replace("/", "\\/")
        + "')</script>"
    ),
    "in a data address with percent signs": lambda text: (
        "<img src='data:text/plain;base64,"
        + quote(base64.b64encode(f"This says {text}.>>>???".encode()).decode(), safe="")
        + "'>"
    ),
    "in a drawing in a data address": lambda text: (
        "<img src='data:image/svg+xml," + quote(f"<svg><text>{text}</text></svg>") + "'>"
    ),
}


@pytest.fixture(scope="module")
def wrapped(built: Proved, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Leak]]:
    """The leaks of pages, each with one thing wrapped in one way, by page."""
    copy = tmp_path_factory.mktemp("wrapped") / "site"
    shutil.copytree(built.site, copy)
    page = (built.site / PAGE).read_text(encoding="utf-8")
    for path, text in _wrapped_pages():
        target = copy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_in_html(page, f"<p>{text}</p>"), encoding="utf-8")
    found: dict[str, list[Leak]] = {}
    for leak in Proved(copy, built.config).leaks():
        found.setdefault(leak.path, []).append(leak)
    return found


HOWS = ("as it is", "split by tags", "as entities of entities")
FOUND = [name for name in CANARIES if name != "block in a fence"]


def _wrapped_pages() -> Iterator[tuple[str, str]]:
    for number, wrap in enumerate(WRAPPED.values()):
        yield f"wrapped/{number}.html", wrap(C["internal block"])
    for number, how in enumerate(HOWS):
        for count, name in enumerate(FOUND):
            yield f"canary/{number}/{count}.html", WRAPPED[how](CANARIES[name])


@pytest.mark.attacks("secrets wrapped in a page, for verify")
@pytest.mark.parametrize("how", WRAPPED)
def test_wrapped_canaries_are_found(
    built: Proved, wrapped: dict[str, list[Leak]], how: str
) -> None:
    leaks = wrapped[f"wrapped/{list(WRAPPED).index(how)}.html"]
    text = C["internal block"]
    line = (PUBLIC[: PUBLIC.index(text)]).count("\n") + 1
    assert {str(leak.source).rpartition("/")[2] for leak in leaks} == {f"{ID}.md:{line}"}
    page = built.site / PAGE
    begin = page.read_text(encoding="utf-8").partition("</article>")[0].count("\n") + 1
    assert min(leak.line for leak in leaks) >= begin
    for leak in leaks:
        assert text.casefold() not in f"{leak.message} {leak.shown}".casefold()


def test_what_is_planted_is_all_that_is_found(wrapped: dict[str, list[Leak]]) -> None:
    assert set(wrapped) == {path for path, _ in _wrapped_pages()}


@pytest.mark.attacks("secrets wrapped in a page, for verify")
@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("how", HOWS)
def test_every_canary_is_found(wrapped: dict[str, list[Leak]], name: str, how: str) -> None:
    leaks = wrapped[f"canary/{HOWS.index(how)}/{FOUND.index(name)}.html"]
    assert any(leak.source for leak in leaks)


def test_pictures_of_internal_parts_and_withdrawn_incidents_stay_out(built: Proved) -> None:
    assert (built.site / f"incidents/{ID}/graph.png").read_bytes() == GRAPH
    images = [path.name for path in (built.site / "incidents").rglob("*.png")]
    assert images == ["graph.png"]


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


def test_a_sieve_asks_for_a_close_look_where_there_is_something(built: Proved) -> None:
    secrets = non_public(built.config, Audience.PUBLIC)
    rules = policy(built.config.options.safety)
    sieve = Sieve(secrets.search, partial(may_object, rules=rules, kinds=frozenset(Kind)))
    page = decoded(Decoded((built.site / PAGE).read_text(encoding="utf-8"))).text
    nothing, strings, by_rules = (False, False), (True, False), (False, True)
    assert sieve.look(page) == nothing
    for _ in range(2):
        assert sieve.look(_in_html(page, f"<p>{C['draft']}</p>")) == strings
        assert sieve.look(_in_html(page, "<p>10.1.2.3</p>")) == by_rules
        several = "<p>10.1.2.4</p><p>10.1.2.5</p><p>10.1.2.6</p>"
        assert sieve.look(_in_html(page, several)) == by_rules
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


SAID = b"say ???>>>???>>> it in full."
# How the address of data may be written.
HOW_BASE64_IS_WRITTEN = (
    *("plain", "as an address has it", "over lines", "over lines of a script"),
    *("with escaped slashes", "with percent signs", "without its padding"),
    *("with percent signs in small letters", "with a letter too many"),
)


def _base64(how: str, said: bytes) -> bytes:
    plain = base64.b64encode(said)
    return {
        "plain": plain,
        "as an address has it": base64.urlsafe_b64encode(said),
        "over lines": b"\r\n ".join((plain[:17], plain[17:30], plain[30:])),
        "over lines of a script": b"\\n".join((plain[:17], plain[17:])),
        "with escaped slashes": plain.replace(b"/", b"\\/"),
        "with percent signs": quote(plain, safe="").encode(),
        "with percent signs in small letters": re.sub(
            "%..", lambda found: found[0].lower(), quote(plain, safe="")
        ).encode(),
        "without its padding": plain.rstrip(b"="),
        "with a letter too many": plain.rstrip(b"=") + b"A" * (-len(plain.rstrip(b"=")) % 4 + 1),
    }[how]


@pytest.mark.attacks("secrets packed in addresses of data, for verify")
@pytest.mark.parametrize("how", HOW_BASE64_IS_WRITTEN)
@pytest.mark.parametrize("length", range(20, 29))
def test_data_addresses_are_read(how: str, length: int) -> None:
    said = SAID[:length]
    page = b"<p>\n<img src='data:text/plain;base64," + _base64(how, said) + b"'>"
    first, packed = contents("x.html", page)
    assert first.text == page.decode()
    assert packed.text.startswith(said.decode())
    assert (packed.within, packed.shift, packed.path) == ("base64", page.index(b"data:"), "x.html")


@pytest.mark.parametrize("letter", "WXYZ=")
def test_data_addresses_are_read_to_their_end(letter: str) -> None:
    said = f"look at these, please: {letter * 4}"
    page = f"<img src='data:text/plain;base64,{base64.b64encode(said.encode()).decode()}'>"
    assert [content.text for content in contents("x.html", page.encode())] == [page, said]


def test_the_place_is_exact(site: Proved) -> None:
    (site.site / "notes.html").write_text(
        f"<p>one</p>\n<p>two &amp; <b>{C['internal block']}</b></p>\n", encoding="utf-8"
    )
    said = base64.b64encode(f"This says: {C['draft']}.".encode()).decode()
    (site.site / "packed.html").write_text(
        f"<p>\none\n</p> <img src='data:text/plain;base64,{said}'>\n<p>", encoding="utf-8"
    )
    (site.site / "first.html").write_text(
        f"<img src='data:text/plain;base64,{said}'>", encoding="utf-8"
    )
    (site.site / "z.svg").write_bytes(b"<svg>\n<g/>\n  <metadata>Alice</metadata></svg>")
    found = [(leak.path, leak.line, leak.column) for leak in site.leaks()]
    assert found == [
        ("first.html", 1, 11),
        ("notes.html", 2, 17),
        ("packed.html", 3, 16),
        ("z.svg", 3, 3),
    ]


def test_strings_in_binary_data_stay_apart() -> None:
    (content,) = contents("x.bin", b"\0first one\0\1too\xffthe second~\0")
    assert (content.text, content.is_opaque) == ("first one\nthe second~", True)


def _append(path: str, content: str | bytes) -> Callable[[Path], str]:
    def plant(site: Path) -> str:
        data = content if isinstance(content, bytes) else content.encode()
        file = site / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((file.read_bytes() if file.exists() else b"") + data)
        return path

    return plant


def _replace(path: str, content: bytes) -> Callable[[Path], str]:
    def plant(site: Path) -> str:
        (site / path).write_bytes(content)
        return path

    return plant


def _linked(name: str) -> Callable[[Path], str]:
    def plant(site: Path) -> str:
        elsewhere = site.parent / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        (elsewhere / "x.txt").write_text(TEXT, encoding="utf-8")
        (site / name).symlink_to(elsewhere)
        # Links that lead back end nothing.
        (site / f"back-{name}").symlink_to(site)
        (elsewhere / "back").symlink_to(site)
        return f"{name}/x.txt"

    return plant


def _search_index(site: Path) -> str:
    path = "search/search_index.json"
    index = json.loads((site / path).read_text(encoding="utf-8"))
    index["docs"].append({"location": "x/", "title": "x", "text": f"<b>So</b> {C['draft']}"})
    (site / path).write_text(json.dumps(index), encoding="utf-8")
    return path


TEXT = C["draft"]
TOKEN = C["draft token"]
PLANTED: dict[str, Callable[[Path], str]] = {
    "search index": _search_index,
    "JSON": _append("x.json", json.dumps({"a": [TEXT]})),
    "JSON in ASCII": _append("y.json", json.dumps({"a": C["umlauts"]})),
    "JSON in JSON": _append("z.json", json.dumps(json.dumps({"a": C["umlauts"]}))),
    "XML": _append("feed.xml", f"<!-- {TEXT} -->"),
    "XML with HTML": _append("feed2.xml", f"<x>&lt;p&gt;a &lt;b&gt;{TEXT}&lt;/b&gt;&lt;/p&gt;</x>"),
    "XML CDATA": _append("x.xml", f"<x><![CDATA[<p>{TEXT}</p>]]></x>"),
    "CSV": _append("incidents.csv", f'1,"{TEXT}",2\r\n'),
    "CSV token": _append("action-items.csv", f"1,{TOKEN},2\r\n"),
    "calendar": _append("x.ics", f"SUMMARY:{TEXT[:9]}\r\n {TEXT[9:20]}\r\n {TEXT[20:]}\r\n"),
    "calendar escapes": _append("y.ics", "SUMMARY:" + TEXT.replace(" ", "\\n") + "\r\n"),
    "calendar in gz": _append(
        "z.ics.gz", gzip.compress(f"X:{TEXT[:9]}\r\n {TEXT[9:]}\r\n".encode())
    ),
    "calendar that is packed": _append(
        "packed.ics", gzip.compress(f"X:{TEXT[:9]}\r\n {TEXT[9:]}\r\n".encode())
    ),
    "SVG": _append("badges/x.svg", f"<svg><title>{TEXT}</title></svg>"),
    "SVG by letters": _append(
        "y.svg", "<svg>" + "".join(f"<tspan>{c}</tspan>" for c in TEXT) + "</svg>"
    ),
    "style": _append("x.css", f'a::after {{ content: "{TEXT}" }}'),
    "source map": _append("x.js.map", json.dumps({"sourcesContent": [f"// {TEXT}\n"]})),
    "text in UTF-16": _append("x.txt", TEXT.encode("utf-16")),
    "text in UTF-16 beyond ASCII": _append("2.txt", C["umlauts"].encode("utf-16")),
    "text in UTF-16, the other way": _append(
        "3.txt", b"\xfe\xff" + C["umlauts"].encode("utf-16-be")
    ),
    "text in Latin 1": _append("y.txt", C["umlauts"].encode("latin-1")),
    "hidden file": _append(".well-known/x", TEXT),
    "sitemap": _replace(
        "sitemap.xml.gz", gzip.compress(f"<loc>https://x/{C['draft id']}/</loc>".encode())
    ),
    "gz of two parts": _append(
        "2.gz", gzip.compress(TEXT[:9].encode()) + gzip.compress(TEXT[9:].encode())
    ),
    "gz that is cut": _append("3.gz", gzip.compress(f"{TEXT}\n".encode() * 99)[:-9]),
    "gz with something behind": _append(
        "4.gz", gzip.compress(TEXT[:9].encode()) + gzip.compress(TEXT[9:].encode()) + b"behind"
    ),
    "gz in gz": _append("x.gz", gzip.compress(gzip.compress(TEXT.encode()))),
    "file name": _append(f"images/{C['draft id']}.txt", "x"),
    "folder name": _append("acct_88213377/x.txt", "x"),
    "encoded file name": _append("x%61cct_88213377/acct%5F88213377.txt", "x"),
    "address": _append("x.html", f'<a href="/incidents/{C["draft id"]}/">x</a>'),
    "PNG chunk": _append("x.png", png(chunk(b"tEXt", b"Note\0" + TEXT.encode()))),
    "PNG chunk before another": _append(
        "3.png", png(chunk(b"tEXt", b"Note\0" + TOKEN.encode()), chunk(b"tEXt", b"Note\0x"))
    ),
    "PNG chunk of one's own": _append("2.png", png(chunk(b"ouRs", TEXT.encode()))),
    "JPEG segment of one's own": _append("2.jpg", jpeg((0xE7, TEXT.encode()))),
    "JPEG comment": _append("x.jpg", jpeg((0xFE, TEXT.encode()))),
    "binary": _append("x.bin", b"\0\1\2" + TEXT.encode() + b"\xff\xfe"),
    "binary in two bytes": _append("2.bin", b"\0" + TEXT.encode("utf-16-le")),
    "binary in two bytes, the other way": _append("3.bin", TEXT.encode("utf-16-be")),
    "data address without a type": _append(
        "1.html", b"<img src='data:;base64," + base64.b64encode(TEXT.encode()) + b"'>"
    ),
    "data address in capitals": _append(
        "2.html", b"<img src='DATA:TEXT/PLAIN;BASE64," + base64.b64encode(TEXT.encode()) + b"'>"
    ),
    "folder behind a link": _linked("linked"),
    "copy of an image": _append("assets/renamed.png", STAFF_IMAGE),
    "copy of an image in a data address": _append(
        "y.html", b"<img src='data:image/png;base64," + base64.b64encode(STAFF_IMAGE) + b"'>"
    ),
    "theme's file that is not": _append("assets/postmortem/postmortem.css", f"/* {TEXT} */"),
}


@pytest.fixture(scope="module")
def planted(
    built: Proved, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, str], list[Leak]]:
    """Where each leak was planted, and what was found."""
    copy = tmp_path_factory.mktemp("planted") / "site"
    shutil.copytree(built.site, copy)
    paths = {where: plant(copy) for where, plant in PLANTED.items()}
    leaks = Proved(copy, built.config).leaks()
    return paths, [leak for leak in leaks if leak.code == "non-public"]


@pytest.mark.attacks("secrets planted in files of a site, for verify")
@pytest.mark.parametrize("where", PLANTED)
def test_planted_leaks_are_found(planted: tuple[dict[str, str], list[Leak]], where: str) -> None:
    paths, leaks = planted
    assert [leak.source for leak in leaks if leak.path == paths[where]] != []
    assert len(set(paths.values())) == len(PLANTED)
    if where.startswith("copy of an image"):
        copy = next(leak for leak in leaks if leak.path == paths[where])
        assert (copy.line, copy.column) == (1, 1 if where.endswith("image") else 11)
        assert str(copy.source).endswith("2024-03-02-staff/people.png:1")
        assert copy.message.startswith("a copy of a file that is not public")
        assert copy.shown == "(bytes)"
    assert {leak.path for leak in leaks} == set(paths.values())


def _packed(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = gzip.compress(data)
    return data


def _in_address(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = b"<img src='data:image/svg+xml;base64," + base64.b64encode(data) + b"'>"
    return data


# Whether something in a file cannot be looked into.
CLOSED = {
    "x.txt": (b"text", False),
    "x.zip": (b"PK\x03\x04\0", True),
    "of another name.odt": (b"PK\x03\x04\0", True),
    "x.pdf": (b"%PDF-1.7 that reads like a text", True),
    "X.PDF": (b"%PDF-1.7\0", True),
    "x.bin": (b"\0bin", False),
    "x.gz": (gzip.compress(b"text"), False),
    "three.gz": (_packed(b"text", 3), False),
    "four.gz": (_packed(b"text", 4), True),
    "cut.gz": (gzip.compress(b"text")[:-9], True),
    "false sum.gz": (gzip.compress(b"text")[:-8] + b"\0" * 8, True),
    "something behind.gz": (gzip.compress(b"text") + b"behind", True),
    "of nothing but zeros.gz": (gzip.compress(bytes(5000)), False),
    "too much.gz": (gzip.compress(bytes(5001)), True),
    "three.html": (_in_address(b"text of some length", 3), False),
    "four.html": (_in_address(b"text of some length", 4), True),
    "archive.html": (_in_address(b"PK\x03\x04 and so on, for long", 1), True),
    "archive.zip.gz": (gzip.compress(b"PK\x03\x04"), True),
}


@pytest.mark.parametrize("name", CLOSED)
def test_what_cannot_be_looked_into_is_said(
    name: str, built: Proved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, is_closed = CLOSED[name]
    monkeypatch.setattr("mkdocs_postmortem.safety.built_site._MAX_UNPACKED", 5000)
    (tmp_path / name).write_bytes(data)
    report = verify(tmp_path, built.config, Audience.PUBLIC)
    assert report.unreadable == [name] * is_closed


def test_everything_that_cannot_be_looked_into_is_said(built: Proved, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.txt", "c.zip"):
        (tmp_path / name).write_bytes(b"x")
    assert verify(tmp_path, built.config, Audience.PUBLIC).unreadable == ["a.pdf", "c.zip"]


CLIP = bytes(range(256)) * 4


@pytest.mark.attacks("secrets planted in files of a site, for verify")
@pytest.mark.parametrize(
    "data", [SECRET, STAFF_IMAGE, OLD, CLIP], ids=["a block's", "staff's", "old", "no picture"]
)
def test_copies_of_hidden_files_are_found_by_their_bytes(
    site: Proved, data: bytes, tmp_path: Path
) -> None:
    incidents = tmp_path / "incidents"
    shutil.copytree(site.config.incidents, incidents)
    (incidents / "2024-03-02-staff/clip.bin").write_bytes(CLIP)
    (site.site / "renamed").write_bytes(data)
    config = dataclasses.replace(site.config, incidents=incidents)
    leaks = verify(site.site, config, Audience.PUBLIC).leaks
    assert [(leak.path, leak.shown) for leak in leaks] == [("renamed", "(bytes)")]


def test_two_processes_find_what_one_finds(site: Proved, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = {plant(site.site) for plant in PLANTED.values()}
    one = verify(site.site, site.config, Audience.PUBLIC)
    monkeypatch.setattr("mkdocs_postmortem.safety.verify._WORTH_A_FORK", 0)
    monkeypatch.setattr("mkdocs_postmortem.safety.verify.processors", lambda: 3)
    assert verify(site.site, site.config, Audience.PUBLIC) == one
    assert {leak.path for leak in one.leaks} >= paths


RULE_LEAKS = {
    "PM701": "key AKIAQYLPMN5HHHFPZAM2",
    "PM702": "write to bob@acme.io",
    "PM703": "on 10.<b>1.2</b>.3 here",
    "PM704": "on x.y.&#105;nternal",
    "PM705": '<a href="https://acme.slack.com/archives/C1">x</a>',
    "PM706": "for Big&nbsp;Cus&shy;tomer",
    "PM707": "thanks @alice",
}


@pytest.mark.attacks("secrets planted in files of a site, for verify")
@pytest.mark.parametrize("code", RULE_LEAKS)
def test_the_rules_are_asked(site: Proved, code: str) -> None:
    page = (site.site / PAGE).read_text(encoding="utf-8")
    (site.site / PAGE).write_text(_in_html(page, f"<p>{RULE_LEAKS[code]}</p>"), encoding="utf-8")
    assert {(leak.path, leak.code) for leak in site.leaks()} == {(PAGE, code)}


@pytest.mark.parametrize("code", RULE_LEAKS)
def test_the_rules_are_asked_of_drawings(site: Proved, code: str) -> None:
    drawing = f"<svg><text>{RULE_LEAKS[code]}</text></svg>"
    (site.site / "badges/x.svg").write_text(drawing, encoding="utf-8")
    assert {(leak.path, leak.code) for leak in site.leaks()} == {("badges/x.svg", code)}


def test_names_of_files_are_asked_too(site: Proved) -> None:
    (site.site / "@alice.txt").write_text("x", encoding="utf-8")
    names = [
        "acct_88213377.txt",
        "by bob@acme.io.txt",
        "on-10.1.2.3.tar.gz",
        "web1.corp.internal.log",
    ]
    for name in names:
        (site.site / name).write_text("x", encoding="utf-8")
    found = [(leak.path, leak.line, leak.column, leak.code) for leak in site.leaks()]
    codes = ("non-public", "PM702", "PM703", "PM704")
    assert found == [(name, 1, 1, code) for name, code in zip(names, codes, strict=False)]
    for leak in site.leaks():
        assert leak.message.endswith((", in name", ", in the file's name"))


@pytest.mark.parametrize("level", ["off", "note", "warning", "error"])
@pytest.mark.parametrize("code", ["PM703", "PM707", "PM708"])
def test_rules_are_asked_as_the_options_have_them(site: Proved, code: str, level: str) -> None:
    page = f"<p>on 10.1.2.3, thanks @alice</p><img src='data:image/png;base64,{_AUTHOR}'>"
    (site.site / "x.html").write_text(page, encoding="utf-8")
    codes = {"PM703", "PM707", "PM708"}
    assert {leak.code for leak in site.leaks()} == codes
    options = site.config.options.model_copy(update={"rules": {code: level}})
    config = dataclasses.replace(site.config, options=options)
    report = verify(site.site, config, Audience.PUBLIC)
    left = codes - {code} if level in ("off", "note") else codes
    assert {leak.code for leak in report.leaks} == left
    assert codes & set(report.rules) == left
    inner = verify(site.site, config, Audience.INTERNAL)
    assert (inner.rules, inner.leaks) == (["PM701"], [])


_AUTHOR = base64.b64encode(png(chunk(b"tEXt", b"Author\0A"))).decode()


def test_a_scanner_is_asked_too(site: Proved) -> None:
    (site.site / "x.txt").write_text("one\ntwo hush hush\n", encoding="utf-8")
    (site.site / "y.bin").write_bytes(b"\0\1 hush hush")
    (site.site / "z.html").write_text("<b>hush</b>", encoding="utf-8")

    def scanner(text: str) -> Iterator[tuple[int, int, str]]:
        for found in re.finditer("hush", text):
            yield *found.span(), "something to be kept"

    found = verify(site.site, site.config, Audience.PUBLIC, scanner).leaks
    assert [(leak.path, leak.line, leak.column, leak.code, leak.message) for leak in found] == [
        ("x.txt", 2, 5, "deep", "something to be kept"),
        ("x.txt", 2, 10, "deep", "something to be kept"),
        ("z.html", 1, 4, "deep", "something to be kept"),
    ]
    assert "hush" not in repr(found)


def test_images_are_asked_for_metadata(site: Proved) -> None:
    (site.site / "x.png").write_bytes(png(chunk(b"tEXt", b"Author\0A")))
    assert [(leak.path, leak.code) for leak in site.leaks()] == [("x.png", "PM708")]


def test_what_is_silenced_or_allowed_is_silent(site: Proved) -> None:
    page = (site.site / PAGE).read_text(encoding="utf-8")
    (site.site / PAGE).write_text(_in_html(page, "10.1.2.3 and bob@acme.io"), encoding="utf-8")
    for name in ("on 10.1.2.3.txt", "by bob@acme.io.txt"):
        (site.site / name).write_text("x", encoding="utf-8")
    folder = site.config.incidents
    copy = site.site.parent / "incidents"
    shutil.copytree(folder, copy)
    source = copy / f"{ID}.md"
    text = source.read_text(encoding="utf-8")
    text = text.replace("The deploy lands", "The deploy lands on 10.1.2.3 and")
    text = text.replace("silence:\n", "silence:\n  - {code: PM703, reason: old, text: 10.1.2.3}\n")
    source.write_text(text, encoding="utf-8")
    safety = site.config.options.safety.model_copy(update={"allow": ("bob@acme.io",)})
    options = site.config.options.model_copy(update={"safety": safety})
    config = dataclasses.replace(site.config, incidents=copy, options=options)
    assert Proved(site.site, config).leaks() == []
    found = [(leak.path, leak.code) for leak in site.leaks()]
    names = [("by bob@acme.io.txt", "PM702"), ("on 10.1.2.3.txt", "PM703")]
    assert sorted(found) == sorted([*names, (PAGE, "PM702"), (PAGE, "PM703")])


@pytest.mark.parametrize("name", ["photo.png", "deep/photo.png", "deep/er/photo.png"])
def test_metadata_that_is_silenced_is_silent(site: Proved, name: str) -> None:
    copy = site.site.parent / "incidents"
    shutil.copytree(site.config.incidents, copy)
    for folder in (copy, site.site / "incidents"):
        image = folder / ID / name
        image.parent.mkdir(parents=True, exist_ok=True)
        image.write_bytes(png(chunk(b"tEXt", b"Author\0A")))
    (site.site / "other.png").write_bytes(png(chunk(b"tEXt", b"Author\0B")))
    config = dataclasses.replace(site.config, incidents=copy)
    found = [(leak.path, leak.code) for leak in Proved(site.site, config).leaks()]
    assert found == [(f"incidents/{ID}/{name}", "PM708"), ("other.png", "PM708")]
    source = copy / f"{ID}.md"
    text = source.read_text(encoding="utf-8")
    text = text.replace("graph.png)", f"graph.png) ![photo]({ID}/{name})")
    silence = f"silence:\n  - {{code: PM708, reason: old, text: {name}}}\n"
    source.write_text(text.replace("silence:\n", silence), encoding="utf-8")
    found = [(leak.path, leak.code) for leak in Proved(site.site, config).leaks()]
    assert found == [("other.png", "PM708")]


@pytest.mark.parametrize("audience", list(Audience))
def test_the_example_site_is_clean_for_every_audience(tmp_path: Path, audience: Audience) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-q", "-d", str(tmp_path / "site")],
        cwd=ROOT,
        env={**_environment(), "POSTMORTEM_AUDIENCE": str(audience)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    config = load_site(ROOT / "mkdocs.yml", ROOT)
    report = verify(tmp_path / "site", config, audience)
    assert report.leaks == []
    assert report.files > 100
    assert report.theme_files > 20
    if audience is Audience.DRAFTS:
        public = verify(tmp_path / "site", config, Audience.PUBLIC)
        assert {str(leak.source).rpartition("/")[2].partition(".")[0] for leak in public.leaks} >= {
            "2025-04-14-api-overload",
            "2017-10-18-network-trouble",
        }


def _environment() -> dict[str, str]:
    return {**os.environ, "NO_MKDOCS_2_WARNING": "1"}


def run(site: Proved, *arguments: str) -> subprocess.CompletedProcess[str]:
    config = str(site.config.path)
    return subprocess.run(
        [sys.executable, "-m", "mkdocs_postmortem", "verify", *arguments, "-f", config],
        capture_output=True,
        text=True,
        check=False,
        env={**_environment(), "POSTMORTEM_AUDIENCE": ""},
    )


def test_the_command_prints_a_proof(site: Proved) -> None:
    done = run(site, str(site.site))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing found: audience public" in done.stdout
    (site.site / "x.html").write_text(f"<p>\n{C['draft']}", encoding="utf-8")
    done = run(site, str(site.site))
    assert done.returncode == 1
    assert f"{site.site}/x.html:2:1: error 5 words from a non-public part" in done.stdout
    assert "2024-03-01-purple-elephants.md:2" in done.stdout
    assert C["draft"] not in done.stdout
    found = json.loads(run(site, str(site.site), "--format", "json").stdout)
    assert [leak["path"] for leak in found["leaks"]] == ["x.html"]
    assert found["runs"] > 50
    assert found["audience"] == "public"
    assert C["draft"] not in json.dumps(found)
    assert run(site, str(site.site), "--audience", "drafts").returncode == 0


def test_wrong_use_exits_with_2(site: Proved, tmp_path: Path) -> None:
    assert run(site, str(tmp_path / "none")).returncode == 2
    (site.site / "gone.txt").symlink_to("nowhere")
    done = run(site, str(site.site))
    assert (done.returncode, "cannot read" in done.stderr) == (1, True)
    (tmp_path / "empty").mkdir()
    done = run(site, str(tmp_path / "empty"))
    assert (done.returncode, "holds no files" in done.stderr) == (2, True)
    assert run(site, str(site.site), "--audience", "nobody").returncode == 2


def test_markers_in_a_fence_count(built: Proved, tmp_path: Path) -> None:
    copy = tmp_path / "incidents"
    shutil.copytree(built.config.incidents, copy)
    source = copy / f"{ID}.md"
    text = source.read_text(encoding="utf-8").replace(
        "A fenced example that is public.",
        f"<!-- internal -->\n{C['block in a fence']}\n<!-- /internal -->",
    )
    source.write_text(text, encoding="utf-8")
    config = dataclasses.replace(built.config, incidents=copy)
    found = non_public(config, Audience.PUBLIC)
    assert _is_searched(found, C["block in a fence"])


@pytest.mark.parametrize("audience", list(Audience))
def test_pages_that_are_nearly_incidents_are_searched(
    built: Proved, tmp_path: Path, audience: Audience
) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(built.config.incidents.parent, docs)
    copy = docs / "incidents"
    # A page beside the folder of incidents is public, unless it has an incident's name.
    (docs / "page.md").write_text(f"{C['draft']}\n", encoding="utf-8")
    (docs / "2024-05-01-stray.md").write_text(f"{C['umlauts']}\n", encoding="utf-8")
    said = {
        "timeline: []": "the ferret writes of outages that never were",
        "title: x\nvisibility : public": "the stoat has opinions of what may be seen",
        "title: [": "no reader understands what this beaver wants",
        "- public": "a list of mongooses is no incident",
    }
    for number, (fields, text) in enumerate(said.items()):
        page = f"---\n{fields}\n---\n{text}\n"
        name = f"page-{number}" if number < 2 else f"2024-04-0{number}-broken"
        (copy / f"{name}.md").write_text(page, encoding="utf-8")
    config = dataclasses.replace(built.config, incidents=copy, docs_dir=docs)
    found = non_public(config, audience)
    assert not _is_searched(found, C["draft"])
    assert _is_searched(found, C["umlauts"]) == (audience is Audience.PUBLIC)
    ids = ["2024-04-02-broken", "2024-04-03-broken"]
    assert all(_is_searched(found, text) for text in (*said.values(), *ids))
    assert not _is_searched(found, PUBLIC_IN_A_PAGE)


def test_files_that_must_not_go_out(built: Proved, tmp_path: Path) -> None:
    def hidden(config: SiteConfig, audience: Audience = Audience.PUBLIC) -> dict[bytes, str]:
        found = non_public(config, audience).files
        names = {sha256(data).digest(): data for data in (GRAPH, SECRET, STAFF_IMAGE, OLD)}
        files = {names.get(digest): PurePosixPath(at.path).name for digest, at in found.items()}
        return {data: name for data, name in files.items() if data is not None}

    staff, old = {STAFF_IMAGE: "people.png"}, {OLD: "old.png"}
    assert hidden(built.config) == {SECRET: "secret.png"} | staff | old
    assert hidden(built.config, Audience.INTERNAL) == {}
    assert _is_searched(non_public(built.config, Audience.PUBLIC), "see people.png")
    copy = tmp_path / "incidents"
    shutil.copytree(built.config.incidents, copy)
    config = dataclasses.replace(built.config, incidents=copy)
    # What is public somewhere is, whoever else has it; what nobody names is public with its page.
    (copy / ID / "same.png").write_bytes(STAFF_IMAGE)
    (copy / ID / "notes.md").write_bytes(b"no page of its own")
    (copy / "2024-03-03-withdrawn/same.png").write_bytes(GRAPH)
    (copy / "2024-03-02-staff/ice-map").write_bytes(b"of a name without a dot")
    assert hidden(config) == {SECRET: "secret.png"} | old
    assert _is_searched(non_public(config, Audience.PUBLIC), "see the ice-map")


# Bodies, and whether what they say of an otter is not public.
OTTER = "otters were told in June"
BODIES = {
    "a block": (f"<!-- internal -->{OTTER}<!-- /internal -->", True),
    "a block behind code": (f"`a` <!-- internal -->{OTTER}<!-- /internal -->", True),
    "a block behind half of some code": (f"` <!-- internal -->\n{OTTER}\n<!-- /internal -->", True),
    "a block between halves of code": (
        f"a\n`b\n<!-- internal -->{OTTER}<!-- /internal --> `c`",
        True,
    ),
    "a block behind a line that ends in code": (
        f"a `\n<!-- internal -->{OTTER}<!-- /internal --> `b`",
        True,
    ),
    "a block before half of some code": (f"<!-- internal -->{OTTER}<!-- /internal --> `", True),
    "a comment behind half of some code, with code below": (f"` <!-- {OTTER} -->\n\n`b`\n", True),
    "a block amid code": (f"`a` `b` <!-- internal -->{OTTER}<!-- /internal --> `c`", True),
    "a block behind another end": (
        f"a --> `b` c\n` <!-- internal -->\n{OTTER}\n<!-- /internal -->",
        True,
    ),
    "a comment between comments": (f"`<!-- x -->` <!-- {OTTER} --> <!-- y -->", True),
    "a comment beside a comment": (f"<!-- a --><!-- {OTTER} -->", True),
    "a comment behind an end of nothing": (f"<!-- /internal --> a <!-- {OTTER} -->", True),
    "a comment behind two fences": (
        f"```\na\n```\n\n```\nb\n```\n<!-- {OTTER} -->",
        True,
    ),
    "a block behind code on another line": (
        f"`a\n<!-- internal -->{OTTER}<!-- /internal -->\n`",
        True,
    ),
    "a marker over lines": (f"`<!-- internal\n-->` {OTTER} <!-- /internal -->", True),
    "a marker that is spoken about": (f"Write `<!-- internal -->` and {OTTER}", False),
    "an end that is spoken about": (
        f"<!-- internal -->\nas `<!-- /internal -->` says\n{OTTER}\n<!-- /internal -->",
        True,
    ),
    "a block that never ends": (f"a\n<!-- internal -->\nb\n{OTTER}", True),
    "behind a block": (f"<!-- internal -->a<!-- /internal -->{OTTER}", False),
    "between blocks": (
        f"<!-- internal -->a<!-- /internal -->{OTTER}<!-- internal -->b<!-- /internal -->",
        False,
    ),
    "a block of two lines": (
        "<!-- internal -->otters were\ntold in June<!-- /internal -->",
        True,
    ),
    "words with marks": (
        '<!-- internal -->*otters* were [told](a/b.md "c d") in `June`<!-- /internal -->',
        True,
    ),
    "words written in code": (
        "<!-- internal -->&#111;tters w<b>er</b>e to\u00adld in __June__<!-- /internal -->",
        True,
    ),
    "what is public with marks": (
        f"<!-- internal -->{OTTER}<!-- /internal -->\n\n*otters* were [told](a.md) in J&#117;ne",
        False,
    ),
    "what is public without them": (
        f"<!-- internal -->*otters* were [told](a.md) in June<!-- /internal -->\n\n{OTTER}",
        False,
    ),
    "a comment": (f"a<!--{OTTER}-->b", True),
    "a comment that never ends": (f"a\n<!-- {OTTER}", True),
    "a comment behind another": (f"<!-- a -->\nb <!-- {OTTER} --> c", True),
    "a comment behind a block": (f"<!-- internal -->a<!-- /internal --><!-- {OTTER} -->", True),
    "a comment that is spoken about": (f"Write `<!-- {OTTER} -->` so", False),
    "a comment behind one that is spoken about": (f"`a` b `<!-- x -->` <!-- {OTTER} -->", True),
    "behind a comment": (f"<!-- a --> {OTTER}", False),
    "behind an end of nothing": (f"<!-- /internal --> {OTTER}", False),
    "a comment in a fence": (f"```\n<!-- {OTTER} -->\n```", False),
    "a comment in a quoted fence": (f"> ~~~\n> <!-- {OTTER} -->\n> ~~~", False),
    "a comment behind a fence": (f"```\na\n```\n<!-- {OTTER} -->", True),
}


@pytest.mark.parametrize("name", BODIES)
def test_what_of_a_body_is_searched(name: str, built: Proved, tmp_path: Path) -> None:
    body, expected = BODIES[name]
    (tmp_path / f"{ID}.md").write_text(
        short().replace("## Impact\n\nText.\n", body), encoding="utf-8"
    )
    config = dataclasses.replace(built.config, incidents=tmp_path)
    found = non_public(config, Audience.PUBLIC)
    assert _is_searched(found, OTTER) == expected
    for origin in found.origins:
        assert origin.path.endswith(f"{ID}.md")


# How a front matter may hold a sign of a comment, and whether it begins one.
SAID_IN_A_COMMENT = "the ibex said so in June"
COMMENTS = {
    "alone": ("# {}\nsummary: a", True),
    "without a blank": ("#{}\nsummary: a", True),
    "behind a value": ("summary: a # {}", True),
    "behind a value in quotes": ('summary: "a" # {}', True),
    "behind two lines in quotes": ('summary: "a\n  b c" # {}\ntags: [a]', True),
    "in a list": ("tags: [a,\n  # {}\n  b]", True),
    "behind a key": ("summary: # {}\n  a", True),
    "behind a sign of a block": ("summary: | # {}\n  a", True),
    "behind a sign of a folded block": ("summary: > # {}\n  a", True),
    "behind a block": ("summary: |\n  a\n# {}\ntags: [a]", True),
    "of three words": ("# Ibex pays late", True),
    "in quotes": ('summary: "a # {}"', False),
    "in quotes, on the second line": ('summary: "a\n  b # {}\n  c"', False),
    "in quotes, on the last line": ('summary: "a\n  # {}"', False),
    "in a block": ("summary: |\n  a\n  # {}\n  b", False),
    "in a folded block": ("summary: >\n  a\n  b # {}\n", False),
    "within a word": ("summary: a#{}", False),
}


@pytest.mark.parametrize("how", COMMENTS)
def test_comments_of_a_front_matter_are_searched(how: str, built: Proved, tmp_path: Path) -> None:
    written, expected = COMMENTS[how]
    fields = written.replace("{}", SAID_IN_A_COMMENT)
    text = short().replace("summary: The API failed.\n", f"{fields}\n")
    (tmp_path / f"{ID}.md").write_text(text, encoding="utf-8")
    found = non_public(dataclasses.replace(built.config, incidents=tmp_path), Audience.PUBLIC)
    said = fields.partition("#")[2] if "{}" not in written else SAID_IN_A_COMMENT
    assert _is_searched(found, said) == expected


def _without_the_library() -> str:
    return (
        "import sys; sys.modules['detect_secrets'] = None; "
        "from importlib import util; find = util.find_spec; "
        "util.find_spec = lambda name, *a: None if name == 'detect_secrets' else find(name, *a); "
        "from mkdocs_postmortem.cli import main; main()"
    )


def test_deep_says_what_it_needs(site: Proved) -> None:
    command = [sys.executable, "-c", _without_the_library(), "verify", str(site.site), "--deep"]
    done = subprocess.run(
        [*command, "-f", str(site.config.path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'mkdocs-postmortem[deep]'" in done.stderr


def test_deep_asks_detect_secrets(site: Proved) -> None:
    pytest.importorskip("detect_secrets")
    assert run(site, str(site.site), "--deep").returncode == 0
    # A key of a kind that only the library knows.
    key = "a" * 8 + "0123456789abcdef0123456789abcdef"[:24] + "-us11"
    (site.site / "x.txt").write_text(f"one\nmailchimp {key}\n", encoding="utf-8")
    done = run(site, str(site.site), "--deep")
    assert done.returncode == 1
    assert f"{site.site}/x.txt:2:11: error deep Mailchimp" in done.stdout
    assert key not in done.stdout


@pytest.mark.parametrize(
    ("text", "ending", "expected"),
    [
        (r"\ud83d\ude00 \uD83D\uDE01", "", "\U0001f600 \U0001f601"),
        (r"\u{1F600}\u{41}\u00e4\x41", "", "\U0001f600A\u00e4A"),
        (r"a\u{110000}b\ud800c\u{dfff}d", "", "a b c d"),
        (r"a\nb\rc\td\"e\'f\/g", "", "a b c d\"e'f/g"),
        (r"\u{D7FF}\uE000\u{10FFFF}", "", "\ud7ff\ue000\U0010ffff"),
        ("&#65;&#x42;&ouml;&amp;#67;&lt", "", "AB\u00f6C<"),
        ("%41%C3%A4%FF", "", "A\u00e4\ufffd"),
        ("%25252541 %2525252541", "", "A %41"),
        (r"&#92;u0041 %26%2366%3B \u0025\u0034\u0033", "", "A B C"),
        ("s\u00ade\u200bc\ufeffret", "", "secret"),
        ("&shy;a&#8203;b", "", "ab"),
        ("a\r\n b\n\tc\n d", ".ics", "abcd"),
        (r"a\,b\;c\\d\ne\Nf", ".ics", r"a,b;c\d e f"),
        ("a\n b", ".txt", "a\n b"),
        (r"a\,b", ".txt", r"a\,b"),
        ("plain", "", "plain"),
    ],
)
def test_what_is_written_in_code_is_read(text: str, ending: str, expected: str) -> None:
    assert decoded(Decoded(text), ending).text == expected


def test_places_are_those_of_what_was_written() -> None:
    placed = decoded(tracked(r"a&amp;b\u00e4%C3%A4&amp;c"))
    assert placed.text == "a&b\u00e4\u00e4&c"
    assert list(placed.places or ()) == [0, 1, 6, 7, 13, 19, 24]
    read = without_tags(tracked("<b>a</b><p>c<i>d"))
    assert (read.text, list(read.places or ())) == ("a cd", [3, 8, 11, 15])


@given(st.text(max_size=120), st.sampled_from(["", ".ics"]))
def test_places_follow_whatever_is_decoded(text: str, ending: str) -> None:
    plain = decoded(Decoded(text), ending)
    placed = decoded(tracked(text), ending)
    assert placed.text == plain.text
    assert placed.places is not None
    assert len(placed.places) == len(placed.text)
    assert list(placed.places) == sorted(placed.places)
    folded = without_tags(placed).folded()
    assert folded.text == without_tags(plain).folded().text
    assert folded.places is not None
    assert len(folded.places) == len(folded.text)
