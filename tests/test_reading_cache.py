"""An edit to one file reads that file again, and no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from building import short
from mkdocs_postmortem.archive import check_together
from mkdocs_postmortem.audience import for_audience
from mkdocs_postmortem.files_on_disk import incident_paths, is_incident_name
from mkdocs_postmortem.incident_file import entry_of, read_incident
from mkdocs_postmortem.kept_readings import KeptReading, kept
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.reading.reader import Reading
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


EXAMPLES = Path(__file__).parent.parent / "incidents"
FILES = [path for path in incident_paths(EXAMPLES) if is_incident_name(Path(path).name)]


@pytest.mark.parametrize("path", FILES)
def test_a_reading_comes_back_from_disk_as_it_was(path: str) -> None:
    reading = read_incident(EXAMPLES, path, Options())
    values = kept(reading)
    assert (values is None) == bool(reading.has_errors or reading.assets)
    if values is None:
        return
    loads: list[str] = []

    def load() -> Reading:
        loads.append(path)
        return reading

    again = KeptReading(path, Options(), values, load)
    for name in ("id", "path", "incident", "diagnostics", "visibility", "has_errors", "day"):
        assert getattr(again, name) == getattr(reading, name), name
    assert entry_of(again) == entry_of(reading)
    assert check_together([again]) == check_together([reading])
    assert loads == []
    for audience in Audience:
        seen = for_audience(reading.incident, audience) if reading.incident else None
        assert ReadingCache().projected(path, again, audience) == seen
    # What is not kept is read, once.
    assert again.places is reading.places
    assert again.source is reading.source
    assert loads == [path]


@pytest.mark.parametrize(
    "values",
    [[b"{}", b"[]", b"", b"[]"], [b"", b"", b"", b""], [b"[]", b"{}", b"", b""]],
)
def test_what_is_no_reading_is_none(values: list[bytes]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        KeptReading("2024-02-20-a.md", Options(), values, lambda: pytest.fail("nobody asked"))


@pytest.mark.parametrize("path", FILES)
def test_a_body_changes_nothing_that_is_computed(tmp_path: Path, path: str) -> None:
    text = (EXAMPLES / path).read_text(encoding="utf-8")
    file = tmp_path / Path(path).name
    options, cache = Options(), ReadingCache()
    seen = []
    for body in ("", "\n\nMore, at 10:00 started: {{ incident.title }}\n\n## Impact\n\n- [ ] x\n"):
        file.write_text(text + body, encoding="utf-8")
        site = read_site(tmp_path, [file.name], options, Audience.DRAFTS, cache)
        incident = site.incidents[file.name]
        seen.append((site.sources[file.name].facts, replace(incident, body=""), site.archive))
    assert seen[0][:2] == seen[1][:2]
    assert seen[0][2] is seen[1][2]
    file.write_text(text.replace("title: ", "title: A ", 1), encoding="utf-8")
    site = read_site(tmp_path, [file.name], options, Audience.DRAFTS, cache)
    assert site.sources[file.name].facts != seen[0][0]
