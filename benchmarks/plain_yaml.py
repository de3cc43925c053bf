"""What no check can do without: read the front matter of every incident with the C loader of YAML.

Run as a program with a folder, its time is what `postmortem check` is held against: the start of
Python, the three libraries that reading incidents needs, and `yaml.load` of each front matter.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pydantic
import yaml


def front_matters(folder: Path) -> list[object]:
    """The front matter of every Markdown file in `folder`, as YAML reads it."""
    found = []
    for path in sorted(folder.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        found.append(yaml.load(text.split("---\n", 2)[1], Loader=yaml.CSafeLoader))
    return found


if __name__ == "__main__":
    assert click
    assert pydantic
    front_matters(Path(sys.argv[1]))
