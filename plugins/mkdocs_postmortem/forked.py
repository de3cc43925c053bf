"""Work on many things by several processes, where that pays."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
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


# Processes take the items in so many shares: each fits into a byte, and all of them into a pipe.
_SHARES = 256


def mapped(work: Callable[[_Item], str], items: Sequence[_Item], processes: int) -> list[str]:
    """What `work` makes of each of `items`, in their order, by so many `processes`.

    It makes one line of text. Each process takes what nobody has taken yet, so that none waits
    long for another. What a process that fails had to do is done by this one, where errors are
    raised.
    """
    left = _shares_left()
    children: list[_Child] = []
    found: dict[int, str] = {}
    try:
        others = min(processes, len(items)) - 1
        children += (_Child.working(work, items, left) for _ in range(others))
        for number in _taken(left, len(items)):
            found[number] = work(items[number])
        while children:
            found |= children.pop(0).lines()
    finally:
        os.close(left)
        for child in children:
            child.end()
    return [found[at] if at in found else work(item) for at, item in enumerate(items)]


def _shares_left() -> int:
    """A pipe to take shares from, until none is left."""
    left, end = os.pipe()
    os.write(end, bytes(range(_SHARES)))
    os.close(end)
    return left


def _taken(left: int, count: int) -> Iterator[int]:
    """The numbers of those of `count` items that are in the shares taken here."""
    while share := os.read(left, 1):
        yield from range(share[0], count, _SHARES)


class _Child(NamedTuple):
    """A process that works, and where it writes to."""

    pid: int
    output: int

    @classmethod
    def working(cls, work: Callable[[_Item], str], items: Sequence[_Item], left: int) -> _Child:
        output, input = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(output)
            _work(work, items, left, input)
        os.close(input)
        return cls(pid, output)

    def lines(self) -> dict[int, str]:
        """What it wrote by the numbers of the items, or nothing where it failed."""
        with os.fdopen(self.output, "rb") as stream:
            data = stream.read()
        _, status = os.waitpid(self.pid, 0)
        lines = data.decode().split("\n") if status == 0 else []
        return dict(zip(map(int, lines[:-1:2]), lines[1::2], strict=True))

    def end(self) -> None:
        os.close(self.output)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _work(work: Callable[[_Item], str], items: Sequence[_Item], left: int, output: int) -> NoReturn:
    """Work in a process of its own, which ends here: what it shares is not for it to clean up."""
    status = 1
    try:
        with os.fdopen(output, "wb") as stream:
            numbers = _taken(left, len(items))
            text = "".join(f"{number}\n{work(items[number])}\n" for number in numbers)
            stream.write(text.encode())
        status = 0
    finally:
        os._exit(status)
