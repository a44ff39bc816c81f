"""How files are understood by the desk, each by itself, and what can be chosen of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tomli_w

from builders.drawing import PLAN
from builders.square_city import make_city, write_facilities
from builders.ugly_city import COMMUNITIES, ODD_WORD, PEOPLE, SIX, write_ugly_city
from livingcircle.city.model import read_city
from livingcircle.desk.city_text import FileCard, city_text
from livingcircle.desk.file_look import look_at_files
from livingcircle.desk.problems import people_of, problems
from livingcircle.desk.project import Project, guess_role
from livingcircle.errors import DatumError, InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("ugly") / "town"
    write_ugly_city(place)
    return place


def cards_of(folder: Path, **settings: dict[str, object]) -> list[FileCard]:
    """Cards as they are guessed, with settings by the first word of a file's name."""
    out: list[FileCard] = []
    for path in sorted(folder.iterdir()):
        if path.name == "city.toml":
            continue
        said = settings.get(path.stem.split(".")[0], {})
        role = str(said.get("role", guess_role(path.name)))
        rest = {key: value for key, value in said.items() if key != "role"}
        out.append({"name": path.name, "bytes": 1, "role": role, "settings": rest})
    return out


def looked(folder: Path, tables: dict | None = None, **settings: dict[str, object]) -> dict:
    text = city_text("丑文件", cards_of(folder, **settings), [], {}, "", tables)
    (folder / "city.toml").write_text(text, encoding="utf-8")
    return look_at_files(folder / "city.toml")


RIGHT: dict[str, dict[str, object]] = {
    "百度点位": {"datum": "bd09", "columns": {"种类": "category", "店名": "name"}},
    "机构台账": {"columns": {"站所": "name"}},
    "社区边界": {"datum": "cgcs2000-3:114"},
    "人口": {"role": "units", "level": "community"},
}
WORDS = {
    "categories": {ODD_WORD: ["pharmacy"]},
    "unit_names": {"东湖片区": "东湖社区", "西岭小区": "西岭社区"},
}


def test_every_file_is_looked_at_though_the_city_would_be_refused(folder: Path) -> None:
    found = looked(folder)["files"]
    assert set(found) >= set(SIX[1:5])
    points = found["百度点位.csv"]
    assert points["rows"] == 90
    assert points["streets"]["best"] == "bd09"
    near = {panel["datum"]: panel["near"] for panel in points["streets"]["panels"]}
    assert near["bd09"] == 1.0
    assert max(near["wgs84"], near["gcj02"]) < 0.5
    # It is the share of all points, not of the few that a panel has room for.
    drawn = {len(panel["points"]) for panel in points["streets"]["panels"]}
    assert max(drawn) < points["rows"]
    assert {round(points["rows"] * share, 6) % 1 for share in near.values()} == {0.0}
    headers = {one["own"]: one["role"] for one in found["机构台账.xls"]["columns"]}
    assert headers["站所"] == ""
    assert headers["设施类型"] == "category"
    borders = found["社区边界.shp"]
    assert borders["error"][1].startswith("社区边界.shp, field 'datum': the coordinates are metres")
    assert '可能是 datum = "cgcs2000-3:114"' in borders["error"][0]
    assert borders["systems"] == ["cgcs2000-3:114"]
    assert [one["own"] for one in borders["columns"]] == ["名称"]
    assert (found["人口.xlsx"]["kind"], found["人口.xlsx"]["field"]) == ("demand", "coordinates")


def test_words_and_names_are_told_with_what_they_may_mean(folder: Path) -> None:
    found = looked(folder, **RIGHT)
    [first, second] = found["files"]["百度点位.csv"]["words"]
    assert (first["text"], first["count"], first["known"]) == (ODD_WORD, 30, False)
    assert first["examples"] == ["店0", "店3", "店6"]
    assert second["ids"] == ["convenience_store"]
    assert found["units"] == list(COMMUNITIES)
    [lost] = found["files"]["助餐点名单.csv"]["lost"]
    assert (lost["text"], lost["rows"], lost["near"][0]) == ("东湖片区", [2], "东湖社区")
    [lost] = found["files"]["人口.xlsx"]["lost"]
    assert (lost["text"], lost["near"][0]) == ("西岭小区", "西岭社区")
    after = looked(folder, WORDS, **RIGHT)["files"]
    assert [one for name in SIX[1:] for one in after[name].get("lost", [])] == []
    assert all(word["known"] for word in after["百度点位.csv"]["words"])


