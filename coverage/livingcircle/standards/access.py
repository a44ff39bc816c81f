"""Access: who is to walk to what within which limit, as a kind of requirement asks it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.localized import LocalizedText
from livingcircle.network.entrances import access_points
from livingcircle.routing.engine import Reach
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.context import Context
from livingcircle.standards.outcome import Outcome
from livingcircle.standards.tables import as_number
from livingcircle.standards.travel import Trip
from livingcircle.vocab.groups import counted_name

__all__ = ["Access", "AreaRule"]


@dataclass(frozen=True)
class AreaRule:
    """How areas (urban villages) are judged by the walks of those who live in them."""

    level: str = "urban_village"
    """Level of the areas, and the column of the demand that names the area of each point."""
    measure: str = "mean"
    """``mean``, ``nearest_edge``, ``centre`` or ``share``."""
    share_beyond: float = 0.5
    inclusive: bool = False
    """Whether exactly the limit is beyond it."""
    staff: tuple[int, int] | None = None
    """From, to: staff proposed for a facility that serves such an area."""

    def within_m(self, limit_m: float) -> float:
        """Return the longest walk that is still within a limit."""
        if self.inclusive:
            return float(np.nextafter(limit_m - COST_TOLERANCE, -np.inf))
        return limit_m + COST_TOLERANCE


@dataclass(frozen=True, eq=False, kw_only=True)
class Access:
    """Who is to reach what within which limit; gaps, sites and evidence ask no more of a kind."""

    ctx: Context
    outcome: Outcome
    """What the part was found to be."""
    needs: tuple[str, ...]
    """Ids of the needs; every one of them is to be within the limit."""
    trips: tuple[Trip, ...]
    """The trip of each need: which facilities, by whom, how."""
    limit: float
    basis: str
    """What the limit is in: ``metres`` or ``seconds``."""
    group: str = "points"
    """Whom ``weight`` counts: residents, households, age65, ... or points."""
    weight: FloatArray
    """(points,)"""
    areas: AreaRule | None = None
    """Set where areas are judged, and not each home."""

    @property
    def decided(self) -> bool:
        """Whether it is known who is left out, be it not how many people they are."""
        if self.outcome.demand is None:
            return False
        missing = self.outcome.missing
        only_people = bool(missing) and all(c.startswith("values:demand.") for c in missing)
        return self.outcome.verdict.status != "unknown" or only_people

    @property
    def unknown_people(self) -> BoolArray:
        """Points that state no number of those whom ``weight`` counts; their weight is 0."""
        if self.group not in self.points:
            return np.zeros(len(self.points), dtype=bool)
        return np.asarray(as_number(self.points[self.group]).isna().to_numpy(), dtype=bool)

    @property
    def points(self) -> gpd.GeoDataFrame:
        """The demand that the part applies to, decided: ``metres``, ``status``, ``access_m``, ...

        Of several needs the columns are those of the farthest one.
        """
        if self.outcome.demand is None:
            return self.ctx.city.demand.iloc[:0]
        return self.outcome.demand

    @property
    def on_foot(self) -> bool:
        """Whether all trips are walks to the nearest facility."""
        return all(trip.mode == "walk" and trip.k == 1 for trip in self.trips)

    @property
    def limit_m(self) -> float:
        """The limit in metres on foot; NaN by vehicle."""
        if self.basis == "metres":
            return self.limit
        trip = self.trips[0]
        return self.limit * trip.who.speed_m_s if trip.mode == "walk" else float("nan")

    @property
    def on_slopes(self) -> bool:
        """Whether the limit is in seconds that follow slopes, and not metres."""
        walks = self.basis == "seconds" and self.trips[0].mode == "walk"
        return walks and self.ctx.city.network.uneven

    @property
    def key(self) -> tuple[object, ...]:
        """What the area within the limit depends on: tests that share it share the area."""
        return tuple(
            (trip.searched, self.basis, round(self.limit, 6))
            if trip.mode != "walk"
            else (self.ctx.travel.searched(trip), self.basis, round(self.limit_m, 6))
            if self.on_slopes
            else (trip.searched, "metres", round(self.limit_m, 6))
            for trip in self.trips
        )

    @property
    def villages(self) -> gpd.GeoDataFrame | None:
        """The areas that are left out, None where homes are judged one by one."""
        if self.areas is None:
            return None
        gaps = self.outcome.gaps
        if gaps is None:
            return gpd.GeoDataFrame({"unit_id": []}, geometry=[], crs=4326)
        return gaps[gaps["level"] == self.areas.level]

    @property
    def unit_column(self) -> str:
        """Column of ``points`` that names the unit whose gap a point belongs to."""
        return "leaf" if self.areas is None else self.areas.level

    @property
    def gap(self) -> BoolArray:
        """Points that are left out; where areas are judged those beyond it in areas left out."""
        out = (self.points["status"] != "covered").to_numpy()
        villages = self.villages
        if villages is None:
            return np.asarray(out, dtype=bool)
        rule = self.areas or AreaRule()
        far = ~(self.points["metres"].to_numpy(dtype=float) <= rule.within_m(self.limit_m))
        inside = self.points[self.unit_column].isin(villages["unit_id"]).to_numpy()
        return np.asarray((far | out) & inside, dtype=bool)

    def counted(self, by: str | None = None) -> LocalizedText:
        """Return what is counted, as it stands behind a number: ``12 residents``."""
        by = by or self.group
        if by == "weight" and "weight_unit" in self.points:
            units = self.points["weight_unit"].dropna().unique()
            by = str(units[0]) if len(units) else by
        return counted_name(by)

    def reach(self, need: int = 0) -> Reach:
        """Return the search from the facilities of one need, in the metres of ``walked_m``."""
        return self.metred(self.ctx.travel.reach(self.trips[need]))

    def metred(self, found: Reach) -> Reach:
        """Return a search whose metres are held against ``limit_m``: those of level ground."""
        return found.in_level_metres if self.on_slopes else found

    @property
    def walked_m(self) -> FloatArray:
        """(points,) what is held against ``limit_m``: metres walked.

        Where slopes count in a limit of minutes, the metres of level ground that take as long.
        """
        seconds = self.points["seconds"] if self.on_slopes else None
        metres = self.points["metres"] if seconds is None else seconds * self.trips[0].who.speed_m_s
        return np.asarray(metres.to_numpy(dtype=float))

    def holds_at(self, factor: float) -> BoolArray:
        """Return who is within the limit walking so many times as fast; waiting lasts as long."""
        if self.on_slopes and self.ctx.city.network.delays is not None:
            seconds = self.ctx.travel.seconds_at(self.trips, factor)
            return np.asarray(seconds.loc[self.points.index] <= self.limit + COST_TOLERANCE)
        # Walking so many times as fast is the same as a limit so many times as long.
        return np.asarray(self.walked_m <= self.limit_m * factor + COST_TOLERANCE)

    def facilities(self, need: int = 0) -> gpd.GeoDataFrame:
        """Return the places that one walks to for a need."""
        return access_points(self.ctx.travel.facilities(self.trips[need]))

    def worst_need(self) -> np.ndarray:
        """Return for each point the need that is farthest, by its place in ``needs``."""
        if len(self.needs) == 1:
            return np.zeros(len(self.points), dtype=np.int64)
        columns = [f"{basis}_{need}" for basis in ("metres", "seconds") for need in self.needs]
        cost = self.points[[name for name in columns if name in self.points]]
        return np.asarray(cost.to_numpy(dtype=float).argmax(axis=1), dtype=np.int64)
