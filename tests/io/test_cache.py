"""The cache folder: where it is, what it holds at most, and that no writer harms another."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from livingcircle.io import cache
from livingcircle.io.cache import cache_folder, cached_file, keep_entry


def key(number: int) -> str:
    return f"{number:064x}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_the_folder_is_where_the_system_keeps_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache_folder({"LIVINGCIRCLE_CACHE": str(tmp_path / "c")}, "win32") == tmp_path / "c"
    both = {"XDG_CACHE_HOME": str(tmp_path), "LIVINGCIRCLE_CACHE": ""}
    assert cache_folder(both, "linux") == tmp_path / "livingcircle"
    # A relative one does not count: https://specifications.freedesktop.org/basedir-spec/
    home = tmp_path / ".cache" / "livingcircle"
    assert cache_folder({"XDG_CACHE_HOME": "here"}, "linux") == home
    local = {"LOCALAPPDATA": str(tmp_path / "local")}
    assert cache_folder(local, "win32") == tmp_path / "local" / "livingcircle" / "Cache"
    assert cache_folder({}, "win32") == tmp_path / "AppData" / "Local" / "livingcircle" / "Cache"
    assert cache_folder({}, "darwin") == tmp_path / "Library" / "Caches" / "livingcircle"


def test_the_entries_used_longest_ago_are_dropped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "CACHE_BYTES", 250)
    for number in range(2):
        keep_entry("things", key(number), lambda stream: stream.write(b"x" * 100) and None, 100)
        os.utime(folder / "things" / key(number), (1000 + number, 1000 + number))
    assert cached_file("things", key(0)) is not None  # Used now: the other one is older.
    foreign = folder / "things" / "notes.txt"
    foreign.write_text("mine" * 100)
    keep_entry("things", key(2), lambda stream: stream.write(b"x" * 100) and None, 100)
    assert [cached_file("things", key(n)) is not None for n in range(3)] == [True, False, True]
    assert foreign.exists()
    assert keep_entry("things", key(3), lambda stream: None, 1000) is None


def test_parts_of_killed_writers_are_dropped_after_a_day(folder: Path) -> None:
    (folder / "things").mkdir(parents=True)
    old, young = (folder / "things" / f"{key(n)}.{n:08x}.part" for n in (1, 2))
    old.touch()
    young.touch()
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    keep_entry("things", key(3), lambda stream: None, 0)
    assert sorted(p.name for p in (folder / "things").iterdir()) == [young.name, key(3)]


def test_two_writers_of_one_entry_leave_a_whole_one(folder: Path) -> None:
    def write(byte: int) -> None:
        def slowly(stream: object) -> None:
            for _ in range(50):
                stream.write(bytes([byte]) * 1000)  # type: ignore[attr-defined]
                time.sleep(0.0002)

        keep_entry("things", key(1), slowly, 50_000)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))
    held = (folder / "things" / key(1)).read_bytes()
    assert len(held) == 50_000
    assert len(set(held)) == 1
    assert len(list((folder / "things").iterdir())) == 1


def test_a_writer_that_fails_leaves_nothing(folder: Path) -> None:
    def fail(stream: object) -> None:
        raise OSError(28, "No space left on device")

    assert keep_entry("things", key(1), fail, 1) is None
    assert list((folder / "things").iterdir()) == []


def test_a_folder_that_cannot_be_made_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path / "file" / "below"))
    assert keep_entry("things", key(1), lambda stream: None, 1) is None
    assert cached_file("things", key(1)) is None
