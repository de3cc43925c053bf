"""The JSON Schema of the front matter: it takes what the reader takes, and refuses what that does.

Editors read YAML 1.2, where `404` is a number and `2024-02-20` text; `as_editors_read` does the
same.
"""

from __future__ import annotations

import json
import os
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from building import build, short, write_site
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Options, load_options
from mkdocs_postmortem.reading.reader import Reading, read_fields, resolve_times
from mkdocs_postmortem.reading.source import read_source
from mkdocs_postmortem.reading.yaml_nodes import Mapping, Node, Scalar, compose
from mkdocs_postmortem.schema import DIALECT, FILE_NAME, front_matter_schema
from mkdocs_postmortem.site_config import load_site
from test_cases import cases
from test_cli import run

ROOT = Path(__file__).parent.parent
LONG = os.environ.get("POSTMORTEM_TEST_LONG") == "1"
# What only computing, or the zones of the world, can tell.
UNSEEN = {"PM201", "PM202", "PM203", "PM204", "PM205", "PM208", "PM210", "PM211"}


def options_of(raw: dict[str, Any]) -> Options:
    options, errors = load_options(raw)
    assert options is not None, errors
    return options


def as_editors_read(node: Node | None) -> Any:
    if node is None:
        return None
    if isinstance(node, Mapping):
        return {key.text: as_editors_read(value) for key, value in node.entries}
    if not isinstance(node, Scalar):
        return [as_editors_read(item) for item in node.items]
    if not node.is_plain:
        return node.text
    if node.text in ("", "~", "null", "Null", "NULL"):
        return None
    if node.text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return node.text.lower() == "true"
    if re.fullmatch(r"[-+]?[0-9]+", node.text):
        return int(node.text)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", node.text):
        return float(node.text)
    return node.text


def front_matter(text: str) -> Any:
    source, _ = read_source("2024-02-20-x.md", text.encode())
    assert source is not None
    assert source.front_matter is not None
    root, findings = compose(source.front_matter, 2)
    return as_editors_read(root) if not findings else None


DEFAULT = Draft202012Validator(front_matter_schema(Options()))


def refusals(text: str, options: Options | None = None) -> list[str]:
    """What the schema of a site with these options, or of one without any, has against `text`."""
    schema = DEFAULT if options is None else Draft202012Validator(front_matter_schema(options))
    found = schema.iter_errors(front_matter(text))
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in found]


def reading_of(text: str, options: Options) -> tuple[Reading, set[str]]:
    """The reading, and the codes of what keeps its front matter from being read."""
    reading = read_fields("2024-02-20-x.md", text.encode(), options)
    if reading.fields is not None:
        resolve_times(reading)
    codes = {finding.rule.code for finding in reading.findings}
    return reading, {code for code in codes if code.startswith("PM1") or code in UNSEEN}


@pytest.mark.parametrize("path", sorted((ROOT / "incidents").rglob("2*.md")), ids=lambda p: p.stem)
def test_takes_the_incidents_of_the_example_site(path: Path) -> None:
    options = load_site(ROOT / "mkdocs.yml", ROOT).options
    assert refusals(path.read_text(encoding="utf-8"), options) == []


