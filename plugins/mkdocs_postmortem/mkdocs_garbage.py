"""How often Python looks through all objects for what can be forgotten, once the plugin is there.

A build makes a great many objects, and nearly all of them stay to its end: with Python's own
setting up to a fifth of the time of a build goes into looking through them, and as much of a
build that makes little anew into looking through all of them once more when the process ends.
"""

from __future__ import annotations

import atexit
import gc

# Before all our other modules are imported, which makes many objects too.
gc.set_threshold(50_000, 10, 10)


def leave_alone() -> None:
    """Never again look through the objects that are there now."""
    gc.freeze()


# What is there when the process ends goes with it.
atexit.register(leave_alone)
