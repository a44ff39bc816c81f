"""What proves a finding on the ground: circles, walking routes, where points meet the network."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray, first_of_each
from livingcircle.gaps.access_test import AccessTest, all_access_tests
from livingcircle.network.geodesy import WGS84
from livingcircle.network.snap import Anchors, anchor, lonlat_of
from livingcircle.standards.cached_walks import ServiceArea
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding
from livingcircle.standards.result import Result
from livingcircle.standards.travel import LimitedTrip, Travel, Trip

__all__ = ["Evidence", "anchors_frame"]


ROUTES_DRAWN = 1_000
"""The most routes drawn for a requirement, those of the most people first."""

_ROUTE_COLUMNS = (
    "standard", "unit_id", "unit_name", "demand_id", "facility_id", "facility_name", "metres",
    "seconds", "waiting_s", "straight_m", "reason",
)  # fmt: skip


class Evidence:
    """Circles and routes of a result, each worked out once and only when it is asked for."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.context = result.context or Context(result.city, result.as_of)
        self._measured = {f.id: (*all_access_tests(f, self.context),) for f in result.findings}
        self._known: dict[Trip, bool] = {}

    def _drawable(self, trip: Trip) -> bool:
        """Return whether there are a network and facilities to draw a circle from."""
        if trip not in self._known:
            there = trip.mode != "drive" or self.result.city.drive is not None
            self._known[trip] = there and len(self.context.travel.facilities(trip)) > 0
        return self._known[trip]

    def same(self, standard: str) -> object:
        """Return a key that is equal for standards that ask for the same of the same people."""
        measured = self._measured[standard]
        if not measured:
            return standard
        asked = tuple((one.key, one.areas is not None, len(one.points)) for one in measured)
        return asked, measured[0].finding.value

    def point_status(self, finding: Finding) -> pd.Series | None:
        """Return covered, gap, off_network or island of each demand point that a finding judges.

        A point that several parts decide is covered when all of them cover it. A sub-station rule
        measures villages; its points are judged by the same limit.
        """
        return finding.home_status

    def circles_of(self, standard: str) -> Iterator[tuple[object, float, gpd.GeoSeries]]:
        """Yield key, limit in metres and area (WGS 84) of each part of a standard.

        The area is within the limit of everything that the part asks for. Parts by vehicle have
        none, nor have those that want several facilities of a kind. Parts that share the key share
        the area, and those of one standard yield it once.
        """
        done: set[object] = set()
        for measured in self._measured[standard]:
            if measured.key in done or not measured.on_foot or not self._all_drawable(measured):
                continue
            done.add(measured.key)
            shape = self._circle(measured).shape
            yield measured.key, measured.limit_m, gpd.GeoSeries([shape], crs=WGS84)

    def circles(self) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
        """Yield ``circle_<category>_<limit>`` with its polygon, each category and limit once.

        A list of needs has one circle, where all of them are within reach, under the name of the
        first standard that asks for it (``circle_XM_2k_15min``).
        """
        asked: dict[object, AccessTest] = {}
        for measured in (m for of in self._measured.values() for m in of):
            if not any(trip.k > 1 for trip in measured.trips) and self._all_drawable(measured):
                asked.setdefault(measured.key, measured)
        self.context.travel.draw(map(_wanted, asked.values()))
        taken: set[str] = set()
        for measured in asked.values():
            name = _free_name(measured, taken)
            taken.add(name)
            circle = self._circle(measured)
            shape = circle.shape
            flat = gpd.GeoSeries([shape], crs=WGS84).to_crs(self.result.city.network.crs_m)
            trip = measured.trips[0]
            row = {
                "standard": measured.finding.id,
                "category": ";".join(
                    dict.fromkeys(c for t in measured.trips for c in t.categories)
                ),
                "needs": len(measured.needs),
                "limit_m": measured.limit_m,
                "minutes": measured.limit / 60 if measured.basis == "seconds" else np.nan,
                "walker": trip.who.name if trip.mode == "walk" else "drive",
                "area_m2": float(flat.area.iloc[0]),
                "false_share": circle.false_share,
                "missed_share": circle.missed_share,
            }
            yield name, gpd.GeoDataFrame([row], geometry=[shape], crs=WGS84)
        self.context.travel.all_drawn()

    def _all_drawable(self, measured: AccessTest) -> bool:
        return all(map(self._drawable, measured.trips))

    def _circle(self, measured: AccessTest) -> ServiceArea:
        """Return the circle where everything asked for is within its limit."""
        return self.context.travel.circle(*_wanted(measured))

    @cached_property
    def routes(self) -> gpd.GeoDataFrame:
        """The walk from a typical home of each gap, and of each urban village, to its facility.

        Typical is the home whose own walk is closest to the mean that the gap states. ``metres``
        are those of the drawn walk, with both access legs; who reaches nothing has no route.
        """
        parts = [
            part
            for of in self._measured.values()
            for measured in of
            if (part := self._routes(measured)) is not None and len(part)
        ]
        if not parts:
            empty = {name: pd.Series(dtype=object) for name in _ROUTE_COLUMNS}
            return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=WGS84))
        return self._described(gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=WGS84))

    def _routes(self, measured: AccessTest) -> gpd.GeoDataFrame | None:
        """Return the routes of one part of a finding."""
        if not measured.on_foot or not self._all_drawable(measured):
            return None
        starts = _starts(measured)
        if starts is None or not len(starts):
            return None
        parts = []
        for need, chosen in starts.groupby(_farthest(starts, measured)):
            trip = measured.trips[measured.needs.index(str(need))]
            ways = self.context.travel.reach(trip).route(chosen)
            kept = {name: chosen[name] for name in ("unit_id", "unit_name", "demand_id", "reason")}
            seconds = self.context.travel.reach(trip).seconds_of(ways, trip.who)
            ways = ways.assign(seconds=seconds, **kept)
            parts.append(ways[ways.geometry.notna()])
        ways = pd.concat(parts).sort_values("unit_id", kind="stable")
        return ways.assign(standard=measured.finding.id)

    def _described(self, ways: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Add names and the straight distance to routes."""
        table = self.result.city.facilities.table
        names = dict(zip(table["facility_id"], table["name"], strict=True))
        crs = self.result.city.network.crs_m
        ends = [
            gpd.GeoSeries(shapely.get_point(ways.geometry.to_numpy(), k), crs=WGS84).to_crs(crs)
            for k in (0, -1)
        ]
        ways = ways.assign(
            facility_name=ways["facility_id"].map(names),
            straight_m=shapely.distance(ends[0].to_numpy(), ends[1].to_numpy()),
        )
        return ways[[*_ROUTE_COLUMNS, "geometry"]]


def _wanted(measured: AccessTest) -> tuple[LimitedTrip, ...]:
    """Return the trips and limits whose common circle is that of a part."""
    return tuple((trip, measured.limit, measured.basis) for trip in measured.trips)


def _starts(measured: AccessTest) -> gpd.GeoDataFrame | None:
    """Return one demand point per unit: the home whose walk is closest to the stated mean."""
    homes = measured.outcome.demand
    key = measured.unit_column
    if homes is None or key not in homes:
        return None
    stated = _stated(measured)
    unit = homes[key].fillna("").to_numpy(dtype=object)
    metres = homes["metres"].to_numpy(dtype=float)
    at = stated.index.get_indexer(unit)
    fits = (at >= 0) & np.isfinite(metres)
    if measured.areas is None:
        fits &= (homes["status"] != "covered").to_numpy()
    rows = np.flatnonzero(fits)
    if not len(rows):
        return None
    off = np.abs(metres[rows] - stated["metres"].to_numpy(dtype=float)[at[rows]])
    chosen = np.sort(rows[first_of_each(at[rows], np.nan_to_num(off))])
    of = stated.iloc[at[chosen]]
    return homes.iloc[chosen].assign(
        unit_id=of.index, unit_name=of["unit_name"].to_numpy(), reason=of["reason"].to_numpy()
    )


def _stated(measured: AccessTest) -> pd.DataFrame:
    """Return unit_name, metres and reason by unit_id; of a sub-station rule for every village."""
    gaps = measured.finding.gaps
    if len(gaps) and "part" in gaps:
        gaps = gaps[gaps["part"] == measured.position]
    if measured.areas is not None:
        villages = measured.outcome.units.rename(columns={"name": "unit_name"})
        if not len(villages):
            return pd.DataFrame(columns=["unit_name", "metres", "reason"])
        table = pd.DataFrame(villages[["unit_id", "unit_name", "metres"]])
        reasons = dict(zip(gaps["unit_id"], gaps["reason"], strict=True))
        table = table.assign(reason=table["unit_id"].map(reasons))
    else:
        people = pd.to_numeric(gaps["people"]).sort_values(ascending=False, na_position="last")
        table = pd.DataFrame(gaps).loc[people.index[:ROUTES_DRAWN]]
        table = table[["unit_id", "unit_name", "metres", "reason"]]
    return table.drop_duplicates("unit_id").set_index("unit_id")


def _free_name(measured: AccessTest, taken: set[str]) -> str:
    """Return a layer name; where two walkers or levels would share one, they are added."""
    trip, need = measured.trips[0], measured.needs[0]
    seconds = measured.basis == "seconds"
    limit = f"{measured.limit / 60:g}min" if seconds else f"{measured.limit:g}m"
    if trip.mode == "drive":
        limit = f"drive_{limit}"
    what = trip.categories[0] if need == "any" else need
    if len(measured.needs) > 1:
        what = measured.finding.id.replace("-", "_")
    name = f"circle_{what}_{limit}"
    for more in (trip.who.name, trip.level):
        if name in taken and more:
            name = f"{name}_{more}"
    count, base = 2, name
    while name in taken:
        name, count = f"{base}_{count}", count + 1
    return name


def _farthest(starts: gpd.GeoDataFrame, measured: AccessTest) -> pd.Series:
    """Return the need that lies farthest from each start."""
    names = list(measured.needs)
    columns = [f"{measured.basis}_{name}" for name in names]
    if len(names) == 1 or any(c not in starts for c in columns):
        return pd.Series(names[0], index=starts.index)
    cost = np.column_stack([starts[c].to_numpy(dtype=float) for c in columns])
    return pd.Series(np.array(names, dtype=object)[cost.argmax(axis=1)], index=starts.index)


MOST_LEGS = 15_000
"""The most access legs that are drawn, the longest: those that somebody should look at."""


def anchors_frame(result: Result, travel: Travel) -> tuple[gpd.GeoDataFrame, int]:
    """Return the access legs of facilities and demand points, and how many there are in all.

    Columns: what (facility or demand), id, edge (-1 off the network), offset_m, leg_m, status.
    A point that stands on its anchor has a leg of no length; one without coordinates has no line.
    Of more than `MOST_LEGS` the longest are kept, in their order; a point off the network is one.
    ``travel`` knows the anchors of the demand.
    """
    city = result.city
    facilities = city.facilities.table
    facilities = facilities[facilities.geometry.notna()]
    xy = lonlat_of(facilities, "facility")
    met = anchor(city.network, xy[:, 0], xy[:, 1], max_access_m=city.max_access_m)
    parts = [
        _legs("facility", facilities["facility_id"], xy, met),
        _legs(
            "demand",
            city.demand["demand_id"],
            lonlat_of(city.demand, "demand"),
            travel.anchors_on(city.network),
        ),
    ]
    table = pd.concat([rows for rows, _ in parts], ignore_index=True)
    lines = np.concatenate([ends for _, ends in parts])
    total = len(table)
    if total > MOST_LEGS:
        far = np.where(table["status"] == "off_network", np.inf, table["leg_m"].fillna(0.0))
        longest = np.sort(np.argsort(-far, kind="stable")[:MOST_LEGS])
        table, lines = table.iloc[longest], lines[longest]
    known = np.isfinite(lines).all(axis=(1, 2))
    drawn = np.full(len(lines), None, dtype=object)
    drawn[known] = shapely.linestrings(lines[known])
    return gpd.GeoDataFrame(table, geometry=drawn, crs=WGS84), total


def _legs(
    what: Literal["demand", "facility"], ids: pd.Series, xy: FloatArray, met: Anchors
) -> tuple[pd.DataFrame, FloatArray]:
    """Return a row for each point that is anchored, and the (n, 2, 2) ends of the legs."""
    ends = np.where(np.isfinite(met.lonlat), met.lonlat, xy)
    rows = {
        "what": what,
        "id": ids.astype(str).to_numpy(),
        "edge": met.edge,
        "offset_m": met.offset_m,
        "leg_m": met.access_m,
        "status": np.where(met.on_network, "on_network", "off_network"),
    }
    return pd.DataFrame(rows), np.stack([xy, ends], axis=1)
