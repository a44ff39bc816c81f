"""What the draws ask: the walks of a result, each search once, and the doors that may move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.gaps.access_test import AccessTest, access_tests
from livingcircle.gaps.draws.graph import Doors, DrawGraph, draw_graph
from livingcircle.gaps.draws.second_streets import NextStreets
from livingcircle.gaps.draws.terms import DrawTerms
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import anchor, level_of, lonlat_of, to_degrees, to_metres
from livingcircle.routing.engine import Reach
from livingcircle.standards.context import Context
from livingcircle.standards.kinds.circle_speeds import home_composition
from livingcircle.standards.result import Result
from livingcircle.vocab.gait import Speeds

__all__ = ["DrawInputs", "DrawPart", "DrawSearch", "draw_inputs", "random_stream"]

DOOR_PLACES = 24
"""Places that one facility may stand at; each draw takes one of them."""
_DOORS = 6


def random_stream(terms: DrawTerms, kind: int, draw: int = 0) -> np.random.Generator:
    """Return random numbers of their own for each source of doubt and draw."""
    return np.random.default_rng([terms.seed, kind, draw])


@dataclass(frozen=True, eq=False)
class DrawSearch:
    """One search for the nearest of some facilities, on one network."""

    found: Reach
    ground: DrawGraph
    base: Doors
    """The doors as the list has them."""
    moved: Doors
    """(doors, places) where they may be."""
    next_doors: tuple[Doors, ...]
    """Where each door, and each home, would open if its path were not on the map."""
    next_homes: tuple[Doors, ...]
    door: IntArray
    """(doors,) number of each among the doors of all searches."""
    crow_m: FloatArray
    """(homes,) straight metres to the nearest facility."""
    facility: NDArray[np.object_]
    """(homes,) id of the nearest facility as the data have it; none where none is reached."""
    node_cost: FloatArray
    before: IntArray
    cost: FloatArray
    """(homes,) cost as the data have it."""


@dataclass(frozen=True, eq=False)
class DrawPart:
    """One part of a finding, and what it asks of which searches."""

    test: AccessTest
    rows: IntArray
    """(points,) rows of the city's demand."""
    searches: tuple[int, ...]
    """The search of each need."""
    limit: tuple[float, ...]
    """The limit of each need in the cost of its search."""
    timed: bool
    """Whether the limit is in minutes, so that the speed counts."""
    speeds: Speeds
    """Set where people walk at speeds of their own."""
    homes: FloatArray | None
    """(points, groups of ``speeds``) who lives in each home; None: all groups alike."""
    covered: BoolArray
    """(points,) within the limit as the result has it."""


@dataclass(frozen=True, eq=False)
class DrawInputs:
    """The parts of a result that the draws evaluate, and their searches."""

    parts: tuple[DrawPart, ...]
    searches: tuple[DrawSearch, ...]
    doors: int
    """Number of doors of all searches together."""


def draw_inputs(result: Result, ctx: Context, terms: DrawTerms) -> DrawInputs:
    """Return what the circles on foot of a result ask, and prepare their searches."""
    grounds: dict[tuple[int, bool, float], DrawGraph] = {}
    numbers: dict[tuple[object, bool], int] = {}
    begun: list[tuple[Reach, DrawGraph, FloatArray, NDArray[np.object_]]] = []
    parts: list[DrawPart] = []
    for finding in result.findings:
        for test in access_tests(finding, ctx):
            if test.areas is not None or not len(test.points) or test.outcome.figure_read:
                continue
            slopes, limits, own = test.on_slopes, [], []
            for need, trip in enumerate(test.trips):
                found, key = ctx.travel.reach(trip), (ctx.travel.searched(trip), slopes)
                if key not in numbers:
                    numbers[key] = len(begun)
                    ground = _ground(grounds, found, ctx, slopes=slopes)
                    crow = ctx.travel.straight(trip)["straight_m"].to_numpy(dtype=float)
                    nearest = ctx.travel.cost(trip)["facility_id"].to_numpy()
                    begun.append((found, ground, crow, nearest))
                own.append(numbers[key])
                limits.append(test.limit / _factor(test, found, need, slopes=slopes))
            timed = test.basis == "seconds"
            rows = ctx.city.demand.index.get_indexer(test.points.index)
            who = test.trips[0].who
            speeds = who.speeds if timed else ()
            living = home_composition(test.points, who, test.group) if speeds else None
            shares = None if living is None else living.shares
            needs = tuple(own), tuple(limits)
            parts.append(DrawPart(test, rows, *needs, timed, speeds, shares, ~test.gap))
    doors, of = _doors([found for found, *_ in begun])
    shift = _shifts(len(doors), terms)
    moved: dict[int, Doors] = {}
    homes: dict[int, tuple[Doors, ...]] = {}
    streets: dict[int, NextStreets] = {}
    lonlat = lonlat_of(ctx.city.demand)
    searches: list[DrawSearch] = []
    for (found, ground, crow, nearest), at in zip(begun, of, strict=True):
        if terms.missing_paths and id(found.network) not in streets:
            streets[id(found.network)] = NextStreets(found.network)
        if id(ground) not in moved:
            moved[id(ground)] = _moved(ground, found, doors, shift)
            homes[id(ground)] = ()
            if terms.missing_paths:
                at_home = ctx.travel.anchors(found)
                others = streets[id(found.network)].of(lonlat, at_home, found.max_access_m)
                homes[id(ground)] = tuple(map(ground.ends, others))
        base = ground.doors(found.anchors)
        second: tuple[Doors, ...] = ()
        if terms.missing_paths:
            leg = found.max_access_m
            others = streets[id(found.network)].of(found.facility_lonlat, found.anchors, leg)
            second = tuple(map(ground.doors, others))
        node_cost, before = ground.tree(base)
        cost = ground.homes(node_cost, base)
        searches.append(
            DrawSearch(
                found=found, ground=ground, base=base, moved=moved[id(ground)].at(at), door=at,
                next_doors=second, next_homes=homes[id(ground)],
                crow_m=crow, facility=nearest, node_cost=node_cost, before=before, cost=cost,
            )
        )  # fmt: skip
    return DrawInputs(tuple(parts), tuple(searches), len(doors))


