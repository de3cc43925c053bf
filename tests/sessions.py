"""Sessions that build a site: processes with plugins, a folder and a cache, in this one."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs_postmortem.plugin import PostmortemPlugin

URL = "http://127.0.0.1:8000/"
PLUGINS: Any = MkDocsConfig.plugins


class Session:
    """A process that builds a site: its plugins, its folder, and where it keeps what it knows."""

    def __init__(self, command: Literal["serve", "build"], site: Path, cache: Path | None) -> None:
        self.command, self.site, self.cache = command, site, cache
        self.plugins: dict[str, Any] = {}
        self.unchanged = 0

    def build(self, folder: Path) -> list[str]:
        """Build what is in `folder`; returns what it warned of, sorted."""
        os.environ["POSTMORTEM_CACHE"] = str(self.cache) if self.cache else "off"
        if self.command == "build":
            self.plugins = {}
        # MkDocs keeps the plugins of a process here.
        PLUGINS.plugin_cache = self.plugins
        config = load_config(str(folder / "mkdocs.yml"), site_dir=str(self.site))
        config.plugins.on_startup(command=self.command, dirty=False)
        serving = self.command == "serve"
        if serving:
            config.site_url = URL
        with messages_of_builds() as (said, unchanged):
            try:
                build(config, serve_url=URL if serving else None)
            except Abort as error:
                # What is wrong with the site; anything else is wrong with us.
                said.append(f"failed: {error}")
        self.unchanged += sum(unchanged)
        if not serving:
            self.end()
        return sorted(said)

    def end(self) -> None:
        """End the process."""
        for plugin in self.plugins.values():
            if isinstance(plugin, PostmortemPlugin):
                plugin.on_shutdown()


@contextmanager
def messages_of_builds() -> Iterator[tuple[list[str], list[int]]]:
    """What MkDocs warns of, and how many incidents were unchanged in each build."""
    said: list[str] = []
    unchanged: list[int] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.WARNING:
                said.append(record.getMessage())
            elif found := re.search(r"(\d+) unchanged", record.getMessage()):
                unchanged.append(int(found[1]))

    listening = Listening(logging.INFO)
    level = logging.getLogger("mkdocs").level
    logging.getLogger("mkdocs").setLevel(logging.INFO)
    logging.getLogger("mkdocs").addHandler(listening)
    try:
        yield said, unchanged
    finally:
        logging.getLogger("mkdocs").setLevel(level)
        logging.getLogger("mkdocs").removeHandler(listening)


def contents(site: Path) -> dict[str, bytes]:
    """Every file of a site; empty folders count too."""
    found = {}
    for path in site.rglob("*"):
        name = path.relative_to(site).as_posix()
        if path.is_file():
            found[name] = path.read_bytes()
        elif not any(path.iterdir()):
            found[f"{name}/"] = b""
    return found


@contextmanager
def no_sessions_left() -> Iterator[None]:
    """Leave plugins and environment as they were."""
    known = PLUGINS.plugin_cache
    cache = os.environ.get("POSTMORTEM_CACHE")
    yield
    PLUGINS.plugin_cache = known
    if cache is None:
        os.environ.pop("POSTMORTEM_CACHE", None)
    else:
        os.environ["POSTMORTEM_CACHE"] = cache
