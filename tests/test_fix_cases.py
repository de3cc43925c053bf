"""Fixes as data: each case is a file, fixed by the command twice, with what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from mkdocs_postmortem.cli.fix import command
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import load_options

CASES = Path(__file__).parent / "fix"
QUIET = {"PM303": "off", "PM304": "off", "PM601": "off"}


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}-{case['name']}".replace(" ", "-"))
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def content(case: dict[str, Any], *, fixed: bool) -> bytes:
    """The file of a case, before or after it was fixed."""

    def part(name: str, fixed_name: str) -> Any:
        return case.get(fixed_name, case.get(name)) if fixed else case.get(name)

    if "file" in case:
        data = part("file", "becomes")
    else:
        rows = "".join(f"  {line}".rstrip() + "\n" for line in part("rows", "becomes").split("\n"))
        data = f"---\ntitle: T\n{part('front', 'front_becomes') or ''}timeline:\n{rows}---\nBody\n"
    return data if isinstance(data, bytes) else str(data).encode()


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    raw = {"as_of": "2026-01-01", **case.get("options", {})}
    raw["rules"] = {**QUIET, **raw.get("rules", {})}
    config = {"site_name": "T", "plugins": [{"postmortem": raw}]}
    Path("mkdocs.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    path = Path("2024-02-20-case.md")
    path.write_bytes(content(case, fixed=False))
    arguments = [*case.get("arguments", ()), path.name]

    previewed = CliRunner().invoke(command, ["--diff", *arguments])
    assert path.read_bytes() == content(case, fixed=False)
    done = CliRunner().invoke(command, arguments)
    assert path.read_bytes().decode(errors="replace") == content(case, fixed=True).decode(
        errors="replace"
    )
    for text in case.get("says", ()):
        assert text in done.output
    if "fails" in case:
        assert case["fails"] in done.output
        assert done.exit_code == 1
        return
    changed = content(case, fixed=True) != content(case, fixed=False)
    assert previewed.exit_code == changed

    options, _ = load_options(raw)
    assert options is not None
    reading = read_incident_text(path.name, path.read_bytes(), options)
    found = [f"{d.place.line}:{d.place.column} {d.code}" for d in reading.diagnostics]
    assert found == case.get("left", []), done.output
    assert done.exit_code == reading.has_errors

    again = CliRunner().invoke(command, arguments)
    assert path.read_bytes() == content(case, fixed=True)
    assert "0 problems fixed" in again.output
    assert [entry.name for entry in sorted(tmp_path.iterdir())] == [path.name, "mkdocs.yml"]
