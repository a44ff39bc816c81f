"""AccessTest: one walking part of a finding as gaps and sites ask about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.localized import LocalizedText
from livingcircle.network.entrances import access_points
from livingcircle.routing.engine import Reach
from livingcircle.routing.limits import TOLERANCE
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding
from livingcircle.standards.kinds.circle import Circle, Need
from livingcircle.standards.kinds.circle_figures import weigh
from livingcircle.standards.kinds.substation import Substation
from livingcircle.standards.tables import as_number
from livingcircle.standards.travel import Trip, walker_of

__all__ = ["AccessTest", "access_tests", "doubtful"]

_COUNTED = {
    "residents": LocalizedText("人", "residents"),
    "households": LocalizedText("户", "households"),
    "age65": LocalizedText("位老年人", "residents aged 65+"),
    "under3": LocalizedText("名婴幼儿", "children under 3"),
    "children": LocalizedText("名儿童", "children"),
    "points": LocalizedText("个需求点", "demand points"),
    "buildings": LocalizedText("栋建筑", "buildings"),
    "floor_area_m2": LocalizedText("平方米建筑面积", "m² of floor area"),
    "street_points": LocalizedText("个沿街点", "points along streets"),
}
# Quality findings that put the place of a facility in doubt.
_DOUBTS = ("on_water", "far_from_edge", "outside_city", "bad_coordinates")


@dataclass(frozen=True, eq=False)
class AccessTest:
    """Who does not walk to what within how many metres."""

    finding: Finding
    part: Circle | Substation
    position: int
    """Of the part in its requirement, from 1."""
    ctx: Context
    limit_m: float
    needs: tuple[Need, ...]
    trips: tuple[Trip, ...]
    points: gpd.GeoDataFrame
    """The demand that the part applies to, decided: ``metres``, ``status``, ``access_m``, ...;
    of several needs those of the farthest one."""
    group: str
    """Whom ``weight`` counts: residents, households, age65, ... or points."""
    weight: FloatArray

    def counted(self, by: str | None = None) -> LocalizedText:
        """Return what is counted, as it stands behind a number: ``12 residents``."""
        by = by or self.group
        if by == "weight" and "weight_unit" in self.points:
            units = self.points["weight_unit"].dropna().unique()
            by = str(units[0]) if len(units) else by
        return _COUNTED.get(by, LocalizedText(f"({by})", by))

    @property
    def villages(self) -> gpd.GeoDataFrame | None:
        """The urban villages that are candidates (sub-station rules only)."""
        if not isinstance(self.part, Substation):
            return None
        gaps = self.finding.gaps
        mine = gaps["part"] == self.position if "part" in gaps else pd.Series(True, gaps.index)
        return gaps[mine & (gaps["level"] == "urban_village")]

    @property
    def gap(self) -> BoolArray:
        """Points that are left out; of a sub-station rule those beyond it in candidate villages."""
        out = (self.points["status"] != "covered").to_numpy()
        villages = self.villages
        if villages is None:
            return np.asarray(out, dtype=bool)
        far = ~(self.points["metres"].to_numpy(dtype=float) <= self.limit_m + TOLERANCE)
        inside = self.points["urban_village"].isin(villages["unit_id"]).to_numpy()
        return np.asarray((far | out) & inside, dtype=bool)

    def reach(self, need: int = 0) -> Reach:
        """Return the search from the facilities of one need."""
        return self.ctx.travel.reach(self.trips[need])

    def facilities(self, need: int = 0) -> gpd.GeoDataFrame:
        """Return the places that one walks to for a need."""
        return access_points(self.ctx.travel.facilities(self.trips[need]))

    def worst_need(self) -> np.ndarray:
        """Return for each point the need that is farthest, by its place in ``needs``."""
        if len(self.needs) == 1:
            return np.zeros(len(self.points), dtype=np.int64)
        columns = [f"{basis}_{need.id}" for basis in ("metres", "seconds") for need in self.needs]
        cost = self.points[[name for name in columns if name in self.points]]
        return np.asarray(cost.to_numpy(dtype=float).argmax(axis=1), dtype=np.int64)


def access_tests(finding: Finding, ctx: Context) -> Iterator[AccessTest]:
    """Return the parts of a finding that measure walks on the network and know who is left out.

    Parts by vehicle, parts whose data are missing, and parts that want more than one facility
    within reach are passed over.
    """
    pairs = zip(finding.requirement.parts, finding.parts, strict=True)
    for position, (part, outcome) in enumerate(pairs, start=1):
        if outcome.demand is None or outcome.verdict.status == "unknown":
            continue
        points = outcome.demand
        if isinstance(part, Circle):
            if part.mode != "walk" or part.k != 1:
                continue
            who = walker_of(part.walker, ctx.city)
            limit = part.metres or float(part.minutes or 0.0) * 60.0 * who.speed_m_s
            needs = part.list_of_needs
            group, weight, _ = weigh(part, points)
        elif isinstance(part, Substation):
            who = walker_of(part.walker, ctx.city)
            limit, needs = part.metres, (_centre(part),)
            group, weight = _village_weight(points)
        else:
            continue
        trips = tuple(Trip(n.categories, who, level=part.facility_level) for n in needs)
        yield AccessTest(
            finding, part, position, ctx, float(limit), needs, trips, points, group, weight
        )


def doubtful(access_test: AccessTest, need: int = 0) -> BoolArray:
    """Return which places of a need the quality check doubts, or the network does not reach."""
    places = access_test.facilities(need)
    off = ~access_test.reach(need).anchors.on_network
    issues = access_test.ctx.city.issues
    if not len(issues) or "check" not in issues:
        return off
    bad = issues[issues["check"].isin(_DOUBTS) & issues["source_row"].notna()]
    key = list(zip(bad["source_file"], bad["source_row"].astype(float), strict=True))
    own = pd.MultiIndex.from_arrays([places["source_file"], places["source_row"].astype(float)])
    return np.asarray(off | own.isin(key), dtype=bool)


def _centre(part: Substation) -> Need:
    return Need(id="any", zh="服务中心", en="service centre", categories=part.categories)


def _village_weight(points: gpd.GeoDataFrame) -> tuple[str, FloatArray]:
    for name in ("residents", "households"):
        if name in points and as_number(points[name]).sum() > 0:
            return name, np.asarray(as_number(points[name]).fillna(0.0), dtype=np.float64)
    return "points", np.ones(len(points))
