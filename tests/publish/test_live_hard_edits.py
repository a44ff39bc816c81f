"""Edits at the hardest places: page and command line refuse the same, and answer the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from chromium import Browser
from live_edits import STATUS, Draw, Walks, answers_of, numbers_of, same_metres, scenario_of

import livingcircle as lc
from livingcircle.publish.web.map import write_map
from livingcircle.scenario.apply import apply_scenario

NONE: dict[str, list] = {"added": [], "closed": [], "links": [], "cuts": []}
Line = list[list[float]]


def cut(*line: np.ndarray) -> dict:
    return {"name": "c", "line": [at.tolist() for at in line]}


def link(*line: np.ndarray) -> dict:
    return cut(*line) | {"stairs": False}


def station(name: str, category: str, at: np.ndarray) -> dict:
    lon, lat = at.tolist()
    return {"id": name, "name": name, "categories": [category], "lon": lon, "lat": lat}


def hard_edits(draw: Draw, rng: np.random.Generator) -> Iterator[tuple[str, dict]]:
    """Yield edits at ends and middles of streets, along them, far from them, and on each other."""
    net = draw.result.city.network
    need = draw.result.findings[draw.place].requirement.needs.categories[0]
    node = net.node_lonlat[rng.integers(net.node_count)]
    other = net.node_lonlat[rng.integers(net.node_count)]
    edge = int(rng.integers(net.edge_count))
    a, b = net.coords[net.edge_start[edge]], net.coords[net.edge_start[edge + 1] - 1]
    middle, ahead = (a + b) / 2, b - a
    side, away = 0.3 * np.array([-ahead[1], ahead[0]]), rng.normal(0, 0.0004, 2)
    across = cut(middle + side, middle - side)
    yield "a cut ends at a junction", {"cuts": [cut(node + away, node)]}
    yield "a cut begins at a junction", {"cuts": [cut(node, node + away)]}
    yield "a cut along a street", {"cuts": [cut(a, b)]}
    yield "a cut along a street, backwards", {"cuts": [cut(b, a)]}
    yield (
        "a cut beside the end of a street",
        {"cuts": [cut(a + 0.003 * ahead + side, a + 0.003 * ahead - side)]},
    )
    yield "the same cut twice", {"cuts": [across, across]}
    yield (
        "cuts nearer than they are wide",
        {"cuts": [across, cut(middle + side + 0.004 * ahead, middle - side + 0.004 * ahead)]},
    )
    yield "a cut without a length", {"cuts": [cut(node, node)]}
    yield "a link without a length", {"links": [link(middle + side, middle + side)]}
    yield "a link from a place to itself", {"links": [link(middle + side, middle - side)]}
    yield "a link between junctions", {"links": [link(node, other)]}
    yield "a link over a cut", {
        "cuts": [across], "links": [link(middle - 0.2 * ahead, middle + 0.2 * ahead)]
    }  # fmt: skip
    yield "a link from a cut", {"cuts": [across], "links": [link(middle, middle + 3 * side)]}
    yield "the same link twice", {"links": [link(a, middle + side), link(a, middle + side)]}
    yield "a bent link", {"links": [link(a, middle + 5 * side, b)]}
    yield "two at a junction", {"added": [station(n, need, node) for n in ("n1", "n2")]}
    yield "one on a cut", {"cuts": [across], "added": [station("n1", need, middle)]}
    west = net.node_lonlat.min(axis=0)
    yield "one 4.9 km away", {"added": [station("n1", need, west - [0.0508, 0])]}
    yield "one 5.1 km away", {"added": [station("n1", need, west - [0.0531, 0])]}
    yield "one on no earth", {"added": [station("n1", need, np.array([node[0], 95.0]))]}
    yield "a link to no earth", {"links": [link(node, np.array([190.0, 0.0]))]}


@pytest.mark.slow
def test_hard_edits_are_refused_or_answered_as_by_the_command_line(
    browser: Browser, result: lc.Result, tmp_path: Path
) -> None:
    standard = next(
        f.id
        for f in result.findings
        if f.requirement.kind == "circle" and len(f.parts) == 1 and f.status != "unknown"
    )
    draw, rng = Draw(result, standard), np.random.default_rng(7)
    write_map(result, tmp_path / "map.html")
    cases = [(name, NONE | edits) for _ in range(12) for name, edits in hard_edits(draw, rng)]
    answers = answers_of(browser, tmp_path / "map.html", draw, [edits for _, edits in cases])
    walks, told = Walks(), {"refused": set(), "answered": set()}
    (test,) = draw.tests
    for (name, edits), got in zip(cases, answers, strict=True):
        try:
            city = apply_scenario(result.city, scenario_of(edits))
        except lc.LivingCircleError:
            assert "refused" in got, (name, edits)
            told["refused"].add(name)
            continue
        assert isinstance(got, list), (name, edits, got)
        told["answered"].add(name)
        metres, within = walks.of(test, city)
        same_metres(metres.to_numpy(), numbers_of(got[0]["metres"], "<f8"))
        covered = numbers_of(got[0]["status"], "u1") == STATUS.index("covered")
        assert np.array_equal(covered, within.to_numpy()), (name, edits)
    never = {"a cut without a length", "a link without a length", "one 5.1 km away",
             "one on no earth", "a link to no earth"}  # fmt: skip
    assert never <= told["refused"]
    assert not never & told["answered"]
    assert len(told["answered"]) == len({name for name, _ in cases}) - len(never)
