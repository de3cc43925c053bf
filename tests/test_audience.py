"""The projection for an audience, and the public part of a body, without a build around them."""

from __future__ import annotations

import re
from dataclasses import make_dataclass, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs_postmortem.audience import PUBLIC_FIELDS, for_audience, may_see
from mkdocs_postmortem.body import (
    headings,
    internal_blocks,
    public_body,
    without_code,
    without_comments,
)
from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.incident import Incident, Withdrawal
from mkdocs_postmortem.incident_file import (
    before_publication,
    read_as_public,
    read_incident_text,
)
from mkdocs_postmortem.options import Audience, load_options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.safety.assets import Asset
from mkdocs_postmortem.safety.image_metadata import Metadata

FILE = """---
title: Shown
visibility: public
published: 2024-02-22
severity: sev2
components: [api]
tags: [deploy]
summary: Shown summary.
reference: INC-1
links: [{name: Shown link, url: https://example.org/}]
related: [2024-01-01-other]
description: Shown description.
claims: {time_to_resolve: 15m}
timeline:
  - {at: 18:03, milestone: started, event: Shown start., by: shown role, component: api}
  - at: 18:04
    until: 18:05
    milestone: detected
    event: CANARY row.
    by: CANARY by
    component: CANARY
    outcome: failed
    severity: sev1
    evidence: https://example.org/CANARY
    update: true
    internal: true
  - {at: 18:06, event: CANARY plain row, internal: true}
  - 18:18 resolved: Shown end.
causes:
  - {id: shown, text: Shown cause.}
  - {id: CANARY, text: CANARY cause, internal: true}
action_items:
  - {title: Shown item, owner: team, done: 2024-02-22, cause: shown}
  - {title: Shown orphan, owner: team, done: 2024-02-22, cause: CANARY}
  - {title: CANARY item, owner: CANARY, internal: true, done: 2024-02-22}
corrections: [{date: 2024-02-23, text: Shown correction.}]
internal: {notes: CANARY mapping}
---
## Shown

Shown text. <!-- CANARY comment -->
<!-- internal -->
CANARY block
<!-- /internal -->
"""


def incident(text: str = FILE) -> Incident:
    options, _ = load_options({"as_of": "2026-01-01"})
    assert options is not None
    reading = read_incident_text("2024-02-20-a.md", text.encode(), options)
    assert reading.incident is not None
    return reading.incident


def seen(text: str = FILE, audience: Audience = Audience.PUBLIC) -> Incident:
    found = for_audience(incident(text), audience)
    assert found is not None
    return found


def test_no_canary_is_public_and_everything_else_is() -> None:
    public = seen()
    assert "CANARY" not in repr(public)
    for part in (
        "Shown start.|shown role|Shown end.|Shown cause.|Shown item|Shown orphan|Shown text.|"
        "Shown summary.|INC-1|Shown link|2024-01-01-other|Shown description.|Shown correction."
    ).split("|"):
        assert part in repr(public), part


def test_an_internal_row_keeps_its_time_and_its_milestone_alone() -> None:
    full, public = incident(), seen()
    assert [row.number for row in public.rows] == [1, 2, 4]
    kept, before = public.rows[1], full.rows[1]
    assert (kept.moment, kept.milestones, kept.written) == (
        before.moment,
        ("detected",),
        "18:04",
    )
    assert (kept.text, kept.by, kept.components, kept.evidence) == ("", None, (), ())
    assert (kept.outcome, kept.until, kept.severity) == (None, None, None)
    assert (before.update, kept.update) == (True, False)
    assert public.rows[0] == full.rows[0]


def test_no_number_changes() -> None:
    full, public = incident(), seen()
    assert [(time.key, time.span, time.outcome) for time in public.response_times] == [
        (time.key, time.span, time.outcome) for time in full.response_times
    ]
    detect = public.response_time("time_to_detect")
    assert detect is not None
    assert detect.start_row == public.rows[0]
    assert detect.end_row == public.rows[1]
    assert public.severity == full.severity == "sev1"
    assert public.components == ("api",)
    assert {window.component for window in public.windows} == {"api"}
    assert public.internal is None
    assert public.internal_components == frozenset()
    assert [item.cause for item in public.action_items] == ["shown", None]