@pytest.mark.parametrize("case", cases())
def test_agrees_with_the_reader_on_every_case(case: dict[str, Any]) -> None:
    rows = "".join(f"  {line}\n" for line in case.get("rows", "").splitlines())
    text = case.get("file") or f"---\ntitle: T\n{case.get('front', '')}timeline:\n{rows}---\n"
    options = options_of(case.get("options", {}))
    if isinstance(text, bytes):
        return
    source, _ = read_source("x.md", text.encode())
    if source is None or source.front_matter is None or front_matter(text) is None:
        return
    _, codes = reading_of(text, options)
    found = refusals(text, options)
    if not codes:
        assert found == []
    # Unknown fields and rows of neither form are refused by both.
    if codes & {"PM116", "PM120"}:
        assert found


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn")),
    min_size=1,
    max_size=20,
).filter(lambda text: text.strip() != "" and "\ufeff" not in text)
CLOCKS = st.times().map(lambda time: f"{time:%H:%M}")
ZONES = st.sampled_from(["", " UTC", "Z", " +02:00", " -07:00", " Europe/Berlin", " gmt"])
DAYS = st.dates(date(1970, 1, 2), date(2998, 1, 1)).map(str)
POINTS = st.one_of(
    st.builds("{}{}".format, CLOCKS, ZONES),
    st.builds("{} {}{}".format, DAYS, CLOCKS, ZONES),
    st.builds("{}T{}:30{}".format, DAYS, CLOCKS, ZONES),
    DAYS,
    st.builds("{}:??".format, st.integers(0, 23)),
    st.builds("{}h".format, st.integers(0, 23)),
    st.builds(
        "{}:{:02} {}".format,
        st.integers(1, 12),
        st.integers(0, 59),
        st.sampled_from(["AM", "pm", "a.m.", "P.M."]),
    ),
    st.builds("~{}".format, CLOCKS),
    st.builds("~{} ±{}m".format, CLOCKS, st.integers(1, 59)),
)
TIMES = st.one_of(
    POINTS,
    st.builds("{}..{}".format, CLOCKS, CLOCKS),
    st.builds("{} .. {}".format, DAYS, DAYS),
    st.builds("..{}".format, CLOCKS),
    st.builds("{}..".format, CLOCKS),
    st.builds("+{}m".format, st.integers(1, 99)),
    st.builds("T+{:02}:{:02}".format, st.integers(0, 99), st.integers(0, 59)),
    st.builds("-{}s".format, st.integers(1, 99)),
)
MILESTONES = st.lists(
    st.sampled_from(Options().milestone_names), min_size=1, max_size=3, unique=True
)
SHORT_ROWS = st.one_of(
    st.builds(lambda time, text: {time: text}, TIMES, WORDS),
    st.builds(
        lambda time, names, text: {f"{time} {', '.join(names)}": text}, TIMES, MILESTONES, WORDS
    ),
    st.builds(lambda names, text: {",".join(names): text}, MILESTONES, WORDS),
)
FLAGS = st.booleans()
LONG_ROWS = st.fixed_dictionaries(
    {"event": WORDS},
    optional={
        "milestone": st.one_of(MILESTONES, MILESTONES.map(lambda names: names[0])),
        "at": TIMES,
        "outcome": st.sampled_from(["worked", "failed", "partial", None]),
        "component": st.one_of(WORDS, st.lists(WORDS, max_size=2)),
        "by": st.one_of(WORDS, st.none()),
        "severity": st.sampled_from(Options().severity_names),
        "internal": FLAGS,
        "update": FLAGS,
        "evidence": st.just("https://example.org/ä?x=1"),
    },
)
ACTION_ITEMS = st.fixed_dictionaries(
    {"title": WORDS},
    optional={
        "owner": st.one_of(WORDS, st.none()),
        "due": st.one_of(DAYS, WORDS),
        "done": DAYS,
        "kind": st.sampled_from(["prevent", "detect", "mitigate", "process"]),
        "link": st.just("mailto:team@example.org"),
        "priority": st.one_of(WORDS, st.integers(1, 9)),
    },
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "severity": st.sampled_from([*Options().severity_names, None]),
    "status": st.sampled_from(["open", "closed"]),
    "components": st.one_of(WORDS, st.lists(WORDS, max_size=3)),
    "tags": st.lists(st.one_of(WORDS, st.integers()), max_size=3),
    "date": DAYS,
    "timezone": st.sampled_from(["UTC", "Europe/Berlin", "+02:00", None]),
    "summary": WORDS,
    "reference": st.one_of(WORDS, st.integers()),
    "targets": st.dictionaries(
        st.sampled_from(Options().measure_names), st.sampled_from(["5m", "1h 30m", "90 seconds"])
    ),
    "claims": st.one_of(
        st.dictionaries(st.sampled_from(Options().claim_names), st.sampled_from(["14m", "18:03"])),
        st.lists(
            st.dictionaries(
                st.sampled_from(Options().claim_names), st.just(["14m", "15m"]), min_size=1
            ),
            max_size=2,
        ),
    ),
    "impact": st.fixed_dictionaries(
        {"from": st.sampled_from(["started", "started 2", "18:03"])},
        optional={"level": st.just("partial_outage"), "to": POINTS, "users": WORDS},
    ),
    "action_items": st.lists(ACTION_ITEMS, max_size=2),
    "lang": st.sampled_from(["en", "pt-BR", "no"]),
    "internal": st.recursive(WORDS, lambda inner: st.dictionaries(WORDS, inner, max_size=2)),
    "hide": st.just(["toc"]),
    "x-mine": WORDS,
    "silence": st.just([{"code": "PM402", "reason": "theirs", "line": 3}]),
    "links": st.just({"name": "Status", "url": "https://example.org"}),
    "corrections": st.builds(lambda day: [{"date": day, "text": "Right."}], DAYS),
}
DATA = st.fixed_dictionaries(
    {
        "title": st.one_of(WORDS, st.integers(), st.booleans()),
        "timeline": st.lists(st.one_of(SHORT_ROWS, LONG_ROWS), min_size=1, max_size=4),
    },
    optional=FIELDS,
)


