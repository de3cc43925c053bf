"""What is wrong with the incidents, said in MkDocs' log."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.plugins import get_plugin_logger

from mkdocs_postmortem import wording
from mkdocs_postmortem.diagnostics import Diagnostic, Severity, in_full, printable
from mkdocs_postmortem.site import Site, not_published

log = get_plugin_logger(__name__)


class Reports:
    """Says every problem once, over all builds of a process."""

    def __init__(self) -> None:
        self._said: frozenset[Diagnostic] = frozenset()

    def report(self, site: Site, folder: Path, *, serving: bool) -> None:
        """Log every problem with its place in `folder`.

        Raises `PluginError` where one is an error, except while serving.
        """
        shown_folder = os.path.relpath(folder)
        notes = [found for found in site.diagnostics if found.severity is Severity.NOTE]
        for found in site.diagnostics:
            if found.severity is Severity.NOTE or (serving and found in self._said):
                continue
            shown = replace(found, path=os.path.normpath(Path(shown_folder, found.path)))
            fatal = found.severity is Severity.ERROR and not serving
            say = log.error if fatal else log.warning
            reading = site.readings.get(found.path)
            say(in_full(shown, reading.source.lines if reading else []))
        if notes and not self._said:
            log.info(f"{wording.problem_count(notes)}, which `postmortem check` shows")
        self._said = frozenset(site.diagnostics)
        if site.errors and not serving:
            count = len(site.errors)
            raise PluginError(
                f"postmortem: {count} error{'s' * (count != 1)} in the incidents; nothing was built"
            )
        if hidden := not_published(site):
            log.info(printable(hidden))
