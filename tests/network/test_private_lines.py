"""``private`` and ``open`` of [network] where the streets are lines or a graph."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from builders.drawing import PLAN
from livingcircle.errors import InputError
from livingcircle.network.read import read_network
from livingcircle.routing.engine import reach

ENDS = [(0, 0), (100, 0), (200, 0), (300, 0)]
ACCESS = ["", "private", ""]


def lines() -> gpd.GeoDataFrame:
    shapes = [shapely.LineString(PLAN.line(a, b)) for a, b in pairwise(ENDS)]
    return gpd.GeoDataFrame({"access": ACCESS}, geometry=shapes, crs=4326)


def graph() -> nx.MultiDiGraph:
    made = nx.MultiDiGraph(crs="EPSG:4326")
    for k, (x, y) in enumerate(ENDS):
        lon, lat = PLAN.at(x, y)
        made.add_node(k, x=lon, y=lat)
    for k, access in enumerate(ACCESS):
        made.add_edge(k, k + 1, length=100.0, **({"access": access} if access else {}))
    return made


def metres(network) -> np.ndarray:
    """Return the walks from the first end to a home on the private street and to the last end."""
    found = reach(network, PLAN.facilities([(0, 0)]))
    return found.to(PLAN.points([(160, 0), (300, 0)]))["metres"].to_numpy()


@pytest.mark.slow
@pytest.mark.parametrize("source", [lines, graph])
@pytest.mark.parametrize(
    ("private", "expected"),
    [
        # Reached as a destination, never passed through.
        ("destination", [160.0, np.inf]),
        ("open", [160.0, 300.0]),
        # The home opens its door on the last street, 40 m away, which nothing leads to.
        ("closed", [np.inf, np.inf]),
    ],
)
def test_private_streets_of_lines_and_graphs(source, private, expected) -> None:
    found = metres(read_network(source(), private=private))
    assert found == pytest.approx(np.array(expected), abs=0.01)


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson"])
def test_files_of_lines(tmp_path, name) -> None:
    lines().to_file(tmp_path / name)
    assert metres(read_network(tmp_path / name))[1] == np.inf
    opened = read_network(tmp_path / name, private="open")
    assert metres(opened)[1] == pytest.approx(300.0, abs=0.01)


@pytest.mark.parametrize("source", [lines, graph])
def test_objects_that_the_network_does_not_name_are_refused(source) -> None:
    with pytest.raises(InputError, match="does not name its objects"):
        read_network(source(), opened=["way/1"])
