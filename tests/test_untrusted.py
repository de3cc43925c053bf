"""Hostile incident files: what they cost, what they read, what they say, what stays of them."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import tracemalloc
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from attacking import EXTENSIONS, LONG, UNTOLD, hostile
from building import build, short, write_site
from click.testing import CliRunner
from costs import least_seconds
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs_postmortem import untrusted
from mkdocs_postmortem.audience import PUBLIC_FIELDS, for_audience
from mkdocs_postmortem.body import internal_blocks, public_body
from mkdocs_postmortem.cli import main
from mkdocs_postmortem.diagnostics import Severity, printable
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.render.body_html import limited
from mkdocs_postmortem.render.tables import csv_text
from mkdocs_postmortem.untrusted import INVISIBLE, too_intricate

OPTIONS = Options(as_of="2026-01-01")
ROWS = "  - 18:03 started: A.\n  - 18:18 resolved: B.\n"


def file(front: str = "", rows: str = ROWS, body: str = "") -> str:
    head = "---\ntitle: T\nvisibility: public\npublished: 2024-02-22\n"
    return f"{head}{front}timeline:\n{rows}---\n{body}"


def read(text: str | bytes) -> Reading:
    data = text if isinstance(text, bytes) else text.encode()
    return read_incident_text("2024-02-20-a.md", data, OPTIONS)


def filled(unit: str, size: int) -> str:
    return unit * (size // len(unit) + 1)


# Each fills the whole of what a file may hold with one thing.
COSTLY: dict[str, Callable[[int], str]] = {
    **{
        f"body of {unit[:12]!r}": lambda n, unit=unit: file(body=filled(unit, n))  # type: ignore[misc]
        for unit in (
            "TODO ",
            "`a``b```c",
            "[a](b",
            "<a ",
            "<!-- ",
            "<!-- internal x -->\n",
            "## a\n<!-- internal -->\na\n<!-- /internal -->\n",
            "# a\n",
            "a\n=\n",
            "```\n~~~\n",
            "time to detect was 5 minutes, ",
            "1. a\n",
            "[^a]\n[^a]: [^a]\n",
            "&#x202e;",
            "\u202e",
            "![](x) ](",
            "--8<-- ",
            "<a href=",
            "(",
            "\n",
        )
    },
    "a heading of blanks": lambda n: file(body="# a" + " " * n + "b"),
    "a marker of blanks": lambda n: file(body="<!--" + " " * n + "internal"),
    "rows": lambda n: file(rows=filled("  - 18:03: a\n", n)),
    "rows with unknown keys": lambda n: file(rows=filled("  - {at: 18:03, event: a, n: b}\n", n)),
    "rows with milestones": lambda n: file(
        rows=filled("  - {at: 18:03, milestone: [started, resolved], event: a}\n", n)
    ),
    "rows in unknown zones": lambda n: file(rows=filled("  - 18:03 Europe/Berln: a\n", n)),
    "unknown keys": lambda n: file("".join(f"k{i}: a\n" for i in range(n // 9))),
    "components": lambda n: file(f"components: [{','.join(f'c{i}' for i in range(n // 6))}]\n"),
    "brackets": lambda n: file(f"x: {'[' * n}\n"),
    "mappings": lambda n: file(f"x: {'{a: ' * (n // 4)}\n"),
    "aliases": lambda n: file(f"x: [&a 1,{'*a,' * (n // 3)}]\n"),
    "tags of YAML": lambda n: file(f"x: [{'!!python/name:os.system x,' * (n // 26)}]\n"),
    "claims": lambda n: file(f"claims: {{time_to_resolve: [{'5m,' * (n // 3)}]}}\n"),
    "escapes": lambda n: file('summary: "' + r"\x1b" * (n // 4) + '"\n'),
    "words of a summary": lambda n: file(f"summary: {filled('ab ', n)}\n"),
    "brackets of a summary": lambda n: file(f"summary: '{'[' * n}'\n"),
}


def steps(text: str) -> int:
    """How many lines of Python run while `text` is read; the clock of a busy machine says less."""
    count = 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    data = text.encode()
    sys.settrace(trace)
    try:
        read_incident_text("2024-02-20-a.md", data, OPTIONS)
    finally:
        sys.settrace(None)
    return count


# A zone that is misspelt is compared with all that exist, which costs many steps and little time.
@pytest.mark.parametrize("name", [name for name in COSTLY if "zones" not in name])
def test_cost_grows_with_the_length_alone(name: str) -> None:
    size = 12_000 if LONG else 1_500
    once, twice = steps(COSTLY[name](size)), steps(COSTLY[name](2 * size))
    assert twice < 2.6 * once + 20_000, (once, twice)


@pytest.mark.attacks("costly files")
@pytest.mark.parametrize("name", COSTLY)
def test_a_file_costs_less_than_a_second(name: str) -> None:
    text = COSTLY[name](200_000 if LONG else 60_000).encode()
    assert least_seconds(lambda: read(text)) < 1
    assert len(read(text).diagnostics) < 25_000


@pytest.mark.parametrize("name", ["rows", "unknown keys", *(["body of '\\n'"] if LONG else [])])
def test_a_file_takes_less_than_200_megabytes(name: str) -> None:
    tracemalloc.start()
    try:
        read(COSTLY[name](250_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200 * 1024 * 1024


# In every zone some clock of these shows what is beyond the calendar.
IMPACT_OVERNIGHT = "timezone: Asia/Tokyo\nimpact: [{from: '20:00', to: '01:00'}]\n"
LAUGHS = "\n".join(
    ["a: &a [x, x, x, x, x, x, x, x, x]"]
    + [
        f"{c}: &{c} [{', '.join([f'*{b}'] * 9)}]"
        for b, c in zip("abcdefgh", "bcdefghi", strict=True)
    ]
)


@pytest.mark.attacks("bombs")
@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("ten megabytes", file(body="x" * 10_000_000), "PM103"),
        ("a hundred thousand events", file(rows="  - 18:03: a\n" * 100_000), "PM103"),
        ("as many as fit", file(rows="  - 1:3: a\n" * 20_000), "PM103"),
        ("a billion laughs", file(LAUGHS + "\n"), "PM112"),
        ("a merge of itself", file("x: &x {<<: *x}\n"), "PM112"),
        ("a hundred thousand brackets", file(f"x: {'[' * 100_000}\n"), "PM103"),
        ("a hundred levels", file("x:\n" + "".join(f"{' ' * i}- \n" for i in range(100))), "PM103"),
        ("an object", file("x-y: !!python/object/apply:os.system [ls]\n"), "PM114"),
        ("a key of keys", file("? {a: b}\n: c\n"), "PM118"),
        ("NUL", file('summary: "a\\0b"\n'), "PM102"),
        ("half a surrogate", file('summary: "\\ud800"\n'), "PM108"),
        ("not UTF-8", file().encode() + b"\xff\xfe\x00", "PM101"),
        ("UTF-16", file().encode("utf-16"), "PM101"),
        ("nothing", "", "PM104"),
        ("a number of 5000 digits", file(f"impact: [{{from: started {'9' * 5000}}}]\n"), "PM201"),
        ("the last day of all", file("date: 9999-12-31\n" + IMPACT_OVERNIGHT), "PM119"),
        ("the first day of all", file("date: 0001-01-01\n" + IMPACT_OVERNIGHT), "PM119"),
    ],
)
def test_bombs_are_diagnostics(name: str, text: str | bytes, code: str) -> None:
    found = {diagnostic.code for diagnostic in read(text).diagnostics}
    assert code in found, found


def test_every_invisible_character_is_known() -> None:
    """Held against Unicode: what is a format character is found, visible or on the list."""
    needed = {0x200C, 0x200D, 0x200E, 0x200F, 0x061C}
    visible = re.compile(r"ARABIC|SYRIAC|KAITHI|EGYPTIAN")
    for point in range(0x110000):
        character = chr(point)
        if unicodedata.category(character) == "Cf" and point not in needed:
            name = unicodedata.name(character, "")
            assert INVISIBLE.match(character) or visible.search(name), name
        elif unicodedata.category(character) in ("Lu", "Ll", "Nd", "Po", "Ps"):
            assert not INVISIBLE.match(character)


def test_names_of_every_category(tmp_path: Path, tried: Callable[[str, int], None]) -> None:
    """One character of each category in every field: a diagnostic, or a site that is whole."""
    seen: dict[str, list[str]] = {}
    for point in (*range(0x20, 0x3000), *range(0xE000, 0xE010), *range(0xFE00, 0x10000), 0x1F600):
        of_kind = seen.setdefault(unicodedata.category(chr(point)), [])
        if len(of_kind) < (12 if LONG else 2):
            of_kind.append(chr(point))
    assert len(seen) >= 29
    files = {}
    refused = 0
    characters = [character for of_kind in seen.values() for character in of_kind]
    for number, character in enumerate(characters):
        text = hostile(f"a{character}b", number)
        name = f"2024-02-20-a{number}{character}b.md"
        reading = read_incident_text(name, text.encode(), OPTIONS)
        told = {d.code for d in reading.diagnostics if d.severity is Severity.ERROR}
        if told & {"PM102", "PM108", "PM613"}:
            refused += 1
            continue
        assert told <= {"PM119", "PM505", "PM614", "PM612", "PM603"}, (character, told)
        files[f"docs/incidents/2024-02-20-a{number}.md"] = text
    plugin = {"postmortem": {"rules": UNTOLD, "feed_id_base": "example.org,2024"}}
    site = {"site_url": "https://example.org/", "plugins": ["search", plugin]}
    built = build(write_site(tmp_path, files, site | {"theme": {"name": "mkdocs"}}))
    assert built.code == 0, built.output
    for path in built.site.rglob("*.xml"):
        ET.parse(path)
    for path in built.site.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
    assert refused >= 5
    tried("characters of every category in names and fields", len(characters))


# --- Markdown ---

DENSE = ["[", "![", "<", "\\", "`", "# a\n", "a\n=\n", "a\n: b\n", "- ", "> ", "<![CDATA[", "[a]("]
DENSE += ["??? a\n", "*[a]: b\n", "[^1]: a\n", "**a*", "``a`", "| a ", "<!--", "{: a"]


@pytest.mark.attacks("bodies that would keep Markdown busy")
@pytest.mark.parametrize("unit", DENSE)
def test_markdown_is_given_no_body_that_keeps_it_busy(unit: str) -> None:
    """The longest body of one mark that is still let through."""
    import time

    import markdown  # type: ignore[import-untyped]

    least, most = 0, 250_000 // len(unit)
    while least < most:
        middle = (least + most + 1) // 2
        if any(too_intricate(unit * middle)):
            most = middle - 1
        else:
            least = middle
    names = [one if isinstance(one, str) else next(iter(one)) for one in EXTENSIONS]
    names = [name for name in names if name not in ("pymdownx.snippets", "pymdownx.b64")]
    begin = time.process_time()
    markdown.Markdown(extensions=names).convert(unit * least)
    assert time.process_time() - begin < (5 if LONG else 10)


FEATURES = """## Impact {#impact}

