"""What is kept between runs: found again, never trusted where it does not fit, never in the way."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs_postmortem import cache as cache_module
from mkdocs_postmortem.cache import (
    cache_folder,
    open_cache,
    state_of_files,
    version_stamp,
)

LONG = os.environ.get("POSTMORTEM_TEST_LONG") == "1"
VALUES: dict[str, Any] = {
    f"incidents/{number}.md": {"number": number, "text": "ä\udcff" * number} for number in range(70)
}
NOT_ROOT = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)


def filled(folder: Path, stamp: str = "one", values: dict[str, Any] = VALUES) -> Path:
    """A cache with `values` of the kind ``read``; returns its file."""
    with open_cache(folder, "test", stamp) as cache:
        for key, value in values.items():
            cache.put("read", key, value)
        assert cache.save()
    return folder / "test.sqlite3"


def stored(folder: Path, stamp: str = "one", kind: str = "read") -> dict[str, Any]:
    with open_cache(folder, "test", stamp) as cache:
        return cache.get_many(kind, [*VALUES, "another"])


def test_what_was_saved_is_found_again(tmp_path: Path) -> None:
    filled(tmp_path / "a")
    assert stored(tmp_path / "a") == VALUES
    assert stored(tmp_path / "a", kind="other") == {}
    with open_cache(tmp_path / "a", "test", "one") as cache:
        assert cache.get("read", "incidents/3.md") == VALUES["incidents/3.md"]
        assert cache.get("read", "another") is None
        cache.put("read", "incidents/3.md", 3)
        assert cache.get("read", "incidents/3.md") == 3
    # Closed without being saved.
    assert stored(tmp_path / "a") == VALUES


def test_nothing_is_written_before_it_is_saved(tmp_path: Path) -> None:
    with open_cache(tmp_path / "a", "test", "one") as cache:
        cache.put("read", "key", 1)
        assert cache.save()
        before = (tmp_path / "a/test.sqlite3").stat().st_mtime_ns
        assert cache.get("read", "key") == 1
        cache.keep_only("read", ["key"])
        assert cache.save()
    assert (tmp_path / "a/test.sqlite3").stat().st_mtime_ns == before
    with open_cache(tmp_path / "b", "test", "one") as cache:
        assert cache.get("read", "key") is None
        assert cache.save()
    assert not (tmp_path / "b").exists()


def test_what_is_no_json_is_refused_at_once(tmp_path: Path) -> None:
    with open_cache(tmp_path, "test", "one") as cache:
        for value in (object(), {1, 2}, b"bytes"):
            with pytest.raises(TypeError):
                cache.put("read", "key", value)
        with pytest.raises(ValueError, match="JSON"):
            cache.put("read", "key", float("nan"))


def test_what_is_not_kept_is_forgotten(tmp_path: Path) -> None:
    filled(tmp_path / "a")
    with open_cache(tmp_path / "a", "test", "one") as cache:
        cache.put("other", "key", 1)
        cache.keep_only("read", ["incidents/3.md", "incidents/4.md", "not there"])
        assert cache.save()
    assert list(stored(tmp_path / "a")) == ["incidents/3.md", "incidents/4.md"]
    with open_cache(tmp_path / "a", "test", "one") as cache:
        assert cache.get("other", "key") == 1


def test_the_oldest_go_where_it_grows_too_large(tmp_path: Path) -> None:
    limit = 200_000
    for number in range(30):
        with open_cache(tmp_path / "a", "test", "one", limit) as cache:
            cache.put("read", str(number), "x" * 20_000)
            assert cache.save()
    with open_cache(tmp_path / "a", "test", "one") as cache:
        found = sorted(map(int, cache.get_many("read", map(str, range(30)))))
    assert found == list(range(30 - len(found), 30))
    assert 5 <= len(found) <= 10
    assert (tmp_path / "a/test.sqlite3").stat().st_size < 1.5 * limit


def test_a_value_above_the_limit_is_not_kept(tmp_path: Path) -> None:
    with open_cache(tmp_path / "a", "test", "one", 50_000) as cache:
        cache.put("read", "key", "x" * 100_000)
        assert cache.save()
        assert cache.get("read", "key") is None


def test_another_version_is_discarded(tmp_path: Path) -> None:
    filled(tmp_path / "a")
    assert stored(tmp_path / "a", "two") == {}
    filled(tmp_path / "a", "two", {"incidents/1.md": 1})
    assert stored(tmp_path / "a", "two") == {"incidents/1.md": 1}
    assert stored(tmp_path / "a") == {}


def test_two_versions_at_once_never_read_each_other(tmp_path: Path) -> None:
    filled(tmp_path / "a")
    with open_cache(tmp_path / "a", "test", "one") as old:
        filled(tmp_path / "a", "two", {"incidents/1.md": 1})
        assert old.get_many("read", VALUES) == {}
        old.put("read", "incidents/2.md", 2)
        assert old.save()
    assert stored(tmp_path / "a") == {"incidents/2.md": 2}
    assert stored(tmp_path / "a", "two") == {}


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"text\n" * 5000, b"SQLite format 3\0", b"SQLite format 3\0" + b"\xff" * 8192],
)
def test_a_file_that_is_no_database_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").mkdir(mode=0o700)
    (tmp_path / "a/test.sqlite3").write_bytes(content)
    assert stored(tmp_path / "a") == {}
    filled(tmp_path / "a")
    assert stored(tmp_path / "a") == VALUES


@pytest.mark.parametrize("pragma", ["application_id = 7", "user_version = 99", "user_version = 0"])
def test_a_database_of_another_program_is_made_anew(tmp_path: Path, pragma: str) -> None:
    file = filled(tmp_path / "a")
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA {pragma}")
    connection.close()
    assert stored(tmp_path / "a") == {}
    filled(tmp_path / "a")
    assert stored(tmp_path / "a") == VALUES


def test_a_value_that_somebody_changed_is_a_miss(tmp_path: Path) -> None:
    file = filled(tmp_path / "a")
    connection = sqlite3.connect(file)
    changes = [
        "UPDATE entry SET value = CAST('1' AS BLOB) WHERE key = CAST('incidents/1.md' AS BLOB)",
        # The value of another key, with the digest that it has there.
        """UPDATE entry SET value = (SELECT value FROM entry WHERE number = 4),
           digest = (SELECT digest FROM entry WHERE number = 4) WHERE number = 3""",
        "UPDATE entry SET kind = CAST('other' AS BLOB) WHERE number = 5",
        "UPDATE entry SET value = 'text' WHERE number = 6",
        "UPDATE entry SET digest = 1.5 WHERE number = 7",
    ]
    for change in changes:
        connection.execute(change)
    connection.commit()
    connection.close()
    lost = {f"incidents/{number}.md" for number in (1, 2, 4, 5, 6)}
    assert stored(tmp_path / "a") == {key: VALUES[key] for key in VALUES if key not in lost}
    assert stored(tmp_path / "a", kind="other") == {}


@pytest.mark.parametrize("change", ["DROP TABLE entry", "DROP TABLE version"])
def test_a_database_without_our_tables_is_made_anew(tmp_path: Path, change: str) -> None:
    file = filled(tmp_path / "a")
    connection = sqlite3.connect(file)
    connection.execute(change)
    connection.commit()
    connection.close()
    stored(tmp_path / "a")
    with open_cache(tmp_path / "a", "test", "one") as cache:
        cache.put("read", "key", 1)
        cache.save()
    filled(tmp_path / "a")
    assert stored(tmp_path / "a") == VALUES


@settings(max_examples=2000 if LONG else 150, deadline=None)
@given(st.data())
def test_damage_is_never_believed_and_never_in_the_way(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    file = filled(folder)
    content = bytearray(file.read_bytes())
    if data.draw(st.booleans(), label="truncated"):
        del content[data.draw(st.integers(0, len(content)), label="length") :]
    for place in data.draw(st.lists(st.integers(0, max(0, len(content) - 1)), max_size=20)):
        if place < len(content):
            content[place] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    with open_cache(folder, "test", "one") as cache:
        for key in list(VALUES)[::7]:
            assert cache.get("read", key) in (None, VALUES[key])
    assert stored(folder).items() <= VALUES.items()
    with open_cache(folder, "test", "one") as cache:
        cache.put("read", "another", 1)
        cache.keep_only("read", ["another"])
        cache.save()
    for _ in range(3):
        with open_cache(folder, "test", "one") as cache:
            for key, value in VALUES.items():
                cache.put("read", key, value)
            if cache.save():
                break
    else:
        pytest.fail("it stays damaged")
    found = stored(folder)
    found.pop("another", None)
    assert found == VALUES


def test_a_file_in_use_is_neither_waited_for_nor_deleted(tmp_path: Path) -> None:
    file = filled(tmp_path / "a")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    begun = time.perf_counter()
    with open_cache(tmp_path / "a", "test", "one") as cache:
        assert cache.get("read", "incidents/1.md") is None
        cache.put("read", "incidents/1.md", "new")
        assert not cache.save()
    assert time.perf_counter() - begun < 5
    other.execute("ROLLBACK")
    other.close()
    assert stored(tmp_path / "a") == VALUES


def test_a_file_that_is_written_can_be_read(tmp_path: Path) -> None:
    file = filled(tmp_path / "a")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert stored(tmp_path / "a") == VALUES
    other.execute("ROLLBACK")
    other.close()


_WRITER = """
import json, sys
from pathlib import Path
from mkdocs_postmortem.cache import open_cache

