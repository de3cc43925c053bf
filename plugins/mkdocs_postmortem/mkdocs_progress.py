"""How far a long build is: nothing of one that takes two seconds, a line every two seconds else."""

from __future__ import annotations

import time

from mkdocs.plugins import get_plugin_logger

log = get_plugin_logger(__name__)
_SECONDS = 2.0


class Progress:
    """How far a build is, which begins now."""

    def __init__(self) -> None:
        self.began = self.said = time.monotonic()
        self._done: dict[str, int] = {}

    def step(self, what: str, total: int) -> None:
        """One more of `total` incidents is through with `what`."""
        done = self._done[what] = self._done.get(what, 0) + 1
        now = time.monotonic()
        if now - self.said >= _SECONDS:
            self.said = now
            log.info(f"{done} of {total} incidents {what}")

    def end(self, total: int, unchanged: int) -> None:
        """Say what the build of `total` incidents did."""
        length = time.monotonic() - self.began
        noun = "incident" if total == 1 else "incidents"
        log.info(f"{total} {noun}, {unchanged} unchanged, {length:.1f} s")
