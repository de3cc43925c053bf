"""The two kinds of state that can be compared: a commit, and the working tree."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from mkdocs_postmortem.comparison.git import (
    FOLDER,
    LINK,
    SUBMODULE,
    Repository,
    Tree,
    in_submodule,
)
from mkdocs_postmortem.files_on_disk import MARKDOWN_ENDINGS, MAX_BYTES, incident_paths, read_bytes

# Large enough for every configuration, small enough for a wrong file.
_MAX_CONFIG = 4 * 1024 * 1024


class Revision(Protocol):
    """A state of the repository. Paths lead from its top, with forward slashes.

    ``name`` is what a reader sees, ``commit`` its id where it is one.
    """

    name: str
    commit: str | None

    def is_file(self, path: str) -> bool:
        """Whether there is a file, links followed."""

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder, links followed. Raises `GitError` for a submodule."""

    def text(self, path: str) -> str:
        """The text of a file. Raises `OSError` or `UnicodeDecodeError`."""

    def markdown_files(self, folder: str) -> dict[str, str]:
        """The paths in `folder` of the Markdown files below it, with what tells their contents
        apart; hidden ones are left out, as MkDocs leaves them out.
        """

    def expect(self, contents: Sequence[str]) -> None:
        """Say whose contents, by what tells them apart, will be asked for next, in that order."""

    def content(self, folder: str, path: str) -> bytes:
        """The bytes of a file below `folder`, at most one more than an incident may have.

        Raises `OSError`, also where a link leads out of `folder`.
        """


class CommitRevision:
    """A commit, read from git's objects."""

    def __init__(self, repository: Repository, name: str, commit: str) -> None:
        self.name = name
        self.commit: str | None = commit
        self._repository = repository
        self._tree = Tree(repository, commit)

    def is_file(self, path: str) -> bool:
        try:
            found = self._tree.find(path)
        except OSError:
            return False
        return found is not None and found.mode not in (FOLDER, SUBMODULE)

    def is_folder(self, path: str) -> bool:
        try:
            found = self._tree.find(path)
        except OSError:
            return False
        if found is not None and found.mode == SUBMODULE:
            raise in_submodule(found.path)
        return found is not None and found.mode == FOLDER

    def text(self, path: str) -> str:
        found = self._tree.find(path)
        if found is None or found.mode in (FOLDER, SUBMODULE):
            raise OSError(f"there is no file {path}")
        return self._repository.content(found.oid, _MAX_CONFIG).decode("utf-8-sig")

    def markdown_files(self, folder: str) -> dict[str, str]:
        real = self._tree.find(folder)
        if real is None or real.mode != FOLDER:
            return {}
        files = {}
        for entry in self._repository.entries(self._tree.commit, real.path, recursive=True):
            path = entry.path.removeprefix(f"{real.path}/" if real.path else "")
            hidden = any(part.startswith(".") for part in path.split("/"))
            if hidden or entry.mode == SUBMODULE or not path.lower().endswith(MARKDOWN_ENDINGS):
                continue
            files[path] = entry.oid
            if entry.mode == LINK:
                # What it leads to may change while the link does not.
                try:
                    target = self._tree.find(entry.path)
                except OSError:
                    target = None
                if target is not None and target.mode == FOLDER:
                    del files[path]
                elif target is not None:
                    files[path] = target.oid
        return dict(sorted(files.items()))

    def expect(self, contents: Sequence[str]) -> None:
        self._repository.expect(contents)

    def content(self, folder: str, path: str) -> bytes:
        real, found = self._tree.find(folder), self._tree.find(posixpath.join(folder, path))
        if found is None or found.mode in (FOLDER, SUBMODULE):
            raise OSError(f"there is no file {path}")
        assert real is not None
        if real.path and not found.path.startswith(f"{real.path}/"):
            raise OSError(f"{path} leads out of {PurePosixPath(folder).name}")
        return self._repository.content(found.oid, MAX_BYTES + 1)


class WorkingTree:
    """The files as they lie in the working tree, whether git knows them or not."""

    def __init__(self, top: Path, *, oid_length: int) -> None:
        self.name = "the working tree"
        self.commit: str | None = None
        self._top = top
        self._hash = "sha256" if oid_length == 64 else "sha1"

    def is_file(self, path: str) -> bool:
        return (self._top / path).is_file()

    def is_folder(self, path: str) -> bool:
        return (self._top / path).is_dir()

    def text(self, path: str) -> str:
        return (self._top / path).read_text(encoding="utf-8-sig")

    def markdown_files(self, folder: str) -> dict[str, str]:
        files = {}
        for path in incident_paths(self._top / folder):
            try:
                data = read_bytes(self._top / folder, path)
            except OSError as error:
                files[path] = f"unreadable: {error}"
                continue
            # As git names a blob, so that what was not touched is recognised.
            digest = hashlib.new(self._hash, usedforsecurity=False)
            digest.update(b"blob %d\0" % len(data) + data)
            files[path] = digest.hexdigest()
        return files

    def expect(self, contents: Sequence[str]) -> None:
        """Files are there at once."""

    def content(self, folder: str, path: str) -> bytes:
        return read_bytes(self._top / folder, path)
