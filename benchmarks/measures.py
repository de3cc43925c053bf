"""What is measured: builds, the way from a saved file to the new page, and commands.

Everything is run in turn, several times: one build of each engine and size, then the next round.
So what else the machine does in the meantime hits all of them alike.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import corpus, plain_yaml
from benchmarks.processes import Cost, server, timed
from benchmarks.sites import FINISHED, OURS, PLAIN, Engine, Site, words

GROUPS = ("builds", "serve", "commands")
_POSTMORTEM = (sys.executable, "-m", "mkdocs_postmortem")


@dataclass(frozen=True)
class Sample:
    """One run of one thing with so many incidents.

    `seconds` are by the clock, `processor` the seconds in which it had a core; that and `kilobytes`
    are 0 where the process was there before.
    """

    name: str
    count: int
    seconds: float
    processor: float = 0
    kilobytes: int = 0


@dataclass
class Results:
    """Every sample of a run of the benchmarks."""

    samples: list[Sample] = field(default_factory=list)

    def seconds(self, name: str, count: int) -> list[float]:
        """How long each run of `name` with `count` incidents took."""
        return [one.seconds for one in self.samples if (one.name, one.count) == (name, count)]

    def median(self, name: str, count: int) -> float | None:
        """The median of that in seconds, or ``None`` where it was not run."""
        found = self.seconds(name, count)
        return median(found) if found else None

    def kilobytes(self, name: str, count: int) -> float | None:
        """The median of the memory that it took at most, or ``None`` where it was not run."""
        found = [
            one.kilobytes
            for one in self.samples
            if (one.name, one.count) == (name, count) and one.kilobytes
        ]
        return median(found) if found else None

    def ratio(self, name: str, base: str, count: int) -> float | None:
        """The median of `name` in medians of `base`, or ``None`` where one was not run."""
        over, under = self.median(name, count), self.median(base, count)
        return over / under if over and under else None

    def as_data(self) -> list[dict[str, object]]:
        """The samples as data for other programs."""
        return [asdict(sample) for sample in self.samples]


class Bench:
    """The sites of every engine and size in a working folder, and what was measured of them."""

    def __init__(
        self,
        work: Path,
        counts: Sequence[int],
        engines: Sequence[Engine],
        say: Callable[[str], None],
    ) -> None:
        self.results = Results()
        self._work = work
        self._counts = counts
        self._engines = engines
        self._say = say
        self._sites: dict[tuple[str, int], Site] = {}

    def _site(self, engine: Engine, count: int) -> Site:
        """The site of an engine, written when it is first asked for."""
        key = engine.name, count
        if key not in self._sites:
            incidents = tuple(corpus.incidents(count))
            folder = self._work / str(count) / engine.name
            if engine is FINISHED:
                ours = self._site(OURS, count)
                ours.build()
            site = Site(engine, folder, incidents, _environment(self._work, folder))
            if engine is FINISHED:
                _compare(ours, site)
            self._sites[key] = site
        return self._sites[key]

    def _record(self, name: str, count: int, cost: Cost) -> None:
        self._say(f"{count} incidents, {name}: {cost.seconds:.2f} s")
        self.results.samples.append(Sample(name, count, *cost))

    def builds(self, runs: int) -> None:
        """Build every site from nothing, and then, if it remembers, with one incident changed."""
        for _ in range(runs):
            for count in self._counts:
                for engine in self._engines:
                    site = self._site(engine, count)
                    site.forget()
                    self._record(f"build.{engine.name}.cold", count, site.build())
                    if engine.remembers:
                        incident = site.incidents[count // 2]
                        word = site.edit(incident)
                        self._record(f"build.{engine.name}.warm", count, site.build())
                        assert word in site.page(incident)

    def serve(self, runs: int) -> None:
        """Save a file with another word in its body while serving, until its page shows it."""
        for count in self._counts:
            sites = [self._site(e, count) for e in self._engines if e in (OURS, PLAIN)]
            with ExitStack() as running:
                servers = []
                for site in sites:
                    site.forget()
                    served = running.enter_context(server(site.folder, site.environment))
                    servers.append((site, served))
                    served.wait_for(_url(site, count), "</html>")
                for _ in range(runs):
                    for site, served in servers:
                        # At any point of the second in which the server looks for changes.
                        time.sleep(0.5 + random.random())  # noqa: S311
                        began = time.perf_counter()
                        word = site.edit(site.incidents[count // 2])
                        served.wait_for(_url(site, count), word)
                        cost = Cost(time.perf_counter() - began, 0, 0)
                        self._record(f"serve.{site.engine.name}", count, cost)

    def commands(self, runs: int) -> None:
        """Check, diff and verify the site of ours, and read its front matter as plain YAML."""
        for count in self._counts:
            site = self._site(OURS, count)
            site.forget()
            site.build()
            _commit(site)
        for _ in range(runs):
            for count in self._counts:
                site = self._site(OURS, count)
                one, other = site.incidents[count // 2], site.incidents[count // 3]
                self._run("yaml", (sys.executable, plain_yaml.__file__, "docs/incidents"), site)
                site.forget_caches()
                self._run("check.cold", (*_POSTMORTEM, "check"), site)
                self._run("check.same", (*_POSTMORTEM, "check"), site)
                site.edit(one)
                self._run("check.warm", (*_POSTMORTEM, "check"), site)
                site.edit(other)
                # Its exit status says whether readers see a change.
                self._run("diff", (*_POSTMORTEM, "diff", "HEAD"), site, expected=(0, 1))
                self._run("verify", (*_POSTMORTEM, "verify", "site"), site)

    def _run(
        self, name: str, command: Sequence[str | Path], site: Site, expected: Sequence[int] = (0,)
    ) -> None:
        cost = timed(command, site.folder, site.environment, expected)
        self._record(f"command.{name}", len(site.incidents), cost)


def _url(site: Site, count: int) -> str:
    return f"incidents/{site.incidents[count // 2].id}/"


def _compare(ours: Site, finished: Site) -> None:
    """Make sure that two built sites say the same about incidents, word by word."""
    finished.build()
    for incident in (ours.incidents[0], ours.incidents[-1]):
        assert words(ours.page(incident)) == words(finished.page(incident)), incident.id


def _environment(work: Path, folder: Path) -> Mapping[str, str]:
    """The environment of every process: nothing of it lies outside the working folder."""
    temporary = work / "tmp"
    temporary.mkdir(exist_ok=True)
    own = {name: value for name, value in os.environ.items() if "POSTMORTEM" not in name}
    # An installed package is compiled once, and not whenever it is imported.
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    return {
        **own,
        "NO_MKDOCS_2_WARNING": "1",
        "TMPDIR": str(temporary),
        "XDG_CACHE_HOME": str(folder / ".cache-home"),
    }


def _commit(site: Site) -> None:
    """Put the sources of a site under git."""
    author = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org")
    if (site.folder / ".git").exists():
        return
    for arguments in (
        ("init", "--quiet"),
        ("add", "docs", "mkdocs.yml"),
        (*author, "commit", "--quiet", "--message", "Incidents"),
    ):
        subprocess.run(("git", *arguments), cwd=site.folder, check=True)  # noqa: S603, S607
