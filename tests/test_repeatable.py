"""The same commit gives the same bytes, on whatever machine it is built."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from building import build

ROOT = Path(__file__).parent.parent
LONG = bool(os.environ.get("POSTMORTEM_TEST_LONG"))


def copied(folder: Path, seed: int) -> Path:
    """The example site, its files written in another order and at other times."""
    sources = [ROOT / "mkdocs.yml", *(p for p in (ROOT / "incidents").rglob("*") if p.is_file())]
    dice = random.Random(seed)
    dice.shuffle(sources)
    for source in sources:
        target = folder / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        written = dice.randint(1_000_000_000, 1_700_000_000)
        os.utime(target, (written, written))
    return folder


def built(folder: Path, **env: str) -> dict[str, bytes]:
    made = build(folder, "--strict", env=env)
    assert made.code == 0, made.output
    return {
        path.relative_to(made.site).as_posix(): path.read_bytes()
        for path in made.site.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("dated_by", ["as_of", "SOURCE_DATE_EPOCH"] if LONG else ["as_of"])
def test_every_byte_is_the_same(dated_by: str, tmp_path: Path) -> None:
    env = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    other = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    # The one that is built under other settings lies deeper, which temporary names must not show.
    places = (copied(tmp_path / "a", 1), copied(tmp_path / "deeper/b", 2))
    if dated_by == "SOURCE_DATE_EPOCH":
        for folder in places:
            config = folder / "mkdocs.yml"
            text = config.read_text(encoding="utf-8")
            without = "\n".join(line for line in text.split("\n") if "as_of:" not in line)
            assert without != text
            config.write_text(without, encoding="utf-8")
        env["SOURCE_DATE_EPOCH"] = other["SOURCE_DATE_EPOCH"] = "1782982800"
    one, two = built(places[0], **env), built(places[1], **other)
    assert len(one) > 60
    assert "sitemap.xml.gz" in one
    assert [path for path in one.keys() | two.keys() if one.get(path) != two.get(path)] == []
