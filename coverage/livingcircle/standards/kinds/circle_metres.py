"""What a circle counts and how far it is, for every reading: distances are made once and kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.standards.axes import Axis
from livingcircle.standards.kinds.circle_figures import Case, CirclePart
from livingcircle.standards.land import Land
from livingcircle.standards.ratio_space import LEVELS
from livingcircle.standards.tables import as_number
from livingcircle.standards.travel import Trip, walker_of
from livingcircle.vocab.walkers import Walker, access_profile
from livingcircle.vocab.wide_categories import with_wide_categories

__all__ = ["CircleMetres", "limit_m", "limit_names"]

GB_RADIUS_M = {5.0: (300.0, 300.0), 10.0: (500.0, 500.0), 15.0: (800.0, 1000.0)}
"""Minutes → least and largest metres of the walk (GB 50180-2018, 2.0.4 to 2.0.6)."""


def limit_names(part: CirclePart) -> tuple[str, ...]:
    """Return the limits that a circle may mean, the one it is judged by first."""
    if part.metres is not None:
        return ("stated", *(f"{metres:g}_m" for metres in part.also_metres))
    if part.mode != "walk":
        return ("stated",)
    low, high = GB_RADIUS_M.get(part.minutes or 0.0, (0.0, 0.0))
    gb = ("gb50180",) if high else ()
    least = ("gb50180_least",) if low < high else ()
    return ("walker", "80_m_min", *gb, *least)


def limit_m(part: CirclePart, limit: str, who: Walker) -> float:
    """Return a limit of a circle in metres (of drives in what it is stated in)."""
    minutes = part.minutes or 0.0
    if limit == "stated":
        return part.metres if part.metres is not None else minutes * 60.0
    if limit == "walker":
        return minutes * 60.0 * who.speed_m_s
    if limit == "80_m_min":
        return minutes * 80.0
    if limit.startswith("gb50180"):
        return GB_RADIUS_M[minutes][limit == "gb50180"]
    return float(limit.removesuffix("_m"))


@dataclass(frozen=True, eq=False)
class CircleMetres:
    """One circle, its metres re-read for every combination."""

    part: CirclePart
    case: Case
    target: float | None
    axes: tuple[Axis, ...]

    # -- what is counted ----------------------------------------------------------------------

    @cached_property
    def unit(self) -> IntArray:
        """(points,) row of the community; the row after the last is for those in none."""
        home = self.case.ctx.origins.home[self.case.rows]
        return np.where(home < 0, self.units, home)

    @property
    def units(self) -> int:
        """How many communities and villages there are."""
        return len(self.case.ctx.origins.leaves)

    @cached_property
    def weights(self) -> dict[str, FloatArray]:
        """What each point counts for, by denominator; absent where no figure is given."""
        points = self.case.points
        found = {self.part.group: self.case.weight}
        for name in ("residents", "households"):
            if name in points and name not in found:
                values = as_number(points[name]).fillna(0.0).to_numpy(dtype=float)
                if values.sum() > 0:
                    found[name] = values
        ones = np.ones(len(points))
        buildings = ones if "kind" not in points else (points["kind"] == "building") * 1.0
        found["buildings"] = np.asarray(buildings if np.any(buildings) else ones, dtype=float)
        return found

    @cached_property
    def masks(self) -> FloatArray:
        """(levels, units + 1) which units count at a level; those in no unit count at ``leaf``."""
        level = self.case.ctx.origins.leaves["level"].to_numpy(dtype=object)
        rows = [np.ones(self.units + 1)]
        rows += [np.append(level == name, False).astype(float) for name in LEVELS[1:]]
        return np.vstack(rows)

    @cached_property
    def grounds(self) -> dict[str, tuple[Land, BoolArray, IntArray]]:
        """Land by denominator: which points of it count, and the row of their community."""
        ctx = self.case.ctx
        if self.part.k > 1 or not ctx.has("leaf"):
            return {}
        chosen = ctx.select("leaf", self.case.part.applies).ids
        found = {"land": ctx.land}
        if ctx.residential["residential"].eq(True).any():
            found["residential_land"] = ctx.residential_land
        held = {name: (land, land.of(chosen)) for name, land in found.items()}
        rows = ctx.origins.leaves.index
        grounds = {}
        for name, (land, inside) in held.items():
            if inside.any():
                which, ids = land.holders["leaf"]
                unit = np.append(rows.get_indexer(ids), -1)[which[inside]]
                grounds[name] = land, inside, unit
        return grounds

    # -- how far it is --------------------------------------------------------------------------

    def trip(self, trip: Trip, wide: bool, who: Walker) -> Trip:
        """Return a trip as another walker makes it, or to kindred categories too."""
        ids = with_wide_categories(trip.categories) if wide else trip.categories
        return replace(trip, categories=ids, who=who)

    def cost(self, wide: bool, who: Walker, path: str, start: str, goal: str) -> FloatArray:
        """(points,) metres to the farthest need; of drives the cost that the limit is in."""
        if self.part.mode != "walk" or self.part.k > 1:
            own = self.who(None)
            if not wide and self.walks_of(who) == self.walks_of(own):
                cost = np.asarray(self.case.points["cost"], dtype=np.float64)
                return cost * self._to_metres(own)
            trips = [self.trip(one, wide, who) for one in self.case.trips.values()]
            travel, basis = self.case.ctx.travel, self.case.limit.basis
            worst = np.max([travel.cost_in(one, basis) for one in trips], axis=0)
            scale = self._to_metres(who)
            return np.asarray(worst[self.case.rows] * scale)
        origins, timed = self.case.ctx.origins, self.case.limit.basis == "seconds"
        found = [
            origins.metres(
                self.trip(one, wide, who),
                start=start, path=path, to=goal, limit_m=self.farthest, timed=timed,
            )
            for one in self.case.trips.values()
        ]  # fmt: skip
        return np.asarray(np.max(found, axis=0)[self.case.rows])

    def _to_metres(self, who: Walker) -> float:
        on_foot = self.part.mode == "walk" and self.case.limit.basis == "seconds"
        return who.speed_m_s if on_foot else 1.0

    def walks_of(self, who: Walker) -> Walker:
        """Return somebody who stands for all whose distances are those of a walker.

        They use the same streets; where time counts and crossings cost some, their speed is one.
        """
        if self.case.limit.basis == "seconds":
            return self.case.ctx.travel.searched(Trip((), who, self.part.mode)).who
        return access_profile(who)

    def land_cost(self, name: str, wide: bool, who: Walker, path: str) -> FloatArray:
        """(land points that count,) metres to the farthest need."""
        land, inside, _ = self.grounds[name]
        basis, scale = self.case.limit.basis, self._to_metres(who)
        trips = [self.trip(one, wide, who) for one in self.case.trips.values()]
        if path == "straight":
            return np.asarray(np.max([land.straight(trip) for trip in trips], axis=0)[inside])
        return np.asarray(
            np.max([land.cost(trip, basis) for trip in trips], axis=0)[inside] * scale
        )

    # -- the limits -----------------------------------------------------------------------------

    def who(self, name: str | None) -> Walker:
        """Return a walker by name, the one of the part where there is none."""
        return walker_of(name or self.part.walker, self.case.ctx.city)

    @cached_property
    def farthest(self) -> float:
        """The longest limit of any combination, metres."""
        names = self.options("walker") or (None,)
        limits = self.options("limit") or (limit_names(self.part)[0],)
        return max(limit_m(self.part, one, self.who(name)) for one in limits for name in names)

    def options(self, name: str) -> tuple[str, ...]:
        """Return the options of an axis, none where it is not one of the circle's."""
        return next((axis.options for axis in self.axes if axis.name == name), ())
