"""The benchmarks run, on few incidents, and report what they say they do. No time is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import corpus
from benchmarks.measures import Results, Sample
from benchmarks.report import BEGIN, END, report, written_into
from benchmarks.sites import FINISHED, OURS, finished_page, words

ROOT = Path(__file__).parent.parent


def test_one_command_measures_everything_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "--counts", "12", "--runs", "1"]
    done = subprocess.run(
        [*command, "--peers", "finished plain", "--json", tmp_path / "runs.json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    samples = [Sample(**one) for one in json.loads((tmp_path / "runs.json").read_text())["samples"]]
    builds = ["ours.cold", "ours.warm", "finished.cold", "plain.cold"]
    commands = ["yaml", "check.cold", "check.same", "check.warm", "diff", "verify"]
    assert [one.name for one in samples] == [
        *(f"build.{name}" for name in builds),
        *("serve.ours", "serve.plain"),
        *(f"command.{name}" for name in commands),
    ]
    assert {one.count for one in samples} == {12}
    assert all(one.seconds > 0 for one in samples)
    # A process that has Python in it needs more than this; `serve` has none of its own.
    processes = [one for one in samples if not one.name.startswith("serve")]
    assert all(one.kilobytes > 8_000 and one.processor > 0 for one in processes)
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    # A head and a rule above the rows of each of three tables.
    assert len(rows) == 2 + len(builds) + 2 + 1 + 2 + len(commands)
    assert str(ROOT) not in done.stdout


def test_the_corpus_is_what_it_says_and_always_the_same() -> None:
    made = list(corpus.incidents(40))
    assert made == list(corpus.incidents(40))
    assert made != list(corpus.incidents(40, seed=2))
    assert len({incident.id for incident in made}) == 40
    for incident in made:
        assert (len(incident.rows), len(incident.items)) == (10, 5)
        assert sum(len(text.split()) for _, text in incident.sections) == 500
        for text in (corpus.incident_file(incident), corpus.page_by_hand(incident)):
            assert all(row.text in text for row in incident.rows)
            assert all(item.title in text for item in incident.items)
            assert text.endswith(corpus.body(incident))


def test_a_finished_page_has_the_body_as_markdown_and_the_rest_as_html() -> None:
    incident = next(corpus.incidents(1))
    built = (
        f'<article class="x"><h1>{incident.title}</h1><p>Facts</p>'
        '<h2 id="timeline">Timeline</h2><table><tr><td>18:03</td></tr></table>'
        f'<h2 id="impact">Impact</h2><p>{incident.sections[0][1]}</p></article>'
    )
    assert finished_page(incident, built) == (
        f"# {incident.title}\n\n<div>\n<p>Facts</p>\n</div>\n\n"
        "## Timeline\n\n<div>\n<table><tr><td>18:03</td></tr></table>\n</div>\n\n"
        f"## Impact\n\n{incident.sections[0][1]}\n"
    )
    assert words(built)[-2:] == incident.sections[0][1].split()[-2:]


def samples(name: str, count: int, *seconds: float, kilobytes: int = 0) -> list[Sample]:
    return [Sample(name, count, one, kilobytes=kilobytes) for one in seconds]


def test_the_report_has_medians_ratios_growth_and_what_was_missed() -> None:
    results = Results(
        [
            *samples("build.ours.cold", 300, 3, 5, 2, kilobytes=100_000),
            *samples("build.finished.cold", 300, 4, 4, 4, kilobytes=90_000),
            *samples("build.ours.cold", 3000, 27, 30, 40, kilobytes=370_000),
            *samples("build.finished.cold", 3000, 60, 50, 70, kilobytes=290_000),
            *samples("build.ours.warm", 1000, 1),
            *samples("build.plain.cold", 1000, 5),
        ]
    )
    text = report(results, (300, 3000), (OURS, FINISHED), ("about",))
    ours, finished = (line for line in text.splitlines() if "from nothing" in line)
    row = "3.00 s (2.00 to 5.00) | 0.75 | 30.0 s (27.0 to 40.0) | 0.50 | 1.00 | 100 KB |"
    assert ours.endswith(row)
    assert "| 1.50 | 74 KB |" in finished
    missed, grown, memory = text.splitlines()[-3:]
    assert missed.endswith("| 0.20 | 0.25 | 0.12 | meets the must |")
    assert grown.endswith("| 1.00 | 1.10 | 1.00 | meets the aim |")
    assert memory.endswith("| 100 KB | 60 KB | 60 KB | **missed** |")


def test_results_replace_those_in_the_document_and_nothing_else() -> None:
    document = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    once = written_into(document, "new\n")
    assert once == f"above\n{BEGIN}\n\nnew\n\n{END}\nbelow\n"
    assert written_into(once, "new\n") == once
    with pytest.raises(ValueError, match="there is no"):
        written_into(f"{BEGIN} alone", "new")
    assert written_into((ROOT / "docs/performance.md").read_text(encoding="utf-8"), "")