name, folder = sys.argv[1], Path(sys.argv[2])
written = 0
for turn in range(60):
    with open_cache(folder, "test", "one") as cache:
        for number, value in cache.get_many("read", map(str, range(200))).items():
            assert value in (f"a{number}" * 200, f"b{number}" * 200), value
        for number in range(turn % 7, 200, 7):
            cache.put("read", str(number), f"{name}{number}" * 200)
        if turn % 20 == 19:
            cache.keep_only("read", map(str, range(100)))
        written += cache.save()
print(written)
"""


def test_two_processes_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", _WRITER]
    running = [
        subprocess.Popen([*command, name, str(tmp_path / "a")], stdout=subprocess.PIPE, text=True)
        for name in ("a", "b")
    ]
    written = [int(process.communicate(timeout=120)[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert all(written)
    with open_cache(tmp_path / "a", "test", "one") as cache:
        found = cache.get_many("read", map(str, range(200)))
    assert found
    assert all(
        value[0] in "ab" and f"{value[0]}{key}" * 200 == value for key, value in found.items()
    )


_KILLED = """
import os, signal, sys
from pathlib import Path
from mkdocs_postmortem.cache import open_cache

cache = open_cache(Path(sys.argv[1]), "test", "one")
for number in range(2000):
    cache.put("read", f"new {number}", "x" * 500)
