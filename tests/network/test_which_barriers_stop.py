"""Which lines of barriers stop whoever walks, told in `check` and overruled in city.toml."""

from __future__ import annotations

import pytest

from builders.drawing import PLAN, write_osm
from livingcircle.errors import ConfigError
from livingcircle.network.read import read_network
from livingcircle.publish.text.network_summary import network_lines
from livingcircle.routing.engine import reach
from oracle import Oracle, disagreements, osm_streets

STREET = {"highway": "residential"}
HOME, SHOP = (300, 40), (290, 5)
STRAIGHT = 40 + 10 + 5
AROUND = 50 + 40 + 60 + 5
"""50 m to the lane, 40 m down to the street, 60 m west, 5 m to the shop."""


def town(tmp_path, tags):
    """A street along y = 0, a barrier between it and the home, a lane east of both."""
    return write_osm(
        tmp_path / "town.osm",
        [
            (STREET, [(0, 0), (350, 0), (600, 0)]),
            (STREET, [(350, 0), (350, 100)]),
            (tags, [(200, 30), (340, 30)]),
        ],
    )


def walk(path, **options):
    found = reach(read_network(path, **options), PLAN.facilities([SHOP])).to(PLAN.points([HOME]))
    return found["metres"].iloc[0]


@pytest.mark.parametrize(
    ("tags", "metres"),
    [
        *(({"barrier": b}, AROUND)
          for b in ("wall", "fence", "city_wall", "retaining_wall", "hedge", "ditch")),
        *(({"barrier": b}, STRAIGHT)
          for b in ("guard_rail", "handrail", "jersey_barrier", "cable_barrier", "kerb", "chain")),
        ({"barrier": "hedge", "foot": "yes"}, STRAIGHT),
        ({"barrier": "wall", "layer": "-1"}, STRAIGHT),
    ],
)  # fmt: skip
def test_a_door_opens_on_this_side(tmp_path, tags, metres):
    path = town(tmp_path, tags)
    assert walk(path) == pytest.approx(metres, abs=0.01)
    got = reach(read_network(path), PLAN.facilities([SHOP])).to(PLAN.points([HOME]))
    judge = Oracle(osm_streets(path), [PLAN.at(*SHOP)], [PLAN.at(*HOME)], facility_ids=["f0"])
    assert disagreements(judge, got).empty
    told = "\n".join(network_lines(read_network(path), "en"))
    stops = metres == AROUND
    assert (f"barriers that no one walks across: {tags['barrier']} 1" in told) == stops
    assert (f"in no walker's way (guard rails, kerbs, ...): {tags['barrier']} 1" in told) != stops


def test_a_street_across_a_hedge_is_shut_and_a_gap_opens_it(tmp_path):
    ways = [
        (STREET, [(0, 0), (300, 0)]),
        (STREET, [(300, 0), (300, 100)]),
        ({"barrier": "hedge"}, [(260, 50), (340, 50)]),
    ]
    network = read_network(write_osm(tmp_path / "shut.osm", ways))
    assert network.notes["places_shut"] == {"wall": 1}
    ways[1] = (STREET, [(300, 0), (300, 50), (300, 100)])
    ways[2] = ({"barrier": "hedge"}, [(260, 50), (300, 50), (340, 50)])
    path = write_osm(tmp_path / "gap.osm", ways)
    assert read_network(path).notes["places_shut"] == {"wall": 1}
    gap = {(300, 50): {"barrier": "entrance"}}
    path = write_osm(tmp_path / "entrance.osm", ways, nodes=gap)
    assert read_network(path).notes["places_shut"] == {}


def test_one_hedge_or_all_of_them_are_opened(tmp_path):
    path = town(tmp_path, {"barrier": "hedge"})
    for stated in ("way/3", "barrier=hedge"):
        assert walk(path, opened=[stated]) == pytest.approx(STRAIGHT, abs=0.01)
        assert read_network(path, opened=[stated]).notes["opened_not_found"] == []
    assert walk(path, opened=["barrier=fence"]) == pytest.approx(AROUND, abs=0.01)
    unknown = read_network(path, opened=["barrier=fence"]).notes["opened_not_found"]
    assert unknown == ["barrier=fence"]
    for wrong in ("barrier=", "hedge", "access=private"):
        with pytest.raises(ConfigError, match='"barrier=hedge"'):
            read_network(path, opened=[wrong])
