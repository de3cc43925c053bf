"""The documentation of every rule: its examples are run, and what is printed of it is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from mkdocs_postmortem.archive import check_together, incident_paths, read_file
from mkdocs_postmortem.diagnostics import Diagnostic
from mkdocs_postmortem.options import load_options
from mkdocs_postmortem.rules import examples
from mkdocs_postmortem.rules.all import RULES
from mkdocs_postmortem.rules.documentation import Block, documentation
from mkdocs_postmortem.site import strays

INCIDENTS = "docs/incidents"


def diagnostics(folder: Path, blocks: tuple[Block, ...]) -> list[Diagnostic]:
    """Everything that is said about the example in `blocks`, with paths from `folder`."""
    options, errors = load_options({**examples.OPTIONS, **examples.options(blocks)})
    assert options is not None, errors
    for file in examples.files(blocks):
        file.write(folder)
    root = folder / INCIDENTS
    root.mkdir(parents=True, exist_ok=True)
    read = [read_file(root, path, options) for path in incident_paths(root)]
    readings = [reading for reading in read if reading is not None]
    found = [*(one for reading in readings for one in reading.diagnostics)]
    return [*found, *check_together(readings), *strays(folder / "docs", root, options)]


@pytest.mark.parametrize("code", sorted(RULES))
def test_the_example_breaks_the_rule_and_the_fixed_one_does_not(code: str, tmp_path: Path) -> None:
    blocks = documentation(RULES[code])
    bad = diagnostics(tmp_path / "bad", blocks.example)
    where = {(found.code, f"{INCIDENTS}/{found.path}", found.place.line) for found in bad}
    marked = {
        (code, file.path, line) for file in examples.files(blocks.example) for line in file.marked
    }
    said = "\n".join(f"{found.headline} | {found.help}" for found in bad)
    assert {(c, normal(path), line) for c, path, line in where} == marked, said
    fixed = diagnostics(tmp_path / "fixed", blocks.fixed)
    assert [found.headline for found in fixed] == []


def normal(path: str) -> str:
    return path.replace(f"{INCIDENTS}/../", "docs/")
