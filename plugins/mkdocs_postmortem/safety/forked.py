"""Work that is shared out to forked processes, one for each core, where that pays."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

Result = TypeVar("Result")

# Below so many bytes, making another process takes longer than the work.
WORTH_A_FORK = 4 * 1024 * 1024


def cores() -> int:
    """How many processes may be forked for work: 1 where forking is not safe, or not possible."""
    if "fork" not in multiprocessing.get_all_start_methods() or threading.active_count() > 1:
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shares(sizes: Sequence[int], most: int) -> list[list[int]]:
    """The indexes of `sizes` in at most `most` shares of about one size, each in order.

    There are fewer where a share would not be worth a process.
    """
    count = max(1, min(most, sum(sizes) // WORTH_A_FORK))
    made: list[list[int]] = [[] for _ in range(count)]
    weights = [0] * count
    for index in sorted(range(len(sizes)), key=lambda index: -sizes[index]):
        lightest = weights.index(min(weights))
        made[lightest].append(index)
        weights[lightest] += sizes[index]
    return [sorted(share) for share in made]


def forked(
    work: Callable[[Sequence[int]], list[Result]], shares: Sequence[Sequence[int]]
) -> list[Result]:
    """The results of `work` for all `shares`, by index; the first is worked on here.

    A share whose process does not answer is worked on here too.
    """
    if len(shares) == 1:
        return work(shares[0])
    context = multiprocessing.get_context("fork")
    waiting = []
    for share in shares[1:]:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_send, args=(work, share, sender), daemon=True)
        process.start()
        sender.close()
        waiting.append((share, process, receiver))
    by_index = dict(zip(shares[0], work(shares[0]), strict=True))
    for share, process, receiver in waiting:
        try:
            found = receiver.recv()
        except EOFError:
            found = work(share)
        process.join()
        by_index.update(zip(share, found, strict=True))
    return [by_index[index] for index in sorted(by_index)]


def _send(
    work: Callable[[Sequence[int]], list[Result]],
    share: Sequence[int],
    sender: Connection,
) -> None:
    sender.send(work(share))
    sender.close()
