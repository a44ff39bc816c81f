"""Nobody who could be served is left without a candidate, however few there may be."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Point, Polygon
from test_suggest import PACK

from builders.drawing import PLAN, walk_network
from builders.street_city import little_city, villages
from livingcircle.sites import suggest_sites
from livingcircle.sites.candidates import _thinned

WEST, WIDTH, ROWS, ACROSS = 1300.0, 130.0, 10, 19


@pytest.fixture(name="pack")
def _pack(tmp_path):
    file = tmp_path / "pack.toml"
    file.write_text(PACK.format(metres=500, measure="mean"), encoding="utf-8")
    return [file]


def many_villages():
    """190 villages along ten streets that meet in the west only, where the one centre is."""
    ys = [-180.0 + 40.0 * k for k in range(ROWS)]
    lines = [PLAN.line((0, y), (4000, y)) for y in ys]
    lines += [PLAN.line((0, a), (0, b)) for a, b in pairwise(ys)]
    spans = [(WEST + i * WIDTH, WEST + i * WIDTH + WIDTH - 20) for i in range(ACROSS)]
    far = villages(*(span for _ in ys for span in spans))
    far["geometry"] = [
        Polygon([PLAN.at(*c) for c in ((w, y - 9), (e, y - 9), (e, y + 9), (w, y + 9))])
        for y in ys
        for w, e in spans
    ]
    homes = gpd.GeoDataFrame(
        {
            "residents": 10.0,
            "households": 4.0,
            "leaf": "B",
            "urban_village": np.repeat(far["village_id"].to_numpy(), 2),
        },
        geometry=[Point(PLAN.at(x, y)) for y in ys for span in spans for x in span],
        crs=4326,
    )
    return little_city(
        [{"x": 100, "of": "service_centre"}],
        network=walk_network(lines),
        demand=homes,
        urban_villages=far,
    )


def test_190_villages_keep_a_candidate_each_and_all_are_served(pack) -> None:
    plan = suggest_sites(many_villages(), "T-2", packs=pack, max_candidates=60, links="no")
    assert plan.before.value == 190.0
    assert plan.after.value == 0.0
    assert len(plan.left) == 0
    # A street holds 19 villages 130 m apart, and a station serves those whose middle is within
    # 1,000 m of it: 15 at most, so two a street.
    assert len(plan.sites) == 20
    assert "0 still beyond it; proven best" in plan.note_en


def test_a_village_that_only_its_middle_serves_gets_its_candidate(pack) -> None:
    # 3,600 m long with most homes at both ends: the mean walk is within 1,000 m of no place but
    # those at the homes in the middle (x = 2,000 m), and one candidate is all that is generated.
    base = little_city([{"x": 0, "of": "service_centre"}])
    far = villages((200, 3800))
    at = [250.0] * 2 + [2000.0] * 3 + [3750.0] * 2
    homes = gpd.GeoDataFrame(
        {"residents": 10.0, "households": 4.0, "leaf": "B", "urban_village": "V0"},
        geometry=[Point(PLAN.at(x, 0)) for x in at],
        index=range(len(at)),
        crs=4326,
    )
    base = replace(base, demand=homes, urban_villages=far)
    means = [np.minimum(np.abs(np.array(at) - x), at).mean() for x in (500.0, 2000.0, 3500.0)]
    assert means[1] <= 1000.0 < np.mean(at)
    plan = suggest_sites(base, "T-2", packs=pack, max_candidates=1, links="no")
    assert plan.before.value == 1.0
    assert plan.after.value == 0.0


def test_a_village_that_no_place_serves_is_said_with_the_reason(pack) -> None:
    # Its homes lie on six streets that do not meet: no place is within reach of most of them.
    lines = [PLAN.line((600 * k, 0), (600 * k + 550, 0)) for k in range(6)]
    far = villages((400, 3550))
    homes = gpd.GeoDataFrame(
        {"residents": 10.0, "households": 4.0, "leaf": "B", "urban_village": "V0"},
        geometry=[Point(PLAN.at(x, 0)) for x in range(500, 4000, 600)],
        index=range(6),
        crs=4326,
    )
    base = little_city(
        [{"x": 10, "of": "service_centre"}],
        network=walk_network(lines),
        demand=homes,
        urban_villages=far,
    )
    plan = suggest_sites(base, "T-2", packs=pack, links="no")
    assert (plan.before.value, plan.after.value) == (1.0, 1.0)
    assert len(plan.sites) == 0
    assert set(plan.left["left_because"]) <= {"no_candidate", "island"}
    assert "1 still beyond it (" in plan.note_en
    assert "仍有 1 个超距（" in plan.note_zh


def test_thinning_keeps_one_of_every_group() -> None:
    rng = np.random.default_rng(3)
    xy, group = rng.random((3000, 2)) * 500, rng.integers(0, 190, 3000)
    rows = _thinned(xy, 60, group)
    assert len(rows) == len(np.unique(group))
    assert set(group[rows]) == set(group)
    assert len(_thinned(xy, 100)) <= 100
    assert len(_thinned(xy[:0], 5)) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"max_sites": 4},
        {"share": 1.0},
        {"objective": "median", "max_sites": 4},
        {"objective": "center", "max_sites": 4},
        {"objective": "center", "budget": 4.0},
    ],
)
def test_pieces_of_street_that_thinning_left_bare_get_a_site_each(pack, terms) -> None:
    # Four streets that do not meet; only the first has a centre, and one candidate is generated.
    pieces = [PLAN.line((1000 * k + 50, 0), (1000 * k + 950, 0)) for k in range(4)]
    apart = little_city([{"x": 500, "of": "service_centre"}], network=walk_network(pieces))
    plan = suggest_sites(apart, "T-1", packs=pack, max_candidates=1, links="no", **terms)
    there = {
        int(x // 1000) for x in (plan.sites.geometry.x - PLAN.lon) / (PLAN.at(1, 0)[0] - PLAN.lon)
    }
    assert {1, 2, 3} <= there
