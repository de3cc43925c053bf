"""The command line, run as a user runs it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import mkdocs_postmortem
import pytest
from building import short, write_site
from mkdocs_postmortem.cli import show


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs_postmortem", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(
        tmp_path,
        {
            "docs/incidents/2024/2024-02-20-good.md": short(),
            "docs/incidents/2024/index.md": "---\nhide: [toc]\n---\n# Not an incident\n",
        },
        {"plugins": ["search", {"postmortem": {"rules": {"PM601": "note"}}}]},
    )


def test_check_says_nothing_is_wrong(site: Path) -> None:
    done = run("check", cwd=site / "docs")
    assert done.returncode == 0
    assert "1 incident checked: 1 note" in done.stdout


def test_check_exits_with_1_for_errors_and_with_strict_for_warnings(site: Path) -> None:
    path = site / "docs/incidents/2024/2024-02-20-good.md"
    path.write_text(short().replace("done: 2024-02-28", "status: open"), encoding="utf-8")
    assert run("check", cwd=site).returncode == 0
    done = run("check", "--strict", cwd=site)
    assert done.returncode == 1
    assert "warning PM504" in done.stdout
    path.write_text(short().replace("18:18 resolved", "18:01 resolved"), encoding="utf-8")
    done = run("check", str(path), cwd=site)
    assert done.returncode == 1
    assert "docs/incidents/2024/2024-02-20-good.md:11:5: error PM206" in done.stdout
    assert "   11 |   - 18:01 resolved: Requests succeed again." in done.stdout
    assert "      |     ^^^^^" in done.stdout
    assert "fix: correct the time, or move the row up" in done.stdout


def test_check_counts_a_file_once_however_often_it_is_named(site: Path) -> None:
    folder = site / "docs/incidents/2024"
    (folder / "2024-02-21-bad.md").write_text(short().replace("sev2", "sev9"), encoding="utf-8")
    names = ["2024-02-21-bad.md", "./2024-02-21-bad.md", ".", "../2024/2024-02-21-bad.md", ".."]
    done = run("check", *names, cwd=folder)
    assert "PM801" not in done.stdout
    assert "2 incidents checked: 1 error, 2 notes" in done.stdout
    # As it was called first.
    assert done.stdout.count("2024-02-21-bad.md:") == 2
    assert "\n./2024" not in done.stdout


def test_check_as_json(site: Path) -> None:
    path = site / "docs/incidents/2024/2024-02-20-good.md"
    path.write_text(short().replace("severity: sev2", "severity: sev9"), encoding="utf-8")
    done = run("check", "--format", "json", cwd=site)
    result = json.loads(done.stdout)
    assert done.returncode == 1
    assert result["summary"] == {"files": 1, "errors": 1, "warnings": 0, "notes": 1}
    first = result["diagnostics"][0]
    assert first == {
        "path": "docs/incidents/2024/2024-02-20-good.md",
        "line": 5,
        "column": 11,
        "end_line": 5,
        "end_column": 15,
        "code": "PM119",
        "name": "invalid-value",
        "severity": "error",
        "message": "“sev9” is no severity of this site",
        "help": "known: sev1, sev2, sev3, sev4",
    }


def test_wrong_use_exits_with_2(site: Path, tmp_path: Path) -> None:
    assert run("check", "no-such-file.md", cwd=site).returncode == 2
    assert run("chekc", cwd=site).returncode == 2
    (site / "mkdocs.yml").write_text("plugins:\n  postmortem: {timezone: PST}\n", encoding="utf-8")
    done = run("check", cwd=site)
    assert done.returncode == 2
    assert "mkdocs.yml:2:16: error PM800 timezone: PST is not one time zone" in done.stderr


def test_show(site: Path) -> None:
    path = "docs/incidents/2024/2024-02-20-good.md"
    text = run("show", path, cwd=site)
    assert text.returncode == 0
    assert "Time to resolve           15 min (14 to 16)" in text.stdout
    assert "started → resolved" in text.stdout
    done = run("show", path, "--format", "json", cwd=site)
    result = json.loads(done.stdout)
    assert result["id"] == "2024-02-20-good"
    assert result["severity"] == "sev2"
    assert result["ongoing"] is False
    assert result["timeline"][0]["at"] == "2024-02-20T18:03:00Z"
    assert result["timeline"][0]["latest"] == "2024-02-20T18:04:00Z"
    assert result["timeline"][0]["milestones"] == ["started"]
    resolve = next(t for t in result["response_times"] if t["key"] == "time_to_resolve")
    assert resolve == {
        "key": "time_to_resolve",
        "name": "Time to resolve",
        "from": "started",
        "to": "resolved",
        "episode": 1,
        "outcome": "recorded",
        "seconds": 900,
        "earliest_seconds": 840,
        "latest_seconds": 960,
        "text": "15 min (14 to 16)",
        "target_seconds": None,
        "verdict": None,
    }


def test_show_of_what_cannot_be_read(site: Path) -> None:
    path = site / "2024-02-21-bad.md"
    path.write_text("---\ntitle: [\n---\n", encoding="utf-8")
    done = run("show", str(path), cwd=site)
    assert done.returncode == 1
    assert "2024-02-21-bad.md:3:1: error PM108" in done.stderr


def show_input(text: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs_postmortem", "show", *arguments]
    return subprocess.run(command, cwd=cwd, input=text, capture_output=True, text=True, check=False)


def test_show_reads_standard_input_as_check_does(site: Path) -> None:
    path = "docs/incidents/2024/2024-02-20-good.md"
    text = short().replace("18:18 resolved", "18:28 resolved")
    done = show_input(text, "-", "--stdin-filename", path, cwd=site)
    assert done.returncode == 0
    assert "Time to resolve           25 min (24 to 26)" in done.stdout
    for arguments in (["-"], [path, "--stdin-filename", path]):
        done = show_input(text, *arguments, cwd=site)
        assert done.returncode == 2
        assert "standard input is one file: - and --stdin-filename PATH, alone" in done.stderr


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("notes.md", "notes.md:3:1: error PM121"),
        ("2024-13-20-x.md", "2024-13-20-x.md:1:1: error PM122"),
        ("2024-02-20-order.md", "2024-02-20-order.md:11:5: error PM206"),
    ],
)
def test_show_says_what_is_wrong_before_what_it_computes(site: Path, name: str, says: str) -> None:
    text = short().replace("18:18 resolved", "18:01 resolved") if "order" in name else short()
    (site / name).write_text(text, encoding="utf-8")
    for arguments in ([name], [name, "--format", "json"]):
        done = run("show", *arguments, cwd=site)
        assert done.returncode == 1
        assert says in done.stderr
        assert "\n  fix: " in done.stderr
        assert "API errors" in done.stdout


def test_a_command_that_is_nearly_one_is_suggested(site: Path) -> None:
    done = run("chek", cwd=site)
    assert done.returncode == 2
    assert "No such command 'chek'. Did you mean check?" in done.stderr
    assert "Did you mean" not in run("zzz", cwd=site).stderr


EVENT = "The deploy lands, and every request that asks for the bill of last month is answered 500."
FAR = f"""---
title: T
timezone: Asia/Tokyo
timeline:
  - 02:30 started: {EVENT}
  - at: 02:40
    until: 02:50
    event: We roll back.
  - 02:55 resolved: b
