"""The documentation of every rule: its examples are run, and what is printed of it is true."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from building import build, short, write_site
from click.testing import CliRunner
from mkdocs_postmortem.cli.check import command as check
from mkdocs_postmortem.cli.diff import command as diff
from mkdocs_postmortem.rules import examples
from mkdocs_postmortem.rules.all import RULES
from mkdocs_postmortem.rules.documentation import documentation
from mkdocs_postmortem.rules.examples import ExampleFile
from mkdocs_postmortem.rules.registry import Rule
from rule_pages import FOLDER, pages
from test_serve import Served

# What is wrong with the options is said before any incident is looked at.
OPTIONS = "PM800"
# What is wrong with a change needs two revisions.
OF_CHANGES = sorted(code for code in RULES if code.startswith("PM85"))
# Only a build knows every file of a site.
OF_BUILDS = ["PM812"]
OF_FILES = sorted(set(RULES) - {OPTIONS, *OF_CHANGES, *OF_BUILDS})


def checked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What `postmortem check` says about the site in `folder`."""
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(check, ["--format", "json"])
    assert done.exit_code in (0, 1), done.output
    found: list[dict[str, Any]] = json.loads(done.output)["diagnostics"]
    return found


def places(found: list[dict[str, Any]]) -> set[tuple[str, str, int]]:
    return {(one["code"], one["path"], one["line"]) for one in found}


def marks(code: str, files: list[ExampleFile]) -> set[tuple[str, str, int]]:
    return {(code, file.path, line) for file in files for line in file.marked}


@pytest.mark.parametrize("code", OF_FILES)
def test_the_example_breaks_the_rule_and_the_fixed_one_breaks_none(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = documentation(RULES[code])
    bad = tmp_path / "bad"
    files = examples.write(bad, parts.example)
    assert places(checked(bad, monkeypatch)) == marks(code, files)
    examples.write(tmp_path / "fixed", parts.fixed)
    assert checked(tmp_path / "fixed", monkeypatch) == []


def test_the_example_of_wrong_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = documentation(RULES[OPTIONS])
    examples.write(tmp_path / "bad", parts.example)
    monkeypatch.chdir(tmp_path / "bad")
    done = CliRunner().invoke(check, [])
    assert done.exit_code == 2
    (line,) = parts.example[0].marked
    assert f"mkdocs.yml:{line}:7: error {OPTIONS} timezone: PST is not" in done.output
    examples.write(tmp_path / "fixed", parts.fixed)
    assert checked(tmp_path / "fixed", monkeypatch) == []


@pytest.mark.parametrize("code", OF_BUILDS)
def test_the_example_of_a_build(code: str, tmp_path: Path) -> None:
    parts = documentation(RULES[code])
    (file, *_) = files = examples.write(tmp_path / "bad", parts.example)
    assert marks(code, files)
    (line,) = file.marked
    drafts = {"POSTMORTEM_AUDIENCE": "drafts"}
    built = build(tmp_path / "bad", env=drafts)
    assert built.code == 1
    assert f"{file.path}:{line}:1: error {code} " in built.output
    examples.write(tmp_path / "fixed", parts.fixed)
    assert build(tmp_path / "fixed", env=drafts).code == 0


@pytest.mark.parametrize("code", OF_CHANGES)
def test_the_example_of_a_change(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = documentation(RULES[code])
    for name, blocks, expected in (("bad", parts.example, [code]), ("fixed", parts.fixed, [])):
        folder = tmp_path / name
        files = examples.files(blocks)
        for branch in ("main", "branch"):
            shutil.rmtree(folder / "docs", ignore_errors=True)
            for file in files:
                if file.path.startswith(f"{branch}/"):
                    replace(file, path=file.path.removeprefix(f"{branch}/")).write(folder)
            examples.write_config(folder, examples.options(blocks))
            for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", branch]):
                identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
                subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)
        monkeypatch.chdir(folder)
        done = CliRunner().invoke(diff, ["HEAD~1", "HEAD", "--format", "json"])
        found = json.loads(done.output)["violations"]
        assert [one["code"] for one in found] == expected, done.output


@pytest.fixture(scope="module")
def everything(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, set[tuple[str, str, int]]]:
    """One site with the examples of all rules, and the places that they mark."""
    folder = tmp_path_factory.mktemp("everything")
    stated: dict[str, Any] = {}
    marked = set()
    for code in OF_FILES:
        blocks = documentation(RULES[code]).example
        for option, value in examples.options(blocks).items():
            assert stated.setdefault(option, value) == value, f"{code} and another: {option}"
        files = [_own(code, file) for file in examples.files(blocks)]
        for file in files:
            assert not (folder / file.path).exists()
            file.write(folder)
        marked |= marks(code, files)
    examples.write_config(folder, stated)
    return folder, marked


def _own(code: str, file: ExampleFile) -> ExampleFile:
    """The file under a name that no other example has."""
    return replace(file, path=file.path.replace("-errors", f"-errors-{code.lower()}"))


def test_every_diagnostic_is_seen_in_a_terminal_in_json_and_on_the_page(
    everything: tuple[Path, set[tuple[str, str, int]]],
) -> None:
    folder, marked = everything
    done = _postmortem("check", "--format", "json", cwd=folder)
    found = [one for one in json.loads(done)["diagnostics"] if places([one]) <= marked]
    assert places(found) == marked
    terminal = _postmortem("check", cwd=folder)
    for one in found:
        where = f"{one['path']}:{one['line']}:{one['column']}"
        headline = f"{where}: {one['severity']} {one['code']} {one['message']}\n"
        _, known, rest = terminal.partition(headline)
        assert known, headline
        if one["help"]:
            assert f"  fix: {one['help']}\n" in rest.split("\n\n")[0] + "\n"
    server = Served(folder)
    try:
        # What has no page of its own is listed above the archive.
        archive = _items(server.get("incidents/"))
        pages: dict[str, list[str]] = {}
        for one in found:
            path = one["path"]
            url = f"incidents/{Path(path).stem}/"
            if path not in pages:
                alone = path.endswith(".md") and server.status(url) == 200
                pages[path] = _items(server.get(url)) if alone else []
            place = f"line {one['line']}, column {one['column']}"
            shown = [
                item
                for item in pages[path] + [item for item in archive if Path(path).name in item]
                if f"{one['severity']} {one['code']}" in item
                and place in item
                and one["message"].replace("docs/incidents/", "") in item
                and (not one["help"] or f"Fix: {one['help']}" in item)
            ]
            assert shown, (one, pages[path], archive)
    finally:
        server.process.terminate()
        server.process.wait()
        server.lines.close()


def _items(page: str) -> list[str]:
    """The problems that a page lists, as text."""
    listed = page.partition('<section class="pm-problems"')[2].partition("</section>")[0]
    return [html.unescape(item) for item in listed.split("<li ")[1:]]


def _postmortem(*arguments: str, cwd: Path) -> str:
    command = [sys.executable, "-m", "mkdocs_postmortem", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    return done.stdout


def test_the_pages_are_up_to_date() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    made = pages()
    assert sorted(kept) == sorted(made)
    assert [name for name in made if kept[name] != made[name]] == [], "run: make docs"


def test_a_rule_is_printed_with_its_examples(tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "mkdocs_postmortem", "rule", *arguments]
        return subprocess.run(
            command,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            env={"COLUMNS": "60", "PYTHONIOENCODING": "utf-8"},
        ).stdout

    printed = run("PM601")
    assert printed.startswith("PM601 missing-section (warning)\n\nThe body lacks sections that")
    assert "\n  docs/incidents/2024-02-20-api-errors.md, below the front matter\n" in printed
    assert "\n    ## Impact  ◀\n" in printed
    assert "\nFixed\n\n  mkdocs.yml\n    plugins:\n      - postmortem:\n" in printed
    assert max(len(line) for line in printed.split("\n\n")[2].split("\n")) <= 60
    assert "https://status.npmjs.org/incidents/8f606wk49gq4" in run("PM401")
    listed = json.loads(run("--format", "json"))
    assert [rule["code"] for rule in listed] == sorted(RULES)
    one = json.loads(run("PM601", "--format", "json"))
    assert one in listed
    assert one["example"][1]["marked"] == [1]
    assert one["example"][1]["text"] == "## Impact\n\nRequests failed for a quarter of an hour.\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Prose.", "has no “## Example”"),
        ("Prose.\n\n## Example\n\n```yaml\na: b ◀\n```", "has no “## Fixed”"),
        ("Prose.\n\n## Example\n\n```yaml\na\n```\n\n## Fixed\n\n```yaml\na\n```", "ends with ◀"),
        ("Prose.\n\n## Examples\n\n```yaml\na\n```", "headings Example and Fixed"),
        ("Prose.\n\n## Example\n\n```python\na\n```", "“python” is none of"),
    ],
)
def test_documentation_in_another_form_is_refused(text: str, reason: str) -> None:
    rule = Rule("PM999", "x", RULES["PM206"].severity, text)
    with pytest.raises(ValueError, match=reason):
        documentation(rule)


