"""The readings of a sub-station rule: how many villages are candidates, however it is measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.city.assign_units import locate
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.axes import Axis, usable_axes
from livingcircle.standards.context import Context
from livingcircle.standards.kinds.village_distances import SHARE_TOLERANCE, village_edges
from livingcircle.standards.space import ReadingAnswer, ReadingSpace
from livingcircle.standards.tables import heaviest, middles
from livingcircle.standards.travel import Trip
from livingcircle.vocab.wide_categories import with_wide_categories

__all__ = ["substation_space", "village_values"]


class VillageRule(Protocol):
    """What the readings take of a sub-station rule."""

    @property
    def metres(self) -> float: ...
    @property
    def share_beyond(self) -> float: ...


@dataclass(frozen=True, eq=False)
class _Villages:
    part: VillageRule
    axes: tuple[Axis, ...]
    declared: tuple[Axis, ...]
    ctx: Context
    villages: gpd.GeoDataFrame
    points: gpd.GeoDataFrame
    weight: FloatArray
    trip: Trip

    @cached_property
    def at(self) -> IntArray:
        """(points,) row of the village of each demand point."""
        found = self.villages.index.get_indexer(pd.Index(self.points["urban_village"]))
        return np.asarray(found, dtype=np.int64)

    @cached_property
    def rows(self) -> IntArray:
        """(points,) rows of the city's demand."""
        found = self.ctx.city.demand.index.get_indexer(self.points.index)
        return np.asarray(found, dtype=np.int64)

    @cached_property
    def weights(self) -> FloatArray:
        """(points,) a village whose points all weigh nothing is measured by its points."""
        total = np.bincount(self.at, weights=self.weight, minlength=len(self.villages))
        return np.where(total[self.at] == 0, 1.0, self.weight)

    @cached_property
    def community(self) -> IntArray:
        """(villages,) row of the community that most of a village's people live in.

        That of its middle where it holds no home; -1 where it is in none.
        """
        home = self.ctx.origins.home[self.rows]
        inside = home >= 0
        most = heaviest(home[inside], self.at[inside], self.weights[inside])
        found = most.reindex(range(len(self.villages))).fillna(-1).to_numpy().astype(np.int64)
        empty = np.bincount(self.at, minlength=len(self.villages)) == 0
        middle = self.starts["centre"][0].geometry.to_numpy()
        return np.where(empty, locate(self.ctx.origins.leaves, middle), found)

    @cached_property
    def starts(self) -> dict[str, tuple[gpd.GeoDataFrame, IntArray]]:
        """The middles and edges of the villages, each point with the row of its village."""
        middle = middles(self.villages.geometry, self.ctx.city.network.crs_m)
        edges = village_edges(self.ctx, self.villages)
        of = np.asarray(self.villages.index.get_indexer(edges.index), dtype=np.int64)
        every = np.arange(len(self.villages), dtype=np.int64)
        return {
            "centre": (gpd.GeoDataFrame(geometry=middle), every),
            "nearest_edge": (gpd.GeoDataFrame(geometry=edges.reset_index(drop=True)), of),
        }

    def answer(self, codes: IntArray) -> ReadingAnswer:
        plain = {axis.name: axis.default for axis in self.declared}
        value, size = np.zeros((2, len(codes)))
        inner = [n for n, axis in enumerate(self.axes) if axis.name in ("path", "to", "facilities")]
        kinds, group = np.unique(codes[:, inner], axis=0, return_inverse=True)
        group = group.reshape(-1)
        for number in range(len(kinds)):
            measured: dict[str, FloatArray] = {}
            for row in np.flatnonzero(group == number):
                chosen = plain | {
                    axis.name: axis.options[k]
                    for axis, k in zip(self.axes, codes[row], strict=True)
                }
                found = self.value(chosen, measured)
                size[row] = float(np.count_nonzero(~np.isnan(found)))
                count = float(self._candidates(found, chosen).sum())
                value[row] = count if size[row] else np.nan
        none, yes = np.full(len(codes), np.nan), np.ones(len(codes), dtype=bool)
        # A village that is not decided may be a candidate.
        most = value + (float(len(self.villages)) - size)
        return ReadingAnswer(value, none, value, size, yes, ~yes, value, most)

    def _candidates(self, found: FloatArray, chosen: dict[str, str]) -> BoolArray:
        """Return which villages are candidates; one that is not decided is none."""
        if chosen["measure"] == "share":
            return np.asarray(found > self.part.share_beyond + SHARE_TOLERANCE)
        return self._far(found, chosen)

    def value(self, chosen: dict[str, str], measured: dict[str, FloatArray]) -> FloatArray:
        """Return the metres of each village, or the share of its people that is beyond them.

        NaN where the village is in no community, and the centre of its own is asked for.
        """
        found = self._value(chosen, measured)
        if chosen["to"] != "own_community":
            return found
        return np.where(self.community < 0, np.nan, found)

    def _value(self, chosen: dict[str, str], measured: dict[str, FloatArray]) -> FloatArray:
        trip = self.trip
        if chosen["facilities"] == "wide":
            trip = replace(trip, categories=with_wide_categories(trip.categories))
        path, to = chosen["path"], chosen["to"]
        origins, measure = self.ctx.origins, chosen["measure"]
        if measure not in ("mean", "share"):
            return self._from(trip, measure, path, to, measured)
        middle = self._from(trip, "centre", path, to, measured)
        if not len(self.points):
            far = self._far(middle, chosen).astype(np.float64)
            return far if measure == "share" else middle
        home = origins.metres(trip, start="home", path=path, to=to, limit_m=np.inf)[self.rows]
        size = len(self.villages)

        def total(values: FloatArray) -> FloatArray:
            return np.bincount(self.at, weights=values, minlength=size).astype(np.float64)

        reached, people = np.isfinite(home), total(self.weights)
        empty = people == 0
        with np.errstate(invalid="ignore", divide="ignore"):
            if measure == "share":
                beyond = total(self.weights * self._far(home, chosen)) / people
                return np.asarray(np.where(empty, self._far(middle, chosen) * 1.0, beyond))
            walked = total(self.weights * reached)
            mean = total(self.weights * np.where(reached, home, 0.0)) / walked
            unreached = 1.0 - walked / people
        mean = np.where(unreached > self.part.share_beyond + SHARE_TOLERANCE, np.inf, mean)
        mean = np.where(walked == 0, np.inf, mean)
        return np.where(empty, middle, mean)

    def _from(
        self, trip: Trip, measure: str, path: str, to: str, measured: dict[str, FloatArray]
    ) -> FloatArray:
        """Return the metres from each village's middle, or from the nearest point of its edge."""
        if measure not in measured:
            name = "centre" if measure in ("mean", "share") else measure
            points, of = self.starts[name]
            metres = self.ctx.origins.from_points(
                trip, f"village_{name}", points, self.community[of], path, to
            )
            best = np.full(len(self.villages), np.inf)
            np.minimum.at(best, of, metres)
            measured[measure] = best
        return measured[measure]

    def _far(self, metres: FloatArray, chosen: dict[str, str]) -> BoolArray:
        """Return which distances make a candidate."""
        if chosen["boundary"] == "inclusive":
            return np.asarray(metres >= self.part.metres - COST_TOLERANCE)
        return np.asarray(metres > self.part.metres + COST_TOLERANCE)


