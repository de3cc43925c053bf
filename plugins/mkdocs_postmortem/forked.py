"""Work on many things by several processes, where that pays."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple, NoReturn, TypeVar

_Item = TypeVar("_Item")


def processors() -> int:
    """How many processes can run at once, 1 where there is to be only this one.

    A fork costs little and shares what was imported and read. It is only made where it is safe:
    not beside other threads, and not where the system's libraries cannot bear it.
    """
    if not sys.platform.startswith("linux") or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0))


def mapped(work: Callable[[_Item], str], items: Sequence[_Item], processes: int) -> list[str]:
    """What `work` makes of each of `items`, in their order, by so many `processes`.

    It makes one line of text. What a process that fails had to do is done by this one, where
    errors are raised.
    """
    shares = [items[number::processes] for number in range(processes)]
    children = [_Child.working(work, share) for share in shares[1:] if share]
    try:
        parts = [[work(item) for item in shares[0]]]
        for share in shares[1 : len(children) + 1]:
            lines = children.pop(0).lines()
            whole = len(lines) == len(share)
            parts.append(lines if whole else [work(item) for item in share])
    finally:
        for child in children:
            child.end()
    found = [""] * len(items)
    for number, part in enumerate(parts):
        found[number::processes] = part
    return found


class _Child(NamedTuple):
    """A process that works, and where it writes to."""

    pid: int
    output: int

    @classmethod
    def working(cls, work: Callable[[_Item], str], items: Sequence[_Item]) -> _Child:
        output, input = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(output)
            _work(work, items, input)
        os.close(input)
        return cls(pid, output)

    def lines(self) -> list[str]:
        """What it wrote, or nothing where it failed."""
        with os.fdopen(self.output, "rb") as stream:
            data = stream.read()
        _, status = os.waitpid(self.pid, 0)
        return data.decode().splitlines() if status == 0 else []

    def end(self) -> None:
        os.close(self.output)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _work(work: Callable[[_Item], str], items: Sequence[_Item], output: int) -> NoReturn:
    """Work in a process of its own, which ends here: what it shares is not for it to clean up."""
    status = 1
    try:
        with os.fdopen(output, "wb") as stream:
            stream.write("".join(f"{work(item)}\n" for item in items).encode())
        status = 0
    finally:
        os._exit(status)
