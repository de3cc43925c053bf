"""The command behind `make bench`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from benchmarks import report
from benchmarks.measures import GROUPS, Bench
from benchmarks.sites import Engine, cores, engines

_DOCUMENT = Path(__file__).parent.parent / "docs/performance.md"
_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory
# What all sites of one incident need at most, sources, built pages and caches together.
_ROOM_FOR_ONE = 1_000_000
_PEERS = ("workers", "finished", "plain", "zensical", "hugo")


def _words(allowed: Sequence[str], given: str) -> list[str]:
    words = given.replace(",", " ").split()
    for word in words:
        if word not in allowed:
            raise click.BadParameter(f"“{word}” is none of {', '.join(allowed)}")
    return words


def _working_folder(counts: Sequence[int]) -> tuple[Path, str]:
    """A new folder in memory where there is room for it, and in words where it is."""
    room = _ROOM_FOR_ONE * sum(counts)
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > room:
        return Path(tempfile.mkdtemp(prefix="postmortem-bench-", dir=_MEMORY)), "in memory"
    return Path(tempfile.mkdtemp(prefix="postmortem-bench-")), "in the folder for temporary files"


def _versions(taking_part: Sequence[Engine]) -> str:
    """The versions of everything that takes part, installed programs included."""
    found = [report.versions()]
    for engine in taking_part:
        if engine.name in ("zensical", "hugo"):
            argument = "version" if engine.name == "hugo" else "--version"
            command = [str(engine.command[0]), argument]
            done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
            # Hugo says its own name and when it was built around its version.
            word = next(word for word in done.stdout.split() if word.lstrip("v")[:1].isdigit())
            found.append(f"{engine.name} {word.lstrip('v').split('-')[0]}")
    return ", ".join(found)


@click.command()
@click.option("--counts", default="300 1000 3000", show_default=True, help="How many incidents.")
@click.option("--runs", default=5, show_default=True, type=click.IntRange(1))
@click.option("--only", default=" ".join(GROUPS), show_default=True, help="What is measured.")
@click.option("--peers", default=" ".join(_PEERS), show_default=True, help="Against whom.")
@click.option("--write", is_flag=True, help="Write the tables into docs/performance.md too.")
@click.option("--json", "as_json", type=click.Path(path_type=Path), help="Write every run there.")
def main(counts: str, runs: int, only: str, peers: str, write: bool, as_json: Path | None) -> None:
    """Measure builds, rebuilds and commands, ours and the others' in turn."""
    sizes = sorted({int(word) for word in counts.replace(",", " ").split()})
    groups = _words(GROUPS, only)
    taking_part = engines(_words(_PEERS, peers))
    # So that whoever ends this, too, leaves nothing in memory.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    work, where = _working_folder(sizes)
    try:
        bench = Bench(work, sizes, taking_part, lambda line: click.echo(line, err=True))
        for group in groups:
            getattr(bench, group)(runs)
    finally:
        shutil.rmtree(work)
    about = (
        f"{datetime.now(UTC).date()}, medians of {runs} runs in turn, files {where}",
        report.machine(cores()),
        _versions(taking_part),
    )
    tables = report.report(bench.results, sizes, taking_part, about)
    click.echo(tables)
    if as_json is not None:
        data = {"about": about, "samples": bench.results.as_data()}
        as_json.write_text(json.dumps(data, indent=1), encoding="utf-8")
    if write:
        document = _DOCUMENT.read_text(encoding="utf-8")
        _DOCUMENT.write_text(report.written_into(document, tables), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
