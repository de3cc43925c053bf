"""Front matter is read the same whether it is taken as it comes or looked at closely."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading import places, reader
from mkdocs_postmortem.reading.plain_yaml import place_of, plain_mapping
from mkdocs_postmortem.reading.reader import Reading, read_fields
from mkdocs_postmortem.reading.yaml_nodes import (
    MAX_DEPTH,
    MAX_ITEMS,
    Mapping,
    Node,
    Scalar,
    Sequence,
    compose,
)

ROOT = Path(__file__).parent.parent
LONG = os.environ.get("POSTMORTEM_TEST_LONG") == "1"
OPTIONS = Options(as_of="2026-01-01")
PATH = "2024-02-20-a.md"


def texts() -> list[str]:
    """Incidents with everything right and wrong."""
    found = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("incidents/**/*.md"))]
    for path in sorted(ROOT.glob("tests/cases/*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            rows = "".join(f"  {line}\n" for line in str(case.get("rows", "")).splitlines())
            text = case.get("file", f"---\ntitle: T\n{case.get('front', '')}timeline:\n{rows}---\n")
            found.append(text if isinstance(text, str) else text.decode("utf-8", "replace"))
    return found


TEXTS = texts()
LINES = sorted({line for text in TEXTS for line in text.split("\n")})
PIECES = (
    "- |: |, |[|]|{|}|'|\"|#| #|&a |*a|!!str |<<: *a|? |>-|\t|~|null|''|x-a: |18:03|started|"
    "internal: true|at: |milestone: |claims: |hide: [toc]|impact: {from: started}|aliases: []|"
    "timeline:|- 18:03 started, detected: x|- 18:03: [a, b]|- started: |  a: b"
).split("|")


def both_ways(text: str) -> tuple[Reading, Reading] | None:
    """What is read of `text` at once and closely; ``None`` where it cannot be read at once."""
    data = text.encode("utf-8", "replace")
    asked: list[bool] = []
    at_once = reader._plain_data

    def observed(text: str, reading: Reading) -> dict[str, Any] | None:
        found = at_once(text, reading)
        asked.append(found is not None)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_plain_data", observed)
        quick = read_fields(PATH, data, OPTIONS)
        patch.setattr(reader, "_plain_data", lambda text, reading: None)
        close = read_fields(PATH, data, OPTIONS)
    return (quick, close) if asked == [True] else None


def assert_same(quick: Reading, close: Reading) -> None:
    assert quick.fields == close.fields
    assert quick.findings == close.findings
    assert quick.page_meta == close.page_meta
    known = [*close.places.values, *close.places.keys]
    beyond = [(*path, more) for path in known for more in ("x", 0, 99, "event", "at")]
    for path in [*known, *beyond, ("nothing",), ("timeline", 99, "at"), ()]:
        assert quick.places.value(*path) == close.places.value(*path), path
        assert not path or quick.places.key(*path) == close.places.key(*path), path
        assert not path or quick.places.has(*path) == close.places.has(*path), path
    # All of them are made now.
    assert quick.places.values == close.places.values
    assert quick.places.keys == close.places.keys
    assert quick.places.value("title") == close.places.value("title")


def test_most_incidents_are_read_at_once_and_the_same() -> None:
    found = [both for both in map(both_ways, TEXTS) if both is not None]
    for quick, close in found:
        assert_same(quick, close)
    examples = [both_ways(text) for text in TEXTS[:13]]
    assert sum(both is not None for both in examples) >= 8
    assert len(found) > 100


@settings(max_examples=3000 if LONG else 250, deadline=None)
@given(st.data())
def test_edited_incidents_are_read_the_same(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from(TEXTS)).split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(lines) - 1)))
        kind = data.draw(st.sampled_from(("insert", "replace", "into", "delete")))
        if kind == "insert":
            lines.insert(at, data.draw(st.sampled_from(LINES)))
        elif kind == "delete" and lines:
            del lines[at]
        elif lines:
            column = data.draw(st.integers(0, len(lines[at])))
            piece = data.draw(st.sampled_from(PIECES))
            rest = lines[at][column:] if kind == "into" else ""
            lines[at] = lines[at][:column] + piece + rest
    both = both_ways("\n".join(lines))
    if both is not None:
        assert_same(*both)


VALUES = st.recursive(
    st.sampled_from(("a", "", "~", "null", "no", "18:03", "a b", "1.5", "'q'", '"q"', "''", '"~"')),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(
            lambda items: f"{{{', '.join(f'{key}: {value}' for key, value in items.items())}}}"
        ),
    ),
    max_leaves=8,
)


def plain(node: Node) -> Any:
    """`node` as `plain_mapping` has it."""
    if isinstance(node, Scalar):
        return None if node.is_null else node.text
    if isinstance(node, Sequence):
        return ["…" if plain(item) is None else plain(item) for item in node.items]
    pairs = ((key.text, plain(value)) for key, value in node.entries)
    return {key: value for key, value in pairs if value is not None}


@settings(max_examples=2000 if LONG else 150, deadline=None)
@given(st.dictionaries(st.sampled_from(("a", "b", "c d", "x-e")), VALUES, min_size=1))
def test_yaml_means_the_same(values: dict[str, str]) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in values.items())
    found = plain_mapping(text)
    root, findings = compose(text, 1)
    if found is None:
        assert findings
        return
    assert not findings
    assert isinstance(root, Mapping)
    assert found[0] == plain(root)
    assert place_of(found[1], 1) == root.place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "- a",
        "a: b\na: c",
        "a: &b c",
        "a: *b",
        "a: !!str b",
        "<<: {a: b}",
        "? [a]\n: b",
        "a: b: c",
        "a: b #42",
        "a: # a comment",
        'a: "\\x41"',
        "a: b\n---\na: c",
        "a: [b",
        "a: \x7f",
        "a: b\n\tc: d",
        f"a: {'[' * (MAX_DEPTH + 1)}{']' * (MAX_DEPTH + 1)}",
        f"a: {'[' * 10_000}",
        f"a: [{'b, ' * MAX_ITEMS}b]",
        "a: b\n" + "# " * 20_000,
    ],
)
def test_what_needs_a_closer_look_is_not_taken(text: str) -> None:
    assert plain_mapping(text) is None


@pytest.mark.parametrize("fields", ["severity: sev2\n", ""])
def test_places_that_nobody_speaks_of_are_not_made(
    fields: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def counted(node: Any, first_line: int) -> Any:
        made.append(node)
        return place_of(node, first_line)

    monkeypatch.setattr(places, "place_of", counted)
    counts = []
    for rows in (1, 100):
        made.clear()
        front = f"title: T\nvisibility: public\npublished: 2024-02-22\n{fields}timeline:\n"
        front += "  - 18:03 started: Requests fail.\n"
        front += "".join(f"  - 2024-02-{21 + n // 60} 10:{n % 60:02}: More.\n" for n in range(rows))
        text = f"---\n{front}  - 2024-02-23 12:00 detected, resolved: It works again.\n---\n"
        reading = read_incident_text(PATH, text.encode(), OPTIONS)
        assert reading.incident is not None
        counts.append(len(made))
    assert counts[0] == counts[1]