!!! warning "Mind"
    Admonition.

??? note "Folded"
    Details.

=== "One"
    First tab.

=== "Two"
    Second tab.

```python title="code.py" linenums="1" hl_lines="1"
print("[x](javascript:alert(1))")
```

```mermaid
graph TD; A --> B
```

- [x] done
- [ ] to do

A footnote[^1], H~2~O is `inline`, ++ctrl+c++, :material-check:, an HTML abbreviation.
[button](https://example.org){ .md-button target=_blank title="T" }

![alt](2024-02-20-a/x.png){ width="300" loading=lazy }

| a | b |
|:--|--:|
| 1 | 2 |

Term
:   Definition

<details><summary>More</summary><kbd>K</kbd> <sub>s</sub></details>

[^1]: The note.

*[HTML]: Markup
"""


def test_what_authors_use_stays(tmp_path: Path) -> None:
    icons = {
        "emoji_index": "!!python/name:material.extensions.emoji.twemoji",
        "emoji_generator": "!!python/name:material.extensions.emoji.to_svg",
    }
    fences = {"custom_fences": [{"name": "mermaid", "class": "mermaid", "format": "FORMAT"}]}
    extensions = [one for one in EXTENSIONS if one != "pymdownx.superfences"]
    extensions += ["pymdownx.tilde", {"pymdownx.superfences": fences}, {"pymdownx.emoji": icons}]
    files = {
        "docs/incidents/2024-02-20-a.md": short().replace("## Impact\n\nText.\n", FEATURES),
        "docs/incidents/2024-02-20-a/x.png": "picture",
    }
    settings = {"markdown_extensions": extensions, "validation": {"anchors": "warn"}}
    folder = write_site(tmp_path, files, {**settings, "plugins": ["search", "postmortem"]})
    config = (folder / "mkdocs.yml").read_text(encoding="utf-8")
    config = re.sub(r"'(!!python/name:\S+)'", r"\1 ''", config)
    config = config.replace("FORMAT", "!!python/name:pymdownx.superfences.fence_code_format ''")
    (folder / "mkdocs.yml").write_text(config, encoding="utf-8")
    built = build(folder)
    assert built.code == 0, built.output
    page = built.text("incidents/2024-02-20-a/index.html")
    for part in (
        '<h2 id="impact">Impact<a class="headerlink" href="#impact" title="Permanent link">',
        '<div class="admonition warning">',
        '<p class="admonition-title">Mind</p>',
        '<details class="note">',
        '<div class="tabbed-set tabbed-alternate" data-tabs="1:2">',
        '<label for="__tabbed_1_2">Two</label>',
        'id="__tabbed_1_1" name="__tabbed_1" type="radio"',
        '<span class="filename">code.py</span>',
        '<span class="hll">',
        'class="linenos"',
        '<pre class="mermaid"><code>graph TD; A --&gt; B',
        '<span class="task-list-indicator"></span>',
        'type="checkbox"',
        'id="fnref:1"',
        '<div class="footnote">',
        "H<sub>2</sub>O",
        '<kbd class="key-control">Ctrl</kbd>',
        '<span class="twemoji"><svg',
        '<path d="',
        '<abbr title="Markup">HTML</abbr>',
        'class="md-button"',
        'target="_blank"',
        'loading="lazy"',
        '<td align="right">2</td>',
        "<dt>Term</dt>",
        "<details><summary>More</summary><kbd>K</kbd> <sub>s</sub></details>",
    ):
        assert part in page, part
    assert '<input checked="" disabled="" type="checkbox">' in re.sub(
        r"<input[^>]*checkbox[^>]*>", lambda m: _sorted(m[0]), page
    )


def _sorted(tag: str) -> str:
    return f"<input {' '.join(sorted(tag[7:-1].split()))}>"


def test_no_template_and_no_file_reaches_a_page(tmp_path: Path) -> None:
    """With the plugin and the extensions that run templates and read files."""
    secret = "snippetcanary"
    files = {
        "docs/index.md": "# Home\n\n{{ 6 * 7 }}\n",
        "docs/incidents/2024-02-20-a.md": hostile(
            '{{ 6 * 7 }} {% set x = 1 %} {# gone #} {{ config.site_name }} --8<-- "secret.md"', 1
        )
        + '\n--8<-- "secret.md"\n\n<div>\n--8<-- "secret.md"\n</div>\n\n![x](secret.png)\n',
        "secret.md": secret,
        "secret.png": secret,
    }
    settings = {
        "site_name": "macroname",
        "markdown_extensions": EXTENSIONS,
        "plugins": ["macros", "search", {"postmortem": {"rules": UNTOLD}}],
    }
    built = build(write_site(tmp_path, files, settings))
    assert built.code == 0, built.output
    assert "42" in built.text("index.html")
    page = built.text("incidents/2024-02-20-a/index.html")
    assert secret not in page
    assert "c25pcHBldGNhbmFyeQ" not in page
    assert "Macro" not in page
    article = page[page.index('class="pm-header"') :]
    shown = article.replace("&#123;", "{")
    for part in ("{{ 6 * 7 }}", "{% set x = 1 %}", "{# gone #}", "{{ config.site_name }}"):
        assert shown.count(part) > 12, part
    assert "macroname" not in shown[: shown.index("</article>")]
    # Where authors are trusted, all of it works.
    plugins = ["macros", "search", {"postmortem": {"trusted_bodies": True, "rules": UNTOLD}}]
    files["docs/incidents/2024-02-20-a.md"] = short().replace(
        "Text.", 'Answer {{ 6 * 7 }}. <!-- remark -->\n\n--8<-- "secret.md"\n\n<center>C</center>'
    )
    built = build(write_site(tmp_path, files, settings | {"plugins": plugins}))
    page = built.text("incidents/2024-02-20-a/index.html")
    assert "Answer 42." in page
    assert secret in page
    assert "<center>C</center>" in page
    assert "remark" not in page


def test_files_that_browsers_run_are_withheld(tmp_path: Path) -> None:
    own = "docs/incidents/2024-02-20-a"
    names = ["x.html", "x.SVG", "x.js", "x.xhtml", "x.xml", "x", "x.png.htm", "x.mjs", "x.svgz"]
    files = {f"{own}.md": short(), **{f"{own}/{name}": "runs" for name in names}}
    files[f"{own}/x.png"] = files[f"{own}/deep/log.txt"] = "shown"
    built = build(write_site(tmp_path, files))
    assert built.code == 0, built.output
    out = built.site / "incidents/2024-02-20-a"
    found = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert found == ["deep/log.txt", "index.html", "x.png"]
    assert "x.html is of a kind that is not published with an incident" in built.output
    trusted = {"plugins": [{"postmortem": {"trusted_bodies": True}}]}
    built = build(write_site(tmp_path, files, trusted))
    assert (built.site / "incidents/2024-02-20-a/x.html").is_file()


def test_names_that_differ_in_case_alone_collide(tmp_path: Path) -> None:
    files = {
        "docs/incidents/2024-02-20-a.md": short(),
        "docs/incidents/x/2024-02-20-A.md": short(),
    }
    built = build(write_site(tmp_path, files))
    assert built.code == 1
    assert "error PM801" in built.output


# --- What is printed ---


@pytest.mark.attacks("random texts that are printed", 2000 if LONG else 200)
@given(st.text())
@settings(max_examples=2000 if LONG else 200, deadline=None)
def test_nothing_printed_steers(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert "##[" not in shown
    assert not shown.lstrip().startswith("::")


def test_no_command_and_no_escape_in_the_output(tmp_path: Path) -> None:
    folder = tmp_path / "docs/incidents/::warning::x"
    folder.mkdir(parents=True)
    evil = "##[add-mask]e ::set-output name=a::b"
    text = short(title=evil).replace("[api]", '["::error::c ##[group]"]').replace("18:04", "18:01")
    text += f"\x1b]0;t\x07\x9b31m {evil}\n\n::stop-commands::t\n"
    (folder / "2024-02-20-a.md").write_text(text, encoding="utf-8")
    (tmp_path / "::error::b.md").write_text(text, encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text("plugins: [postmortem]\nsite_name: T\n", encoding="utf-8")
    commands: list[list[str]] = [["check"], ["check", "::error::b.md"]]
    where = "docs/incidents/::warning::x/2024-02-20-a.md"
    commands += [
        ["show", where],
        ["check", "--format", "json"],
        ["show", where, "--format", "json"],
    ]
    runner = CliRunner()
    import os

    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        for command in commands:
            result = runner.invoke(main, command)
            assert result.exception is None or isinstance(result.exception, SystemExit), command
            output = result.output
            assert output
            assert all(line.isprintable() for line in output.splitlines())
            assert "##[" not in output, command
            assert not re.search(r"^\s*::", output, re.MULTILINE), command
            if command[-1] == "json":
                json.loads(result.stdout)
    finally:
        os.chdir(before)
    built = build(tmp_path)
    assert built.code == 1
    assert "\x1b" not in built.output
    assert not re.search(r"^\s*::", built.output, re.MULTILINE)


FORMULAS = ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\n=1", "a;=1", "a\n=1", "a\t@x", "＝1", '"=1']
FORMULAS += ["a;  =1", "\u200b=1", "\ufeff=1", "a\r=1", "a|=1", "\xa0=1", '\'"=1"'[1:]]


@pytest.mark.attacks("formulas in tables")
@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_spreadsheet_finds_a_formula(formula: str, delimiter: str) -> None:
    rows = list(
        csv.reader(io.StringIO(csv_text([["x", formula, 1, -2]]), newline=""), delimiter=delimiter)
    )
    cells = [cell for row in rows for cell in row]
    bad = [cell for cell in cells if re.match(r"[\s\u200b\ufeff\"]*[=+@＝]", cell)]
    assert bad == []
    if delimiter == ",":
        assert cells[2:] == ["1", "-2"]


# --- What stays in public ---


def test_what_is_not_listed_stays_behind() -> None:
    """Every field of everything in an incident is either on the list, or known not to leave."""
    from dataclasses import fields

    held = {
        "Incident": {"internal", "internal_components", "claims"},
        "Row": {"internal"},
        "Cause": {"internal"},
        "ActionItem": {"internal"},
    }
    for kind, names in PUBLIC_FIELDS.items():
        known = {field.name for field in fields(kind)}
        assert names <= known
        assert known - names == held.get(kind.__name__, set())


def test_a_field_that_is_new_does_not_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if `reference`, `by` and `owner` had been added and nobody had thought of the list."""
    text = file(
        "reference: canary\naction_items: [{title: A, owner: canary}]\n",
        "  - {at: 18:03, event: A, by: canary}\n",
    )
    incident = read(text).incident
    assert incident is not None
    seen = for_audience(incident, Audience.PUBLIC)
    assert repr(seen).count("canary") == 3
    for kind, names in list(PUBLIC_FIELDS.items()):
        monkeypatch.setitem(PUBLIC_FIELDS, kind, names - {"reference", "by", "owner"})
    assert "canary" not in repr(for_audience(incident, Audience.PUBLIC))


BLOCKS = st.lists(
    st.sampled_from(
        [
            "<!-- internal -->",
            "<!-- /internal -->",
            "<!--internal-->",
            "`",
            "```",
            "~~~",
            "\n",
            "\n\n",
            "# h\n",
            "1. ",
            "    ",
            "<!--",
            "-->",
            "<div>",
            "text ",
            "> ",
            "| a |",
        ]
    ),
    max_size=24,
)


@pytest.mark.attacks("random bodies with internal text", 20_000 if LONG else 400)
@given(BLOCKS, BLOCKS, BLOCKS)
@settings(max_examples=20_000 if LONG else 400, deadline=None)
def test_what_stands_in_a_block_never_shows(
    before: list[str], inside: list[str], after: list[str]
) -> None:
    """Whatever stands around it: code, comments, other markers."""
    closing = [part for part in inside if "internal" not in part]
    text = (
        "".join(part for part in before if "internal" not in part)
        + "<!-- internal -->"
        + "".join(closing)
        + "canary"
        + "".join(part for part in inside if "internal" not in part)
        + "<!-- /internal -->"
        + "".join(after)
    )
    assert "canary" not in public_body(text)
    assert "canary" not in limited(public_body(text))


@given(BLOCKS)
@settings(max_examples=20_000 if LONG else 400, deadline=None)
def test_a_body_without_internal_text_loses_nothing(parts: list[str]) -> None:
    text = "".join(part for part in parts if "internal" not in part and "--" not in part)
    assert public_body(text) == text
    assert internal_blocks(text).blocks == ()


REMOVED = [
    ("## A\n\n<!-- internal -->\nx\n<!-- /internal -->\n\n## B\n\ny\n", "## B\n\ny\n"),
    ("A\n---\n\n<!-- internal -->\nx\n<!-- /internal -->\n\n## B\ny\n", "## B\ny\n"),
    ("##A\n### B\n<!-- internal -->\nx\n<!-- /internal -->\n## C\ny\n", "## C\ny\n"),
    ("## A\n\n## B\n<!-- internal -->\nx\n<!-- /internal -->\nz\n", "## A\n\n## B\nz\n"),
    ("## A\n<!-- remark --><!-- internal -->x<!-- /internal -->\n", ""),
    ("1. a\n<!-- internal -->\n2. x\n<!-- /internal -->\n3. b\n", "1. a\n2. b\n"),
    ("<!-- internal -->\n1. x\n<!-- /internal -->\n2. b\n3. c\n", "1. b\n2. c\n"),
    ("1. a\n   1. b\n   <!-- internal -->\n   2. x\n   <!-- /internal -->\n   3. c\n2. d\n",
     "1. a\n   1. b\n   2. c\n2. d\n"),
    ("|a|\n|-|\n<!-- internal -->\n|x|\n<!-- /internal -->\n|c|\n", "|a|\n|-|\n|c|\n"),
    ("a[^1]<!-- internal -->[^2]<!-- /internal -->\n\n[^1]: A\n[^2]: x\n    x\n",
     "a[^1]\n\n[^1]: A\n"),
    ("a <!-- internal -->x", "a "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "left"), REMOVED)
def test_nothing_tells_that_a_block_was_there(text: str, left: str) -> None:
    assert public_body(text) == left


def test_untrusted_text_has_no_slow_pattern() -> None:
    """Each search over long runs of what it looks for, twice as long at twice the cost."""

    def cost(look: Callable[[str], object], text: str) -> float:
        return least_seconds(lambda: look(text))

    looks: list[Callable[[str], object]] = [
        lambda text: list(untrusted.refused_html(text)),
        lambda text: list(untrusted.refused_links(text)),
        lambda text: list(untrusted.invisible_characters(text)),
        lambda text: list(untrusted.too_intricate(text)),
        limited,
        internal_blocks,
        public_body,
    ]
    for look in looks:
        for unit in ("<a ", "](", "![", "[a]:", "&#", "<a href=", " ", "\n", "<!--", "1. ", "\\u"):
            once, twice = cost(look, unit * 8000), cost(look, unit * 16000)
            assert twice < 3.2 * once + 0.05, (unit, once, twice)


def test_the_reader_says_what_is_wrong_and_never_raises(tried: Callable[[str, int], None]) -> None:
    """A share of what `tools/fuzz_reader.py` does a million times."""
    import importlib.util

    path = Path(__file__).parent.parent / "tools/fuzz_reader.py"
    spec = importlib.util.spec_from_file_location("fuzz_reader", path)
    assert spec is not None
    assert spec.loader is not None
    fuzz = importlib.util.module_from_spec(spec)
    sys.argv, before = [*sys.argv, "--chance"], sys.argv
    try:
        spec.loader.exec_module(fuzz)
    finally:
        sys.argv = before
    count = 100_000 if LONG else 1500
    fuzz.by_chance(count, seed=2)
    tried("random files for the reader", count)
    seen: list[bytes] = []
    fuzz.by_chance(300, seed=2, look=seen.append)
    codes = {d.code for data in seen for d in read(data).diagnostics}
    # The files are odd in many ways, and not all in the same one.
    assert len(codes) > 20
