"""What a run claims about every home, in the terms of its searches: walks, statuses, weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.gaps.access_test import AccessTest, all_access_tests
from livingcircle.localized import LocalizedText
from livingcircle.network.snap import Anchors, anchor, lonlat_of
from livingcircle.routing.engine import Reach
from livingcircle.routing.limits import COST_TOLERANCE, Limit
from livingcircle.routing.tables import nearest_facilities
from livingcircle.standards.context import Context
from livingcircle.standards.kinds.village_distances import village_edges
from livingcircle.standards.result import Result
from livingcircle.standards.tables import as_number, middles
from livingcircle.standards.travel import Trip
from livingcircle.vocab.groups import AGE_GROUPS

__all__ = ["STATUSES", "Claims", "ProvedTest", "SearchKey", "claims_of"]

ProofColumn: TypeAlias = (
    NDArray[np.float64] | NDArray[np.int64] | NDArray[np.int32] | NDArray[np.int8]
)

STATUSES = ("covered", "gap", "off_network", "island")
"""By the number that stands for each in claims.parquet; -1: the test does not ask about a home."""

_WALK_DECIMALS = 3
_ALL_BUT = 1.0 - 1e-9
"""An area that nobody reaches is beyond every distance, whatever share may be unreached."""

DRIVE_METRES = LocalizedText(
    "驾车按时间选路而限值以米计", "by vehicle the way is the fastest and the limit is in metres"
)
UNKNOWN = LocalizedText("数据不足，无从判定", "the data needed are not given")
NO_NETWORK = LocalizedText("步行网络没有路段", "the network has no edges")
NO_WALK = LocalizedText("不涉及步行", "it asks for no walk")
READ_ANEW = LocalizedText(
    "所选口径下数值不是覆盖人数的占比",
    "by the chosen reading the value is no share of people covered",
)
NO_WALK_CHOSEN = LocalizedText(
    "所选口径不以步行到最近设施判定", "by the chosen reading no walk to the nearest decides"
)


@dataclass(frozen=True)
class SearchKey:
    """What a search depends on, and the unit of its costs."""

    trip: Trip
    unit: str


@dataclass(frozen=True, eq=False)
class ProvedTest:
    """One access test as it is proven."""

    test: AccessTest
    searches: tuple[int, ...]
    status: ProofColumn
    """(homes,)"""
    columns: dict[str, ProofColumn]
    """Columns of claims.parquet that only this test has."""
    names: tuple[str, ...]
    """Columns that the check reads: of weights and people, or of weights and areas."""
    areas: pa.Table | None


@dataclass
class Claims:
    """Everything about homes that a proof states."""

    ctx: Context
    outlines: bool
    """Whether a village is measured from its outline."""
    searches: dict[SearchKey, int] = field(default_factory=dict)
    reach: dict[int, Reach] = field(default_factory=dict)
    walks: dict[int, FloatArray] = field(default_factory=dict)
    """Number of a search → the walk of every home and point of a village, as stated."""
    tests: dict[tuple[str, int], ProvedTest] = field(default_factory=dict)
    """By finding and part."""
    open: dict[tuple[str, int], LocalizedText] = field(default_factory=dict)
    """Parts that are not proven, and why."""
    _anchors: dict[int, Anchors] = field(default_factory=dict)

    @property
    def homes(self) -> gpd.GeoDataFrame:
        """The demand of the city."""
        return self.ctx.city.demand

    @property
    def villages(self) -> gpd.GeoDataFrame:
        """The urban villages."""
        return self.ctx.tables.get("urban_village", gpd.GeoDataFrame())

    @cached_property
    def more(self) -> gpd.GeoSeries:
        """Points behind the homes, by village: its middle, then its outline where that is asked."""
        villages = self.villages
        if not len(villages):
            return gpd.GeoSeries([], crs=4326)
        middle = middles(villages.geometry, self.ctx.city.network.crs_m).to_crs(4326)
        if not self.outlines:
            return middle
        return pd.concat([middle, village_edges(self.ctx, villages).to_crs(4326)])

    def anchors(self, found: Reach) -> Anchors:
        """Return where the homes, and behind them points of villages, meet a network."""
        key = id(found.network)
        if key not in self._anchors:
            homes, more = self.ctx.travel.anchors(found), self._more(found)
            self._anchors[key] = Anchors(
                np.concatenate([homes.edge, more.edge]),
                np.concatenate([homes.offset_m, more.offset_m]),
                np.concatenate([homes.access_m, more.access_m]),
                np.concatenate([homes.lonlat, more.lonlat]),
            )
        return self._anchors[key]

    def _more(self, found: Reach) -> Anchors:
        """Return where points of villages meet a network."""
        lonlat = lonlat_of(self.more) if len(self.more) else np.empty((0, 2))
        return anchor(found.network, lonlat[:, 0], lonlat[:, 1], found.max_access_m)

    def _walks(self, found: Reach, k: int, unit: str) -> FloatArray:
        """Return the walks from homes and points of villages, by the measure of the search."""
        name, endless = "metres" if unit == "m" else "seconds", Limit(np.inf, unit == "s")
        if k == 1:
            own = found.at(self.ctx.travel.anchors(found), endless)[name].to_numpy(dtype=float)
            more = found.at(self._more(found), endless)[name].to_numpy(dtype=float)
            return np.concatenate([own, more])
        points = pd.concat([self.homes.geometry, self.more], ignore_index=True)
        ranks = nearest_facilities(found, gpd.GeoSeries(points, crs=4326), k, endless)
        last = ranks[ranks["rank"] == k].set_index("demand")[name]
        return np.asarray(last.reindex(points.index).fillna(np.inf), dtype=np.float64)

    def search(self, trip: Trip, unit: str) -> int:
        """Return the number of a search, and note what it says of every home."""
        key = SearchKey(replace(self.ctx.travel.searched(trip), k=trip.k), unit)
        if key not in self.searches:
            number = len(self.searches)
            found = self.ctx.travel.reach(trip)
            self.searches[key], self.reach[number] = number, found
            self.walks[number] = np.round(self._walks(found, trip.k, unit), _WALK_DECIMALS)
        return self.searches[key]


def claims_of(result: Result, ctx: Context) -> Claims:
    """Gather what the walking findings of a result claim."""
    asked = [list(all_access_tests(finding, ctx)) for finding in result.findings]
    rules = [test.areas for tests in asked for test in tests if test.areas is not None]
    claims = Claims(ctx, any(rule.measure == "nearest_edge" for rule in rules))
    for finding, found in zip(result.findings, asked, strict=True):
        key = f"{finding.requirement.pack}:{finding.id}"
        tests = {test.position: test for test in found}
        for position, part in enumerate(finding.requirement.parts, start=1):
            test = tests.get(position)
            shown = part.figures()
            chosen = part.read_as and (shown.by_home or shown.by_village)
            no_walk = NO_WALK_CHOSEN if chosen else NO_WALK
            why = no_walk if test is None else _open(test)
            if test is None or why is not None:
                claims.open[key, position] = why or no_walk
            else:
                claims.tests[key, position] = _proved(claims, test, len(claims.tests))
    return claims


def _open(test: AccessTest) -> LocalizedText | None:
    """Return why a test cannot be proven; None where it can."""
    if not test.decided or not len(test.points):
        return UNKNOWN
    if test.outcome.figure_read:
        return READ_ANEW
    if any(not test.reach(need).network.edge_count for need in range(len(test.trips))):
        return NO_NETWORK
    if test.basis == "metres" and any(trip.mode != "walk" for trip in test.trips):
        return DRIVE_METRES
    return None


def _proved(claims: Claims, test: AccessTest, number: int) -> ProvedTest:
    searches = tuple(
        claims.search(trip, "m" if trip.mode == "walk" and not test.on_slopes else "s")
        for trip in test.trips
    )
    homes = claims.homes
    rows = homes.index.get_indexer(test.points.index)
    status = np.full(len(homes) + len(claims.more), -1, dtype=np.int8)
    if test.areas is not None:
        return _of_areas(claims, test, number, searches, rows, status)
    code = {word: place for place, word in enumerate(STATUSES)}
    status[rows] = test.points["status"].map(code).to_numpy()
    weight = as_number(test.points[test.group]) if test.group in test.points else None
    people = test.group if test.group in AGE_GROUPS else "residents"
    columns: dict[str, ProofColumn] = {}
    names = []
    for name, values in (
        (test.group, weight),
        (people, _number(test.points, people)),
        ("households", _number(test.points, "households")),
    ):
        own = np.full(len(status), np.nan)
        own[rows] = 1.0 if values is None else values.to_numpy()
        same = _number(homes, name)
        shared = same is not None and np.array_equal(
            own[rows], same.to_numpy()[rows], equal_nan=True
        )
        names.append(name if shared else f"{name}_t{number}")
        columns[names[-1]] = _extended(same, len(status)) if shared and same is not None else own
    return ProvedTest(test, searches, status, columns, tuple(names), None)


def _number(table: pd.DataFrame, name: str) -> pd.Series | None:
    return as_number(table[name]) if name in table else None


def _extended(values: pd.Series, count: int) -> FloatArray:
    """Return a column of the homes with nothing for the middles of villages behind it."""
    return np.concatenate([values.to_numpy(), np.full(count - len(values), np.nan)])


def _of_areas(
    claims: Claims,
    test: AccessTest,
    number: int,
    searches: Sequence[int],
    rows: IntArray,
    status: ProofColumn,
) -> ProvedTest:
    """State the weight of each home in its village, and what each village was found to be."""
    rule = test.areas
    assert rule is not None  # noqa: S101 - asked for villages only
    units = test.outcome.units
    place = pd.Series(np.arange(len(units)), index=units["unit_id"])
    area = np.full(len(status), -1, dtype=np.int32)
    weight = np.zeros(len(status))
    behind = place.reindex(claims.more.index).to_numpy(dtype=float, copy=True)
    middle = np.arange(len(behind)) < len(claims.villages)
    if rule.measure in ("mean", "share"):
        area[rows] = test.points[rule.level].map(place).fillna(-1).to_numpy(dtype=np.int32)
        own = pd.Series(test.weight, index=area[rows])
        # A village whose homes all weigh nothing is measured by its homes.
        empty = own.groupby(level=0).transform("sum").to_numpy() == 0
        weight[rows] = np.where(empty, 1.0, test.weight)
        # A village without homes is measured at its middle.
        behind[np.isin(behind, area[rows])] = np.nan
    behind[middle if rule.measure == "nearest_edge" else ~middle] = np.nan
    known = np.flatnonzero(np.isfinite(behind))
    area[len(claims.homes) + known] = behind[known].astype(np.int32)
    weight[len(claims.homes) + known] = 1.0
    snapped = test.points["status"].to_numpy()
    cut_off = (snapped == "island") & (len(claims.reach[searches[0]].anchors) > 0)
    code = np.select([snapped == "off_network", cut_off], [2, 3], 1)
    code[test.points["metres"].to_numpy(dtype=float) <= test.limit + COST_TOLERANCE] = 0
    status[rows] = code
    table: dict[str, object] = {
        "unit_id": pa.array(units["unit_id"].astype(str).tolist(), pa.string()),
        "value": units[f"by_{rule.measure}"].to_numpy(dtype=float),
        "short": units["candidate"].to_numpy(dtype=bool),
        "people": units["residents"].to_numpy(dtype=float),
        "households": units["households"].to_numpy(dtype=float),
    }
    names = (f"weight_t{number}", f"area_t{number}")
    columns: dict[str, ProofColumn] = {names[0]: weight, names[1]: area}
    return ProvedTest(test, tuple(searches), status, columns, names, pa.table(table))


def most_lost(share_beyond: float) -> float:
    """Return the share of an area that may be unreached before its mean counts as infinite."""
    return min(share_beyond + 1e-9, _ALL_BUT)
