"""A git repository, read through git's own programs: objects only, nothing is checked out."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO

LINK, SUBMODULE, FOLDER = "120000", "160000", "040000"
_MAX_LINKS = 20
# So many questions fit into a pipe, whatever becomes of the answers.
_ASKED_AHEAD = 64


class GitError(ValueError):
    """What git cannot give, and what to do about it."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help


def in_submodule(path: str) -> GitError:
    """What is said where the incidents lie in another repository."""
    return GitError(f"{path} is a submodule, a repository of its own", "run the command in there")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree: its path from the top of the repository, its mode and its object."""

    path: str
    mode: str
    oid: str


class Repository:
    """The repository around `start`.

    ``top`` is the folder of the working tree, ``None`` in a bare repository; ``prefix`` leads from
    there to `start`. Use it as a context: one `git cat-file` serves all contents.
    """

    def __init__(self, start: Path) -> None:
        self._start = start
        self._contents: subprocess.Popen[bytes] | None = None
        # What git was asked for and has not been taken yet, and what it will be asked for.
        self._asked: deque[str] = deque()
        self._expected: Iterator[str] = iter(())
        inside = self._ask("rev-parse", "--is-inside-work-tree")
        self.top: Path | None = None
        self.prefix = ""
        if inside == b"true\n":
            self.top = Path(os.fsdecode(self._ask("rev-parse", "--show-toplevel")[:-1]))
            self.prefix = os.fsdecode(self._ask("rev-parse", "--show-prefix")[:-1]).rstrip("/")

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._contents is not None:
            self._contents.communicate()

    def commit(self, revision: str) -> str:
        """The id of the commit that `revision` names. Raises `GitError` where there is none."""
        if not revision or revision.startswith("-"):
            raise GitError(
                f"“{revision}” is no revision", "write a branch, a tag or the id of a commit"
            )
        done = self._run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if done.returncode:
            raise GitError(f"there is no revision {revision} here", self._depth_help())
        return done.stdout.decode("ascii").strip()

    def merge_base(self, one: str, other: str) -> str:
        """The last commit that the history of both has."""
        done = self._run("merge-base", one, other)
        if done.returncode:
            raise GitError("the two revisions have no common history here", self._depth_help())
        return done.stdout.decode("ascii").split()[0]

    def entries(self, commit: str, folder: str, *, recursive: bool = False) -> list[Entry]:
        """What lies in `folder` of `commit`; with `recursive` also in the folders below."""
        arguments = ["ls-tree", "-z", "--full-tree", *(["-r"] if recursive else []), commit]
        listing = self._ask(*arguments, *(["--", f"{folder}/"] if folder else []))
        found = []
        for line in listing.split(b"\0")[:-1]:
            about, _, path = line.partition(b"\t")
            mode, _, oid = about.decode("ascii").split()[:3]
            found.append(Entry(os.fsdecode(path), mode, oid))
        return found

    def expect(self, oids: Iterable[str]) -> None:
        """Say which blobs will be asked for next, in that order, so that git looks for them now."""
        self._expected = iter(oids)

    def content(self, oid: str, limit: int) -> bytes:
        """The first `limit` bytes of the blob `oid`. Raises `OSError` where it is missing."""
        if self._contents is None:
            self._contents = subprocess.Popen(  # noqa: S603 - git, and no shell
                self._command("cat-file", "--batch"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        source, wanted = self._contents.stdout, self._contents.stdin
        assert source is not None
        assert wanted is not None
        while self._asked and self._asked[0] != oid:
            # Not everything that was expected is wanted.
            _answer(source, 0)
            self._asked.popleft()
        if not self._asked:
            self._asked.append(oid)
            wanted.write(f"{oid}\n".encode("ascii"))
        more = list(islice(self._expected, _ASKED_AHEAD - len(self._asked)))
        self._asked += more
        wanted.write("".join(f"{expected}\n" for expected in more).encode("ascii"))
        wanted.flush()
        self._asked.popleft()
        data = _answer(source, limit)
        if data is None:
            raise OSError("its content is not in this clone")
        return data

    def _depth_help(self) -> str | None:
        if self._run("rev-parse", "--is-shallow-repository").stdout == b"true\n":
            return (
                "this clone is shallow: fetch the history with `git fetch --unshallow`, or clone "
                "it whole (`fetch-depth: 0` in GitHub Actions, `GIT_DEPTH: 0` in GitLab CI)"
            )
        return None

    def _command(self, *arguments: str) -> list[str]:
        return ["git", "-C", str(self._start), *arguments]

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603 - git, and no shell
                self._command(*arguments),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise GitError(f"git cannot be run: {error.strerror}", "install git") from None

    def _ask(self, *arguments: str) -> bytes:
        done = self._run(*arguments)
        if done.returncode:
            said = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
            raise GitError(said[0].removeprefix("fatal: ") if said else "git failed")
        return done.stdout


def _answer(source: IO[bytes], limit: int) -> bytes | None:
    """The first `limit` bytes of what git answers next, or ``None`` where it has nothing."""
    head = source.readline().split()
    if len(head) != 3:
        return None
    size = int(head[2])
    data = source.read(min(size, limit))
    rest = size - len(data) + 1
    while rest > 0:
        rest -= len(source.read(min(rest, 1 << 20)))
    return data


class Tree:
    """The files of one commit, with links followed inside the repository."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self.repository = repository
        self.commit = commit
        self._folders: dict[str, dict[str, Entry]] = {}

    def find(self, path: str) -> Entry | None:
        """The entry at `path`, links followed; its own path is the one without links.

        Raises `OSError` where links lead out of the repository or in a circle, and `GitError`
        where the path leads into a submodule, whose content is in another repository.
        """
        here, to_go, links = Entry("", FOLDER, ""), deque(path.split("/")), 0
        while to_go:
            name = to_go.popleft()
            if name in ("", "."):
                continue
            if name == "..":
                if not here.path:
                    raise OSError(f"{path} leads out of the repository")
                here = Entry(here.path.rpartition("/")[0], FOLDER, "")
                continue
            if here.mode == SUBMODULE:
                raise in_submodule(here.path)
            found = self._children(here.path).get(name) if here.mode == FOLDER else None
            if found is None:
                return None
            if found.mode != LINK:
                here = found
                continue
            links += 1
            target = os.fsdecode(self.repository.content(found.oid, 4096))
            if links > _MAX_LINKS or target.startswith("/"):
                raise OSError(f"{path} leads out of the repository, or in a circle")
            to_go.extendleft(reversed(target.split("/")))
        return here

    def _children(self, folder: str) -> dict[str, Entry]:
        if folder not in self._folders:
            entries = self.repository.entries(self.commit, folder)
            self._folders[folder] = {entry.path.rpartition("/")[2]: entry for entry in entries}
        return self._folders[folder]
