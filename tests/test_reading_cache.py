"""An edit to one file reads that file again, and no other."""

from __future__ import annotations

from pathlib import Path

from building import short
from mkdocs_postmortem.files_on_disk import incident_paths
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.site import ReadingCache, Site, read_site

IDS = ["2024-02-20-a", "2024-02-21-b", "2024-02-22-c"]


def read(root: Path, cache: ReadingCache, options: Options) -> Site:
    return read_site(root, incident_paths(root), options, Audience.DRAFTS, cache)


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    for id in IDS:
        (tmp_path / f"{id}.md").write_text(short(id), encoding="utf-8")
    cache, options = ReadingCache(), Options()
    first = read(tmp_path, cache, options).readings
    (tmp_path / f"{IDS[1]}.md").write_text(short("Another"), encoding="utf-8")
    second = read(tmp_path, cache, options).readings
    same = [id for id in IDS if first[f"{id}.md"] is second[f"{id}.md"]]
    assert same == [IDS[0], IDS[2]]
    edited = second[f"{IDS[1]}.md"].incident
    assert edited is not None
    assert edited.title == "Another"
    third = read(tmp_path, cache, Options(timezone="Europe/Berlin")).readings
    assert not [id for id in IDS if second[f"{id}.md"] is third[f"{id}.md"]]