def test_windows_of_internal_components_stay_inside() -> None:
    text = FILE.replace("components: [api]\n", "").replace(", component: api}", "}")
    assert any(window.component == "CANARY" for window in incident(text).windows)
    assert "CANARY" not in repr(seen(text))


@pytest.mark.parametrize("visibility", ["public", "internal", "draft"])
@pytest.mark.parametrize("audience", list(Audience))
def test_who_sees_what(visibility: str, audience: Audience) -> None:
    allowed = {
        "public": {"public", "internal", "drafts"},
        "internal": {"internal", "drafts"},
        "draft": {"drafts"},
    }[visibility]
    expected = str(audience) in allowed
    assert may_see(visibility, audience) is expected
    text = FILE.replace("visibility: public", f"visibility: {visibility}")
    found = for_audience(incident(text), audience)
    assert (found is not None) is expected
    if audience is not Audience.PUBLIC and found is not None:
        assert found == incident(text)


def test_a_withdrawn_incident_keeps_its_title_and_its_notice() -> None:
    withdrawn = FILE.replace(
        "timeline:",
        "withdrawn: {date: 2024-03-01, reason: Why}\nstatus: open\nkind: maintenance\n"
        "next_update: 2024-02-20 20:00\n"
        "scheduled: {from: 2024-02-20 18:00, to: 2024-02-20 19:00}\ntimeline:",
    )
    assert incident(withdrawn).scheduled is not None
    public = seen(withdrawn)
    text = repr(public)
    assert "CANARY" not in text
    assert public.title == "Shown"
    assert public.withdrawn is not None
    assert public.withdrawn.reason == "Why"
    for part in "start end cause item text summary link description correction other".split():
        assert f"Shown {part}" not in text
    for part in ("INC-1", "deploy", "'api'", "sev1", "sev2", "2024-01-01-other", "15m"):
        assert part not in text
    assert (public.rows, public.response_times, public.windows, public.claims) == ((), (), (), {})
    assert (public.causes, public.action_items, public.links) == ((), (), ())
    assert (public.body, public.page_meta, public.next_update) == ("", {}, None)
    assert (public.related, public.corrections, public.components) == ((), (), ())
    assert (public.ongoing, public.scheduled) == (False, None)
    assert public.tags == ()
    assert public.severities == ()


