"""What a public incident links to but the public may not see is named nowhere in a site."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from building import Built, build, short, write_site
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs_postmortem.audience import among, for_audience
from mkdocs_postmortem.hidden_links import Unlinking, named_in, names
from mkdocs_postmortem.incident import (
    ActionItem,
    ActionStatus,
    Cause,
    Correction,
    Incident,
    Withdrawal,
)
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Audience, load_options
from mkdocs_postmortem.safety.verify import verify
from mkdocs_postmortem.site_config import load_site

HIDDEN = "2024-03-01-purple-elephants"
IDS = frozenset({HIDDEN, "2024-03-02-v1.2-broke"})

CASES = {
    "a link": (f"See [it]({HIDDEN}.md) now.", "See it now."),
    "in a folder": (f"[it](../incidents/{HIDDEN}.md#impact)", "it"),
    "its page": (f"[it](https://status.example.org/incidents/{HIDDEN}/)", "it"),
    "one of its files": (f"[log]({HIDDEN}/log.txt)", "log"),
    "an id with a dot": ("[it](2024-03-02-v1.2-broke.md)", "it"),
    "in capitals": (f"[it]({HIDDEN.upper()}.md)", "it"),
    "with a title": (f'[it]({HIDDEN}.md "Purple")', "it"),
    "in angle brackets": (f"[it](<{HIDDEN}.md>)", "it"),
    "as percent signs": ("[it](2024%2D03-01-purple%2Delephants.md)", "it"),
    "as entities": (f"[it]({HIDDEN.replace('-', '&#45;')}.md)", "it"),
    "with backslashes": (rf"[it]({HIDDEN.replace('-', chr(92) + '-')}.md)", "it"),
    "over lines": (f"[it\nhere](\n{HIDDEN}.md\n)", "it\nhere"),
    "words with marks": (f"[*it* `x`]({HIDDEN}.md)", "*it* `x`"),
    "words with brackets": (f"[it [1]]({HIDDEN}.md)", "it [1]"),
    "words with escapes": (rf"[it \] x]({HIDDEN}.md)", r"it \] x"),
    "an image": (f"![a graph]({HIDDEN}/graph.png)", "a graph"),
    "an image in a link": (f"[![a graph]({HIDDEN}/graph.png)]({HIDDEN}.md)", "a graph"),
    "a reference": (f"See [it][x].\n\n[x]: {HIDDEN}.md\n", "See it.\n\n"),
    "a reference without words": (f"See [X][].\n\n[x]: <{HIDDEN}.md> 'y'\n", "See X.\n\n"),
    "a short reference": (f"See [x] and [y].\n\n[x]:\n  {HIDDEN}.md", "See x and [y].\n\n"),
    "in a tag": (f'<a href="{HIDDEN}.md">it</a>', '<a href="">it</a>'),
    "in a tag, bare": (f"<img alt=x src={HIDDEN}/x.png>", '<img alt=x src="">'),
    "an address": (f"at <https://status.example.org/incidents/{HIDDEN}/>.", "at ."),
    "a target with brackets": (f"[it]({HIDDEN}(1).md)", "[it](#(1).md)"),
    "angle brackets that do not end": (f"[it](<{HIDDEN}.md>x)", "[it](<#>x)"),
    "two links": (f"a [b]({HIDDEN}.md) c [d]({HIDDEN}.md) e", "a b c d e"),
    "two addresses": (
        f"a <https://x/{HIDDEN}> b <https://y/> <mailto:{HIDDEN}@x> c",
        "a  b <https://y/>  c",
    ),
    "a label with other blanks": (f"See [it][A\n b].\n\n[a b]: {HIDDEN}.md", "See it.\n\n"),
    "words without an end": (f"it]({HIDDEN}.md)", "it](#)"),
    # None of these leads to it.
    "another one": ("[it](2024-03-01-purple.md)", None),
    "a longer name": (f"[it]({HIDDEN}-again.md)", None),
    "in code": (f"`[it]({HIDDEN}.md)`", None),
    "in a fence": (f"```\n[it]({HIDDEN}.md)\n```", None),
    "another link beside it": (f"[a](b.md) [it]({HIDDEN}.md) [c]", "[a](b.md) it [c]"),
}


@pytest.mark.attacks("links to hidden incidents")
@pytest.mark.parametrize("name", CASES)
def test_links_are_taken_out(name: str) -> None:
    text, expected = CASES[name]
    unlinking = Unlinking(IDS)
    assert unlinking.text(text) == (text if expected is None else expected)
    assert bool(unlinking.named) == (expected is not None)


PARTS = ("[", "]", "(", ")", "![", "](", "]: ", "<", ">", "\n", " ", "x", f"{HIDDEN}.md", '"')


@given(st.lists(st.sampled_from(PARTS), max_size=25).map("".join))
@settings(deadline=None)
def test_no_link_is_left_whatever_is_around_it(text: str) -> None:
    left = Unlinking(IDS).text(text)
    for target in re.findall(r"\]\(\s*<?([^\s()<>]+)", left):
        assert not list(named_in(target, IDS))


PUBLIC = f"""---
title: Public errors
visibility: public
published: 2024-02-22
severity: sev2
components: [api]
summary: Like [another one]({HIDDEN}.md).
description: Like [another one]({HIDDEN}.md).
links: [{{name: Another one, url: "https://status.example.org/incidents/{HIDDEN}/"}}]
timeline:
  - 18:03 started: The deploy lands, as in [March]({HIDDEN}.md).
  - at: 18:04
    milestone: detected
    event: Alerts fire.
    evidence: ["https://status.example.org/incidents/{HIDDEN}/", "https://example.org/graph"]
  - 18:18 resolved: See [it][it].
