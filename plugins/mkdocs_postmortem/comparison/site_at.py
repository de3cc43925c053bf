"""The site of one revision: its own options, its incident files, and what reading them gives."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path, PurePosixPath

from mkdocs_postmortem.archive import misnamed
from mkdocs_postmortem.comparison.git import GitError
from mkdocs_postmortem.comparison.revision import Revision
from mkdocs_postmortem.files_on_disk import CONFIG_NAMES, is_incident_name
from mkdocs_postmortem.incident_file import read_incident_text, unreadable
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.reading.source import has_front_matter
from mkdocs_postmortem.site_config import incidents_folder, site_of

# Paths of a repository as the configuration's reader wants them, absolute and normalised.
_TOP = Path("/")


@dataclass
class SiteAt:
    """The site at `revision`.

    ``config`` is the path of its `mkdocs.yml`, if it has one, ``folder`` that of its incidents;
    ``files`` are the Markdown files there with what tells their contents apart, and ``read`` says
    how many of them have been read.
    """

    revision: Revision
    config: str | None
    options: Options
    folder: str
    use_directory_urls: bool
    files: dict[str, str]
    read: int = 0
    _readings: dict[str, Reading | None] = field(default_factory=dict)

    @classmethod
    def of(
        cls, revision: Revision, start: str, config: str | None = None, as_of: str | None = None
    ) -> SiteAt:
        """The site of the nearest `mkdocs.yml` from `start` upward, or of the one at `config`.

        `as_of`, where it is given, replaces the option. Raises `ConfigError` and `GitError`.
        """
        found = config if config is not None else _nearest_config(revision, start)
        if found is None or not revision.is_file(found):
            options = Options() if as_of is None else Options(as_of=as_of)
            base = start if config is None else posixpath.dirname(config)
            folder = _inside(incidents_folder(_TOP / base, None, options))
            return cls(revision, None, options, folder, True, _files(revision, folder))
        site = site_of(
            _TOP / found,
            lambda path: revision.text(_inside(path)),
            # Git has no empty folders.
            lambda path: 2 if revision.is_folder(_inside(path)) else 0,
            as_of,
        )
        folder = _inside(site.incidents)
        files = _files(revision, folder)
        return cls(revision, found, site.options, folder, site.use_directory_urls, files)

    @property
    def as_of(self) -> str:
        """What counts as today, as the option takes it, to the second and in UTC."""
        last = self.options.today - timedelta(seconds=1)
        return f"{last:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def has_folder(self) -> bool:
        """Whether there is a folder of incidents at all."""
        return self.revision.is_folder(self.folder)

    def path(self, path: str) -> str:
        """The path of a file of the incidents from the top of the repository."""
        return posixpath.join(self.folder, path)

    def reading(self, path: str) -> Reading | None:
        """The incident in the file at `path`, or what is wrong with another page, or ``None``."""
        if path not in self._readings:
            self._readings[path] = self._read(path)
            self.read += 1
        return self._readings[path]

    def expect(self, paths: Sequence[str]) -> None:
        """Say which files will be read next, in that order."""
        self.revision.expect([self.files[path] for path in paths if path not in self._readings])

    def adopt(self, path: str, reading: Reading | None) -> None:
        """Take over what another revision has read from the same file with the same options."""
        self._readings[path] = reading

    def text(self, path: str) -> str:
        """The text of a file, as far as it can be read."""
        try:
            return self.revision.content(self.folder, path).decode("utf-8", errors="replace")
        except OSError:
            return ""

    def incidents(self) -> dict[str, str]:
        """The path of each incident by its id; where two claim one id, the first has it."""
        owners: dict[str, str] = {}
        for path in self.files:
            if is_incident_name(PurePosixPath(path).name):
                owners.setdefault(PurePosixPath(path).stem, path)
        return owners

    def _read(self, path: str) -> Reading | None:
        try:
            data = self.revision.content(self.folder, path)
        except (OSError, GitError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return unreadable(path, self.options, reason)
        if is_incident_name(PurePosixPath(path).name):
            return read_incident_text(path, data, self.options)
        return misnamed(path, data, self.options) if has_front_matter(data) else None


def _files(revision: Revision, folder: str) -> dict[str, str]:
    return revision.markdown_files(folder) if revision.is_folder(folder) else {}


def _nearest_config(revision: Revision, start: str) -> str | None:
    folder = PurePosixPath(start)
    for candidate in (folder, *folder.parents):
        for name in CONFIG_NAMES:
            path = (candidate / name).as_posix()
            if revision.is_file(path):
                return path
    return None


def _inside(path: Path) -> str:
    """A path of the repository from its top; ``..`` never leads above it."""
    return posixpath.normpath(path.as_posix()).lstrip("/")
