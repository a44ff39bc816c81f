"""Data of the live map: streets, walls, homes, facilities, for the exact engine in the page."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingcircle._arrays import IntArray
from livingcircle.city.model import City
from livingcircle.gaps.access_test import AccessTest, all_access_tests
from livingcircle.network.entrances import access_points
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors, anchor, level_of, lonlat_of, wall_ends
from livingcircle.publish.json_text import json_text
from livingcircle.publish.web.encode import finite
from livingcircle.publish.web.live_ground import pace_data
from livingcircle.publish.web.live_villages import AnchorData, village_data
from livingcircle.publish.web.live_walkers import (
    LIVE_NODES,
    MOST_WALKERS,
    PageWalker,
    page_walkers,
    walked,
    why_not,
)
from livingcircle.publish.web.map_cells import CELL, home_cells
from livingcircle.publish.web.page_arrays import PageArrays
from livingcircle.standards.context import Context
from livingcircle.standards.result import Result
from livingcircle.standards.tables import as_number
from livingcircle.vocab.categories import category_texts
from livingcircle.vocab.groups import AGE_GROUPS
from livingcircle.vocab.levels import HOLDERS

__all__ = ["LIVE_HOMES", "live_data", "page_facilities"]

LIVE_HOMES = 40_000

_PRIVATE, _DOOR = 1, 2
_MADE = {"stairs": 1, "crossing": 2, "signals": 4, "bridge": 8, "tunnel": 16, "lift": 32,
         "escalator": 64}  # fmt: skip
"""What an edge is, told of a walk that leads over it."""


def live_data(
    result: Result, context: Context, units: pd.DataFrame, homes: gpd.GeoDataFrame
) -> dict[str, str] | None:
    """Return the table and the bytes that the page's engine reads.

    Parameters
    ----------
    result
        The result that the page shows.
    context
        The context it was assessed in.
    units
        The page's table of units, with ``level`` and ``unit_id``; homes name theirs by its rows.
    homes
        The page's demand, in the order of its dots; rows without a place stand behind them.

    Returns
    -------
    dict or None
        ``table`` (JSON text) and ``bytes``; None where the city is too large for a page or no
        requirement can be tried.
    """
    network = result.city.network
    if network.node_count > LIVE_NODES or len(result.city.demand) > LIVE_HOMES:
        return None
    rest = result.city.demand[~result.city.demand.index.isin(homes.index)]
    demand = pd.concat([homes, rest]) if len(rest) else homes
    found = [list(all_access_tests(finding, context)) for finding in result.findings]
    reasons = [
        why_not(finding, tests) for finding, tests in zip(result.findings, found, strict=True)
    ]
    asked = [
        (place, test)
        for place, why in enumerate(reasons)
        for test in (found[place] if why is None else ())
    ]
    shown = [(place, test) for place, own in enumerate(found) for test in own if not walked(test)]
    if not shown or not len(demand):
        return None
    walkers, numbers = page_walkers([test for _, test in shown])
    if len(walkers) > MOST_WALKERS:
        return None
    arrays = PageArrays()
    places = _places(result)
    of = {id(test): number for (_, test), number in zip(shown, numbers, strict=True)}
    first = [next(test for _, test in shown if of[id(test)] == k) for k in range(len(walkers))]
    pace = pace_data(network, arrays)
    tests, walks = _asked(asked, shown, walkers, of, demand, places, units, arrays)
    table = {
        "network": _network(network, arrays) | {"crossing_m": pace.pop("crossing_m")},
        **pace,
        "walls": arrays.add(wall_ends(network).ravel(), "f8"),
        "walkers": [one.data(arrays) for one in walkers],
        "roads": _roads(walkers, arrays),
        "shut": {
            "lon": arrays.degrees(network.closures.lonlat[:, 0]),
            "lat": arrays.degrees(network.closures.lonlat[:, 1]),
            "wall": arrays.add(network.closures.why == "wall", "u1"),
        },
        "access_m": result.city.max_access_m,
        "homes": _homes(result, context, demand, units, walkers, first, arrays),
        "facilities": _facilities(result, places, walkers, arrays),
        "tests": tests,
        "walks_of": walks,
        "why_not": {str(k): [why.zh, why.en] for k, why in enumerate(reasons) if why is not None},
        "page": places["_page"].tolist(),
        "unit_count": len(units),
        "of_standard": _numbers(asked),
        "category_words": category_texts(result.city.config.overrule),
    }
    return {"table": json_text(table), "bytes": arrays.text()}


def _numbers(asked: list[tuple[int, AccessTest]]) -> dict[str, list[int]]:
    """Return by the place of each requirement the numbers of the tests that decide it."""
    numbers: dict[str, list[int]] = {}
    for number, (place, _) in enumerate(asked):
        numbers.setdefault(str(place), []).append(number)
    return numbers


def _network(network: WalkNetwork, arrays: PageArrays) -> dict[str, object]:
    tags = network.tags
    flags = tags.private * _PRIVATE + tags.door * _DOOR
    return {
        "nodes": network.node_count,
        "origin": list(network.middle),
        "u": arrays.add(network.edge_u, "i4"),
        "v": arrays.add(network.edge_v, "i4"),
        "start": arrays.add(network.edge_start, "i4"),
        "lon": arrays.degrees(network.coords[:, 0]),
        "lat": arrays.degrees(network.coords[:, 1]),
        "length_m": arrays.add(network.edge_length_m, "f8"),
        "flags": arrays.add(flags, "u1"),
        "made": arrays.add(sum(getattr(tags, name) * bit for name, bit in _MADE.items()), "u1"),
    }


def _roads(walkers: list[PageWalker], arrays: PageArrays) -> dict[str, object] | None:
    """Return the streets to drive on, where somebody does."""
    roads = next((one.network for one in walkers if one.drives), None)
    if roads is None or roads.speed_m_s is None:
        return None
    return _network(roads, arrays) | {
        "walls": arrays.add(wall_ends(roads).ravel(), "f8"),
        "speed_m_s": arrays.add(roads.speed_m_s, "f8"),
    }


def _homes(
    result: Result,
    context: Context,
    demand: gpd.GeoDataFrame,
    units: pd.DataFrame,
    walkers: list[PageWalker],
    tests: list[AccessTest],
    arrays: PageArrays,
) -> dict[str, object]:
    at = result.city.demand.index.get_indexer(demand.index)
    anchors = []
    for walker, test in zip(walkers, tests, strict=True):
        found = context.travel.anchors(test.reach())
        own = Anchors(
            found.edge[at], found.offset_m[at], found.access_m[at], found.lonlat[at],
            None if found.compromise is None else found.compromise[at],
        )  # fmt: skip
        anchors.append(walker.anchor_data(own, arrays))
    lonlat = lonlat_of(demand)
    blank = pd.Series(np.nan, index=demand.index)
    people = {
        name: arrays.add(as_number(demand.get(name, blank)).to_numpy(dtype=float), "f8")
        for name in ("residents", "households")
    }
    return {
        "lon": arrays.add(lonlat[:, 0], "f8"),
        "lat": arrays.add(lonlat[:, 1], "f8"),
        **people,
        "anchors": anchors,
        "units": {
            name: arrays.add(rows, "i4") for name, rows in _unit_rows(context, demand, units)
        },
    }


def _unit_rows(
    context: Context, demand: gpd.GeoDataFrame, units: pd.DataFrame
) -> Iterable[tuple[str, IntArray]]:
    """Yield, by level, the row among the page's units that each home lies in; -1 for none."""
    leaves = context.tables.get("leaf")
    for column in HOLDERS:
        at = demand.get(column, pd.Series(None, index=demand.index)).astype(object)
        if column in ("town", "district") and leaves is not None and "leaf" in demand:
            above = demand["leaf"].map(leaves[column])
            at = above.where(demand["leaf"].isin(leaves.index), at)
        levels = ("community", "village") if column == "leaf" else (column,)
        own = units[units["level"].isin(levels)]
        row = pd.Series(own.index, index=own["unit_id"].astype(str))
        row = row[~row.index.duplicated()]
        found = at.astype("string").map(row)
        yield column, found.fillna(-1).to_numpy(dtype=np.int64)
    cells = units[units["level"] == CELL]
    if len(cells):
        place = pd.Series(cells.index, index=cells["unit_id"])
        found = home_cells(demand, context.city.network.crs_m).map(place)
        yield CELL, found.fillna(-1).to_numpy(dtype=np.int64)