def written(data: dict[str, Any]) -> str:
    return f"---\n{json.dumps(data, ensure_ascii=False)}\n---\n"


@settings(max_examples=2000 if LONG else 120, deadline=None)
@given(DATA)
def test_takes_what_the_reader_takes(data: dict[str, Any]) -> None:
    text = written(data)
    reading, codes = reading_of(text, Options())
    # What the strategies make is meant to be right: a run in which little is read proves nothing.
    assert codes <= {"PM203", "PM204", "PM205", "PM208", "PM210"}, reading.findings
    assert refusals(text) == []


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("a misspelt field", {"actionitems": []}),
    ("a field of rows", {"timeline": [{"event": "x", "evnt": "y"}]}),
    ("a mixed row", {"timeline": [{"18:03": "x", "until": "18:04"}]}),
    ("two short rows in one", {"timeline": [{"18:03": "x", "18:04": "y"}]}),
    ("an unknown milestone", {"timeline": [{"18:03 startd": "x"}]}),
    ("an unknown milestone alone", {"timeline": [{"finished": "x"}]}),
    ("an unknown milestone in the long form", {"timeline": [{"event": "x", "milestone": "end"}]}),
    ("a row without a time's end", {"timeline": ["18:03"]}),
    ("until without at", {"timeline": [{"until": "18:04", "event": "x"}]}),
    ("a time of the template", {"timeline": [{"HH:mm started": "x"}]}),
    ("no rows", {"timeline": []}),
    ("another severity", {"severity": "sev9"}),
    ("another component", {"components": ["web"]}),
    ("another visibility", {"visibility": "secret"}),
    ("another outcome", {"timeline": [{"event": "x", "outcome": "good"}]}),
    ("public without a day", {"visibility": "public"}),
    ("maintenance without a window", {"kind": "maintenance"}),
    ("a window without maintenance", {"scheduled": {"from": "18:03", "to": "19:03"}}),
    ("an action item without a title", {"action_items": [{"owner": "x"}]}),
    ("no link", {"links": [{"name": "x", "url": "example.org"}]}),
    ("no day", {"date": "20.2.2024"}),
    ("no length", {"targets": {"time_to_detect": "soon"}}),
    ("no response time", {"targets": {"time_to_sleep": "5m"}}),
    ("no claim", {"claims": [{"time_to_sleep": "5m"}]}),
    ("an empty title", {"title": " "}),
    ("a list as a title", {"title": ["a"]}),
    ("no flag", {"timeline": [{"event": "x", "internal": "maybe"}]}),
    ("no anchor", {"impact": [{"from": "beginning"}]}),
    ("the models' own names", {"impact": [{"start": "started"}]}),
    ("no language", {"lang": "English, mostly"}),
    ("a silence without a reason", {"silence": [{"code": "PM402"}]}),
]


