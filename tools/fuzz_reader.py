"""Give the reader a great many hostile files: `tools/fuzz_reader.py [--count 1000000] [--seed 1]`.

With `atheris` installed (``pip install atheris``) its coverage leads to new inputs; without it
inputs are random pieces of incident files, joined and damaged. Stops with the input where anything
is raised that is no diagnostic, where a file costs more than a second of the processor's time, or
where what a block holds shows in public.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import yaml

try:
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]
except ImportError:
    atheris = None

# Only what is imported here is looked into; that takes time, so not where chance is asked for.
with (
    atheris.instrument_imports(include=["mkdocs_postmortem"])
    if (atheris and "--chance" not in sys.argv)
    else nullcontext()
):
    from mkdocs_postmortem.audience import for_audience
    from mkdocs_postmortem.body import public_body
    from mkdocs_postmortem.diagnostics import in_full
    from mkdocs_postmortem.incident_file import read_incident_text
    from mkdocs_postmortem.options import Audience, Options

ROOT = Path(__file__).parent.parent
OPTIONS = Options(as_of="2026-01-01")
PIECES = (
    "---\n|...\n|: |- |  - |\n|, |[|]|{|}|'|\"|#| #|&a |*a|!!str |<<: *a|? |>-\n|\t|\0|\\x1b|"
    "timeline:\n|title: |visibility: public\n|published: 2024-02-22\n|internal: true|at: |"
    "18:03|started|resolved|..|+5m|~|±|2024-02-20|2024-02-30|25:61|Europe/Berlin|PST|T+|"
    "impact:\n|components: [a]\n|claims: {time_to_resolve: 5m}\n|silence: [{code: PM402}]\n|"
    "action_items:\n|causes:\n|event: |milestone: |until: |from: |to: |date: |due: |status: |"
    "<!-- internal -->|<!-- /internal -->|<!--|-->|```\n|`|## |1. |[a](b)|[^a]|[^a]: |\n\n|"
    "\u202e|\ufeff|\u0660|\U0001f600|&#x202e;|é|=|--8<--|<a |time to detect was 5 minutes"
).split("|")
LONGEST = 2000


def look_at(data: bytes) -> None:
    """Read `data` as an incident, as every command does. Raises where something is not right."""
    begin = time.process_time()
    reading = read_incident_text("2024-02-20-a.md", data, OPTIONS)
    for diagnostic in reading.diagnostics:
        in_full(diagnostic, reading.source.lines)
    if reading.incident is not None:
        for_audience(reading.incident, Audience.PUBLIC)
    spent = time.process_time() - begin
    if spent > 1:
        raise AssertionError(f"{spent:.1f} s for {len(data)} bytes")
    body = data.decode("utf-8", errors="replace").replace("internal", "")
    if "canary" in public_body(f"{body}<!-- internal -->canary<!-- /internal -->{body}"):
        raise AssertionError("what a block holds shows")


def corpus() -> list[bytes]:
    """The cases of the tests as files, and how the example incidents begin."""
    found = [path.read_bytes()[:1200] for path in sorted(ROOT.glob("incidents/**/*.md"))]
    for path in sorted(ROOT.glob("tests/cases/*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            rows = "".join(f"  {line}\n" for line in str(case.get("rows", "")).splitlines())
            front, body = case.get("front", ""), case.get("body", "")
            text = case.get("file", f"---\ntitle: T\n{front}timeline:\n{rows}---\n{body}")
            found.append((text if isinstance(text, bytes) else text.encode())[:LONGEST])
    return [data for data in found if data]


def made_of_pieces(chance: random.Random, seeds: list[bytes]) -> bytes:
    """A random file: pieces in a row, or a real one with pieces put in, cut out and bits turned."""
    pieces = [chance.choice(PIECES) for _ in range(chance.randrange(1, 40))]
    if chance.random() < 0.4:
        return ("---\n" * (chance.random() < 0.8) + "".join(pieces)).encode()
    data = bytearray(chance.choice(seeds))
    for piece in pieces[: chance.randrange(1, 8)]:
        start = chance.randrange(len(data) + 1)
        data[start : start + chance.choice((0, 0, 1, 5, 50))] = piece.encode()
    if chance.random() < 0.2:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def by_chance(count: int, seed: int, look: Callable[[bytes], None] = look_at) -> None:
    """Look at `count` random files."""
    chance, seeds = random.Random(seed), corpus()
    for number in range(count):
        data = made_of_pieces(chance, seeds)
        try:
            look(data)
        except BaseException:
            print(f"input {number} of seed {seed}: {data!r}")
            raise


def by_coverage(count: int, seed: int) -> None:
    """Look at `count` files that atheris makes, half of them from pieces of its choice."""
    folder = Path(".fuzz")
    folder.mkdir(exist_ok=True)
    for number, data in enumerate(corpus()):
        (folder / f"{number}").write_bytes(data)
    arguments = [sys.argv[0], f"-atheris_runs={count}", f"-seed={seed}", f"-max_len={LONGEST}"]
    atheris.Setup([*arguments, "-rss_limit_mb=600", "-timeout=20", str(folder)], look_at)
    atheris.Fuzz()


def main() -> None:
    """Look at as many files as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chance", action="store_true", help="without atheris")
    given = parser.parse_args()
    begin = time.monotonic()
    if atheris and not given.chance:
        by_coverage(given.count, given.seed)
    else:
        by_chance(given.count, given.seed)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{given.count:,} inputs in {time.monotonic() - begin:.0f} s, at most {peak} MB")


if __name__ == "__main__":
    main()
