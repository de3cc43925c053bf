"""Builds real sites in a temporary folder, as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SHORT = """---
title: {title}
visibility: {visibility}
published: {published}
severity: sev2
components: [api]
summary: {summary}
timeline:
  - 18:03 started: The deploy lands.
  - 18:04 detected: Alerts fire.
  - 18:18 resolved: Requests succeed again.
action_items:
  - {{title: Test it, owner: team, due: 2024-03-01, done: 2024-02-28}}
---
## Impact

Text.
"""


def short(
    title: str = "API errors",
    visibility: str = "public",
    published: str = "2024-02-22",
    summary: str = "The API failed.",
) -> str:
    """A whole incident file."""
    return SHORT.format(title=title, visibility=visibility, published=published, summary=summary)


@dataclass(frozen=True)
class Built:
    """What a build printed, and where it put the site."""

    code: int
    output: str
    site: Path

    def text(self, path: str) -> str:
        """A file of the site."""
        return (self.site / path).read_text(encoding="utf-8")

    def everything(self) -> bytes:
        """Every byte of the site, file names included."""
        files = sorted(path for path in self.site.rglob("*") if path.is_file())
        return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in files)


@dataclass(frozen=True)
class Rendered:
    """What `postmortem render` printed, and the folder that it was to write."""

    code: int
    output: str
    problems: str
    folder: Path

    def text(self, path: str) -> str:
        """A file of the folder."""
        return (self.folder / path).read_text(encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Every file by its path, without the list of them."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and path.name != ".postmortem-render.json"
        }


def write_site(folder: Path, files: dict[str, str], config: dict[str, Any] | None = None) -> Path:
    """`files` and a `mkdocs.yml` in `folder`."""
    settings: dict[str, Any] = {
        "site_name": "Test",
        "theme": {"name": "material", "font": False},
        "plugins": ["search", "postmortem"],
    }
    settings.update(config or {})
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    if not (folder / settings.get("docs_dir", "docs")).exists():
        (folder / "docs").mkdir()
    return folder


def render(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> Rendered:
    """Run `postmortem render` on the site in `folder`; it writes into the folder `out` there."""
    environment = {**os.environ, **(env or {})}
    if "POSTMORTEM_AUDIENCE" not in (env or {}):
        environment.pop("POSTMORTEM_AUDIENCE", None)
    command = [sys.executable, "-m", "mkdocs_postmortem", "render"]
    command += arguments or ("--to", "out")
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return Rendered(done.returncode, done.stdout, done.stderr, folder / "out")


def build_without_plugin(
    rendered: Path, folder: Path, config: dict[str, Any] | None = None
) -> Built:
    """Build what was rendered with MkDocs and without our plugin, in `folder`."""
    settings = {
        "docs_dir": str(rendered),
        "plugins": ["search"],
        "extra_css": ["assets/postmortem/postmortem.css"],
        "extra_javascript": ["assets/postmortem/postmortem.js"],
        **(config or {}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    return build(write_site(folder, {}, settings))


def build(
    folder: Path, *arguments: str, engine: str = "mkdocs", env: dict[str, str] | None = None
) -> Built:
    """Run the engine's `build` on the site in `folder`."""
    site = folder / "site"
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", **(env or {})}
    environment.pop("POSTMORTEM_AUDIENCE", None)
    environment.update(env or {})
    command = [sys.executable, "-m", engine, "build", "-d", str(site), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return Built(done.returncode, done.stdout + done.stderr, site)