cache._connection.set_progress_handler(lambda: os.kill(os.getpid(), signal.SIGKILL), 20_000)
cache.save()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_process_killed_while_writing_leaves_what_was_there(tmp_path: Path) -> None:
    filled(tmp_path / "a")
    command = [sys.executable, "-c", _KILLED, str(tmp_path / "a")]
    done = subprocess.run(command, check=False, timeout=60)
    assert done.returncode < 0
    assert stored(tmp_path / "a") == VALUES
    with open_cache(tmp_path / "a", "test", "one") as cache:
        assert cache.get("read", "new 1") is None
        cache.put("read", "incidents/1.md", "new")
        assert cache.save()


@NOT_ROOT
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    file = filled(tmp_path / "a")
    for path in (file, file.parent):
        path.chmod(0o500)
    try:
        with open_cache(tmp_path / "a", "test", "one") as cache:
            assert cache.get("read", "incidents/1.md") == VALUES["incidents/1.md"]
            cache.put("read", "key", 1)
            assert not cache.save()
        with open_cache(tmp_path / "a" / "b", "test", "one") as cache:
            cache.put("read", "key", 1)
            assert not cache.save()
    finally:
        file.parent.chmod(0o700)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text", encoding="utf-8")
    for folder in (tmp_path / "a", tmp_path / "a/b"):
        with open_cache(folder, "test", "one") as cache:
            assert cache.get("read", "key") is None
            cache.put("read", "key", 1)
            assert cache.get("read", "key") == 1
            assert not cache.save()
    assert (tmp_path / "a").read_text(encoding="utf-8") == "text"


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    (tmp_path / "a/test.sqlite3").mkdir(parents=True, mode=0o700)
    (tmp_path / "a").chmod(0o700)
    with open_cache(tmp_path / "a", "test", "one") as cache:
        cache.put("read", "key", 1)
        assert not cache.save()


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes")
def test_only_the_user_can_read_and_only_what_only_the_user_can_write_is_read(
    tmp_path: Path,
) -> None:
    file = filled(tmp_path / "a")
    assert file.parent.stat().st_mode & 0o777 == 0o700
    file.parent.chmod(0o777)
    assert stored(tmp_path / "a") == {}
    file.parent.chmod(0o700)
    assert stored(tmp_path / "a") == VALUES
    file.chmod(0o666)
    assert stored(tmp_path / "a") == {}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    file = filled(tmp_path / "a")
    filled(tmp_path / "b")
    file.unlink()
    file.symlink_to(tmp_path / "b/test.sqlite3")
    assert stored(tmp_path / "a") == {}
    assert stored(tmp_path / "b") == VALUES


