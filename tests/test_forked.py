"""Work that is shared out to other processes comes back whole, whatever becomes of them."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mkdocs_postmortem.safety.forked import WORTH_A_FORK, cores, forked, shares


@given(st.lists(st.integers(0, 3 * WORTH_A_FORK), max_size=12), st.integers(1, 4))
def test_every_index_is_in_one_share(sizes: list[int], most: int) -> None:
    made = shares(sizes, most)
    assert sorted(index for share in made for index in share) == list(range(len(sizes)))
    assert all(share == sorted(share) for share in made)
    assert 1 <= len(made) <= most
    weights = [sum(sizes[index] for index in share) for share in made]
    assert max(weights) - min(weights) <= max(sizes, default=0)
    assert len(made) == 1 or sum(sizes) >= len(made) * WORTH_A_FORK


needs_fork = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="needs fork"
)
SHARES = [[0, 3], [1, 4], [2]]


@needs_fork
def test_results_come_in_order_from_several_processes() -> None:
    def work(share: Sequence[int]) -> list[tuple[int, int]]:
        return [(index, os.getpid()) for index in share]

    found = forked(work, SHARES)
    assert [index for index, _ in found] == [0, 1, 2, 3, 4]
    assert len({process for _, process in found}) == 3
    assert found[0][1] == os.getpid()


@needs_fork
def test_a_process_that_dies_loses_nothing() -> None:
    own = os.getpid()

    def work(share: Sequence[int]) -> list[int]:
        if os.getpid() != own and 1 in share:
            os._exit(7)
        return [index * 10 for index in share]

    assert forked(work, SHARES) == [0, 10, 20, 30, 40]


def test_threads_are_no_time_to_fork() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    assert cores() == 1
    done.set()
    thread.join()