@pytest.mark.parametrize(("name", "change"), WRONG, ids=[name for name, _ in WRONG])
def test_refuses_what_the_reader_refuses(name: str, change: dict[str, Any]) -> None:
    options = options_of({"components": ["api"]})
    right = {"title": "T", "timeline": [{"18:03 started": "x"}]}
    assert refusals(written(right), options) == []
    assert refusals(written({**right, **change}), options)
    data = written({**right, **change}).encode()
    assert read_incident_text("2024-02-20-x.md", data, options).has_errors


def test_names_that_yaml_reads_as_numbers() -> None:
    options = options_of(
        {
            "severities": [
                {"name": name, "meaning": "m", "impact": "major"} for name in ("1", "two")
            ],
            "components": ["404", "true"],
        }
    )
    text = "---\ntitle: 404\nseverity: 1\ncomponents: [404, true]\ntimeline: [18:03: 7]\n---\n"
    assert reading_of(text, options)[1] == set()
    assert refusals(text, options) == []
    assert refusals(text.replace("severity: 1", "severity: 2"), options)


def test_it_is_a_schema_that_says_what_every_field_is() -> None:
    schema = front_matter_schema(Options(), "https://status.example.org/")
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert schema["$id"] == "https://status.example.org/postmortem.schema.json"
    # Editors that know draft 7 only read it too.
    Draft7Validator.check_schema({**schema, "$schema": "http://json-schema.org/draft-07/schema#"})
    assert "x-defined" not in json.dumps(schema)
    models = {"": schema, **schema["$defs"]}
    fields = {
        f"{name}.{field}": said
        for name, model in models.items()
        for field, said in model.get("properties", {}).items()
    }
    assert len(fields) > 60
    assert [name for name, said in fields.items() if not said.get("description")] == []
    # Every example is one.
    for name, said in [*fields.items(), *schema["$defs"].items()]:
        validator = Draft202012Validator({**said, "$defs": schema["$defs"]})
        for example in said.get("examples", ()):
            assert validator.is_valid(example), (name, example)


def test_it_knows_the_sites_own_names() -> None:
    raw: dict[str, Any] = {
        "severities": [{"name": "P1", "meaning": "Down", "impact": "critical"}],
        "components": ["api", "web"],
        "milestones": {"reverting": "a change is being taken back"},
        "response_times": {"rollback": {"name": "Rollback", "from": "reverting", "to": "resolved"}},
    }
    definitions = front_matter_schema(options_of(raw))["$defs"]
    assert definitions["severity"] == {"description": "P1: Down", "enum": ["P1"]}
    assert definitions["component"] == {"enum": ["api", "web"]}
    assert definitions["milestone"]["enum"][-1] == "reverting"
    assert "rollback" in definitions["response_time"]["enum"]
    assert {"rollback", "reverting", "started"} <= set(definitions["claim"]["enum"])
    row = "---\ntitle: T\ntimeline:\n  - 18:03 reverting, mitigating: x\n---\n"
    assert refusals(row, options_of(raw)) == []
    assert refusals(row)


def test_the_command_and_the_built_site_have_the_same(tmp_path: Path) -> None:
    folder = write_site(
        tmp_path,
        {"docs/incidents/2024-02-20-a.md": short()},
        {
            "site_url": "https://status.example.org/",
            "plugins": [{"postmortem": {"components": ["api"]}}],
        },
    )
    built = build(folder)
    assert built.code == 0, built.output
    published = json.loads(built.text(FILE_NAME))
    assert published.pop("$id") == f"https://status.example.org/{FILE_NAME}"
    printed = run("schema", cwd=folder)
    assert json.loads(printed.stdout) == published
    saved = run("schema", "--output", "here.json", cwd=folder)
    assert (saved.returncode, saved.stdout) == (0, "")
    assert (folder / "here.json").read_text(encoding="utf-8") == printed.stdout
    nowhere = run("schema", "--output", "no/such/folder.json", cwd=folder)
    assert nowhere.returncode == 1
    assert "no/such/folder.json" in nowhere.stderr
