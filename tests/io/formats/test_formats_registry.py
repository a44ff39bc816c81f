"""Formats are one list of readers, and a package of somebody else's adds to it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from builders.drawing import PLAN
from builders.square_city import CENTRE, PHARMACIES, make_city
from livingcircle.cli.main import main
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.formats import registry
from livingcircle.io.formats.opening import open_source
from livingcircle.io.formats.reader import Layer, Reader, Request
from livingcircle.io.formats.registry import readers
from livingcircle.io.table.read import read_table
from livingcircle.localized import LocalizedText

PLUGIN = Path(__file__).resolve().parents[2] / "plugins" / "stroll"
WHAT = LocalizedText("某种文件", "a thing")


def angle(degrees: float, sign: str) -> str:
    seconds = degrees * 3600
    return f"{int(seconds // 3600)} {int(seconds % 3600 // 60)} {seconds % 60:.6f} {sign}"


def write_marks(path: Path, rows: list[tuple[float, float, str, str]]) -> None:
    lines = ["# 测量标志"]
    for x, y, name, category in rows:
        lon, lat = PLAN.at(x, y)
        lines.append(f"{name} / {category} / {angle(lat, 'N')} / {angle(lon, 'E')}")
    path.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGIN))


def added(monkeypatch: pytest.MonkeyPatch, *others: object) -> None:
    named = {f"reader{number}": other for number, other in enumerate(others)}
    monkeypatch.setattr(registry, "plugins", lambda group: named)


def run(path: Path, out: Path) -> pd.DataFrame:
    with pytest.raises(SystemExit) as left:
        main(["run", str(path), "--out", str(out)])
    assert left.value.code == 0
    return pd.read_csv(out / "scorecard.csv")


@pytest.mark.slow
@pytest.mark.usefixtures("plugin")
def test_a_city_runs_from_a_format_of_a_plug_in(tmp_path: Path):
    path = make_city(tmp_path / "city")
    from_csv = run(path, tmp_path / "from_csv")
    write_marks(tmp_path / "city" / "facilities.marks", [CENTRE, *PHARMACIES])
    text = path.read_text("utf-8").replace("facilities.csv", "facilities.marks")
    path.write_text(text.replace('category = "类别"', 'category = "category"'), "utf-8")
    (tmp_path / "city" / "facilities.csv").unlink()
    found = run(path, tmp_path / "from_marks")
    figures = ["id", "status", "value", "people_left_out"]
    pd.testing.assert_frame_equal(found[figures], from_csv[figures])
    gaps = [pd.read_csv(tmp_path / name / "gaps.csv") for name in ("from_csv", "from_marks")]
    assert gaps[0]["people"].tolist() == gaps[1]["people"].tolist()
    assert gaps[0]["metres"].to_numpy() == pytest.approx(gaps[1]["metres"].to_numpy(), abs=0.01)


@pytest.mark.usefixtures("plugin")
def test_a_wrong_line_is_told_with_its_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = make_city(tmp_path / "city")
    write_marks(tmp_path / "city" / "facilities.marks", [CENTRE, *PHARMACIES])
    with (tmp_path / "city" / "facilities.marks").open("a", encoding="utf-8") as file:
        file.write("一号车 / 药店 / 24.5 N\n")
    path.write_text(path.read_text("utf-8").replace("facilities.csv", "facilities.marks"), "utf-8")
    with pytest.raises(SystemExit) as left:
        main(["run", str(path), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().err.strip()
    assert left.value.code == 2
    assert "facilities.marks" in said
    assert "row 5" in said or "第 5 行" in said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


def test_without_the_plug_in_the_same_file_is_text(tmp_path: Path):
    write_marks(tmp_path / "a.marks", [CENTRE, *PHARMACIES])
    opened = open_source(tmp_path / "a.marks")
    assert any("the ending is .marks" in note.text.en for note in opened.notes)


@pytest.mark.usefixtures("plugin")
def test_what_ships_comes_first_and_what_is_added_last():
    names = [reader.name for reader in readers()]
    assert names == ["answers", "workbook", "parquet", "vector", "text", "marks"]
    assert names.count("marks") == 1


def frame_of(asked: Request) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": [asked.file]}, geometry=[Point(1, 2)], crs=4326)


def test_a_plain_frame_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    added(monkeypatch, Reader("thing", WHAT, frozenset({".thing"}), frame_of))
    path = tmp_path / "a.THING"  # a capital ending is the same
    path.write_bytes(b"PK\x03\x04 an archive of its own, no workbook")
    table = read_table(path)
    assert table.frame.geometry[0] == Point(1, 2)
    assert isinstance(open_source(path), Layer)


def test_bytes_tell_whatever_the_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sniff = lambda head, suffix: head.startswith(b"THING")  # noqa: E731
    added(monkeypatch, Reader("thing", WHAT, frozenset({".thing"}), frame_of, sniff))
    path = tmp_path / "a.csv"
    path.write_bytes(b"THING of bytes")
    opened = open_source(path)
    assert isinstance(opened, Layer)
    assert "the ending is .csv, but it is a thing" in opened.notes[0].text.en
    path = tmp_path / "b.thing"  # and what is none is read as what it is
    path.write_text("name,lon,lat\nx,1,2\n", "utf-8")
    assert read_table(path).frame["name"].tolist() == ["x"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".gpkg", ".tab", ".pbf", ".tif", ".pq"])
def test_an_ending_that_ships_is_not_given_away(monkeypatch: pytest.MonkeyPatch, ending: str):
    added(monkeypatch, Reader("text", WHAT, frozenset({ending}), frame_of))
    with pytest.raises(ConfigError, match=f"takes the ending '{ending}'"):
        readers()


def test_two_plug_ins_do_not_share_an_ending(monkeypatch: pytest.MonkeyPatch):
    one, other = (Reader("one", WHAT, frozenset({".thing"}), frame_of) for _ in range(2))
    added(monkeypatch, one, other)
    with pytest.raises(ConfigError, match=r"'reader1' takes the ending '\.thing' of 'one'"):
        readers()


@pytest.mark.parametrize("wrong", [frame_of, Reader, "reader", None])
def test_what_is_no_reader_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: object):
    added(monkeypatch, wrong)
    with pytest.raises(ConfigError, match="is no reader"):
        readers()


@pytest.mark.parametrize("ending", ["thing", ".THING", "", ".", ".a/b"])
def test_an_ending_is_a_dot_and_small_letters(monkeypatch: pytest.MonkeyPatch, ending: str):
    added(monkeypatch, Reader("thing", WHAT, frozenset({ending}), frame_of))
    with pytest.raises(ConfigError, match="is no reader"):
        readers()


def test_what_a_foreign_reader_raises_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(asked: Request) -> None:
        raise ZeroDivisionError("nothing\nto divide")

    added(monkeypatch, Reader("thing", WHAT, frozenset({".thing"}), broken))
    path = tmp_path / "a.thing"
    path.write_text("x", "utf-8")
    with pytest.raises(InputError, match="the reader 'thing' of a plug-in cannot read it") as told:
        open_source(path)
    assert "\n" not in str(told.value)


def test_what_a_foreign_reader_returns_is_held_to_its_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    added(monkeypatch, Reader("thing", WHAT, frozenset({".thing"}), lambda asked: [1]))
    path = tmp_path / "a.thing"
    path.write_text("x", "utf-8")
    with pytest.raises(ConfigError, match="returned a list"):
        open_source(path)
