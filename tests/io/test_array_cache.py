"""What is kept is asked for by all that it depends on; a damaged entry costs time only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from livingcircle.io import array_cache as module
from livingcircle.io.array_cache import cached_arrays, digest_of, texts_of, texts_to_bytes


@dataclass(frozen=True)
class Pair:
    one: object
    two: object


DIFFERENT = [
    None, 0, 0.0, False, "", "0", "a", ("a",), ("a", "b"), ("ab", ""), {"a": "b"}, {"b": "a"},
    np.array([1, 2]), np.array([1, 2], dtype=np.int32), np.array([1.0, 2.0]), np.array([2, 1]),
    np.array([[1], [2]]), np.array([[1, 2]]), np.array([1.0, np.nan]), np.array([0.0, -0.0]),
    np.array(["a", "bc"], dtype=object), np.array(["ab", "c"], dtype=object),
    np.array(["a", None], dtype=object), np.array([None, "a"], dtype=object),
    shapely.points([[0, 0], [1, 1]]), shapely.points([[0, 0], [1, 2]]),
    np.append(shapely.points([[0, 0]]), None), shapely.linestrings([[[0, 0], [1, 1]]]),
    pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"b": [1, 2]}), pd.DataFrame({"a": [1, 2, 3]}),
    Pair(1, 2), Pair(2, 1), Pair(Pair(1, 2), 3), Pair(1, Pair(2, 3)),
]  # fmt: skip


def test_what_differs_has_another_name() -> None:
    names = [digest_of(value) for value in DIFFERENT]
    assert None not in names
    assert len(set(names)) == len(names)
    assert names == [digest_of(value) for value in DIFFERENT]
    assert digest_of("a", "b") != digest_of("ab")


def test_what_nobody_knows_the_content_of_has_no_name() -> None:
    assert digest_of(print) is None
    assert digest_of(1, np.array([object()])) is None
    assert digest_of((1, {"a": Path("x")})) is None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept" / "things"


class Maker:
    """Makes arrays, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, np.ndarray]:
        self.times += 1
        words = texts_to_bytes(np.array(["社区", None, "'"], dtype=object))
        assert words is not None
        return {"numbers": np.array([0.1, np.nan, np.inf]), "words": words}


def test_it_is_made_once_and_the_same_to_the_last_bit(folder: Path) -> None:
    make = Maker()
    first, again = (cached_arrays("things", ("io",), digest_of("a"), make) for _ in range(2))
    assert make.times == 1
    assert first["numbers"].tobytes() == again["numbers"].tobytes()
    assert texts_of(again["words"]).tolist() == ["社区", None, "'"]
    cached_arrays("things", ("io",), digest_of("b"), make)
    assert make.times == 2
    assert len(list(folder.iterdir())) == 2


def test_without_a_name_nothing_is_kept(folder: Path) -> None:
    make = Maker()
    for _ in range(2):
        cached_arrays("things", ("io",), None, make)
    assert make.times == 2
    assert cached_arrays("things", ("io",), digest_of("none"), lambda: None) is None
    assert not folder.exists()


def test_another_version_of_the_code_asks_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Maker()
    cached_arrays("things", ("io",), digest_of("a"), make)
    monkeypatch.setattr(module, "package_hash", lambda rooms: "another" if "io" in rooms else "")
    cached_arrays("things", ("io",), digest_of("a"), make)
    assert make.times == 2


@pytest.mark.parametrize("damage", ["short", "other", "empty", "text"])
def test_a_damaged_entry_is_made_anew(folder: Path, damage: str) -> None:
    make = Maker()
    cached_arrays("things", ("io",), digest_of("a"), make)
    cached_arrays("things", ("io",), digest_of("b"), make)
    one, other = sorted(folder.iterdir())
    content = {"short": one.read_bytes()[:-30], "other": other.read_bytes(), "empty": b""}
    one.write_bytes(content.get(damage, b"no archive at all"))
    for key in ("a", "b"):
        found = cached_arrays("things", ("io",), digest_of(key), make)
        assert found["numbers"].tobytes() == make()["numbers"].tobytes()
    assert make.times == 5
    cached_arrays("things", ("io",), digest_of("a"), make)
    cached_arrays("things", ("io",), digest_of("b"), make)
    assert make.times == 5


def test_two_writers_leave_one_whole_entry(folder: Path) -> None:
    makers = [Maker() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda m: cached_arrays("things", ("io",), digest_of("a"), m), makers)
        )
    assert len({one["numbers"].tobytes() for one in found}) == 1
    assert len(list(folder.iterdir())) == 1


def test_a_folder_that_cannot_be_written_costs_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path / "file"))
    make = Maker()
    for _ in range(2):
        assert cached_arrays("things", ("io",), digest_of("a"), make)["numbers"][0] == 0.1
    assert make.times == 2


def test_an_entry_whose_parts_have_other_names_is_made_anew(folder: Path) -> None:
    make = Maker()
    cached_arrays("things", ("io",), digest_of("a"), make)
    (entry,) = folder.iterdir()
    entry.write_bytes(entry.read_bytes().replace(b"words.npy", b"sword.npy"))
    found = cached_arrays("things", ("io",), digest_of("a"), make)
    assert found.keys() == make().keys()
    assert found["words"].tobytes() == make()["words"].tobytes()


def test_texts_without_bytes_have_no_name() -> None:
    assert digest_of(np.array(["a\ud800"], dtype=object)) is None
