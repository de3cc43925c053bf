"""What editors and hooks use: standard input, the recipes of docs/editors.md, pre-commit."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import short, write_site
from conftest import missing
from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Options
from test_cli import run

ROOT = Path(__file__).parent.parent
LONG = os.environ.get("POSTMORTEM_TEST_LONG") == "1"
RECIPES = (ROOT / "docs/editors.md").read_text(encoding="utf-8")
NAME = "docs/incidents/2024/2024-02-20-a.md"
WRONG = short().replace("18:18 resolved", "18:01 resolved")


def recipe(title: str) -> str:
    """The file that docs/editors.md shows under `title`."""
    found = re.search(
        rf'^```\w+ title="{re.escape(title)}"\n(.*?)^```$', RECIPES, re.MULTILINE | re.DOTALL
    )
    assert found is not None
    return found[1]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(
        tmp_path,
        {NAME: short(), "docs/incidents/2024/2024-01-02-b.md": short("Other")},
        {"plugins": [{"postmortem": {"rules": {"PM601": "note"}, "components": ["api"]}}]},
    )


def check_input(
    text: str | bytes, *arguments: str, cwd: Path
) -> subprocess.CompletedProcess[bytes]:
    data = text.encode() if isinstance(text, str) else text
    command = [sys.executable, "-m", "mkdocs_postmortem", "check", *arguments]
    return subprocess.run(command, cwd=cwd, input=data, capture_output=True, check=False)


# --- standard input -------------------------------------------------------------------------------


def test_standard_input_is_checked_as_the_file_that_it_will_be(site: Path) -> None:
    arguments = ("--stdin-filename", NAME)
    # What is in the editor counts, not what is saved; and the same is said of both.
    (site / NAME).write_text(short(), encoding="utf-8")
    from_input = check_input(WRONG, "-", *arguments, cwd=site)
    assert from_input.returncode == 1
    assert f"{NAME}:11:5: error PM206".encode() in from_input.stdout
    assert (site / NAME).read_text(encoding="utf-8") == short()
    (site / NAME).write_text(WRONG, encoding="utf-8")
    for more in ((), ("--format", "json"), ("--strict",)):
        from_input = check_input(WRONG, *arguments, *more, cwd=site)
        from_file = run("check", NAME, *more, cwd=site)
        assert from_input.stdout.decode() == from_file.stdout
        assert from_input.returncode == from_file.returncode == 1


def test_standard_input_knows_the_site_around_it(site: Path) -> None:
    # From elsewhere, for a file that is not saved yet: its site's options and incidents count.
    elsewhere = site / "elsewhere"
    elsewhere.mkdir()
    path = site / "docs/incidents/2024/2024-02-20-new.md"
    text = short().replace("components: [api]", "components: [apu]\nrelated: [2024-01-02-c]")
    done = check_input(text, "--stdin-filename", str(path), "--format", "json", cwd=elsewhere)
    result = json.loads(done.stdout)
    assert [(d["code"], d["help"]) for d in result["diagnostics"] if d["code"] != "PM601"] == [
        ("PM119", "did you mean api?"),
        ("PM802", "did you mean 2024-01-02-b?"),
    ]
    assert {d["path"] for d in result["diagnostics"]} == {
        "../docs/incidents/2024/2024-02-20-new.md"
    }
    # The same name in another folder is the same id.
    other = site / "docs/incidents/2024-01-02-b.md"
    done = check_input(short(), "--stdin-filename", str(other), cwd=site)
    assert b"error PM801" in done.stdout


def test_standard_input_that_is_no_incident(site: Path) -> None:
    page = "docs/incidents/about.md"
    done = check_input("# About\n", "--stdin-filename", page, cwd=site)
    assert (done.returncode, done.stdout) == (0, b"0 incidents checked, nothing to say\n")
    assert b"about.md is no incident" in done.stderr
    done = check_input(short(), "--stdin-filename", page, cwd=site)
    assert done.returncode == 1
    assert f"{page}:3:1: error PM121".encode() in done.stdout
    done = check_input(b"---\ntitle: \xff\n", "--stdin-filename", NAME, cwd=site)
    assert b"error PM101" in done.stdout
    done = check_input(b"", "--stdin-filename", NAME, cwd=site)
    assert b"error PM104" in done.stdout


@pytest.mark.parametrize(
    "arguments", [["-"], ["-", NAME], ["-", NAME, "--stdin-filename", NAME]], ids=str
)
def test_standard_input_needs_a_name_and_stands_alone(site: Path, arguments: list[str]) -> None:
    done = check_input(short(), *arguments, cwd=site)
    assert done.returncode == 2
    assert b"--stdin-filename PATH, alone" in done.stderr


# --- remark ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def remark() -> Path:
    modules = ROOT / "tests/browser/node_modules"
    if shutil.which("node") is None:
        missing("node", "apt-get install npm")
    if not (modules / "remark-lint-frontmatter-schema").is_dir():
        missing("remark", "make test")
    return modules


def test_the_recipe_for_remark(tmp_path: Path, remark: Path) -> None:
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "docs_dir: incidents\n" in config
    (tmp_path / "mkdocs.yml").write_text(config.replace("docs_dir: incidents\n", ""), "utf-8")
    shutil.copytree(ROOT / "incidents", tmp_path / "docs/incidents")
    (tmp_path / "node_modules").symlink_to(remark)
    (tmp_path / ".remarkrc.json").write_text(recipe(".remarkrc.json"), encoding="utf-8")
    for command in ("postmortem schema --output postmortem.schema.json", "remark docs/incidents"):
        assert command in RECIPES
    run("schema", "--output", "postmortem.schema.json", cwd=tmp_path)

    def lint() -> subprocess.CompletedProcess[str]:
        program = str(tmp_path / "node_modules/.bin/remark")
        command = [program, "docs/incidents", "--frail", "--quiet", "--no-color"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    good = lint()
    assert (good.returncode, good.stderr) == (0, "")
    (tmp_path / NAME).write_text(
        short()
        .replace("severity: sev2", "severity: sev9")
        .replace("action_items:", "actionitems:")
        .replace("18:04 detected", "18:04 detectd"),
        encoding="utf-8",
    )
    bad = lint()
    assert bad.returncode == 1
    assert NAME in bad.stderr
    assert re.search(r"^5:11-5:15 .*allowed values: `sev1`, `sev2`", bad.stderr, re.MULTILINE)
    assert "Must NOT have additional properties" in bad.stderr
    assert re.search(r"^10:5-\d+:\d+ .*[Pp]roperty name must be valid", bad.stderr, re.MULTILINE)


# --- VS Code --------------------------------------------------------------------------------------


def test_the_problem_matcher_of_the_recipe_reads_what_check_prints(site: Path) -> None:
    task = json.loads(recipe(".vscode/tasks.json"))["tasks"][0]
    assert task["command"] == "postmortem check"
    pattern = task["problemMatcher"]["pattern"]
    (site / NAME).write_text(WRONG.replace("summary: The", "summary: TODO The"), encoding="utf-8")
    printed = run("check", cwd=site).stdout
    told = json.loads(run("check", "--format", "json", cwd=site).stdout)["diagnostics"]
    assert {found["severity"] for found in told} == {"error", "note"}
    matched = [
        found for line in printed.splitlines() if (found := re.match(pattern["regexp"], line))
    ]
    fields = ("file", "line", "column", "severity", "code", "message")
    assert [tuple(match[pattern[field]] for field in fields) for match in matched] == [
        (d["path"], str(d["line"]), str(d["column"]), d["severity"], d["code"], d["message"])
        for d in told
    ]
    assert len(matched) > 2


def snippets() -> dict[str, dict[str, Any]]:
    text = (ROOT / "docs/postmortem.code-snippets").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


VARIABLES = {"CURRENT_YEAR": "2024", "CURRENT_MONTH": "02", "CURRENT_DATE": "20"}


def expansions(body: list[str]) -> list[str]:
    """What a snippet inserts when its author types nothing, once for each of its choices."""
    text = "\n".join(body)
    for name, value in VARIABLES.items():
        text = text.replace(f"${name}", value)
    text = re.sub(r"\$\{\d+:([^{}]*)\}", r"\1", text).replace("$0", "")
    choices = [
        [(match[0], choice) for choice in match[1].split(",")]
        for match in re.finditer(r"\$\{\d+\|([^|]*)\|\}", text)
    ]
    results = []
    for chosen in product(*choices):
        result = text
        for written, choice in chosen:
            result = result.replace(written, choice)
        results.append(result)
    assert not any("$" in result for result in results)
    return results


@pytest.mark.parametrize("name", list(snippets()))
def test_every_snippet_makes_what_the_reader_reads(name: str) -> None:
    snippet = snippets()[name]
    assert set(snippet) == {"prefix", "description", "scope", "body"}
    assert f"`{snippet['prefix']}`" in RECIPES
    key = {"Row": "timeline", "Row in the long form": "timeline", "Action item": "action_items"}
    for inserted in expansions(snippet["body"]):
        text = inserted
        if name != "Incident":
            rows = "  - 18:03 started: a\n  - 18:05 detected: b\n  - 18:20 resolved: c\n"
            block = "".join(f"  {line}\n" for line in inserted.split("\n"))
            field = key.get(name, "impact" if name == "Impact" else "corrections")
            if field == "timeline":
                text = f"---\ntitle: T\ntimeline:\n{block}---\n"
            else:
                text = f"---\ntitle: T\ntimeline:\n{rows}{field}:\n{block}---\n"
        reading = read_incident_text("2024-02-20-a.md", text.encode(), Options())
        errors = [d.headline for d in reading.diagnostics if d.severity is Severity.ERROR]
        assert reading.incident is not None
        assert errors == []
    prefixes = [snippet["prefix"] for snippet in snippets().values()]
    assert len(set(prefixes)) == len(prefixes)


# --- pre-commit -----------------------------------------------------------------------------------


def git(*arguments: str, cwd: Path) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


def test_the_manifest_of_hooks_is_valid_and_the_recipe_uses_it() -> None:
    manifest = ROOT / ".pre-commit-hooks.yaml"
    validate = [sys.executable, "-m", "pre_commit", "validate-manifest", str(manifest)]
    done = subprocess.run(validate, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    ids = {hook["id"] for hook in yaml.safe_load(manifest.read_text(encoding="utf-8"))}
    config = yaml.safe_load(recipe(".pre-commit-config.yaml"))
    assert {hook["id"] for hook in config["repos"][0]["hooks"]} <= ids
    assert all(f"`{id}`" in RECIPES for id in ids)


@pytest.fixture
def hooked(tmp_path: Path) -> Path:
    """A site under git, and beside it this project as a repository of hooks."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("plugins", "theme"):
        shutil.copytree(ROOT / name, hooks / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, hooks)
    site = tmp_path / "site"
    site.mkdir()
    write_site(site, {NAME: short(), "notes/2024-02-21-blog.txt": "x"})
    for folder in (hooks, site):
        git("init", "--quiet", cwd=folder)
        git("add", ".", cwd=folder)
        git("commit", "--quiet", "-m", "All", cwd=folder)
    return site


@pytest.mark.parametrize("hook", ["postmortem-check", "postmortem-check-all"])
def test_the_hooks_run(hooked: Path, hook: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home"), "NO_COLOR": "1"}
    if not LONG:
        # The environment that pre-commit makes is its own; the packages in it are ours, so that
        # nothing is fetched. The long run installs them as a user's machine does.
        environment |= {
            "PYTHONPATH": sysconfig.get_paths()["purelib"],
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",
            "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
        }

    def try_repo() -> subprocess.CompletedProcess[str]:
        command = ["pre_commit", "try-repo", str(tmp_path / "hooks"), hook, "--all-files"]
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=hooked,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    good = try_repo()
    assert good.returncode == 0, good.stdout + good.stderr
    assert re.search(r"check (all )?incidents\.+Passed", good.stdout)
    (hooked / NAME).write_text(WRONG, encoding="utf-8")
    bad = try_repo()
    assert bad.returncode == 1
    assert f"{NAME}:11:5: error PM206" in bad.stdout