def page_facilities(city: City) -> gpd.GeoDataFrame:
    """Return the facilities that the page shows and numbers: those with a place and a category."""
    table = city.facilities.table
    placed = table.geometry.notna() & ~table.geometry.is_empty
    return table[placed & (table["categories"].map(len) > 0)]


def _places(result: Result) -> gpd.GeoDataFrame:
    """Return the facilities of the page as places to walk to, with the page's number of each."""
    table = page_facilities(result.city)
    return access_points(table.assign(_page=np.arange(len(table))))


def _facilities(
    result: Result,
    places: gpd.GeoDataFrame,
    walkers: list[PageWalker],
    arrays: PageArrays,
) -> dict[str, object]:
    lonlat, level = lonlat_of(places, "facility"), level_of(places)
    anchors = []
    for walker in walkers:
        usable = walker.usable
        found = anchor(
            usable,
            lonlat[:, 0],
            lonlat[:, 1],
            result.city.max_access_m,
            level=level,
        )
        of = walker.anchor_data(found, arrays)
        fixed = np.zeros(len(places), dtype=bool)
        if level is not None:
            # A floor counts where a street of that layer is near; else the ordinary rule holds.
            layer = usable.tags.layer[np.maximum(found.edge, 0)]
            fixed = np.isfinite(level) & (level != 0) & (found.edge >= 0) & (layer == level)
        anchors.append(of | {"fixed": arrays.add(fixed, "u1")})
    once = places.drop_duplicates("_page")
    return {
        "lon": arrays.add(lonlat[:, 0], "f8"),
        "lat": arrays.add(lonlat[:, 1], "f8"),
        "facility": arrays.add(places["_page"].to_numpy(), "i4"),
        "ids": once["facility_id"].astype(str).tolist(),
        "levels": _levels(once),
        "anchors": anchors,
    }