def test_the_site_sets_the_severity_of_every_rule(
    everything: tuple[Path, set[tuple[str, str, int]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, _ = everything
    site = tmp_path / "site"
    shutil.copytree(folder, site, symlinks=True)
    stated = {
        "sections": ["Impact", "Lessons"],
        "words": True,
        "safety": {"names": ["Acme Corp"]},
    }
    for level in ("note", "off"):
        examples.write_config(site, {**stated, "rules": dict.fromkeys(OF_FILES, level)})
        found = checked(site, monkeypatch)
        assert {one["severity"] for one in found} == ({"note"} if level == "note" else set())
        assert {one["code"] for one in found} == (set(OF_FILES) if level == "note" else set())


SILENT = """silence:
  - {code: PM802, reason: that postmortem is on another site}
  - {code: PM804, reason: it is promised twice on purpose}
"""


def test_a_file_silences_a_rule_about_the_site_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise = short().replace("done: 2024-02-28", "status: open").replace("2024-03-01", "words")
    related = promise.replace("title:", "related: [2020-01-01-elsewhere]\ntitle:", 1)
    related = related.replace("2024-02-22", "2024-03-22")
    front, _, rest = related.partition("timeline:")
    silent = f"{front}{SILENT}timeline:{rest}"
    first = "docs/incidents/2024-02-20-first.md"
    second = "docs/incidents/2024-03-20-second.md"
    site = write_site(
        tmp_path,
        {first: promise, second: silent},
        {"plugins": [{"postmortem": {"sections": [], "rules": {"PM503": "off"}}}]},
    )
    assert checked(site, monkeypatch) == []
    (site / second).write_text(silent.replace("related:", "x-related:"), encoding="utf-8")
    (found,) = checked(site, monkeypatch)
    assert (found["code"], found["message"]) == ("PM123", "nothing here is PM802 any more")
    (site / second).write_text(related, encoding="utf-8")
    assert {one["code"] for one in checked(site, monkeypatch)} == {"PM802", "PM804"}
    wrong = silent.replace("PM804", "PM801")
    (site / second).write_text(wrong, encoding="utf-8")
    said = {(one["code"], one["message"]) for one in checked(site, monkeypatch)}
    assert ("PM119", "“PM801” is a rule that cannot be silenced") in said
