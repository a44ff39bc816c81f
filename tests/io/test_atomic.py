from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import time
from pathlib import Path

import pytest

from livingcircle.errors import ConfigError, InputError
from livingcircle.io import atomic
from livingcircle.io.atomic import LEFTOVER_AFTER_S, UNFINISHED, replaced_file, replaced_folder
from livingcircle.io.ownership import OWNED_LIST, list_owned, refuse_overlap, write_marker


def write(place: Path, text: str, name: str = "a.txt") -> None:
    with replaced_folder(place, "run") as fresh:
        (fresh / "b").mkdir()
        (fresh / "b" / "c.txt").write_text("c")
        (fresh / name).write_text(text)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name != OWNED_LIST)


@pytest.fixture(params=["exchange", "rename"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to swap: the kernel's exchange, and two renames where there is none."""
    if request.param == "rename":
        monkeypatch.setattr(atomic, "exchange_folders", lambda one, other: False)
    return str(request.param)


def test_new_and_replaced_folders_hold_exactly_what_was_written(tmp_path: Path, way: str) -> None:
    place = tmp_path / "maps" / "city"
    write(place, "one", "yesterday.txt")
    write(place, "two")
    assert (place / "a.txt").read_text() == "two"
    assert names(place) == ["a.txt", "b"]
    owned = list_owned(place)
    assert owned is not None
    assert set(owned.files) == {"a.txt", "b/c.txt"}
    assert names(place.parent) == ["city"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
def test_failure_leaves_the_earlier_output_alone(
    tmp_path: Path, way: str, error: type[BaseException]
) -> None:
    place = tmp_path / "city"
    write(place, "one")
    expected = InputError if error is OSError else error

    def fail() -> None:
        with replaced_folder(place, "run") as fresh:
            (fresh / "a.txt").write_text("half")
            raise error("no")

    with pytest.raises(expected):
        fail()
    assert (place / "a.txt").read_text() == "one"
    assert names(tmp_path) == ["city"]


def test_a_failed_second_rename_puts_the_earlier_output_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "city"
    write(place, "one")
    monkeypatch.setattr(atomic, "exchange_folders", lambda one, other: False)
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if ".new-" in self.name:
            raise PermissionError(13, "open in another program")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(InputError, match="QGIS or Excel"):
        write(place, "two")
    monkeypatch.undo()
    assert (place / "a.txt").read_text() == "one"
    assert names(tmp_path) == ["city"]


def test_foreign_folders_and_files_are_refused(tmp_path: Path) -> None:
    mine = tmp_path / "thesis"
    mine.mkdir()
    (mine / "chapter.txt").write_text("years of work")
    (mine / "run.json").write_text('{"program": "something else"}')
    with pytest.raises(InputError, match="did not write"):
        write(mine, "x")
    assert names(mine) == ["chapter.txt", "run.json"]
    single = tmp_path / "file"
    single.write_text("x")
    with pytest.raises(InputError, match="not a folder"):
        write(single, "x")
    with pytest.raises(InputError, match="root of a drive"):
        write(Path("/"), "x")


def test_files_put_there_meanwhile_are_not_lost(tmp_path: Path) -> None:
    place = tmp_path / "city"

    def interfere() -> None:
        with replaced_folder(place, "run"):
            place.mkdir()
            (place / "mine.txt").write_text("x")

    with pytest.raises(InputError, match="did not write"):
        interfere()
    assert names(place) == ["mine.txt"]


def test_an_empty_folder_and_a_link_are_taken(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    write(empty, "one")
    assert list_owned(empty) is not None
    link = tmp_path / "link"
    link.symlink_to(empty)
    write(link, "two")
    assert link.is_symlink()
    assert (empty / "a.txt").read_text() == "two"


def test_leftovers_of_killed_runs_go_when_they_are_old(tmp_path: Path) -> None:
    place = tmp_path / "city [1]"
    old, young, other = (
        tmp_path / f".city [1].{end}" for end in ("new-0123abcd", "new-ffffffff", "new-keep-me")
    )
    unknown = tmp_path / ".city [1].new-01234567"
    for path in (old, young, other, unknown):
        path.mkdir()
        (path / "half.txt").write_text("half")
    for path in (old, young):
        write_marker(path, UNFINISHED, names=())
    past = time.time() - LEFTOVER_AFTER_S - 60
    os.utime(old, (past, past))
    os.utime(other, (past, past))
    os.utime(unknown, (past, past))
    write(place, "one")
    assert not old.exists()
    assert young.exists()
    assert other.exists()
    assert (unknown / "half.txt").exists()


def test_an_output_that_a_killed_run_left_aside_comes_back(tmp_path: Path) -> None:
    place = tmp_path / "city"
    write(place, "one")
    place.rename(tmp_path / ".city.old-0123abcd")
    with pytest.raises(RuntimeError), replaced_folder(place, "run"):
        raise RuntimeError
    assert (place / "a.txt").read_text() == "one"


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write")
def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(InputError, match="cannot write here"):
            write(tmp_path / "city", "x")
    finally:
        tmp_path.chmod(0o700)


class TestWhatIsNotOurs:
    """Files that a user laid into an output, in each way of swapping."""

    def test_it_stays(self, tmp_path: Path, way: str) -> None:
        place = tmp_path / "city"
        write(place, "one")
        (place / "notes.txt").write_text("mine")
        (place / "b" / "deep").mkdir()
        (place / "b" / "deep" / "photo.jpg").write_text("mine too")
        (place / "empty").mkdir()
        (place / "link").symlink_to("nowhere")
        for text in ("two", "three"):
            write(place, text)
            assert (place / "a.txt").read_text() == text
            assert (place / "notes.txt").read_text() == "mine"
            assert (place / "b" / "deep" / "photo.jpg").read_text() == "mine too"
            assert (place / "empty").is_dir()
            assert (place / "link").readlink() == Path("nowhere")
            assert names(place) == ["a.txt", "b", "empty", "link", "notes.txt"]
        assert names(tmp_path) == ["city"]

    def test_an_edited_file_of_ours_is_kept_beside_the_new_one(
        self, tmp_path: Path, way: str
    ) -> None:
        place = tmp_path / "city"
        write(place, "one")
        (place / "a.txt").write_text("one, and my remarks")
        write(place, "two")
        write(place, "three")
        assert (place / "a.txt").read_text() == "three"
        kept = [p for p in place.iterdir() if ".kept-" in p.name]
        assert [p.read_text() for p in kept] == ["one, and my remarks"]
        assert kept[0].suffix == ".txt"

    def test_a_name_that_we_begin_to_use_is_not_taken_from_its_owner(
        self, tmp_path: Path, way: str
    ) -> None:
        place = tmp_path / "city"
        write(place, "one")
        (place / "sites.csv").write_text("mine")
        write(place, "ours", "sites.csv")
        assert (place / "sites.csv").read_text() == "ours"
        kept = [p for p in place.iterdir() if ".kept-" in p.name]
        assert [p.read_text() for p in kept] == ["mine"]

    def test_what_comes_in_while_we_write_stays(self, tmp_path: Path, way: str) -> None:
        place = tmp_path / "city"
        write(place, "one")
        with replaced_folder(place, "run") as fresh:
            (fresh / "a.txt").write_text("two")
            (place / "late.txt").write_text("mine")
        assert names(place) == ["a.txt", "late.txt"]

    def test_a_geopackage_that_was_only_looked_at_is_not_kept(
        self, tmp_path: Path, way: str
    ) -> None:
        place = tmp_path / "city"

        def layers(rows: int) -> None:
            with (
                replaced_folder(place, "run") as fresh,
                contextlib.closing(sqlite3.connect(fresh / "city.gpkg")) as base,
            ):
                base.execute("create table t (a)")
                base.executemany("insert into t values (?)", [(k,) for k in range(rows)])
                base.commit()

        layers(1)
        with contextlib.closing(sqlite3.connect(place / "city.gpkg")) as base:
            base.execute("pragma journal_mode = wal")
            base.execute("pragma journal_mode = delete")
        layers(2)
        assert names(place) == ["city.gpkg"]
        with contextlib.closing(sqlite3.connect(place / "city.gpkg")) as base:
            base.execute("insert into t values (99)")
            base.commit()
        layers(3)
        assert len(names(place)) == 2

    def test_another_kind_of_output_is_refused(self, tmp_path: Path) -> None:
        write(tmp_path / "city", "one")
        with (
            pytest.raises(InputError, match="holds a run"),
            replaced_folder(tmp_path / "city", "plan"),
        ):
            pass

    def test_a_list_that_is_damaged_owns_nothing(self, tmp_path: Path) -> None:
        write(tmp_path / "city", "one")
        for text in ("", "{", "[]", "[" * 100_000, '{"program": "livingcircle", "kind": "run"}'):
            (tmp_path / "city" / OWNED_LIST).write_text(text)
            with pytest.raises(InputError, match="did not write"):
                write(tmp_path / "city", "two")
        assert (tmp_path / "city" / "a.txt").read_text() == "one"


def test_links_in_a_circle_are_said(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    for place in (tmp_path / "a", tmp_path / "a" / "deep"):
        with pytest.raises(InputError, match=r"cannot be an output|cannot write here"):
            write(place, "x")


class TestOneFile:
    def test_it_is_whole_or_as_it_was(self, tmp_path: Path) -> None:
        place = tmp_path / "new" / "a.csv"
        with replaced_file(place) as beside:
            beside.write_text("one")

        def fail() -> None:
            with replaced_file(place) as beside:
                beside.write_text("half")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert place.read_text() == "one"
        assert names(place.parent) == ["a.csv"]

    def test_a_file_of_somebody_else_stays(self, tmp_path: Path) -> None:
        place = tmp_path / "a.csv"
        place.write_text("thesis")
        with (
            pytest.raises(InputError, match="not written by this"),
            replaced_file(place, begins=b"change,"),
        ):
            pass
        assert place.read_text() == "thesis"
        place.write_text("")
        with replaced_file(place, begins=b"change,") as beside:
            beside.write_text("change,x")
        assert place.read_text() == "change,x"

    def test_a_full_disk_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no space"), replaced_file(tmp_path / "a"):
            raise RuntimeError("x") from OSError(errno.ENOSPC, "No space left on device")
        with pytest.raises(InputError, match="no space"), replaced_folder(tmp_path / "c", "run"):
            raise RuntimeError("sqlite: database or disk is full")

    def test_a_commit_that_gave_its_bytes_back_is_told_from_other_errors(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """GDAL says no more than this on a full disk, and nothing is full any more then."""
        usage = atomic.shutil.disk_usage(tmp_path)
        left = usage._replace(free=5 << 20)
        monkeypatch.setattr(atomic.shutil, "disk_usage", lambda _: left)
        with pytest.raises(InputError, match="no space"), replaced_file(tmp_path / "a"):
            raise RuntimeError("Failed to commit transaction")
        with pytest.raises(RuntimeError, match="else"), replaced_file(tmp_path / "a"):
            raise RuntimeError("something else")


class TestOverlap:
    def test_an_output_that_is_an_input_or_holds_or_lies_in_one(self, tmp_path: Path) -> None:
        source = tmp_path / "city" / "homes.csv"
        source.parent.mkdir()
        source.write_text("x")
        (tmp_path / "link").symlink_to(source)
        (tmp_path / "hard").hardlink_to(source)
        (tmp_path / "folder").symlink_to(tmp_path / "city", target_is_directory=True)
        base = tmp_path / "base.gdb"
        base.mkdir()
        for out in (
            source, tmp_path / "link", tmp_path / "hard", tmp_path / "city", tmp_path,
            tmp_path / "folder", tmp_path / "city" / ".." / "city", base, base / "out",
        ):  # fmt: skip
            with pytest.raises(ConfigError, match="the input"):
                refuse_overlap(out, (source, base))
        refuse_overlap(tmp_path / "city" / "out", (source, base))

    def test_a_scenario_of_a_plan_in_the_folder_may_be_read(self, tmp_path: Path) -> None:
        place = tmp_path / "city"
        with replaced_folder(place / "sites-X", "plan") as fresh:
            (fresh / "scenario.toml").write_text("a")
        refuse_overlap(place, (place / "sites-X" / "scenario.toml",))
        write(place, "one")
        with replaced_folder(place / "sites-X", "plan") as fresh:
            (fresh / "scenario.toml").write_text("b")
        write(place, "two")
        assert (place / "sites-X" / "scenario.toml").read_text() == "b"
        assert (place / "a.txt").read_text() == "two"
