"""A viaduct that is drawn in two pieces stays above the street below its joint.

     |           the street A from west to east, on the ground; the viaduct V above it, which
-----+-----+  A  comes to the ground in the south; and a way round from its foot to the east end
     | V   |     of A. By the way round it is 450 + 300 + 500 + 50 = 1300 m from the shop to the
-----o-----+     home; were the viaduct joined to A at its joint, 50 + 300 + 50 = 400 m.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import LineString

from builders.drawing import PLAN, write_osm
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.lines import network_from_lines
from livingcircle.network.read import read_network
from livingcircle.routing.engine import reach

SHOP, HOME = (50, -300), (-50, 0)
ROUND, DOWN = 1300.0, 400.0
A = [(-500, 0), (500, 0)]
WAY_ROUND = [(-500, -300), (0, -300), (500, -300), (500, 0)]
LEVELS = [("layer", 1), ("bridge", "yes"), ("tunnel", "yes")]


def pieces(joint: float = 0.0) -> list[list[tuple[float, float]]]:
    return [[(0, -300), (0, joint)], [(0, joint), (0, 300)]]


def network(
    above: list[list[tuple[float, float]]],
    ground: list[list[tuple[float, float]]],
    column: str = "layer",
    value: object = 1,
    **how: object,
) -> WalkNetwork:
    lines = [*ground, [WAY_ROUND[0], WAY_ROUND[1]], WAY_ROUND[1:], *above]
    values = value if isinstance(value, list) else [value] * len(above)
    table = {column: [*[None] * (len(ground) + 2), *values]}
    shapes = [LineString(PLAN.line(*line)) for line in lines]
    return network_from_lines(gpd.GeoDataFrame(table, geometry=shapes, crs=4326), **how)


def walk(streets: WalkNetwork, home: tuple[float, float] = HOME) -> float:
    found = reach(streets, PLAN.facilities([SHOP])).to(PLAN.points([home]))
    return float(found["metres"].iloc[0])


@pytest.mark.parametrize(("column", "value"), LEVELS)
@pytest.mark.parametrize("joint", [0.0, 0.0004, -0.0009])
def test_its_joint_comes_down_to_no_street(column: str, value: object, joint: float) -> None:
    streets = network(pieces(joint), [A], column, value, node=True)
    assert walk(streets) == pytest.approx(ROUND, abs=0.05)
    # Nor is it told as a place where streets ought to meet.
    apart = network(pieces(joint), [A], column, value, node=False)
    assert apart.notes["lines_that_cross"] == 0
    assert walk(apart) == pytest.approx(ROUND, abs=0.05)


@pytest.mark.parametrize("layers", [[1, 2], [2, 1], [-1, -2]])
def test_it_may_go_on_at_another_layer(layers: list[int]) -> None:
    apart = network(pieces(0.0004), [A], "layer", layers, node=False)
    assert apart.notes["lines_that_cross"] == 0
    joined = network(pieces(0.0004), [A], "layer", layers, node=True)
    assert walk(joined) == pytest.approx(ROUND, abs=0.05)


def test_a_ramp_comes_to_the_ground_below_another_viaduct() -> None:
    above = [[(0, -300), (0, 0.0004)], [(-300, -200), (0, 0), (300, 200)]]
    ramp = network(above, [A], "layer", [1, 2], node=True)
    assert walk(ramp) == pytest.approx(DOWN, abs=0.01)


@pytest.mark.parametrize(("column", "value"), LEVELS)
def test_one_piece_that_ends_there_comes_down(column: str, value: object) -> None:
    streets = network(pieces(0.0004)[:1], [A], column, value, node=True)
    assert walk(streets) == pytest.approx(DOWN, abs=0.01)
    untold = network(pieces(0.0004)[:1], [A], column, value, node=False)
    assert untold.notes["lines_that_cross"] == 1


def test_ends_that_are_snapped_are_those_of_no_joint() -> None:
    both = network(pieces(0.05), [A], node=True, snap_m=0.1)
    assert walk(both) == pytest.approx(ROUND, abs=0.1)
    one = network(pieces(0.05)[:1], [A], node=True, snap_m=0.1)
    assert walk(one) == pytest.approx(DOWN, abs=0.1)


def test_a_piece_that_ends_on_the_middle_of_a_viaduct_stays_up_there() -> None:
    above = [[(0, -300), (0, 300)], [(0, 0.0), (300, 200)]]
    assert walk(network(above, [A], node=True)) == pytest.approx(ROUND, abs=0.05)
    # Its other end comes down where it lies on a street alone.
    foot = [(-500, 200), (500, 200)]
    streets = network(above, [A, foot], node=True)
    ramp = (300**2 + 200**2) ** 0.5
    assert walk(streets, (350, 200)) == pytest.approx(50 + 300 + ramp + 50, abs=0.01)


def test_streets_that_cross_below_its_joint_meet_without_it() -> None:
    across = [(-200, -200), (200, 200)]
    streets = network(pieces(), [A, across], node=True)
    # By the way round to the crossing, and along the other street.
    home = walk(streets, (100, 100))
    assert home == pytest.approx(450 + 300 + 500 + 100 * 2**0.5, abs=0.05)


def test_a_vertex_of_the_street_at_the_joint_is_a_statement_of_the_file() -> None:
    bent = [A[0], (0, 0), A[1]]
    assert walk(network(pieces(), [bent], node=True)) == pytest.approx(DOWN, abs=0.01)
    # A vertex that is there but for rounding is none.
    beside = [A[0], (0, 0.0004), A[1]]
    assert walk(network(pieces(), [beside], node=True)) == pytest.approx(ROUND, abs=0.05)


@pytest.mark.parametrize(
    "tags", [{"layer": "1", "bridge": "yes"}, {"layer": "-1", "tunnel": "yes"}]
)
@pytest.mark.parametrize(
    ("corner", "metres"), [((0, 0), DOWN), ((0, 0.0004), ROUND), ((1e-9, 0.0), ROUND)]
)
def test_nodes_of_an_extract_say_where_it_comes_down(
    tmp_path: Path, tags: dict[str, str], corner: tuple[float, float], metres: float
) -> None:
    """A node that both share joins them, another one at the same place does not."""
    street = {"highway": "residential"}
    ways = [
        (street, [A[0], (0, 0), A[1]]),
        (street, WAY_ROUND),
        ({"highway": "footway", **tags}, [(0, -300), corner]),
        ({"highway": "footway", **tags}, [corner, (0, 300)]),
    ]
    streets = read_network(write_osm(tmp_path / "a.osm", ways))
    assert walk(streets) == pytest.approx(metres, abs=0.05)