---
"""


def test_show_cuts_nothing_and_says_until_when_and_where(site: Path) -> None:
    path = site / "2024-02-20-far.md"
    path.write_text(FAR, encoding="utf-8")
    lines = run("show", path.name, cwd=site).stdout.splitlines()
    assert "Timeline (as written in Asia/Tokyo, bounds in UTC)" in lines
    started = next(line for line in lines if line.startswith("  02:30"))
    assert "[2024-02-19 17:30:00, 2024-02-19 17:31:00)" in started
    assert started.endswith(EVENT)
    assert any(line.endswith("until 2024-02-19 17:50: We roll back.") for line in lines)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_show_wraps_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "110")
    lines = show._table([["02:30", "[bounds)", "started", f"{EVENT} {EVENT}"]])
    assert len(lines) == 3
    assert max(map(len, lines)) <= 110
    assert " ".join(line.strip() for line in lines).endswith(f"started  {EVENT} {EVENT}")


def test_rule(site: Path) -> None:
    assert "row-out-of-order" in run("rule", "PM206", cwd=site).stdout
    assert "PM206" in run("rule", "row-out-of-order", cwd=site).stdout
    assert run("rule", cwd=site).stdout.count("\n") > 50
    done = run("rule", "PM999", cwd=site)
    assert done.returncode == 2


@pytest.mark.parametrize(
    "text",
    [
        "plugins: [postmortem: {timezone: Europe/Berlin}]",
        "plugins: {postmortem: {timezone: Europe/Berlin}}",
        "plugins:\n  - search\n  - postmortem:\n      timezone: !ENV [NO_SUCH, Europe/Berlin]",
        "x: !!python/name:os.system\nplugins: [postmortem: {timezone: Europe/Berlin}]",
        "INHERIT: base.yml\nplugins: {postmortem: {}}",
    ],
)
def test_options_are_read_as_the_plugin_gets_them(tmp_path: Path, text: str) -> None:
    (tmp_path / "mkdocs.yml").write_text(f"site_name: T\n{text}\n", encoding="utf-8")
    (tmp_path / "base.yml").write_text(
        "plugins: {postmortem: {timezone: Europe/Berlin}}\n", encoding="utf-8"
    )
    path = tmp_path / "docs" / "2024-02-20-a.md"
    path.parent.mkdir()
    path.write_text(short(), encoding="utf-8")
    done = run("show", "docs/2024-02-20-a.md", "--format", "json", cwd=tmp_path)
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["timeline"][0]["at"] == "2024-02-20T17:03:00Z"


def test_terminal_escapes_are_shown_not_sent(site: Path) -> None:
    path = site / "docs/incidents/2024/2024-02-20-good.md"
    path.write_text(short("\x1b[31mred\x07").replace("sev2", "\u202esev"), encoding="utf-8")
    done = run("check", cwd=site)
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
    assert "\u202e" not in done.stdout


def said_by(code: str, folder: Path) -> str:
    """What a Python of its own prints that runs `code`."""
    command = (sys.executable, "-c", code)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_the_version_and_help_need_neither_pydantic_nor_markdown(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from mkdocs_postmortem.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'pydantic', 'markdown_it', 'mkdocs', 'yaml'} & set(sys.modules)))\n"
    )
    assert said_by(code, tmp_path).endswith("[]\n")
    assert mkdocs_postmortem.__version__ in run("--version", cwd=tmp_path).stdout


def test_a_build_needs_nothing_that_serves(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "import mkdocs.commands.build, mkdocs_postmortem.plugin\n"
        "print(sorted({'watchdog', 'http.server', 'mkdocs.livereload'} & set(sys.modules)))\n"
    )
    assert said_by(code, tmp_path) == "[]\n"


def test_the_core_knows_no_mkdocs(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "import mkdocs_postmortem.site\n"
        "import mkdocs_postmortem.render.page, mkdocs_postmortem.cli.check\n"
        "print([name for name in sys.modules if name == 'mkdocs' or name.startswith('mkdocs.')])\n"
    )
    assert said_by(code, tmp_path) == "[]\n"
