"""The command `postmortem verify`, run as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from planting import C, Proved


def run(site_copy: Proved, *arguments: str) -> subprocess.CompletedProcess[str]:
    config = str(site_copy.config.path)
    return subprocess.run(
        [sys.executable, "-m", "mkdocs_postmortem", "verify", *arguments, "-f", config],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "POSTMORTEM_AUDIENCE": ""},
    )


def test_the_command_prints_a_proof(site_copy: Proved) -> None:
    done = run(site_copy, str(site_copy.site))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing found: audience public" in done.stdout
    (site_copy.site / "x.html").write_text(f"<p>\n{C['draft']}", encoding="utf-8")
    done = run(site_copy, str(site_copy.site))
    assert done.returncode == 1
    assert f"{site_copy.site}/x.html:2:1: error 5 words from a non-public part" in done.stdout
    assert "2024-03-01-purple-elephants.md:2" in done.stdout
    assert C["draft"] not in done.stdout
    found = json.loads(run(site_copy, str(site_copy.site), "--format", "json").stdout)
    assert [leak["path"] for leak in found["leaks"]] == ["x.html"]
    assert found["runs"] > 50
    assert found["audience"] == "public"
    assert C["draft"] not in json.dumps(found)
    assert run(site_copy, str(site_copy.site), "--audience", "drafts").returncode == 0


def test_wrong_use_exits_with_2(site_copy: Proved, tmp_path: Path) -> None:
    assert run(site_copy, str(tmp_path / "none")).returncode == 2
    (site_copy.site / "gone.txt").symlink_to("nowhere")
    done = run(site_copy, str(site_copy.site))
    assert (done.returncode, "cannot read" in done.stderr) == (1, True)
    (tmp_path / "empty").mkdir()
    done = run(site_copy, str(tmp_path / "empty"))
    assert (done.returncode, "holds no files" in done.stderr) == (2, True)
    assert run(site_copy, str(site_copy.site), "--audience", "nobody").returncode == 2


def _without_the_library() -> str:
    return (
        "import sys; sys.modules['detect_secrets'] = None; "
        "from importlib import util; find = util.find_spec; "
        "util.find_spec = lambda name, *a: None if name == 'detect_secrets' else find(name, *a); "
        "from mkdocs_postmortem.cli import main; main()"
    )


def test_deep_says_what_it_needs(site_copy: Proved) -> None:
    command = [
        sys.executable,
        "-c",
        _without_the_library(),
        "verify",
        str(site_copy.site),
        "--deep",
    ]
    done = subprocess.run(
        [*command, "-f", str(site_copy.config.path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'mkdocs-postmortem[deep]'" in done.stderr


def test_deep_asks_detect_secrets(site_copy: Proved) -> None:
    pytest.importorskip("detect_secrets")
    assert run(site_copy, str(site_copy.site), "--deep").returncode == 0
    # A key of a kind that only the library knows.
    key = "a" * 8 + "0123456789abcdef0123456789abcdef"[:24] + "-us11"
    (site_copy.site / "x.txt").write_text(f"one\nmailchimp {key}\n", encoding="utf-8")
    done = run(site_copy, str(site_copy.site), "--deep")
    assert done.returncode == 1
    assert f"{site_copy.site}/x.txt:2:11: error deep Mailchimp" in done.stdout
    assert key not in done.stdout
