"""A city from tables in memory is the city that the same tables give as files."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import livingcircle as lc
from builders.drawing import PLAN, box
from builders.square_city import (
    layer,
    units,
    write_city,
    write_facilities,
    write_points,
    write_units,
)  # fmt: skip
from livingcircle.errors import LivingCircleError, WrongTypeError

HOMES = [{"x": 50 + 100 * i, "y": 150, "residents": 10.0 + i} for i in range(10)]
SHOPS = [(150, 150, "店一", "便利店"), (850, 850, "店二", "便利店")]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city")
    write_points(folder, "homes.gpkg", HOMES)
    return lc.read_city(
        write_city(
            folder,
            write_units(folder, units()),
            write_facilities(folder, SHOPS, "名称,类别"),
            '[demand]\nsource = "homes.gpkg"\n',
        )
    )


def shops():
    return PLAN.points([row[:2] for row in SHOPS]).assign(
        名称=[row[2] for row in SHOPS], 类别=[row[3] for row in SHOPS]
    )


def homes():
    points = PLAN.points([(row["x"], row["y"]) for row in HOMES])
    return points.assign(residents=[row["residents"] for row in HOMES])


def levels():
    return {level: layer(rows) for level, rows in units().items()}


@pytest.mark.slow
def test_equal_to_files(city):
    made = lc.City.from_frames(
        city.network, facilities=shops(), demand=homes(), units=levels(), name="试验市"
    )
    columns = ["residents", "households", "community", "village", "leaf", "town", "district"]
    assert_frame_equal(made.demand[columns], city.demand[columns])
    columns = ["name", "categories", "community", "village", "town", "status"]
    assert_frame_equal(
        made.facilities.table[columns], city.facilities.table[columns], check_dtype=False
    )
    for level in city.units:
        same = ["unit_id", "name", "residents"]
        assert_frame_equal(made.units[level][same], city.units[level][same])
    # A table of a few points proves no datum; a frame states its system.
    assert set(made.issues["check"]) == set(city.issues["check"]) - {"datum_unproven"}
    assert [entry.role for entry in made.inputs][:2] == ["facilities.1", "demand"]


def test_its_own_tables_give_the_city_again(city):
    made = lc.City.from_frames(
        city.network, facilities=city.facilities.table, demand=city.demand, units=city.units
    )
    for column in ("demand_id", "residents", "leaf", "weight"):
        assert made.demand[column].tolist() == city.demand[column].tolist()
    assert made.facilities.table["facility_id"].tolist() == (
        city.facilities.table["facility_id"].tolist()
    )
    assert made.facilities.categories == city.facilities.categories


def test_crs_is_converted_and_ids_are_kept(city):
    given = homes().set_index(np.array([f"h{i}" for i in range(10)])).to_crs(32649)
    made = lc.City.from_frames(city.network, demand=given, facilities=shops().to_crs(3857))
    assert made.demand.crs == "EPSG:4326"
    assert made.demand["demand_id"].tolist() == [f"h{i}" for i in range(10)]
    found = made.demand.geometry.get_coordinates().to_numpy()
    assert found == pytest.approx(homes().geometry.get_coordinates().to_numpy(), abs=1e-9)
    assert given.crs == "EPSG:32649"  # what was given is not changed
    assert len(made.facilities.of("convenience_store")) == 2


@pytest.mark.parametrize(
    ("index", "ids"),
    [
        ([5, 7], ["5", "7"]),  # equal steps: pandas keeps them as a range
        (pd.Index([0, 1], name="code"), ["0", "1"]),
        (pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]), ["a-1", "b-2"]),
        (pd.Index(["p", "q"], dtype="string"), ["p", "q"]),
        (pd.CategoricalIndex(["p", "q"]), ["p", "q"]),
    ],
)
def test_an_index_of_the_callers_own_names_the_rows(city, index, ids):
    given = shops()
    given.index = pd.Index(index) if isinstance(index, list) else index
    made = lc.City.from_frames(city.network, facilities=given, demand=homes().iloc[4:6])
    assert made.facilities.table["facility_id"].tolist() == ids
    assert made.demand["demand_id"].tolist() == ["4", "5"]
    plain = lc.City.from_frames(city.network, facilities=shops(), demand=homes())
    # Without one they are numbered as the rows of the same table in a file.
    assert plain.facilities.table["facility_id"].tolist() == ["facilities-2", "facilities-3"]


@pytest.mark.parametrize("kind", ["string", "category", "string[pyarrow]", "object"])
def test_texts_and_numbers_of_any_dtype(city, kind):
    made = lc.City.from_frames(
        city.network,
        facilities=shops().astype({"名称": kind, "类别": kind}),
        demand=homes().astype({"residents": "double[pyarrow]" if "arrow" in kind else "Float64"}),
    )
    assert made.facilities.categories == {"convenience_store": 2}
    assert made.facilities.table["name"].tolist() == ["店一", "店二"]
    assert made.demand["residents"].tolist() == homes()["residents"].tolist()


def test_lists_of_categories_may_be_missing(city):
    given = shops().drop(columns="类别").assign(categories=[None, ["park", "clinic"]])
    made = lc.City.from_frames(city.network, facilities=given, demand=homes())
    assert made.facilities.table["categories"].tolist() == [(), ("park", "clinic")]


def test_a_second_column_called_geometry_is_no_place(city):
    given = homes().rename_geometry("spot").assign(geometry="a text")
    made = lc.City.from_frames(city.network, demand=given)
    assert len(made.demand) == len(given)


def test_errors_name_the_table_that_was_given(city):
    with pytest.raises(lc.InputError, match=r"^facilities, row 3, field 'facility_id'"):
        lc.City.from_frames(city.network, facilities=shops().assign(facility_id="x"))
    twice = gpd.GeoDataFrame(pd.concat([homes(), homes()[["residents"]]], axis=1))
    with pytest.raises(lc.InputError, match=r"demand.*2 columns called 'residents'"):
        lc.City.from_frames(city.network, demand=twice)
    local = homes().set_crs('LOCAL_CS["site grid",UNIT["metre",1]]', allow_override=True)
    with pytest.raises(lc.InputError, match=r"demand.*'site grid' cannot be converted"):
        lc.City.from_frames(city.network, demand=local)


def test_the_network_may_be_lines(city):
    line = [PLAN.line((0, y), (1000, y)) for y in (0, 100)]
    lines = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_wkt(
        [f"LINESTRING ({', '.join(f'{x} {y}' for x, y in one)})" for one in line], crs=4326
    ))  # fmt: skip
    assert lc.City.from_frames(lines).network.edge_count == 2


def bare(table):
    return table.set_crs(None, allow_override=True)


def test_wrong_arguments(city):
    network = city.network
    wrong = [
        lambda: lc.City.from_frames(None),
        lambda: lc.City.from_frames(network, demand=[1]),
        lambda: lc.City.from_frames(network, demand=bare(homes())),
        lambda: lc.City.from_frames(network, facilities=bare(shops())),
        lambda: lc.City.from_frames(network, facilities=shops().drop(columns="类别")),
        lambda: lc.City.from_frames(network, units=levels()["town"]),
        lambda: lc.City.from_frames(network, units={"street": levels()["town"]}),
        lambda: lc.City.from_frames(network, units={"town": homes()}),
        lambda: lc.City.from_frames(network, units={"town": bare(levels()["town"])}),
        lambda: lc.City.from_frames(network, demand=homes().iloc[:0]),
        lambda: lc.City.from_frames(network, demand=homes(), name=3),
        lambda: lc.City.from_frames(network, demand=homes(), walker="nobody"),
        lambda: lc.City.from_frames(network, demand=homes(), max_access_m=-1),
        lambda: lc.City.from_frames(network, demand=homes(), as_of="soon"),
        lambda: lc.City.from_frames(network, demand=homes(), terrain=3),
        lambda: lc.City.from_frames(network, demand=homes(), pace="flying"),
        lambda: lc.City.from_frames(network, demand=homes(), pace=["tobler"]),
        lambda: lc.City.from_frames(network, demand=homes(), as_of=1066),
        lambda: lc.City.from_frames(network, demand=homes(), districts=["甲"]),
        lambda: lc.City.from_frames(network, demand=homes(), districts={"甲": 3}),
        lambda: lc.City.from_frames(network, demand=homes(), complete_categories=["shop"]),
        lambda: lc.City.from_frames(network, demand=homes(), complete_categories="school"),
        lambda: lc.City.from_frames(network, demand=homes(), packs="xiamen-2025"),
        lambda: lc.City.from_frames(network, facilities=shops(), categories={"便利店": "shop"}),
        lambda: lc.City.from_frames(network, demand=homes(), vocabulary={"speeds": {}}),
        lambda: lc.City.from_frames(network, facilities=shops().assign(entrances=3)),
    ]
    for number, call in enumerate(wrong):
        try:
            call()
        except LivingCircleError:
            continue
        pytest.fail(f"call {number} was accepted")
    with pytest.raises(WrongTypeError, match="demand is of type list"):
        lc.City.from_frames(network, demand=[1])


def test_a_town_of_a_drawn_box(city):
    town = layer([{"name": "甲街道", "geometry": box(0, 0, 1000, 1000)}])
    made = lc.City.from_frames(city.network, demand=homes(), units={"town": town})
    assert made.demand["town"].notna().all()


def test_what_the_assess_table_states_is_stated_in_memory(city):
    made = lc.City.from_frames(
        city.network,
        demand=homes(),
        as_of=2023,
        districts={"甲区": "思明区"},
        complete_categories=["便利店"],
        synthetic=True,
    )
    stated = made.config.assess
    assert (stated.as_of, stated.districts) == (2023, {"甲区": "思明区"})
    assert stated.complete_categories == ["便利店"]
    assert made.synthetic
    assert lc.assess(made, "gb50180-2018").as_of == 2023


def test_a_vocabulary_of_ones_own_in_memory(city):
    places = shops().drop(columns="类别").assign(类别=["流动书车", "小卖部"], 书架=["3", "4"])
    made = lc.City.from_frames(
        city.network,
        facilities=places,
        demand=homes(),
        categories={"小卖部": "convenience_store"},
        vocabulary={
            "categories": {"book_bus": {"zh": "流动书车", "en": "Book bus"}},
            "columns": {"shelves": {"zh": "书架", "en": "Shelves", "kind": "count"}},
            "walkers": {
                "pram": {"speed_m_s": 0.9, "zh": "推车", "en": "With a pram", "source": "survey"}
            },
        },
        walker="pram",
    )
    assert made.facilities.categories == {"convenience_store": 1, "book_bus": 1}
    assert made.facilities.table["shelves"].tolist() == [3, 4]
    assert made.config.walker_of(made.walker).speed_m_s == 0.9


def test_entrances_come_with_the_areas(city):
    gate = PLAN.points([(300, 100)]).geometry.to_crs(32649).to_list()
    park = layer([{"name": "公园", "类别": "公园", "geometry": box(310, 110, 390, 190)}])
    given = park.to_crs(32649).assign(entrances=gate)
    made = lc.City.from_frames(city.network, facilities=given, demand=homes())
    found = made.facilities.access_points(made.facilities.of("park"))
    expected = PLAN.points([(300, 100)]).geometry.get_coordinates().to_numpy()
    assert found.geometry.get_coordinates().to_numpy() == pytest.approx(expected, abs=1e-9)


def test_a_path_of_a_network_is_an_input_with_its_hash(city):
    path = city.folder / city.config.network.source
    made = lc.City.from_frames(path, demand=homes(), facilities=shops())
    (network,) = (entry for entry in made.inputs if entry.role == "network")
    assert network.sha256 == next(e for e in city.inputs if e.role == "network").sha256
    assert network.source == path.name
