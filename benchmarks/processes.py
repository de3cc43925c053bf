"""Runs commands and servers as processes of their own, and says what they took."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

# How often a page is asked for until it shows a change, in seconds.
POLL = 0.01
# When a server that does not answer, or a page that does not change, is given up; in seconds.
PATIENCE = 900.0
_KILOBYTES_OF_MAXRSS = 1 / 1024 if sys.platform == "darwin" else 1


class Cost(NamedTuple):
    """What a process took from its start to its end: seconds by the clock, processor, and memory.

    `processor` is in seconds, its children's included. `kilobytes` is the largest resident set of
    the process, or of one of its children where that is larger.
    """

    seconds: float
    processor: float
    kilobytes: int


class CommandFailedError(Exception):
    """A command ended otherwise than it should; what it printed is in the message."""


def timed(
    command: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str],
    expected: Sequence[int] = (0,),
) -> Cost:
    """Run `command` in `folder` and say what it took.

    Raises `CommandFailedError` where its exit status is none of `expected`.
    """
    words = [str(word) for word in command]
    output = Path(environment["TMPDIR"], "output")
    with output.open("wb") as printed:
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - the commands are our own
            words, cwd=folder, env=dict(environment), stdout=printed, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
    # The process is waited for already; without this `Popen` would wait for it once more.
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in expected:
        text = output.read_text(encoding="utf-8", errors="replace")
        raise CommandFailedError(
            f"{' '.join(words)} ended with {process.returncode}:\n{text[-4000:]}"
        )
    processor = usage.ru_utime + usage.ru_stime
    return Cost(seconds, processor, int(usage.ru_maxrss * _KILOBYTES_OF_MAXRSS))


@dataclass(frozen=True)
class Server:
    """A running server that builds again what changes."""

    address: str
    process: subprocess.Popen[bytes]

    def shows(self, path: str, text: str) -> bool:
        """Whether the page at `path` is there and holds `text`."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=PATIENCE) as answer:  # noqa: S310 - loopback
                return text.encode() in answer.read()
        except (urllib.error.URLError, ConnectionError):
            return False

    def wait_for(self, path: str, text: str) -> None:
        """Ask for the page at `path` again and again until it holds `text`."""
        end = time.monotonic() + PATIENCE
        while not self.shows(path, text):
            if self.process.poll() is not None:
                raise CommandFailedError(f"a server ended with {self.process.returncode}")
            if time.monotonic() > end:
                raise CommandFailedError(f"{path} does not show “{text}” after {PATIENCE} s")
            time.sleep(POLL)


@contextmanager
def server(folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """`mkdocs serve` on the site in `folder`, ended when it is left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "mkdocs", "serve", "--quiet", "--dev-addr", address]
    process = subprocess.Popen(  # noqa: S603 - the command is our own
        command,
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Server(f"http://{address}/", process)
    finally:
        process.terminate()
        process.wait()