@pytest.mark.slow
def test_the_choices_make_a_city_and_without_them_it_is_refused(folder: Path) -> None:
    looked(folder)
    with pytest.raises(InputError):
        read_city(folder / "city.toml")
    looked(folder, WORDS, **RIGHT | {"百度点位": {"columns": {"种类": "category"}}})
    with pytest.raises(DatumError, match="bd09"):
        read_city(folder / "city.toml")
    looked(folder, WORDS, **RIGHT)
    city = read_city(folder / "city.toml")
    assert city.units["community"]["residents"].sum() == sum(PEOPLE.values())
    assert city.demand["residents"].sum() == pytest.approx(sum(PEOPLE.values()))
    counts = city.facilities.table["categories"].explode().value_counts()
    assert (counts["pharmacy"], counts["convenience_store"]) == (30, 60)
    cards = Project(folder).cards()
    assert {card["name"] for card in cards} == set(SIX)
    assert next(c for c in cards if c["name"] == SIX[5])["settings"] == {"level": "community"}


@pytest.mark.slow
def test_problems_are_told_by_the_people_near_them(folder: Path) -> None:
    looked(folder, {"unit_names": WORDS["unit_names"]}, **RIGHT)
    city = read_city(folder / "city.toml")
    told = problems(city)
    people = [one["people"] for one in told]
    assert people == sorted(people, reverse=True)
    # An independent count: homes within 1,000 m of any row of the word that is not understood.
    metres = city.network.crs_m
    homes = city.demand.geometry.to_crs(metres)
    table = city.facilities.table
    rows = table[table["category_text"] == ODD_WORD].geometry.to_crs(metres)
    near = [homes.iloc[i].distance(rows).min() <= 1000 for i in range(len(homes))]
    wanted = city.demand["residents"].to_numpy()[np.array(near)].sum()
    [mine] = [one for one in told if one["check"] == "unmapped_category"]
    assert mine["people"] == pytest.approx(wanted)
    assert (people_of(city) <= city.demand["residents"].sum() + 1e-6).all()


LONG = "甲" * 61


def quoted(cell: str) -> str:
    """As a cell stands in a CSV file."""
    return '"' + cell.replace('"', '""') + '"'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "ticks", "counts"),
    [
        (["已建", "拟建", "", "已建"], True, {"已建": 2, "拟建": 1}),
        (["it's", '"好"', "≤50㎡"], True, {"it's": 1, '"好"': 1, "≤50㎡": 1}),
        (["社区（一）", "社区(一)", "社区（一）", "x"], True, {"社区（一）": 3, "x": 1}),
        (["已建", LONG], False, None),
        (["已建", "两  格"], False, None),
        (["已建", 'it\'s "x"'], False, None),
        ([str(n) for n in range(41)], False, None),
    ],
)
def test_rows_are_chosen_by_values_that_a_where_can_name(
    tmp_path: Path, cells: list[str], ticks: bool, counts: dict[str, int] | None
) -> None:
    city = make_city(tmp_path / "town")
    rows = [(100.0 + n, 100.0, f"店{n}", "药店", quoted(cell)) for n, cell in enumerate(cells)]
    write_facilities(city.parent, rows, "名称,类别,备注类型")
    looks = look_at_files(city)["files"]
    [column] = [one for one in looks["facilities.csv"]["columns"] if one["own"] == "备注类型"]
    assert column["ticks"] is ticks
    if counts is None:
        return
    assert dict(column["values"]) == counts
    text = city.read_text(encoding="utf-8")
    for value, count in counts.items():
        # As the page writes that one value is not ticked: all other rows stay, blank ones too.
        mark = '"' if "'" in value else "'"
        where = tomli_w.dumps({"where": f"'备注类型' != {mark}{value}{mark}"})
        city.write_text(text.replace("[[facilities]]\n", f"[[facilities]]\n{where}"), "utf-8")
        status = read_city(city).facilities.table["status"]
        assert (status == "left_out").sum() == count


@pytest.mark.slow
@pytest.mark.parametrize("geometry", ["points", "none"])
def test_points_that_are_used_as_areas_are_looked_at_and_told(folder: Path, geometry: str) -> None:
    """A planner may say so, and a guess may be wrong: the other cards are there all the same."""
    lon, lat = PLAN.at(700, 900)
    shape = (
        f'{{"type": "Point", "coordinates": [{lon}, {lat}]}}' if geometry == "points" else "null"
    )
    (folder / "点.geojson").write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature",'
        f' "properties": {{"名称": "甲"}}, "geometry": {shape}}}]}}',
        encoding="utf-8",
    )
    for role in ("units", "urban_villages", "land_use", "demand", "facilities"):
        files = looked(folder, **{**RIGHT, "点": {"role": role}})["files"]
        assert set(files) >= set(SIX) - {"城区.osm.pbf"}
        assert files["点.geojson"]["kind"]