def _with_something_new(value: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`value` as if every kind of thing in it had one more field, which is not public."""
    if isinstance(value, tuple):
        return tuple(_with_something_new(inner, monkeypatch) for inner in value)
    if type(value) not in PUBLIC_FIELDS:
        return value
    kind = make_dataclass("Newer", [("new", str, "")], bases=(type(value),), frozen=True)
    monkeypatch.setitem(PUBLIC_FIELDS, kind, PUBLIC_FIELDS[type(value)])
    fields = {name: getattr(value, name) for name in type(value).__dataclass_fields__}
    inner = {name: _with_something_new(held, monkeypatch) for name, held in fields.items()}
    return kind(**inner, new="CANARY")


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_a_new_field_leaves_nowhere_by_itself(
    is_withdrawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = Withdrawal(date(2024, 3, 1), "Why") if is_withdrawn else None
    newer = _with_something_new(replace(incident(), withdrawn=notice), monkeypatch)
    public = for_audience(newer, Audience.PUBLIC)
    assert public is not None
    assert "CANARY" in repr(newer)
    assert "CANARY" not in repr(public)


BODIES = {
    "a block": ("a\n<!-- internal -->\nCANARY\n<!-- /internal -->\nb", "a\nb"),
    "without spaces": ("a\n<!--internal-->CANARY<!--/internal-->\nb", "a\nb"),
    "in capitals": ("a <!-- INTERNAL -->CANARY<!-- /Internal --> b", "a  b"),
    "a space before the name": ("a <!-- internal -->CANARY<!-- / internal --> b", "a  b"),
    "two blocks": (
        "a<!-- internal -->CANARY<!-- /internal -->b<!-- internal -->CANARY<!-- /internal -->c",
        "abc",
    ),
    "never closed": ("a\n<!-- internal -->\nCANARY\n\n## CANARY\n", "a\n"),
    "nested": ("a<!-- internal -->CANARY<!-- internal -->CANARY<!-- /internal -->b", "ab"),
    "with a fence in it": (
        "a\n<!-- internal -->\n```\nCANARY\n```\n<!-- /internal -->\nb",
        "a\nb",
    ),
    "a comment": ("a <!-- CANARY --> b", "a  b"),
    "a comment over lines": ("a <!-- CANARY\n\nCANARY --> b", "a  b"),
    "two comments that never end": ("a <!-- CANARY <!-- CANARY", "a "),
    "a comment from the beginning that never ends": ("<!-- CANARY", ""),
    "a section of a comment alone": ("## One\n\n<!-- CANARY -->\n", "## One\n\n\n"),
    "an empty comment": ("a<!---->b-->", "ab-->"),
    "an empty heading with a line below": (
        "One\n---\n\n<!-- internal -->CANARY<!-- /internal -->\n\nTwo\n---\nb",
        "Two\n---\nb",
    ),
    "two comments": ("a<!--CANARY-->b<!--CANARY-->c", "abc"),
    "a comment that never ends": ("a\n<!-- CANARY\nCANARY", "a\n"),
    # What is code to one Markdown is text to another: a marker there is an error, and hides.
    "in a span of code": ("Write `<!-- internal -->` and `<!-- CANARY -->`.", "Write `"),
    "in a fence": ("```\n<!-- x -->\n<!-- internal -->\n```\nCANARY", "```\n<!-- x -->\n"),
    "in a fence of tildes": ("~~~ html\n<!-- x -->\n~~~\nb", None),
    "in a fence with an empty line": ("```\na\n\n<!-- x -->\n```\nb", None),
    "behind a fence": ("```\nx\n```\n<!-- CANARY -->b", "```\nx\n```\nb"),
    "behind a longer fence": (
        "````\n```\n<!-- x -->\n````\n<!-- CANARY -->b",
        "````\n```\n<!-- x -->\n````\nb",
    ),
    "no fence, because of its backtick": ("``` a`b\n<!-- CANARY -->b\n", "``` a`b\nb\n"),
    "a span that never closes": ("a ` b <!-- CANARY -->c", "a ` b c"),
    "a span over a paragraph": ("a ` b\n\n<!-- CANARY --> ` c", "a ` b\n\n ` c"),
    "spans of other lengths": ("`` ` <!-- x --> `` <!-- CANARY -->c", "`` ` <!-- x --> `` c"),
    "an empty heading goes": (
        "## One\n\na\n\n## Two\n\n<!-- internal -->\nCANARY\n<!-- /internal -->\n\n## Three\n\nb",
        "## One\n\na\n\n## Three\n\nb",
    ),
    "and the one above it": (
        "## One\n\n### Two\n\n<!-- internal -->\nCANARY\n<!-- /internal -->\n\n## Three\n\nb",
        "## Three\n\nb",
    ),
    "one that was empty before stays": (
        "## Empty\n\n## One\n\n<!-- internal -->CANARY<!-- /internal -->\n\n## Two\n\nb",
        "## Empty\n\n## Two\n\nb",
    ),
    "a heading with a shown one below stays": (
        "## One\n\n<!-- internal -->CANARY<!-- /internal -->\n\n### Two\n\nb",
        "## One\n\n\n### Two\n\nb",
    ),
    "a footnote that only internal text refers to": (
        "a[^1]<!-- internal -->[^2]<!-- /internal -->\n\n[^1]: Shown.\n[^2]: CANARY\n",
        "a[^1]\n\n[^1]: Shown.\n",
    ),
    "a footnote of several paragraphs": (
        "<!-- internal -->[^2]<!-- /internal -->\n[^2]: CANARY\n\n    CANARY\n\tCANARY\nb\n",
        "b\n",
    ),
    "footnotes of a footnote": (
        "<!-- internal -->[^2]<!-- /internal -->\n\n[^2]: CANARY [^3]\n[^3]: CANARY\n[^4]: b\n",
        "\n[^4]: b\n",
    ),
    "a footnote above": ("[^2]: CANARY\n\nb\n<!-- internal -->\n[^2]\n<!-- /internal -->\n", "b\n"),
    "a footnote that public text refers to": (
        "a[^2]<!-- internal -->[^2]<!-- /internal -->\n\n[^2]: b\n\n    c\n",
        "a[^2]\n\n[^2]: b\n\n    c\n",
    ),
    "a footnote that a footnote refers to": (
        "a[^2]\n<!-- internal -->\nCANARY\n<!-- /internal -->\n\n[^2]: b [^3]\n[^3]: c\n",
        "a[^2]\n\n[^2]: b [^3]\n[^3]: c\n",
    ),
    "a block that begins in a footnote that goes": (
        """<!-- internal -->[^2]<!-- /internal -->
[^2]: CANARY <!-- internal -->
CANARY<!-- /internal -->
b
""",
        "\nb\n",
    ),
    "blocks behind one that begins in a footnote that goes": (
        """<!-- internal -->[^2]<!-- /internal -->
[^2]: CANARY <!-- internal -->
CANARY<!-- /internal -->
b
<!-- internal -->
CANARY
<!-- /internal -->
c<!-- internal -->CANARY<!-- /internal -->
""",
        "\nb\nc\n",
    ),
    "footnotes that nobody refers to, and others": (
        "a[^2] [^4]<!-- internal -->CANARY<!-- /internal -->\n[^1]: c[^3]\n[^2]: d\n[^3]: e\n[^4]:",
        "a[^2] [^4]\n[^1]: c[^3]\n[^2]: d\n[^3]: e\n[^4]:",
    ),
    "several empty headings go": (
        """a
## One
<!-- internal -->
CANARY
<!-- /internal -->
## Two

b

## Three
<!-- internal -->CANARY<!-- /internal -->
### Four

<!-- internal -->CANARY<!-- /internal -->
### Five
<!-- CANARY -->
## Six
c
""",
        "a\n## Two\n\nb\n\n## Three\n### Five\n\n## Six\nc\n",
    ),
    "a block with a footnote in it": (
        "a<!-- internal -->[^2]\n\n[^2]: CANARY\n\nCANARY<!-- /internal -->b",
        "ab",
    ),
    "numbers of a list": (
        "1. a\n<!-- internal -->\n2. CANARY\n<!-- /internal -->\n3. b\n4. c\n",
        "1. a\n2. b\n3. c\n",
    ),
    "numbers of lists in lists": (
        """1) a
