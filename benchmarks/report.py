"""The results as Markdown tables: medians, ratios, growth, and what was aimed at."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.measures import Results
from benchmarks.sites import Engine

BEGIN, END = "<!-- results -->", "<!-- /results -->"
_COMMANDS = {
    "yaml": "`yaml.load` of the same front matter, and nothing else",
    "check.cold": "`postmortem check`, the first time",
    "check.same": "`postmortem check`, nothing changed since",
    "check.warm": "`postmortem check`, one incident changed since",
    "diff": "`postmortem diff`, 2 incidents changed",
    "verify": "`postmortem verify` of the built site",
}


@dataclass(frozen=True)
class Target:
    """A number that must not be above `must`, and ought not to be above `aim`."""

    title: str
    must: float
    aim: float
    measured: Callable[[Results], float | None]
    unit: str = ""


def _ratio(name: str, base: str, count: int) -> Callable[[Results], float | None]:
    return lambda results: results.ratio(name, base, count)


def _page_growth(results: Results, name: str, low: int, high: int) -> float | None:
    """What a page costs with `high` incidents, in what it costs with `low`."""
    ratio = results.median(name, high), results.median(name, low)
    return (ratio[0] / high) / (ratio[1] / low) if ratio[0] and ratio[1] else None


def _memory_growth(results: Results, name: str, low: int, high: int) -> float | None:
    """How many kilobytes more each further incident needs."""
    more, less = results.kilobytes(name, high), results.kilobytes(name, low)
    return (more - less) / (high - low) if more and less and high > low else None


TARGETS = (
    Target(
        "serve, save to new page, 1000, against plain MkDocs",
        0.10,
        0.05,
        _ratio("serve.ours", "serve.plain", 1000),
    ),
    Target(
        "serve, save to new page, 3000, against plain MkDocs",
        0.08,
        0.04,
        _ratio("serve.ours", "serve.plain", 3000),
    ),
    Target(
        "warm build, one incident changed, 1000, against plain MkDocs cold",
        0.25,
        0.12,
        _ratio("build.ours.warm", "build.plain.cold", 1000),
    ),
    Target(
        "cold build, 1000, against MkDocs with the same finished pages",
        1.15,
        0.80,
        _ratio("build.ours.cold", "build.finished.cold", 1000),
    ),
    Target(
        "cost of a page at 3000 against 300, cold",
        1.10,
        1.00,
        lambda results: _page_growth(results, "build.ours.cold", 300, 3000),
    ),
    Target(
        "memory for each further incident, cold",
        60,
        60,
        lambda results: _memory_growth(results, "build.ours.cold", 300, 3000),
        unit=" KB",
    ),
    Target(
        "check, the first time, 1000, against plain `yaml.load`",
        1.5,
        1.5,
        _ratio("command.check.cold", "command.yaml", 1000),
    ),
    Target(
        "check, nothing changed, 1000, against plain `yaml.load`",
        0.5,
        0.5,
        _ratio("command.check.same", "command.yaml", 1000),
    ),
    Target(
        "check, one incident changed, 1000, against plain `yaml.load`",
        0.5,
        0.5,
        _ratio("command.check.warm", "command.yaml", 1000),
    ),
)


def report(
    results: Results, counts: Sequence[int], engines: Sequence[Engine], about: Sequence[str]
) -> str:
    """Every table for which something was measured, below `about`, lines on the run itself."""
    tables = [_builds(results, counts, engines), _serve(results, counts)]
    tables += [_commands(results, counts), _targets(results)]
    parts = ["\n".join(f"* {line}" for line in about), *filter(None, tables)]
    return "\n\n".join(parts) + "\n"


def _builds(results: Results, counts: Sequence[int], engines: Sequence[Engine]) -> str:
    base = "build.finished.cold"
    if not any(results.median(base, count) for count in counts):
        base = "build.plain.cold"
    rows = []
    for engine in engines:
        for kind, words in (("cold", "from nothing"), ("warm", "one incident changed")):
            name = f"build.{engine.name}.{kind}"
            if not results.seconds(name, counts[0]):
                continue
            row = [f"{engine.title}, {words}"]
            for count in counts:
                row += [_seconds(results, name, count), _number(results.ratio(name, base, count))]
            if len(counts) > 1:
                low, high = counts[0], counts[-1]
                row.append(_number(_page_growth(results, name, low, high)))
                row.append(_number(_memory_growth(results, name, low, high), " KB"))
            rows.append(row)
    if not rows:
        return ""
    head = ["build"]
    for count in counts:
        head += [f"{count} incidents", "ratio"]
    if len(counts) > 1:
        head.append(f"a page at {counts[-1]} against {counts[0]}")
        head.append("memory for each further incident")
    return _table(head, rows)


def _serve(results: Results, counts: Sequence[int]) -> str:
    rows = []
    for count in counts:
        if results.seconds("serve.ours", count):
            ratio = _number(results.ratio("serve.ours", "serve.plain", count))
            ours, plain = (_seconds(results, f"serve.{name}", count) for name in ("ours", "plain"))
            rows.append([f"{count} incidents", ours, plain, ratio])
    head = ["from saving a file to its new page", "mkdocs-postmortem", "MkDocs", "ratio"]
    return _table(head, rows) if rows else ""


def _commands(results: Results, counts: Sequence[int]) -> str:
    rows = []
    for key, title in _COMMANDS.items():
        name = f"command.{key}"
        if results.seconds(name, counts[0]):
            row = [title]
            for count in counts:
                row.append(_seconds(results, name, count))
                row.append(_number(results.ratio(name, "command.yaml", count)))
            rows.append(row)
    head = ["command"]
    for count in counts:
        head += [f"{count} incidents", "ratio"]
    return _table(head, rows) if rows else ""


def _targets(results: Results) -> str:
    rows = []
    for target in TARGETS:
        measured = target.measured(results)
        if measured is not None:
            verdict = "aim" if measured <= target.aim else "must"
            verdict = f"meets the {verdict}" if measured <= target.must else "**missed**"
            limits = [_number(limit, target.unit) for limit in (target.must, target.aim)]
            rows.append([target.title, _number(measured, target.unit), *limits, verdict])
    return _table(["measure", "measured", "must", "aim", ""], rows) if rows else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(_lines([list(head), ["---"] * len(head), *rows]))


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _seconds(results: Results, name: str, count: int) -> str:
    """The median, and between what the runs lay."""
    found = sorted(results.seconds(name, count))
    if not found:
        return ""
    digits = 2 if found[0] < 10 else 1
    middle = f"{results.median(name, count):.{digits}f} s"
    if len(found) == 1:
        return middle
    return f"{middle} ({found[0]:.{digits}f} to {found[-1]:.{digits}f})"


def _number(number: float | None, unit: str = "") -> str:
    if number is None:
        return ""
    return f"{number:.0f}{unit}" if unit else f"{number:.2f}"


def machine(cores: int) -> str:
    """The machine in one line: processor, cores, system, Python."""
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{_processor()}, {cores} cores; {system}; Python {platform.python_version()}"


def _processor() -> str:
    cpus = Path("/proc/cpuinfo")
    if cpus.is_file():
        for line in cpus.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def versions() -> str:
    """The versions of what stands in the environment and takes part."""
    names = ("mkdocs-postmortem", "mkdocs", "mkdocs-material", "Markdown", "PyYAML")
    return ", ".join(f"{name} {version(name)}" for name in names)


def written_into(document: str, tables: str) -> str:
    """`document` with `tables` between its two marks, in place of what stood there.

    Raises `ValueError` where a mark is missing.
    """
    before, _, rest = document.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"there is no {BEGIN} with an {END} below it")
    return f"{before}{BEGIN}\n\n{tables}\n{END}{after}"
