from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from livingcircle.errors import InputError
from livingcircle.publish import folder as folders
from livingcircle.publish.folder import LEFTOVER_AFTER_S, is_output, swapped

RUN = '{\n "program": "livingcircle",\n "version": "0"\n}\n'


def write(place: Path, text: str) -> None:
    with swapped(place) as fresh:
        (fresh / "run.json").write_text(RUN)
        (fresh / "a.txt").write_text(text)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.fixture(params=["exchange", "rename"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to swap: the kernel's exchange, and two renames where there is none."""
    if request.param == "rename":
        monkeypatch.setattr(folders, "exchange", lambda one, other: False)
    return str(request.param)


def test_new_and_replaced_folders_hold_exactly_what_was_written(tmp_path: Path, way: str) -> None:
    place = tmp_path / "maps" / "city"
    write(place, "one")
    (place / "more.txt").write_text("left by hand")
    write(place, "two")
    assert (place / "a.txt").read_text() == "two"
    assert names(place) == ["a.txt", "run.json"]
    assert names(place.parent) == ["city"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
def test_failure_leaves_the_earlier_output_alone(
    tmp_path: Path, way: str, error: type[BaseException]
) -> None:
    place = tmp_path / "city"
    write(place, "one")
    expected = InputError if error is OSError else error

    def fail() -> None:
        with swapped(place) as fresh:
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
    monkeypatch.setattr(folders, "exchange", lambda one, other: False)
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
        with swapped(place) as fresh:
            (fresh / "run.json").write_text(RUN)
            place.mkdir()
            (place / "mine.txt").write_text("x")

    with pytest.raises(InputError, match="did not write"):
        interfere()
    assert names(place) == ["mine.txt"]


def test_an_empty_folder_and_a_link_are_taken(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    write(empty, "one")
    assert is_output(empty)
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
    for path in (old, young, other):
        path.mkdir()
    past = time.time() - LEFTOVER_AFTER_S - 60
    os.utime(old, (past, past))
    os.utime(other, (past, past))
    write(place, "one")
    assert not old.exists()
    assert young.exists()
    assert other.exists()


def test_an_output_that_a_killed_run_left_aside_comes_back(tmp_path: Path) -> None:
    place = tmp_path / "city"
    write(place, "one")
    place.rename(tmp_path / ".city.old-0123abcd")
    with pytest.raises(RuntimeError), swapped(place):
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
