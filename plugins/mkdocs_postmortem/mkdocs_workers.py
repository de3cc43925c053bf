"""Pages made side by side by several processes, which begin as copies of this one.

What a page holds depends on its own incident and on what is there when the pages are made, so no
process waits for another. What a page says while it is made comes in the order of the pages.
"""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable, Sequence

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files

from mkdocs_postmortem.mkdocs_pages import IncidentPage, MadePage

# Fewer pages are made before the processes have begun.
FEWEST_PAGES = 100
# So that no process is left with the longest pages at the end.
_SHARES_OF_EACH = 8


def can_work() -> bool:
    """Whether the system can copy a process."""
    return "fork" in multiprocessing.get_all_start_methods()


def make_side_by_side(
    pages: Sequence[IncidentPage],
    config: MkDocsConfig,
    files: Files,
    count: int,
    begin: Callable[[], None],
) -> None:
    """Let `count` processes make `pages`, and each page be what they have made.

    Each process begins with `begin`. No other thread may run: a copy of a process has none.
    """
    size = -(-len(pages) // (count * _SHARES_OF_EACH))
    # A copy gets these as they are, and nothing needs to be sent to it but numbers.
    job = (pages, config, files, begin)
    with multiprocessing.get_context("fork").Pool(count, _copy.begin, job) as pool:
        made = pool.imap(_make, range(len(pages)), chunksize=size)
        for page, one in zip(pages, made, strict=True):
            page.take(one)


class _Copy(logging.Handler):
    """What a copy of the process works on. It keeps what is said instead of printing it."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, int, str]] = []

    def begin(
        self,
        pages: Sequence[IncidentPage],
        config: MkDocsConfig,
        files: Files,
        begin: Callable[[], None],
    ) -> None:
        self.pages, self.config, self.files = pages, config, files
        logger = logging.getLogger("mkdocs")
        logger.handlers, logger.propagate = [self], False
        begin()

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append((record.name, record.levelno, record.getMessage()))

    def make(self, number: int) -> MadePage:
        self.said = []
        return self.pages[number].make(self.config, self.files, self.said)


_copy = _Copy()


def _make(number: int) -> MadePage:
    return _copy.make(number)