def substation_space(
    part: VillageRule,
    declared: tuple[Axis, ...],
    ctx: Context,
    villages: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    weight: pd.Series,
    trip: Trip,
) -> ReadingSpace | None:
    """Return the readings that a city's data can answer; None where there is no village."""
    if not len(villages):
        return None
    more = set(with_wide_categories(trip.categories)) - set(trip.categories)
    able: dict[str, tuple[str, ...]] = {
        "measure": declared[0].options,
        "path": ("network", "straight"),
        "to": ("nearest", "own_community") if len(ctx.origins.leaves) else (),
        "boundary": ("inclusive", "exclusive"),
        "facilities": ("strict", "wide") if more & ctx.known_categories else (),
    }
    axes = usable_axes(declared, able)
    weighed = weight.to_numpy(dtype=np.float64)
    read = _Villages(part, axes, declared, ctx, villages, points, weighed, trip)
    return ReadingSpace(axes, read.answer, "count")


def village_values(
    part: VillageRule,
    chosen: dict[str, str],
    ctx: Context,
    villages: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    weight: pd.Series,
    trip: Trip,
) -> dict[str, FloatArray]:
    """Return the metres of each village by every way to measure it, and by ``share`` a share.

    Parameters
    ----------
    chosen
        The option of each axis; that of ``measure`` does not matter.
    """
    read = _Villages(part, (), (), ctx, villages, points, weight.to_numpy(dtype=np.float64), trip)
    measured: dict[str, FloatArray] = {}
    names = ("mean", "nearest_edge", "centre", "share")
    return {name: read.value({**chosen, "measure": name}, measured) for name in names}
