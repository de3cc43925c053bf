"""Work that is shared out to other processes comes back whole, whatever becomes of them."""

from __future__ import annotations

import os
import threading

import pytest
from mkdocs_postmortem.forked import mapped, processors

ITEMS = list("abcdefg")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@needs_fork
@pytest.mark.parametrize("processes", [1, 2, 3, 9])
def test_what_is_made_comes_in_order(processes: int) -> None:
    found = mapped(lambda item: f"{item} {os.getpid()}", ITEMS, processes)
    assert [line.split()[0] for line in found] == ITEMS
    assert len({line.split()[1] for line in found}) == min(processes, len(ITEMS))
    assert found[0] == f"a {os.getpid()}"


@needs_fork
def test_a_process_that_dies_loses_nothing() -> None:
    own = os.getpid()

    def work(item: str) -> str:
        if os.getpid() != own and item == "e":
            os._exit(7)
        return item.upper()

    assert mapped(work, ITEMS, 2) == list("ABCDEFG")


@needs_fork
def test_an_error_is_raised_here() -> None:
    def work(item: str) -> str:
        if item == "f":
            raise ValueError(item)
        return item

    with pytest.raises(ValueError, match="f"):
        mapped(work, ITEMS, 2)


def test_threads_are_no_time_to_fork() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    assert processors() == 1
    done.set()
    thread.join()