def _levels(once: gpd.GeoDataFrame) -> list[str | None]:
    """Return the level that each facility states, which a copy of it states too."""
    if "level" not in once:
        return [None] * len(once)
    return [value if isinstance(value, str) and value else None for value in once["level"]]


def _asked(
    asked: list[tuple[int, AccessTest]],
    shown: list[tuple[int, AccessTest]],
    walkers: list[PageWalker],
    of: dict[int, int],
    demand: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    units: pd.DataFrame,
    arrays: PageArrays,
) -> tuple[list[dict[str, object]], dict[str, list[int]]]:
    """Return what each requirement asks, and by its place the numbers of what is asked there.

    The first are those of ``asked``, which a page can decide again; of the others it draws walks.
    Arrays that several share are kept once.
    """
    kept: dict[bytes, dict[str, list[object]]] = {}
    sets: dict[bytes, int] = {}

    def once(values: NDArray[np.generic], kind: str) -> dict[str, list[object]]:
        key = kind.encode() + values.tobytes()
        if key not in kept:
            kept[key] = arrays.add(values, kind)
        return kept[key]

    def walk(test: AccessTest) -> dict[str, object]:
        who = test.trips[0].who
        needs = []
        for trip in test.trips:
            ids = test.ctx.travel.facilities(trip)["facility_id"]
            rows = np.flatnonzero(places["facility_id"].isin(ids).to_numpy())
            key = repr((trip.categories, trip.level)).encode() + rows.tobytes()
            needs.append(
                {
                    "set": sets.setdefault(key, len(sets)),
                    "level": trip.level,
                    "categories": list(trip.categories),
                    "facilities": once(rows, "i4"),
                }
            )
        return {
            "needs": needs,
            "k": test.trips[0].k,
            "limit": test.limit,
            "inclusive": test.areas is not None and test.areas.inclusive,
            "basis": test.basis,
            "speed": who.speed_m_s,
            "reach_m": _reach_m(test),
            "walker": of[id(test)],
        }

    def anchored(test: AccessTest) -> AnchorData:
        return lambda found: walkers[of[id(test)]].anchor_data(found, arrays)

    out = [
        walk(test)
        | {
            "homes": once(demand.index.get_indexer(test.points.index), "i4"),
            "weight": once(np.asarray(test.weight, dtype=float), "f8"),
            "unknown": once(test.unknown_people, "u1"),
            "of_group": test.group in AGE_GROUPS,
            "areas": village_data(test, units, once, anchored(test)),
            "part": _part(test),
        }
        for _, test in asked
    ]
    number = {id(test): k for k, (_, test) in enumerate(asked)}
    walks: dict[str, list[int]] = {}
    for place, test in shown:
        if id(test) not in number:
            number[id(test)] = len(out)
            out.append(walk(test))
        walks.setdefault(str(place), []).append(number[id(test)])
    return out, walks


def _part(test: AccessTest) -> dict[str, object]:
    """Return what a part of a requirement asks of the share, and how it is named."""
    verdict = test.outcome.verdict
    label = test.finding.requirement.parts[test.position - 1].label
    return {
        "status": verdict.status,
        "target": finite(verdict.target, 12),
        "is_due": verdict.is_due,
        "label": [label.zh, label.en],
    }


def _reach_m(test: AccessTest) -> float:
    """Return the metres that no way within the limit is longer than."""
    roads = test.ctx.city.drive
    if test.trips[0].mode == "walk" or test.basis == "metres" or roads is None:
        return test.limit_m
    fastest = test.trips[0].who.speed_m_s
    if roads.speed_m_s is not None and len(roads.speed_m_s):
        fastest = float(roads.speed_m_s.max())
    return test.limit * fastest