<!-- internal -->
2) CANARY
3) CANARY
<!-- /internal -->
4) b
   1. x
   <!-- internal -->
   2. CANARY
   <!-- /internal -->
   3. y
5) c
""",
        "1) a\n2) b\n   1. x\n   2. y\n3) c\n",
    ),
    "numbers of another list": (
        "1. a\n<!-- internal -->\n2. CANARY\n<!-- /internal -->\n\nText.\n\n3. b\n",
        "1. a\n\nText.\n\n3. b\n",
    ),
    "numbers behind a paragraph of an item": (
        "1. a\n<!-- internal -->\n2. CANARY\n<!-- /internal -->\n   more\n3. b\n",
        "1. a\n   more\n2. b\n",
    ),
    "numbers in code": (
        "1. a\n<!-- internal -->\n2. CANARY\n<!-- /internal -->\n\n```\n3. b\n```\n",
        "1. a\n\n```\n3. b\n```\n",
    ),
    "a list of nothing but ones": (
        "1. a\n<!-- internal -->\n1. CANARY\n<!-- /internal -->\n1. b\n",
        "1. a\n1. b\n",
    ),
    "numbers behind two blocks": (
        """1. a
<!-- internal -->
2. CANARY
<!-- /internal -->
<!-- internal -->
3. CANARY
<!-- /internal -->
4. b
""",
        "1. a\n2. b\n",
    ),
    "an empty heading behind new numbers": (
        """1. a
<!-- internal -->
2. CANARY
<!-- /internal -->
3. b
# One
<!-- internal -->CANARY<!-- /internal -->
# Two
c
""",
        "1. a\n2. b\n# Two\nc\n",
    ),
    "an empty heading with a comment below": (
        """## One
<!-- x -->
<!-- internal -->CANARY<!-- /internal -->
## Two
a
## Three
<!-- internal -->CANARY<!-- /internal -->
## Four
b
""",
        "## Two\na\n## Four\nb\n",
    ),
    "the first heading goes": ("# A\n<!-- internal -->CANARY<!-- /internal -->\n# B\nb", "# B\nb"),
    "a heading on the second line goes": (
        "\n# A\n<!-- internal -->CANARY<!-- /internal -->\n# B\nb",
        "\n# B\nb",
    ),
    "a block on the second line": ("\n<!-- internal -->CANARY<!-- /internal -->\nb", "\nb"),
    "a heading with two empty ones below": (
        """## A
