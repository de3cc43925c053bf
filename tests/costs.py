"""What something costs, told where other work goes on."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def least_seconds(work: Callable[[], object]) -> float:
    """The processor's time that `work` takes: the least of three, because machines are shared.

    Nothing is collected meanwhile, which takes as long as all tests before have left objects.
    """
    spent = []
    was_on = gc.isenabled()
    gc.disable()
    try:
        for _ in range(3):
            begin = time.process_time()
            work()
            spent.append(time.process_time() - begin)
    finally:
        if was_on:
            gc.enable()
    return min(spent)
