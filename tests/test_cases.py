"""Every case in `cases/`: an input, the diagnostics and the numbers that must come of it.

A case gives a whole `file`, or the `rows` of a timeline with the `front` matter around it. A new
bug is first a new case.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from mkdocs_postmortem import computed
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import load_options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.rules.all import RULES

CASES = Path(__file__).parent / "cases"
OPTIONS = Path(__file__).parent / "options.yaml"
# Most cases are about one thing, so what every short file would be told is left out.
QUIET = {"PM303": "off", "PM304": "off", "PM311": "off", "PM601": "off"}


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}-{case['name']}".replace(" ", "-"))
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def read(case: dict[str, Any]) -> Reading:
    raw = {"as_of": "2026-01-01", **case.get("options", {})}
    raw["rules"] = {**QUIET, **raw.get("rules", {})}
    options, errors = load_options(raw)
    assert options is not None, errors
    if "file" in case:
        data = case["file"]
    else:
        rows = "".join(f"  {line}\n" for line in case["rows"].splitlines())
        front = case.get("front", "")
        data = f"---\ntitle: T\n{front}timeline:\n{rows}---\n{case.get('body', '')}"
    path = case.get("path", "2024-02-20-case.md")
    content = data if isinstance(data, bytes) else data.encode()
    return read_incident_text(path, content, options)


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any]) -> None:
    reading = read(case)
    found = [f"{d.place.line}:{d.place.column} {d.code}" for d in reading.diagnostics]
    assert found == case.get("diagnostics", []), "\n".join(
        f"{d.headline} | {d.help}" for d in reading.diagnostics
    )
    for part in case.get("says", ()):
        assert any(part in f"{d.message} | {d.help}" for d in reading.diagnostics), part
    if not {"moments", "numbers", "windows", "severity", "days"} & set(case):
        return
    assert reading.incident is not None
    result = computed.as_json(reading.incident)
    if "moments" in case:
        shown = [
            " ".join(_short(row[key]) for key in ("earliest", "latest", "at"))
            for row in result["timeline"]
        ]
        assert shown == case["moments"]
    for key, expected in case.get("numbers", {}).items():
        name, _, episode = key.partition(" ")
        time = reading.incident.response_time(name, int(episode) if episode else None)
        assert time is not None
        entry = computed._response_time(time)
        verdict = f" {entry['verdict']}" if entry["verdict"] else ""
        bounds = "/".join(str(entry[k]) for k in ("seconds", "earliest_seconds", "latest_seconds"))
        assert f"{entry['outcome']} {bounds}{verdict}" == expected, key
    if "windows" in case:
        assert [
            f"{w['component']} {w['level']} {_short(w['from']['at'])}"
            f" {_short(w['to']['at']) if w['to'] else ('ongoing' if w['ongoing'] else 'unknown')}"
            for w in result["impact"]
        ] == case["windows"]
    if "severity" in case:
        assert [result["severity"], *result["severities"]] == case["severity"]


def _short(instant: str | None) -> str:
    return "open" if instant is None else instant.removeprefix("2024-02-").removesuffix("Z")


def _option(case: dict[str, Any]) -> str:
    return str(case["options"])


@pytest.mark.parametrize("case", yaml.safe_load(OPTIONS.read_text(encoding="utf-8")), ids=_option)
def test_wrong_options(case: dict[str, Any]) -> None:
    _, errors = load_options(case["options"])
    assert [f"{error.key}: {error.message} | {error.help}" for error in errors] == case["says"]


def test_every_rule_that_a_single_file_can_break_has_a_case() -> None:
    listed = [case.values[0] for case in cases()]
    seen = {entry.split()[1] for case in listed for entry in case.get("diagnostics", ())}
    # These need more than one file, or a file that is not there.
    elsewhere = {code for code in RULES if code.startswith("PM8")} | {"PM121", "PM124"}
    elsewhere |= {"PM615", "PM708"}
    assert set(RULES) - seen - elsewhere == set()