causes:
  - {{id: deploy, text: "The same as [then]({HIDDEN}.md)."}}
action_items:
  - title: Do what [we promised]({HIDDEN}.md)
    owner: team
    due: 2024-03-01
    done: 2024-02-28
    link: https://status.example.org/incidents/{HIDDEN}/
corrections:
  - {{date: 2024-02-23, text: "Named [the other]({HIDDEN}.md)."}}
---
## Impact

As in [March]({HIDDEN}.md), ![a graph]({HIDDEN}/graph.png) and [so on][x].

[x]: {HIDDEN}.md
"""


def incident(text: str = PUBLIC) -> Incident:
    options, _ = load_options({"as_of": "2026-01-01"})
    assert options is not None
    reading = read_incident_text("2024-02-20-public.md", text.encode(), options)
    assert reading.incident is not None
    found = for_audience(reading.incident, Audience.PUBLIC)
    assert found is not None
    return found


def test_nothing_of_an_incident_names_a_hidden_one() -> None:
    meta = {
        "description": f"Like [another one]({HIDDEN}.md).",
        "image": f"{HIDDEN}/graph.png",
        "other": "graph.png",
        "of the author": {"deep": [f"[it]({HIDDEN}.md)", 3]},
    }
    shown = replace(incident(), page_meta=meta, title=f"After [it]({HIDDEN}.md)")
    left, named = among(shown, {"2024-01-01-shown"}, IDS)
    assert named == {HIDDEN}
    assert "purple" not in repr(left)
    assert left.page_meta == {
        "description": "Like another one.",
        "image": "",
        "other": "graph.png",
        "of the author": {"deep": ["it", 3]},
    }
    assert (left.title, left.summary) == ("After it", "Like another one.")
    assert [row.text for row in left.rows] == [
        "The deploy lands, as in March.",
        "Alerts fire.",
        "See [it][it].",
    ]
    assert left.rows[1].evidence == ("https://example.org/graph",)
    times = [time for time in left.response_times if time.start_row and time.end_row]
    assert times
    for time in times:
        assert time.start_row in left.rows
        assert time.end_row in left.rows
    assert [cause.text for cause in left.causes] == ["The same as then."]
    (item,) = left.action_items
    assert (item.id, item.title, item.link) == ("do-what-we-promised", "Do what we promised", None)
    assert left.links == ()
    assert [entry.text for entry in left.corrections] == ["Named the other."]
    assert left.body.endswith("As in March, a graph and so on.\n\n")


def test_what_does_not_name_it_stays_as_it_is() -> None:
    other = incident(PUBLIC.replace(HIDDEN, "2024-03-01-yellow-elephants"))
    assert among(other, {"2024-01-01-shown"}, IDS) == (other, frozenset())
    mixed = replace(
        other,
        summary=f"[it]({HIDDEN}.md)",
        related=("2024-01-01-shown", HIDDEN),
        action_items=(replace(other.action_items[0], id="of-its-own"),),
        withdrawn=Withdrawal(date(2024, 3, 1), f"Like [it]({HIDDEN}.md)."),
        # In code nothing leads anywhere.
        page_meta={"description": f"As `{HIDDEN}.md` has it"},
    )
    left, _ = among(mixed, {"2024-01-01-shown"}, IDS)
    assert left == replace(
        mixed,
        summary="it",
        related=("2024-01-01-shown",),
        withdrawn=Withdrawal(date(2024, 3, 1), "Like it."),
    )


PLACES: dict[str, Callable[[Incident, str], Incident]] = {
    "title": lambda base, text: replace(base, title=text),
    "summary": lambda base, text: replace(base, summary=text),
    "body": lambda base, text: replace(base, body=text),
    "row": lambda base, text: replace(base, rows=(replace(base.rows[0], text=text),)),
    "evidence": lambda base, _: replace(base, rows=(replace(base.rows[0], evidence=(HIDDEN,)),)),
    "cause": lambda base, text: replace(base, causes=(Cause("a", text),)),
    "item": lambda base, text: replace(
        base, action_items=(ActionItem("a", text, ActionStatus.OPEN),)
    ),
    "link of an item": lambda base, _: replace(
        base, action_items=(ActionItem("a", "b", ActionStatus.OPEN, link=HIDDEN),)
    ),
    "link": lambda base, _: replace(base, links=(("a", HIDDEN), ("b", "https://b/"))),
    "correction": lambda base, text: replace(
        base, corrections=(Correction(date(2024, 3, 1), text),)
    ),
    "notice": lambda base, text: replace(base, withdrawn=Withdrawal(date(2024, 3, 1), text)),
    "meta": lambda base, text: replace(base, page_meta={"description": text}),
}


@pytest.mark.parametrize("place", PLACES)
def test_one_place_is_enough(place: str) -> None:
    base = replace(incident(short()), summary=None)
    shown = PLACES[place](base, f"a [b]({HIDDEN}.md) c")
    assert names(shown, IDS) == {HIDDEN}
    left, named = among(shown, set(), IDS)
    assert named == {HIDDEN}
    assert "purple" not in repr(left)
    assert place in ("evidence", "link", "link of an item") or "a b c" in repr(left)
    assert place != "link" or left.links == (("b", "https://b/"),)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = write_site(
        tmp_path_factory.mktemp("hidden"),
        {
            "docs/index.md": "# Home\n",
            "docs/incidents/2024-02-20-public.md": PUBLIC,
            f"docs/incidents/{HIDDEN}.md": short("Purple elephants", "draft"),
        },
        {
            "site_url": "https://status.example.org/",
            "plugins": ["search", {"postmortem": {"feed_id_base": "example.org,2024"}}],
        },
    )
    return build(folder)


def test_a_hidden_incident_is_named_nowhere(built: Built) -> None:
    assert built.code == 0, built.output
    naming = {
        path.relative_to(built.site).as_posix()
        for path in built.site.rglob("*")
        if path.is_file() and b"purple-elephants" in path.read_bytes()
    }
    assert naming == set()
    page = built.text("incidents/2024-02-20-public/index.html")
    for words in ("As in March", "so on", "as in March", "we promised", "Named the other"):
        assert words in page
    assert "https://example.org/graph" in page


@pytest.mark.parametrize(
    "planted", [f'<a href="../{HIDDEN}/">it</a>', f'{{"text": "See [it]({HIDDEN}.md)."}}', HIDDEN]
)
def test_verify_finds_its_name_although_public_text_has_it(
    built: Built, tmp_path: Path, planted: str
) -> None:
    config = load_site(built.site.parent / "mkdocs.yml", built.site.parent)
    assert verify(built.site, config, Audience.PUBLIC).leaks == []
    (tmp_path / "x.html").write_text(planted, encoding="utf-8")
    leaks = verify(tmp_path, config, Audience.PUBLIC).leaks
    assert [str(leak.source).rpartition("/")[2] for leak in leaks] == [f"{HIDDEN}.md:1"]