def _ground(
    known: dict[tuple[int, bool, float], DrawGraph], found: Reach, ctx: Context, *, slopes: bool
) -> DrawGraph:
    unit = found.walker.speed_m_s if slopes else 1.0
    key = (id(found.network), slopes, unit)
    if key not in known:
        pace = found.pace if slopes else None
        known[key] = draw_graph(found.network, pace, unit, ctx.travel.anchors(found))
    return known[key]


def _factor(test: AccessTest, found: Reach, need: int, *, slopes: bool) -> float:
    """Return the factor from the cost of a search to the unit of the test's limit."""
    if test.basis == "metres":
        return 1.0
    mine = found.walker.speed_m_s if slopes else 1.0
    return mine / test.trips[need].who.speed_m_s


def _doors(searches: Sequence[Reach]) -> tuple[pd.DataFrame, list[IntArray]]:
    """Return the doors of all searches once, and which of them each search begins at.

    One door is in one place, whatever is searched for.
    """
    tables = []
    for found in searches:
        level = level_of(found.facilities)
        tables.append(
            pd.DataFrame(
                {
                    "facility_id": found.facility_id.astype(str),
                    "lon": found.facility_lonlat[:, 0],
                    "lat": found.facility_lonlat[:, 1],
                    "level": np.nan if level is None else level,
                }
            )
        )
    if not tables:
        return pd.DataFrame({"facility_id": [], "lon": [], "lat": [], "level": []}), []
    every = pd.concat(tables, ignore_index=True)
    number = every.groupby(list(every.columns), sort=True, dropna=False).ngroup().to_numpy()
    doors = every.assign(number=number).drop_duplicates("number").sort_values("number")
    ends = np.cumsum([len(table) for table in tables])
    return doors.reset_index(drop=True), np.split(number, ends[:-1])


def _shifts(count: int, terms: DrawTerms) -> FloatArray:
    """Return (doors, places, 2) metres, uniform over a disc."""
    places = 1 if terms.facility_m == 0 else min(DOOR_PLACES, terms.draws)
    rng = random_stream(terms, _DOORS)
    away = terms.facility_m * np.sqrt(rng.random((count, places)))
    turn = 2.0 * np.pi * rng.random((count, places))
    return np.stack([away * np.cos(turn), away * np.sin(turn)], axis=2)


def _moved(ground: DrawGraph, found: Reach, doors: pd.DataFrame, shift: FloatArray) -> Doors:
    """Anchor all doors at all their places."""
    network: WalkNetwork = found.network
    xy = to_metres(network, doors[["lon", "lat"]].to_numpy(dtype=float))
    lonlat = to_degrees(network, (xy[:, None, :] + shift).reshape(-1, 2))
    level = None
    if doors["level"].notna().any():
        level = np.repeat(doors["level"].to_numpy(), shift.shape[1])
    at = anchor(network, lonlat[:, 0], lonlat[:, 1], found.max_access_m, level=level)
    flat = ground.doors(at)
    shape: Sequence[int] = shift.shape[:2]
    return Doors(*(getattr(flat, one.name).reshape(shape) for one in fields(flat)))