def test_nothing_is_kept_without_a_folder() -> None:
    with open_cache(None, "test") as cache:
        cache.put("read", "key", 1)
        assert cache.get("read", "key") == 1
        assert not cache.save()


def test_the_folder_is_outside_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site/mkdocs.yml"
    monkeypatch.delenv("POSTMORTEM_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    folder = cache_folder(site)
    assert folder is not None
    assert folder.is_relative_to(tmp_path / "home")
    assert folder.parent.name == "mkdocs-postmortem"
    assert cache_folder(tmp_path / "site/../site/mkdocs.yml") == folder
    assert cache_folder(tmp_path / "other/mkdocs.yml") != folder
    monkeypatch.setenv("POSTMORTEM_CACHE", str(tmp_path / "chosen"))
    assert cache_folder(site) == tmp_path / "chosen" / folder.name
    for off in ("off", "OFF", " off "):
        monkeypatch.setenv("POSTMORTEM_CACHE", off)
        assert cache_folder(site) is None


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="XDG is for other systems")
def test_the_folder_of_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTMORTEM_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    folder = cache_folder(tmp_path)
    assert folder is not None
    assert folder.parent == tmp_path / "xdg/mkdocs-postmortem"
    # The specification says that other than absolute paths are to be ignored.
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    folder = cache_folder(tmp_path)
    assert folder is not None
    assert folder.parent == tmp_path / "home/.cache/mkdocs-postmortem"
    monkeypatch.setenv("HOME", "nowhere")
    assert cache_folder(tmp_path) is None


def test_sites_that_nobody_asks_for_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTMORTEM_CACHE", str(tmp_path / "caches"))
    folders = [cache_folder(tmp_path / name) for name in ("gone", "used", "strange", "new")]
    gone, used, strange, new = (folder for folder in folders if folder is not None)
    other = tmp_path / "caches/mine"
    for folder in (gone, used, strange, other):
        filled(folder)
    (strange / "notes.txt").write_text("not ours", encoding="utf-8")
    long_ago = time.time() - 100 * 24 * 60 * 60
    for folder in (gone, used, strange, other):
        os.utime(folder, (long_ago, long_ago))
    assert stored(used) == VALUES
    filled(new)
    assert not gone.exists()
    assert (strange / "notes.txt").exists()
    assert stored(other) == VALUES
    assert stored(used) == VALUES
    assert stored(new) == VALUES


def test_the_stamp_changes_with_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stamp() -> str:
        version_stamp.cache_clear()
        return version_stamp()

    before = stamp()
    assert stamp() == before
    (tmp_path / "pyyaml-99.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    after = stamp()
    assert after != before
    (tmp_path / "pyyaml-99.0.dist-info").rename(tmp_path / "pyyaml-99.1.dist-info")
    assert stamp() not in (before, after)
    version_stamp.cache_clear()


def test_the_stamp_changes_with_the_source(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from mkdocs_postmortem import cache\n"
        "assert cache.__file__.startswith(sys.argv[1]); print(cache.version_stamp())"
    )
    source = Path(cache_module.__file__).parent
    package = tmp_path / "mkdocs_postmortem"
    (package / "rules").mkdir(parents=True)
    for name in ("__init__.py", "cache.py", "rules/site.py"):
        (package / name).write_bytes((source / name).read_bytes())

    def stamp() -> str:
        command = [sys.executable, "-c", program, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    before = stamp()
    # The bytecode that the first run has written is no change.
    assert stamp() == before
    with (package / "rules/site.py").open("a", encoding="utf-8") as file:
        file.write("# A change\n")
    assert stamp() != before


def test_the_state_of_files_changes_with_any_of_them(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    states = [state_of_files(tmp_path / "a")]
    (tmp_path / "a/b/c").write_text("1", encoding="utf-8")
    states.append(state_of_files(tmp_path / "a"))
    (tmp_path / "a/b/c").write_text("12", encoding="utf-8")
    states.append(state_of_files(tmp_path / "a"))
    os.utime(tmp_path / "a/b/c", (1, 1))
    states.append(state_of_files(tmp_path / "a"))
    (tmp_path / "a/b/c").rename(tmp_path / "a/b/d")
    states.append(state_of_files(tmp_path / "a"))
    states.append(state_of_files(tmp_path / "not there"))
    assert len(set(states)) == len(states)
    assert state_of_files(tmp_path / "a") == states[4]
