"""Scenarios laid over the little city: what opens, what closes, and what that changes."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from builders.drawing import PLAN
from builders.street_city import find, little_city
from livingcircle.city.facilities import Facilities
from livingcircle.compare.findings import difference
from livingcircle.errors import ConfigError, InputError, MissingFileError, WrongTypeError
from livingcircle.routing.engine import reach
from livingcircle.scenario.apply import apply_scenario as apply
from livingcircle.scenario.model import Scenario, read_scenario
from livingcircle.standards.assess import assess
from livingcircle.standards.model import Pack
from livingcircle.standards.result import Result

CENTRE = {"kind": "circle", "metres": 500, "categories": ["service_centre"]}
TOML = """
name = "两处变化"
[[add_facility]]
id = "new-1"
name = "新中心"
category = "党群服务中心"
lon = {lon}
lat = {lat}
area_m2 = 600
[[close_facility]]
id = "f0"
[[add_link]]
name = "小路"
line = {path}
[[cut_link]]
line = {gate}
"""


@pytest.fixture(name="city")
def _city():
    return little_city([{"x": 500, "of": "service_centre"}, {"x": 1500, "of": "service_centre"}])


def written(tmp_path, text=TOML):
    lon, lat = PLAN.at(3500, 0)
    path = [list(xy) for xy in PLAN.line((100, 0), (300, 150), (500, 0))]
    gate = [list(xy) for xy in PLAN.line((2000, -20), (2000, 20))]
    file = tmp_path / "what-if.toml"
    file.write_text(text.format(lon=lon, lat=lat, path=path, gate=gate), encoding="utf-8")
    return file


def pack():
    entry = {
        "id": "T-1",
        "clause": "1",
        "statement_zh": "圈",
        "statement_en": "circle",
        "force": "must",
        **CENTRE,
    }
    document = {"title_zh": "试", "title_en": "Test", "issuer_zh": "试", "issuer_en": "Test"}
    return Pack.model_validate({"id": "test", "document": document, "requirement": [entry]})


def test_a_toml_file_changes_what_it_names(city, tmp_path) -> None:
    scenario = read_scenario(written(tmp_path))
    assert scenario.name == "两处变化"
    other = city.with_scenario(scenario)
    table = other.facilities.table
    assert len(table) == 3
    assert list(other.facilities.of("service_centre")["facility_id"]) == ["f1", "new-1"]
    assert table.set_index("facility_id").loc["f0", "status"] == "closed"
    added = table.set_index("facility_id").loc["new-1"]
    assert (added["village"], added["town"], added["area_m2"]) == ("D", "south", 600.0)
    assert (added["status"], added["source_file"]) == ("ok", "what-if.toml")
    # Two streets are split where the link begins and ends; the cut at a junction splits none.
    assert other.network.edge_count == city.network.edge_count + 3
    assert other.notes[-1].file == "what-if.toml"
    assert other.notes[-1].text.zh.startswith("情景“两处变化”：新增设施 1 处、")
    assert "facilities added: 1, " in other.notes[-1].text.en
    assert other.inputs[-1].role == "scenario"
    # The city itself is as it was.
    assert len(city.facilities) == 2
    assert list(city.facilities.of("service_centre")["facility_id"]) == ["f0", "f1"]


@pytest.mark.slow
def test_the_difference_tells_units_and_points(city, tmp_path) -> None:
    before = assess(city, pack(), as_of=2025)
    after = assess(city.with_scenario(written(tmp_path)), pack(), as_of=2025)
    found = difference(before, after)
    card = found.scorecard.iloc[0]
    # Before: A and B whole (8 of 16 points); after: B and D.
    assert (card["value_before"], card["value_after"]) == (0.5, 0.5)
    units = found.units[found.units["level"] != "city"].set_index("unit_id")
    assert units.loc["A", ["value_before", "value_after"]].tolist() == [1.0, 0.0]
    assert units.loc["D", ["value_before", "value_after"]].tolist() == [0.0, 1.0]
    assert units.loc["D", "people_regained"] == 400.0
    assert "B" not in units.index
    assert len(found.points) == 8
    assert set(found.points["status_after"]) == {"covered", "gap"}
    nothing = difference(before, before)
    assert len(nothing.units) == len(nothing.points) == 0
    assert nothing.scorecard["people_regained"].tolist() == [0.0]


def test_where_the_last_facility_closes_there_is_none_and_nothing_is_unknown(city) -> None:
    other = city.with_scenario(Scenario("end", close_facility=("f0", "f1")))
    (found,) = assess(other, pack(), as_of=2025).findings
    assert (found.value, found.status) == (0.0, "short")
    assert list(city.config.assess.complete_categories) == []


def test_who_cannot_be_judged_any_more_is_not_regained(city) -> None:
    """A new centre of unknown floor area makes a short unit unknown; nobody is won by that."""
    told = {"kind": "floor_area", "categories": ["service_centre"], "level": "leaf",
            "floor": 500.0, "target": "all"}  # fmt: skip
    table = city.facilities.table.assign(area_m2=100.0)
    base = replace(city, facilities=Facilities(table))
    new = gpd.GeoDataFrame(
        {"id": ["n"], "name": ["新"], "category": ["service_centre"]},
        geometry=[Point(PLAN.at(600, 0))],
        crs=4326,
    )
    results = [
        Result(c, (find(c, **told),), (), 2025)
        for c in (base, apply(base, Scenario("new", add_facility=new)))
    ]
    found = difference(*results)
    card = found.scorecard.iloc[0]
    assert card["people_left_out_before"] > card["people_left_out_after"]
    assert card["people_regained"] == 0.0
    assert card["people_unknown"] == 400.0
    assert found.units.set_index("unit_id").loc["A", "people_regained"] == 0.0
    assert found.units.geometry.notna().all()


def test_a_cut_street_is_cut_and_nothing_else(city, tmp_path) -> None:
    cut = gpd.GeoDataFrame(
        {"name": ["门"]}, geometry=[LineString(PLAN.line((700, -9), (700, 9)))], crs=4326
    )
    other = apply(city, Scenario("cut", cut_link=cut))
    lost = city.network.edge_length_m.sum() - other.network.edge_length_m.sum()
    assert lost == pytest.approx(1.0, abs=1e-6)
    found = reach(other.network, PLAN.facilities([(500, 0)]))
    table = found.to(PLAN.points([(600, 0), (699, 0), (701, 0), (900, 0)]))
    assert list(table["status"]) == ["covered", "covered", "island", "island"]
    assert table["metres"].iloc[:2].to_numpy() == pytest.approx([100.0, 199.0], abs=1e-3)


def test_a_link_shortens_the_walk_it_bridges(city) -> None:
    # A straight street needs no link; one drawn beside it is longer and changes nothing.
    line = LineString(PLAN.line((100, 0), (300, 150), (500, 0)))
    link = gpd.GeoDataFrame({"name": [None], "stairs": [True]}, geometry=[line], crs=4326)
    other = apply(city, Scenario("link", add_link=link))
    assert other.network.edge_length_m[-1] == pytest.approx(500.0, abs=0.05)
    assert other.network.tags.stairs[-1]
    homes = PLAN.points([(100, 0), (400, 0)])
    for network in (city.network, other.network):
        table = reach(network, PLAN.facilities([(500, 0)])).to(homes)
        assert table["metres"].to_numpy() == pytest.approx([400.0, 100.0], abs=5e-3)


def test_a_geopackage_says_the_same(city, tmp_path) -> None:
    toml = city.with_scenario(written(tmp_path))
    file = tmp_path / "what-if.gpkg"
    lines = {
        "add_link": LineString(PLAN.line((100, 0), (300, 150), (500, 0))),
        "cut_link": LineString(PLAN.line((2000, -20), (2000, 20))),
    }
    for name, line in lines.items():
        layer = gpd.GeoDataFrame({"name": ["x"]}, geometry=[line], crs=4326)
        layer.to_crs(3857).to_file(file, layer=name)
    point = Point(PLAN.at(3500, 0))
    columns = {
        "id": ["new-1"],
        "name": ["新中心"],
        "category": ["service_centre"],
        "area_m2": [600.0],
    }
    gpd.GeoDataFrame(columns, geometry=[point], crs=4326).to_file(file, layer="add_facility")
    gpd.GeoDataFrame({"id": ["f0"]}, geometry=[None], crs=4326).to_file(
        file, layer="close_facility"
    )
    other = city.with_scenario(file)
    assert list(other.facilities.of("service_centre")["facility_id"]) == ["f1", "new-1"]
    assert other.network.edge_count == toml.network.edge_count
    assert other.network.edge_length_m.sum() == pytest.approx(
        toml.network.edge_length_m.sum(), abs=1e-3
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[add_facilty]]\nid = 'x'", "Did you mean 'add_facility'"),
        ("[[add_facility]]\ncategory = 'service_centre'\nlon = 113.5", "no number as lat"),
        ("[[add_facility]]\nlon = 113.5\nlat = 30.25", "states no category"),
        ("[[close_facility]]\nid = 'f9'", "Did you mean 'f"),
        ("[[add_link]]\nline = [[113.5, 30.25]]", "has no line"),
        ("[[add_link]]\nlien = []", "Did you mean 'line'"),
        ("[add_link]\nline = []", r"Write \[\[add_link\]\]"),
        ("[[cut_link]]\nline = [[113.5, 30.3], [113.6, 30.3]]", "crosses no street"),
        ("[[add_link]]\nline = [[113.5, 30.25], [113.5, 30.27]]", "from the nearest street"),
        ("name = ", "no scenario"),
    ],
)
def test_mistakes_are_named(city, tmp_path, text, said) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises((ConfigError, InputError), match=said):
        city.with_scenario(file)


def test_unknown_categories_ids_given_twice_and_missing_files(city, tmp_path) -> None:
    def added(**columns):
        point = Point(PLAN.at(100, 0))
        return gpd.GeoDataFrame(pd.DataFrame([columns]), geometry=[point], crs=4326)

    with pytest.raises(ConfigError, match="no category"):
        apply(city, Scenario("x", add_facility=added(id="n", category="宇航站")))
    with pytest.raises(ConfigError, match="already"):
        apply(city, Scenario("x", add_facility=added(id="f0", category="service_centre")))
    with pytest.raises(MissingFileError):
        read_scenario(tmp_path / "none.toml")
    unnamed = apply(city, Scenario("x", add_facility=added(category="service_centre")))
    assert unnamed.facilities.table["facility_id"].iloc[-1] == "x-1"


def test_a_scenario_of_nothing_changes_nothing(city) -> None:
    other = apply(city, Scenario("nothing"))
    assert other.network is city.network
    assert other.facilities.table is city.facilities.table
    assert np.array_equal(other.demand.index, city.demand.index)
    assert "nothing" in repr(Scenario("nothing"))


def test_what_is_no_scenario_is_refused(city) -> None:
    with pytest.raises(WrongTypeError, match="Give a Scenario, or the path"):
        apply(city, 3)


NEW = '[[add_facility]]\nid = "n"\ncategory = "service_centre"\nlon = {}\nlat = {}\n'
HERE = NEW.format(*PLAN.at(100, 0))
LINK = "[[add_link]]\nline = {}\n"
ENDS = [list(PLAN.at(0, 0)), list(PLAN.at(200, 0))]
ABSURD = {
    NEW.format(118.1, 99): "118.1, 99, no degrees",
    NEW.format(1e308, 24): "no degrees",
    NEW.format(*PLAN.at(100, 0)[::-1]): "no degrees. State lon first",
    NEW.format(0.0, 0.0): "0, 0, far from the streets",
    HERE + "area_m2 = -5": "area_m2 = -5. State a number from 0",
    HERE + 'area_m2 = "大"': "area_m2 = 大",
    HERE + "area_m2 = 1e300": "area_m2 = 1e[+]300",
    HERE + "area_m2 = nan": "no number as area_m2",
    HERE + "places = -inf": "no number as places",
    HERE + "open_hours = 25": "open_hours = 25. State a number from 0 to 24",
    HERE + 'status = "已关闭"': "states 'status'",
    LINK.format([ENDS[0], [118.1, 124.0]]): "118.1, 124, no degrees",
    LINK.format([ENDS[0], ENDS[0]]): "ends where it begins",
    LINK.format(ENDS) + 'stairs = "否"': "says '否' of stairs. State true or false",
    LINK.format(ENDS) + "stairs = 2": "says '2' of stairs",
    "name = [1]": "the name is no text",
    '[[close_facility]]\nid = ""': "states no id or name",
    "[[close_facility]]\nid = 0": "no facility '0' to close",
    "x" * (1 << 24) + "x": "has 16,777,217 bytes",
}


@pytest.mark.slow
@pytest.mark.parametrize("text", ABSURD, ids=[said[:30] for said in ABSURD.values()])
def test_what_no_city_can_be_changed_by_is_refused_in_both_languages(city, tmp_path, text) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError, match=ABSURD[text]) as refused:
        city.with_scenario(file)
    chinese = refused.value.line("zh").replace(str(file), "")
    assert any("一" <= sign <= "鿿" for sign in chinese.replace("否", "").replace("大", ""))
    assert "\n" not in chinese


def test_a_layer_may_not_state_what_is_found(city, tmp_path) -> None:
    file = tmp_path / "x.gpkg"
    points = [Point(PLAN.at(100, 0)), Point(PLAN.at(200, 0))]
    columns = {"id": ["n1", "n2"], "category": ["service_centre"] * 2, "reason": [None, "text"]}
    layer = gpd.GeoDataFrame(columns, geometry=points, crs=4326)
    layer.to_file(file, layer="add_facility")
    with pytest.raises(ConfigError, match="entry 2 of add_facility states 'reason'"):
        city.with_scenario(file)
    # A column in which nothing stands states nothing.
    file.unlink()
    layer.assign(reason=None).to_file(file, layer="add_facility")
    assert len(city.with_scenario(file).facilities.table) == len(city.facilities.table) + 2


def test_too_many_changes_are_refused(city) -> None:
    points = gpd.GeoSeries([Point(PLAN.at(100, 0))] * 20_001, crs=4326)
    many = gpd.GeoDataFrame({"category": "service_centre"}, index=points.index, geometry=points)
    with pytest.raises(ConfigError, match="20,001 changes, and 20,000 are the most"):
        apply(city, Scenario("x", add_facility=many))
    line = LineString(np.linspace(PLAN.at(0, 0), PLAN.at(200, 0), 200_001))
    long = gpd.GeoDataFrame({"name": [None], "stairs": [False]}, geometry=[line], crs=4326)
    with pytest.raises(ConfigError, match="200,001 positions of lines"):
        apply(city, Scenario("x", add_link=long))
