"""Units and tables that are partly somewhere else, and axes that surveyors turn round."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pyproj
import pytest
from shapely.geometry import Polygon

from builders.drawing import PLAN, box, write_lines
from builders.square_city import units, write_city, write_units
from livingcircle.city.model import read_city
from livingcircle.errors import InputError
from livingcircle.network.read import read_network
from livingcircle.standards.context import Context


def test_a_unit_far_away_is_told_and_the_land_of_the_others_costs_the_same(tmp_path):
    levels = units()
    lon, lat = PLAN.at(0, 0)
    far = Polygon([(lon + 9, lat), (lon + 9.01, lat), (lon + 9.01, lat + 0.01)])
    levels["community"].append({"name": "远社区", "residents": 5, "geometry": far})
    city = read_city(write_city(tmp_path, write_units(tmp_path, levels)))
    told = city.issues[city.issues["check"] == "area_elsewhere"]
    assert list(told["count"]) == [1]
    metres = pyproj.Geod(ellps="WGS84").inv(*PLAN.at(1000, 0), lon + 9, lat)[2]
    km = float(told["text_en"].iloc[0].split(" lies ")[1].split(" km")[0].replace(",", ""))
    assert km == pytest.approx(metres / 1000, rel=0.01)
    points = Context(city, 2025).land.points
    share = points["leaf"].value_counts(normalize=True)
    # 0.5 km² each of the two near ones; the far triangle has its own area.
    triangle = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(far)[0]) / 1e6
    assert share["甲社区"] == pytest.approx(0.5 / (1 + triangle), rel=0.03)
    assert share["乙村"] == pytest.approx(0.5 / (1 + triangle), rel=0.03)


def test_a_vertex_at_zero_is_refused_with_its_row(tmp_path):
    levels = units()
    corners = list(box(0, 0, 500, 1000).exterior.coords)[:-1]
    levels["community"][0]["geometry"] = Polygon([(0.0, 0.0), *corners]).convex_hull
    path = write_city(tmp_path, write_units(tmp_path, levels))
    with pytest.raises(InputError, match=r"row 2.*from 0, 0 to .*a vertex of it is elsewhere"):
        read_city(path)


@pytest.mark.slow
@pytest.mark.parametrize("turned", [False, True])
def test_projected_coordinates_are_read_whichever_axis_comes_first(tmp_path, turned):
    places = [(x, 40) for x in range(20, 980, 60)]
    lonlat = np.array([PLAN.at(x, y) for x, y in places])
    zone = 4533 + round((lonlat[0, 0] - 75) / 3)  # EPSG:4534 is 75 E, 4554 is 135 E
    east, north = pyproj.Transformer.from_crs(4326, zone + 1, always_xy=True).transform(*lonlat.T)
    x, y = (north, east) if turned else (east, north)
    pd.DataFrame({"X": x, "Y": y, "residents": 3}).to_csv(tmp_path / "homes.csv", index=False)
    demand = f'[demand]\nsource = "homes.csv"\ncrs = "EPSG:{zone + 1}"\n'
    city = read_city(write_city(tmp_path, write_units(tmp_path, units()), demand))
    got = np.column_stack([city.demand.geometry.x, city.demand.geometry.y])
    assert np.abs(got - lonlat).max() < 1e-6  # a decimetre: CGCS2000 is WGS 84 here
    said = [note.text.en for note in city.notes if "northing" in note.text.en]
    assert len(said) == turned


def test_parents_that_are_no_coarser_unit_are_told(tmp_path):
    levels = units()
    levels["community"][0]["parent"] = "甲社区"
    city = read_city(write_city(tmp_path, write_units(tmp_path, levels)))
    said = [note.text.en for note in city.notes if "no town or district" in note.text.en]
    assert said == [
        "1 units name a parent that is no town or district (甲社区); placed by location"
    ]
    assert city.units["community"]["town"].notna().all()


@pytest.mark.parametrize(
    "wkt", ["POLYGON((0 0,1 0,1 1,0 0))", "POINT(0 0)", "LINESTRING(NaN 1, 2 3)"]
)
def test_edges_of_a_graph_whose_geometry_is_no_line_are_refused(tmp_path, wkt):
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node in range(3):
        lon, lat = PLAN.at(100 * node, 0)
        graph.add_node(node, x=lon, y=lat)
    graph.add_edge(0, 1, highway="residential")
    graph.add_edge(1, 2, highway="residential", geometry=wkt)
    nx.write_graphml(graph, tmp_path / "streets.graphml")
    with pytest.raises(InputError, match="the geometry of 1 edges is no line, such as"):
        read_network(tmp_path / "streets.graphml")


def test_streets_for_vehicles_of_another_city_are_refused(tmp_path):
    path = write_city(tmp_path, write_units(tmp_path, units()))
    lon, lat = PLAN.at(0, 0)
    write_lines(tmp_path / "drive.geojson", [[(lon + 3, lat), (lon + 3.01, lat)]])
    text = path.read_text("utf-8")
    path.write_text(text.replace("[network]", '[network]\ndrive = "drive.geojson"', 1), "utf-8")
    with pytest.raises(InputError, match=r"drive\.geojson.*lie far from the streets"):
        read_city(path)
