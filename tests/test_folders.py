"""Where the incidents are, and whether the site has the plugin at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from building import build, short, write_site


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs_postmortem", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    return run("check", cwd=folder)


@pytest.mark.parametrize("command", ["build", "check"])
def test_an_empty_folder_inside_the_docs_hides_none_beside_them(
    tmp_path: Path, command: str
) -> None:
    write_site(tmp_path, {"incidents/2024-02-20-a.md": short()})
    inside = tmp_path / "docs/incidents"

    def said() -> str:
        return build(tmp_path).output if command == "build" else check(tmp_path).stdout

    assert "1 incident" in said()
    # What is left of a folder where git or an editor keeps something.
    (inside / "2024-02-20-a").mkdir(parents=True)
    (inside / ".gitkeep").touch()
    assert "1 incident" in said()
    for day in (21, 22):
        (inside / f"2024-02-{day}-a.md").write_text(short(f"Outage {day}"), encoding="utf-8")
    assert "2 incidents" in said()


def test_a_folder_that_is_named_and_not_there_ends_a_build(tmp_path: Path) -> None:
    write_site(tmp_path, {}, {"plugins": [{"postmortem": {"incidents_dir": "nowhere"}}]})
    built = build(tmp_path)
    assert built.code == 1
    assert "there is no folder of incidents at" in built.output
    assert check(tmp_path).returncode == 2
    write_site(tmp_path, {"docs/index.md": "# New\\n"}, {"plugins": ["postmortem"]})
    assert build(tmp_path).code == 0


@pytest.mark.parametrize("plugins", [["search"], {"search": {}}, []])
def test_a_site_without_the_plugin_is_warned_of(tmp_path: Path, plugins: Any) -> None:
    path = "docs/incidents/2024-02-20-a.md"
    write_site(tmp_path, {path: short()}, {"plugins": plugins})
    words = "mkdocs.yml does not list the plugin postmortem"
    for _ in range(2):
        assert words in check(tmp_path).stderr
    assert words in run("show", path, cwd=tmp_path).stderr
    write_site(tmp_path, {}, {"plugins": [*plugins, "postmortem"]})
    assert words not in check(tmp_path).stderr
    (tmp_path / "mkdocs.yml").unlink()
    assert words not in run("show", path, cwd=tmp_path).stderr


@pytest.mark.skipif(sys.platform == "win32", reason="links are for administrators there")
@pytest.mark.parametrize("where", ["docs/incidents", "incidents"])
@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("2024-02-21-b.md", "2024-02-21-b.md"),
        ("2024-02-21-b.md", "../../outside"),
        ("page.md", "page.md"),
        ("map.png", "map.png"),
        ("2024-02-20-a/map.png", "map.png"),
        ("2024-02-20-a/map.png", "../../../outside"),
    ],
)
def test_links_that_lead_nowhere_or_out_break_nothing(
    tmp_path: Path, where: str, name: str, target: str
) -> None:
    files = {f"{where}/2024-02-20-a.md": short(), f"{where}/2024-02-20-a/plan.png": "x"}
    write_site(tmp_path, {**files, "docs/index.md": "# Home\n", "outside": "---\nnot ours\n"})
    assert build(tmp_path).code == 0
    link = tmp_path / where / name
    link.symlink_to(target)
    for done in (
        check(tmp_path),
        run("render", "--to", "out", cwd=tmp_path),
        run("verify", "site", cwd=tmp_path),
    ):
        assert "Traceback" not in done.stderr, done.stderr
        assert "cannot read None" not in done.stderr
    again = build(tmp_path, "-q")
    assert "Traceback" not in again.output, again.output
    assert not any(path.name in ("map.png", "outside") for path in again.site.rglob("*"))
    assert b"not ours" not in again.everything()
