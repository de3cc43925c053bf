"""Several processes make the same site as one, and say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from building import build, short, write_site

COUNT = 120
Sites = dict[int, tuple[dict[str, bytes], list[str]]]


@pytest.fixture(scope="module")
def sites(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[int, tuple[dict[str, bytes], list[str]]]:
    made = {}
    for workers in (1, 3):
        folder = tmp_path_factory.mktemp(f"workers-{workers}")
        files = {}
        for number in range(COUNT):
            # Links to others, to what is not there, and footnotes, which are counted on a page.
            other = (number * 7) % COUNT
            text = f"See [that](2024-02-20-n{other}.md), [this](nowhere-{number}.md).[^1]\n"
            files[f"docs/incidents/2024-02-20-n{number}.md"] = (
                short(f"Outage {number}") + text + "\n[^1]: A note.\n"
            )
        write_site(
            folder,
            files,
            {
                "plugins": ["search", {"postmortem": {"workers": workers, "as_of": "2024-03-01"}}],
                "markdown_extensions": ["footnotes"],
            },
        )
        built = build(folder, env={"POSTMORTEM_CACHE": "off"})
        assert built.code == 0, built.output
        paths = [path for path in built.site.rglob("*") if path.is_file()]
        contents = {path.relative_to(built.site).as_posix(): path.read_bytes() for path in paths}
        said = [line for line in built.output.splitlines() if "nowhere" in line]
        made[workers] = (contents, said)
    return made


def test_several_processes_make_the_same_site(
    sites: Sites,
) -> None:
    alone, together = sites[1][0], sites[3][0]
    assert sorted(alone) == sorted(together)
    assert not [path for path in alone if alone[path] != together[path]]
    assert sum(path.startswith("incidents/2024-02-20-n") for path in alone) == COUNT


def test_several_processes_say_the_same_in_the_same_order(
    sites: Sites,
) -> None:
    assert len(sites[1][1]) == COUNT
    assert sites[1][1] == sites[3][1]


def test_what_several_processes_have_made_is_known_next_time(tmp_path: Path) -> None:
    files = {
        f"docs/incidents/2024-02-20-n{number}.md": short(f"Outage {number}")
        for number in range(COUNT)
    }
    write_site(tmp_path, files, {"plugins": ["search", {"postmortem": {"workers": 2}}]})
    cache = {"POSTMORTEM_CACHE": str(tmp_path / "cache")}
    assert "120 incidents, 0 unchanged" in build(tmp_path, env=cache).output
    assert "120 incidents, 120 unchanged" in build(tmp_path, env=cache).output
