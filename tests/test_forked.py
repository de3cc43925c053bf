"""Work that is shared out to other processes comes back whole, whatever becomes of them."""

from __future__ import annotations

import os
import threading
from multiprocessing import get_context

import pytest
from mkdocs_postmortem.forked import mapped, processors

ITEMS = list("abcdefg")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@needs_fork
@pytest.mark.parametrize("processes", [1, 2, 3, 9])
def test_every_process_takes_part(processes: int) -> None:
    together = get_context("fork").Barrier(min(processes, len(ITEMS)))
    began: list[int] = []

    def work(item: str) -> str:
        if not began:
            began.append(together.wait(60))
        return f"{item} {os.getpid()}"

    found = [line.split() for line in mapped(work, ITEMS, processes)]
    assert [item for item, _ in found] == ITEMS
    assert len({process for _, process in found}) == together.parties


@needs_fork
@pytest.mark.parametrize("processes", [1, 2, 9])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 255, 256, 257, 1000])
def test_everything_is_done_in_order(processes: int, count: int) -> None:
    found = mapped(lambda number: f"{number} {number * number}", range(count), processes)
    assert found == [f"{number} {number * number}" for number in range(count)]


@needs_fork
@pytest.mark.parametrize("way", ["killed", "ends", "fails"])
def test_a_process_that_dies_loses_nothing(way: str) -> None:
    here, begun = os.getpid(), get_context("fork").Event()

    def work(item: str) -> str:
        if os.getpid() == here:
            assert begun.wait(60)
            return item.upper()
        begun.set()
        if way == "killed":
            os.kill(os.getpid(), 9)
        elif way == "ends":
            os._exit(7)
        raise ValueError(item)

    assert mapped(work, ITEMS, 2) == list("ABCDEFG")


@needs_fork
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_what_fails_here_fails_and_leaves_no_process(processes: int) -> None:
    def fails(item: str) -> str:
        raise ValueError(f"no {item}")

    with pytest.raises(ValueError, match="no a"):
        mapped(fails, ["a"] * 20, processes)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@needs_fork
def test_what_fails_there_fails_here() -> None:
    here, begun = os.getpid(), get_context("fork").Event()
    done: list[str] = []

    def work(item: str) -> str:
        if os.getpid() == here and not done:
            assert begun.wait(60)
            done.append(item)
            return item
        begun.set()
        raise ValueError(f"no {item}")

    with pytest.raises(ValueError, match=r"no [ab]"):
        mapped(work, ["a", "b"], 2)
    assert len(done) == 1


@needs_fork
def test_much_output_is_no_problem() -> None:
    items = range(1, 9)
    assert mapped(lambda number: str(number) * 100_000, items, 4) == [
        str(number) * 100_000 for number in items
    ]


def test_threads_are_no_time_to_fork() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    assert processors() == 1
    done.set()
    thread.join()
