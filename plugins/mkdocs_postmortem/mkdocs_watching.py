"""A save seen at once: the operating system tells what has changed, and polling looks after it.

MkDocs looks through all files twice a second. That stays, because not every file system tells of
changes, such as one that is shared with a virtual machine. What the system has told already is not
news when polling finds it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from mkdocs.livereload import LiveReloadServer
from watchdog.events import (
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch
from watchdog.observers.polling import PollingObserver

# Others tell of files that are only read, as a build does: it would never end.
_CHANGES = (FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent)
# How long nothing may change any more before a build begins. Editors that replace a file do it
# in two steps within a few milliseconds.
_PAUSE_SECONDS = 0.03


def watch_at_once(server: LiveReloadServer) -> None:
    """Let `server` learn of changes from the operating system, before it serves.

    MkDocs has no hook for this. It relies on the server's attributes ``observer``, ``build_delay``
    and ``_watched_paths``; without them the server only polls.
    """
    paths = getattr(server, "_watched_paths", None)
    if not isinstance(server.observer, PollingObserver) or not isinstance(paths, dict):
        return
    watched = [path for path, count in paths.items() for _ in range(count)]
    for path in watched:
        server.unwatch(path)
    server.observer = _PromptObserver(timeout=server.observer.timeout)
    server.build_delay = _PAUSE_SECONDS
    for path in watched:
        server.watch(path)


class _PromptObserver(PollingObserver):
    """Polls, and tells what the operating system tells as soon as it does."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._prompt: Any = Observer()
        self._told: set[str] = set()
        self._prompt_watches: dict[ObservedWatch, ObservedWatch] = {}

    def schedule(
        self, event_handler: FileSystemEventHandler, path: str | Path, **options: Any
    ) -> ObservedWatch:
        watch = super().schedule(_Unless(event_handler, self._told), path, **options)
        # A watch on a file ends when an editor puts another one in its place.
        one_file = str(path) if Path(path).is_file() else None
        folder = str(Path(path).parent) if one_file else str(path)
        teller = _Telling(event_handler, self._told, one_file)
        # The system may watch no more files than its limit allows; polling goes on.
        with suppress(OSError):
            self._prompt_watches[watch] = self._prompt.schedule(
                teller,
                folder,
                recursive=options.get("recursive", False) and one_file is None,
            )
        return watch

    def unschedule(self, watch: ObservedWatch) -> None:
        super().unschedule(watch)
        prompt = self._prompt_watches.pop(watch, None)
        if prompt is not None:
            self._prompt.unschedule(prompt)

    def start(self) -> None:
        try:
            self._prompt.start()
        except OSError:
            self._prompt_watches.clear()
        super().start()

    def on_thread_stop(self) -> None:
        if self._prompt.is_alive():
            self._prompt.stop()
            self._prompt.join()
        super().on_thread_stop()


class _Telling(FileSystemEventHandler):
    """Tells `handler` at once of what the operating system says, of one file or of all."""

    def __init__(
        self, handler: FileSystemEventHandler, told: set[str], one_file: str | None
    ) -> None:
        self._handler, self._told, self._one_file = handler, told, one_file

    def on_any_event(self, event: FileSystemEvent) -> None:
        paths = _paths(event)
        is_ours = self._one_file is None or self._one_file in paths
        if event.is_directory or not isinstance(event, _CHANGES) or not is_ours:
            return
        self._told |= paths
        self._handler.dispatch(event)


class _Unless(FileSystemEventHandler):
    """Tells `handler` what polling finds, unless it has been told."""

    def __init__(self, handler: FileSystemEventHandler, told: set[str]) -> None:
        self._handler, self._told = handler, told

    def on_any_event(self, event: FileSystemEvent) -> None:
        paths = _paths(event)
        if paths & self._told:
            self._told -= paths
        else:
            self._handler.dispatch(event)


def _paths(event: FileSystemEvent) -> set[str]:
    both = (event.src_path, getattr(event, "dest_path", ""))
    return {os.fsdecode(path) for path in both if path}
