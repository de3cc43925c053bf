"""The examples of rules as sites that can be checked and built.

An example says only what it is about. The rest is a title, a timeline from `started` to
`resolved`, and options under which nothing else is to be said: today is 1 June 2024.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mkdocs_postmortem.rules.documentation import CONFIG, Block

OPTIONS: Mapping[str, Any] = {"as_of": "2024-06-01", "sections": []}
_FIELDS = {
    "title": "title: API errors\n",
    "timeline": (
        "timeline:\n"
        "  - 18:03 started: Requests fail.\n"
        "  - 18:18 resolved: Requests succeed again.\n"
    ),
}
_KEY = re.compile(r"^([A-Za-z_]+)[ \t]*:", re.MULTILINE)
_BYTE = re.compile(rb"\\(?:x([0-9a-f]{2})|t)")


@dataclass(frozen=True, slots=True)
class ExampleFile:
    """A file of an example: its path from the site's folder, and what is in it.

    `link` is where it leads, if it is a symbolic link; `marked` are the lines to be reported.
    """

    path: str
    content: bytes
    marked: tuple[int, ...]
    link: str | None = None

    def write(self, folder: Path) -> None:
        """Write the file below `folder`, the site's."""
        target = folder / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if self.link is not None:
            target.symlink_to(self.link)
        else:
            target.write_bytes(self.content)


def files(blocks: Sequence[Block]) -> list[ExampleFile]:
    """The files of an example, without its options."""
    by_path: dict[str, list[Block]] = {}
    for block in blocks:
        if block.path != CONFIG:
            by_path.setdefault(block.path, []).append(block)
    return [_file(path, parts) for path, parts in by_path.items()]


def options(blocks: Sequence[Block]) -> dict[str, Any]:
    """The options that an example sets for the plugin, without those of every example."""
    stated: dict[str, Any] = {}
    for block in blocks:
        if block.path == CONFIG:
            (plugin,) = yaml.safe_load(block.text)["plugins"]
            stated |= plugin["postmortem"]
    return stated


def write(folder: Path, blocks: Sequence[Block]) -> list[ExampleFile]:
    """Write the site of an example into `folder`, and return its files without `mkdocs.yml`."""
    written = files(blocks)
    for file in written:
        file.write(folder)
    write_config(folder, options(blocks))
    for block in blocks:
        # An example about the options themselves says all of them.
        if block.path == CONFIG and "site_name" in block.text:
            (folder / CONFIG).write_text(block.text, encoding="utf-8")
    return written


def write_config(folder: Path, stated: Mapping[str, Any]) -> None:
    """Write a `mkdocs.yml` with the options `stated` over those of every example."""
    config = {
        "site_name": "Examples",
        "theme": {"name": "material", "font": False},
        "plugins": [{"postmortem": {**OPTIONS, **stated}}],
    }
    (folder / "docs" / "incidents").mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")


def _file(path: str, blocks: Sequence[Block]) -> ExampleFile:
    by_kind = {block.kind: block for block in blocks}
    if link := by_kind.get("link"):
        return ExampleFile(path, b"", link.marked, link.text.strip())
    if whole := by_kind.get("text"):
        return ExampleFile(path, _bytes(whole.text), whole.marked)
    fields, body = by_kind.get("yaml"), by_kind.get("markdown")
    stated = set(_KEY.findall(fields.text)) if fields else set()
    text = "---\n" + "".join(text for key, text in _FIELDS.items() if key not in stated)
    marked: list[int] = []
    for block, closing in ((fields, "---\n"), (body, "")):
        if block is not None:
            marked += [text.count("\n") + line for line in block.marked]
            text += block.text
        text += closing
    return ExampleFile(path, _bytes(text), tuple(marked))


def _bytes(text: str) -> bytes:
    return _BYTE.sub(
        lambda match: bytes.fromhex(match[1].decode()) if match[1] else b"\t", text.encode()
    )