a
## B
### C
<!-- internal -->CANARY<!-- /internal -->
### D
<!-- internal -->CANARY<!-- /internal -->
## E
e
""",
        "## A\na\n## E\ne\n",
    ),
    "the last heading goes": ("a\n\n## One\n<!-- internal -->CANARY<!-- /internal -->", "a\n\n"),
}


@pytest.mark.attacks("bodies with internal text")
@pytest.mark.parametrize("name", BODIES)
def test_the_public_part_of_a_body(name: str) -> None:
    body, expected = BODIES[name]
    result = public_body(body)
    assert "CANARY" not in result
    assert result == (body if expected is None else expected)


AROUND = (
    *("a", " ", "\n", "\n\n", "[^1]", "\n[^1]: b", "\n[^2]: c[^1]", "[^2]", "\n    d", "\n1. e"),
    *("\n2. f", "\n   1. g", "\n## h\n", "\n### i\n", "<!-- CANARY -->", "\n| j |\n", "> k", "***"),
)
BLOCK = ("<!-- internal -->", "CANARY", "\nCANARY\n", "\n\nCANARY[^1]", "<!-- /internal -->")


@pytest.mark.attacks("random bodies with internal text", 500)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(AROUND),
            st.lists(st.sampled_from((*AROUND, *BLOCK[1:4])), max_size=5).map(
                lambda parts: f"{BLOCK[0]}{''.join(parts)}CANARY{BLOCK[4]}"
            ),
        ),
        max_size=12,
    ).map("".join)
)
@settings(max_examples=500)
def test_no_internal_block_leaves_whatever_is_around_it(body: str) -> None:
    assert "CANARY" not in public_body(body)
    assert "internal" not in public_body(body)


@pytest.mark.parametrize(
    ("body", "stray"),
    [
        ("<!-- internal -->a<!-- /internal -->", []),
        ("a<!-- /internal -->", [("<!-- /internal -->", "not the end of any internal block")]),
        ("<!-- internal -->a", [("<!-- internal -->", "never closed")]),
        (
            "<!-- internal -->a<!-- internal -->b<!-- /internal -->",
            [("<!-- internal -->", "nested in another internal block")],
        ),
        (
            "<!-- interal -->a<!-- /internal -->",
            [
                ("<!-- interal -->", "almost `internal`, and would publish what follows"),
                ("<!-- /internal -->", "not the end of any internal block"),
            ],
        ),
        ("<!-- this is about internal matters of ours -->", []),
        ("<!-- only internal notes follow -->", "almost"),
        ("<!-- from here on internal notes -->", []),
        ("<!-- the internet is down -->", []),
        ("<!-- a plain remark -->", []),
        ("a <!-- never", [("<!--", "a comment that is never closed")]),
        ("`<!-- never`", []),
        (
            "`<!-- internal -->`",
            [
                ("<!-- internal -->", "in code, where it may be text"),
                ("<!-- internal -->", "never closed"),
            ],
        ),
    ],
)
def test_stray_markers(body: str, stray: list[tuple[str, str]] | str) -> None:
    found = [(body[start:end], reason) for start, end, reason in internal_blocks(body).stray]
    if isinstance(stray, str):
        assert [reason.split()[0] for _, reason in found] == [stray]
    else:
        assert found == stray


def test_code_keeps_its_place() -> None:
    text = "a `b` c\n```\nd\n```\ne ``f ` g`` h `i"
    plain = without_code(text)
    assert len(plain) == len(text)
    assert plain == "a     c\n   \n \n   \ne           h `i"


def _spans(text: str) -> list[tuple[int, int]]:
    """The code spans of a text by the words of CommonMark: a run closes at the next as long."""
    runs = [match.span() for match in re.finditer("`+", text)]
    spans, index = [], 0
    while index < len(runs):
        start, end = runs[index]
        following = (i for i in range(index + 1, len(runs)) if _length(runs[i]) == end - start)
        close = next(following, None)
        if close is None or "\n\n" in text[end : runs[close][0]]:
            index += 1
        else:
            spans.append((start, runs[close][1]))
            index = close + 1
    return spans


def _length(run: tuple[int, int]) -> int:
    return run[1] - run[0]


@given(st.lists(st.sampled_from(["`", "``", "a", " ", "\n", "\n\n"]), max_size=30))
@settings(max_examples=500)
def test_spans_of_code_are_those_of_commonmark(parts: list[str]) -> None:
    # A letter first, so that no line is a fence.
    text = "".join(parts).replace("\n", "\na")
    text = "a" + text.replace("\na\na", "\n\na")
    expected = text
    for start, end in _spans(text):
        blank = re.sub(r"[^\n]", " ", text[start:end])
        expected = expected[:start] + blank + expected[end:]
    assert without_code(text) == expected


def test_headings() -> None:
    text = "# One\n\n```\n# no\n```\n  ## Two ##  \n\n#None\n####### None\n    # None\n"
    assert [
        (found.level, found.text, text[found.start : found.end]) for found in headings(text)
    ] == [
        (1, "One", "# One"),
        (2, "Two", "  ## Two ##  "),
        # Markdown as MkDocs has it asks for no blank behind the signs.
        (1, "None", "#None"),
        (6, "# None", "####### None"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# One", [(1, "One", "# One")]),
        ("a\n\n# One #", [(1, "One", "# One #")]),
        ("## C#", [(2, "C#", "## C#")]),
        ("## X", [(2, "X", "## X")]),
        ("## X\t#", [(2, "X", "## X\t#")]),
        ("# #", [(1, "", "# #")]),
        ("One\n===", [(1, "One", "One\n===")]),
        (
            "One \n===\na\n\n  Two\n-- \n\n# Three\n\n---",
            [(1, "One", "One \n==="), (2, "Two", "  Two\n-- "), (1, "Three", "# Three")],
        ),
        ("\nOne\n-", [(2, "One", "One\n-")]),
        ("two lines\nof it\n---", []),
        ("two lines \nof it\n---", []),
        ("a\n\n\n---", []),
        ("# One\na\n---", [(1, "One", "# One")]),
        ("One\n---\n===", [(2, "One", "One\n---")]),
        ("One \n---\n===", [(2, "One", "One \n---")]),
        ("```\n\nno\n---\n```", []),
        ("`a`\n---", []),
        ("a `b`\n---", [(2, "a `b`", "a `b`\n---")]),
    ],
)
def test_how_headings_are_written(text: str, expected: list[tuple[int, str, str]]) -> None:
    found = [(one.level, one.text, text[one.start : one.end]) for one in headings(text)]
    assert found == expected


def test_comments_keep_their_place() -> None:
    text = "a <!-- b\nc --> d <!----> e <!-- f\n"
    assert without_comments(text) == "a       \n      d         e       \n"


def test_what_keeps_a_draft_from_publication_and_nothing_else() -> None:
    options, _ = load_options({"as_of": "2026-01-01", "rules": {"PM708": "error"}})
    assert options is not None
    text = FILE.replace("visibility: public", "visibility: draft")
    text = text.replace("Shown start.", "Shown start with AKIAQYLPMN5HHHFPZAM2.")
    assets = (Asset("photo.png", (Metadata("EXIF", 1, "Alice"),)),)

    def reading(text: str) -> Reading:
        return read_incident_text("2024-02-20-a.md", text.encode(), options, assets)

    draft = reading(text)
    lacking = before_publication(draft)
    assert [found.code for found in lacking] == ["PM708", "PM701"]
    assert {found.path for found in lacking} == {"2024-02-20-a.md"}
    public = reading(text.replace("visibility: draft", "visibility: public"))
    errors = [found for found in public.diagnostics if found.severity is Severity.ERROR]
    assert [found.code for found in errors] == [found.code for found in lacking]
    assert len(public.diagnostics) > len(errors)
    # The draft itself is one still.
    assert draft.visibility == "draft"
    as_public = read_as_public("2024-02-20-a.md", text.encode(), options, assets)
    assert as_public.incident is not None
    assert as_public.incident.visibility == "public"
    assert as_public.path == "2024-02-20-a.md"
    assert as_public.assets == assets
    broken = b"---\ntitle: [\n---\n"
    assert read_as_public("2024-02-20-a.md", broken, options).incident is None
