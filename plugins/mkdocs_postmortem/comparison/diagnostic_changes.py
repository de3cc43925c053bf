"""Which diagnostics are new between two revisions and which are gone, wherever they moved."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from mkdocs_postmortem.diagnostics import Diagnostic


def introduced_and_solved(
    before: list[tuple[Diagnostic, str]],
    after: list[tuple[Diagnostic, str]],
    paths: dict[str, str],
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """The diagnostics introduced and solved; `paths` has the new ones of files by the old ones.

    One that only moved is the same: what it says is, or else the line that it is about.
    """

    def identity(entry: tuple[Diagnostic, str], *, with_message: bool) -> tuple[str, str, str]:
        diagnostic, line = entry
        what = diagnostic.message if with_message else line
        return diagnostic.path, diagnostic.code, what

    def moved(entry: tuple[Diagnostic, str]) -> tuple[Diagnostic, str]:
        path = entry[0].path
        return replace(entry[0], path=paths.get(path, path)), entry[1]

    old, new = before, after
    for with_message in (True, False):
        waiting: dict[tuple[str, str, str], deque[int]] = {}
        for index, entry in enumerate(old):
            key = identity(moved(entry), with_message=with_message)
            waiting.setdefault(key, deque()).append(index)
        found, left = set(), []
        for entry in new:
            known = waiting.get(identity(entry, with_message=with_message))
            if known:
                found.add(known.popleft())
            else:
                left.append(entry)
        old, new = [entry for index, entry in enumerate(old) if index not in found], left
    return [diagnostic for diagnostic, _ in new], [diagnostic for diagnostic, _ in old]
