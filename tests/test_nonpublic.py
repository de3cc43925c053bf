"""What of the sources `postmortem verify` looks for: everything that is not public, and no more."""

from __future__ import annotations

import dataclasses
import shutil
from hashlib import sha256
from pathlib import Path, PurePosixPath

import pytest
from building import short
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.safety.nonpublic import non_public
from mkdocs_postmortem.site_config import SiteConfig
from planting import (
    CANARIES,
    GRAPH,
    ID,
    OLD,
    PUBLIC_IN_A_PAGE,
    PUBLIC_TOO,
    SECRET,
    STAFF_IMAGE,
    C,
    Proved,
    is_searched,
)


def test_what_is_public_elsewhere_is_not_searched(clean_site: Proved) -> None:
    for text in (PUBLIC_TOO, PUBLIC_IN_A_PAGE):
        assert not is_searched(non_public(clean_site.config, Audience.PUBLIC), text)


def test_every_canary_is_searched(clean_site: Proved) -> None:
    found = non_public(clean_site.config, Audience.PUBLIC)
    missing = [name for name, text in CANARIES.items() if not is_searched(found, text)]
    # A fence holds no marker in these sources.
    assert missing == ["block in a fence"]
    # Its day and name are searched for in other writings too, although a public file names it.
    assert is_searched(found, C["draft id"].replace("-", "/"))


def test_markers_in_a_fence_count(clean_site: Proved, tmp_path: Path) -> None:
    copy = tmp_path / "incidents"
    shutil.copytree(clean_site.config.incidents, copy)
    source = copy / f"{ID}.md"
    text = source.read_text(encoding="utf-8").replace(
        "A fenced example that is public.",
        f"<!-- internal -->\n{C['block in a fence']}\n<!-- /internal -->",
    )
    source.write_text(text, encoding="utf-8")
    config = dataclasses.replace(clean_site.config, incidents=copy)
    found = non_public(config, Audience.PUBLIC)
    assert is_searched(found, C["block in a fence"])


@pytest.mark.parametrize("audience", list(Audience))
def test_pages_that_are_nearly_incidents_are_searched(
    clean_site: Proved, tmp_path: Path, audience: Audience
) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(clean_site.config.incidents.parent, docs)
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
    config = dataclasses.replace(clean_site.config, incidents=copy, docs_dir=docs)
    found = non_public(config, audience)
    assert not is_searched(found, C["draft"])
    assert is_searched(found, C["umlauts"]) == (audience is Audience.PUBLIC)
    ids = ["2024-04-02-broken", "2024-04-03-broken"]
    assert all(is_searched(found, text) for text in (*said.values(), *ids))
    assert not is_searched(found, PUBLIC_IN_A_PAGE)


def test_files_that_must_not_go_out(clean_site: Proved, tmp_path: Path) -> None:
    def hidden(config: SiteConfig, audience: Audience = Audience.PUBLIC) -> dict[bytes, str]:
        found = non_public(config, audience).files
        names = {sha256(data).digest(): data for data in (GRAPH, SECRET, STAFF_IMAGE, OLD)}
        files = {names.get(digest): PurePosixPath(at.path).name for digest, at in found.items()}
        return {data: name for data, name in files.items() if data is not None}

    staff, old = {STAFF_IMAGE: "people.png"}, {OLD: "old.png"}
    assert hidden(clean_site.config) == {SECRET: "secret.png"} | staff | old
    assert hidden(clean_site.config, Audience.INTERNAL) == {}
    assert is_searched(non_public(clean_site.config, Audience.PUBLIC), "see people.png")
    copy = tmp_path / "incidents"
    shutil.copytree(clean_site.config.incidents, copy)
    config = dataclasses.replace(clean_site.config, incidents=copy)
    # What is public somewhere is, whoever else has it; what nobody names is public with its page.
    (copy / ID / "same.png").write_bytes(STAFF_IMAGE)
    (copy / ID / "notes.md").write_bytes(b"no page of its own")
    (copy / "2024-03-03-withdrawn/same.png").write_bytes(GRAPH)
    (copy / "2024-03-02-staff/ice-map").write_bytes(b"of a name without a dot")
    assert hidden(config) == {SECRET: "secret.png"} | old
    assert is_searched(non_public(config, Audience.PUBLIC), "see the ice-map")


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
def test_what_of_a_body_is_searched(name: str, clean_site: Proved, tmp_path: Path) -> None:
    body, expected = BODIES[name]
    (tmp_path / f"{ID}.md").write_text(
        short().replace("## Impact\n\nText.\n", body), encoding="utf-8"
    )
    config = dataclasses.replace(clean_site.config, incidents=tmp_path)
    found = non_public(config, Audience.PUBLIC)
    assert is_searched(found, OTTER) == expected
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
def test_comments_of_a_front_matter_are_searched(
    how: str, clean_site: Proved, tmp_path: Path
) -> None:
    written, expected = COMMENTS[how]
    fields = written.replace("{}", SAID_IN_A_COMMENT)
    text = short().replace("summary: The API failed.\n", f"{fields}\n")
    (tmp_path / f"{ID}.md").write_text(text, encoding="utf-8")
    found = non_public(dataclasses.replace(clean_site.config, incidents=tmp_path), Audience.PUBLIC)
    said = fields.partition("#")[2] if "{}" not in written else SAID_IN_A_COMMENT
    assert is_searched(found, said) == expected
