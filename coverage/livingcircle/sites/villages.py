"""Urban villages as the rows of a siting problem: which of them a new place would serve."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.gaps.access_test import AccessTest
from livingcircle.standards.tables import as_number, middles

__all__ = ["Villages"]


@dataclass(frozen=True, eq=False)
class Villages:
    """The candidate villages of a sub-station rule, and the walks that they are measured by."""

    ids: pd.Index
    points: gpd.GeoDataFrame
    """Where the measured walks begin: the homes of the villages, or the middle of a village."""
    at: IntArray
    """(points,) position of each point's village in ``ids``."""
    weight: FloatArray
    """(points,)"""
    now_m: FloatArray
    """(points,) walk to the nearest facility that stands; inf where there is none."""
    people: FloatArray
    """(villages,) what each village counts for."""
    within_m: float
    """The longest walk that is still within the limit."""
    measure: str
    share_beyond: float

    @classmethod
    def of(cls, access_test: AccessTest, weight: FloatArray) -> Villages:
        """Return the villages that an access test leaves out.

        Parameters
        ----------
        access_test
            Of a sub-station rule.
        weight
            (points of the access test,) whom to count.
        """
        rule, villages = access_test.areas, access_test.villages
        if rule is None or villages is None:
            raise ValueError(f"{access_test.finding.id} judges homes, not areas")
        ids = pd.Index(villages["unit_id"])
        points, own = _measured(access_test, villages, weight, rule.measure)
        at = ids.get_indexer(points["urban_village"]).astype(np.int64)
        return cls(
            ids,
            points,
            at,
            own,
            points["metres"].to_numpy(dtype=float),
            _people(access_test, villages, weight),
            rule.within_m(access_test.limit_m),
            rule.measure,
            rule.share_beyond,
        )

    def served(self, walks: csr_array) -> csr_array:
        """Return which villages are no candidates any more if one new place alone were there.

        Parameters
        ----------
        walks
            (points, places) metres to each new place (a site, or a facility over a new link).

        Returns
        -------
        csr_array
            (villages, places) the measure of each village that is then within the limit.
        """
        after = self._after(walks)
        limit = self.share_beyond + 1e-9 if self.measure == "share" else self.within_m
        entries = coo_array(walks)
        # Only places that somebody of the village can walk to.
        touched = np.zeros(after.shape, dtype=bool)
        touched[self.at[entries.row], entries.col] = True
        row, col = np.nonzero((after <= limit) & touched)
        return csr_array((np.maximum(after[row, col], 1e-9), (row, col)), shape=after.shape)

    def _after(self, walks: csr_array) -> FloatArray:
        """(villages, places) measure of each village if that place alone were there."""
        entries = coo_array(walks)
        p, j, d = entries.row, entries.col, entries.data
        at, now, weight = self.at, self.now_m, self.weight
        shape = (len(self.ids), walks.shape[1])
        if self.measure == "share":
            beyond = np.where(now > self.within_m, weight, 0.0)
            base, total = (np.bincount(at, w, minlength=shape[0]) for w in (beyond, weight))
            closer = np.where(d <= self.within_m, beyond[p], 0.0)
            return np.asarray((base[:, None] - _sums(closer, at[p], j, shape)) / total[:, None])
        if self.measure == "nearest_edge":
            # The outline is no farther than its nearest home: safe, and the re-assessment is exact.
            best = np.full(shape, np.inf)
            np.minimum.at(best, (at[p], j), d)
            base = np.full(shape[0], np.inf)
            np.minimum.at(base, at, now)
            return np.minimum(best, base[:, None])
        reached = np.isfinite(now)
        sums = np.bincount(at, weight * np.where(reached, now, 0.0), minlength=shape[0])
        held = np.bincount(at, np.where(reached, weight, 0.0), minlength=shape[0])
        # The mean is over the walks that exist: a place shortens some and adds others.
        change = np.where(reached[p], np.minimum(d - now[p], 0.0), d) * weight[p]
        change[~np.isfinite(change)] = 0.0
        more = np.where(reached[p], 0.0, weight[p])
        sums_after = sums[:, None] + _sums(change, at[p], j, shape)
        held_after = held[:, None] + _sums(more, at[p], j, shape)
        # Where most people stay unreached the village stays beyond, as the rule has it.
        least = (1.0 - self.share_beyond) * np.bincount(at, weight, minlength=shape[0])[:, None]
        enough = (held_after > 0) & (held_after >= least - 1e-9)
        mean = np.divide(sums_after, held_after, out=np.full(shape, np.inf), where=enough)
        return np.asarray(mean, dtype=np.float64)


def _sums(values: FloatArray, row: IntArray, col: IntArray, shape: tuple[int, int]) -> FloatArray:
    return np.asarray(csr_array((values, (row, col)), shape=shape).toarray())


def _people(access_test: AccessTest, villages: gpd.GeoDataFrame, weight: FloatArray) -> FloatArray:
    """Return whom each village counts for: its homes, else what it states; none is one."""
    homes = pd.Series(weight).groupby(access_test.points["urban_village"].to_numpy()).sum()
    known = villages["unit_id"].map(homes).astype(float)
    stated = as_number(villages["people"]) if "people" in villages else np.nan
    people = known.where(known > 0, stated).fillna(0.0).to_numpy(dtype=np.float64)
    return np.where(people > 0, people, 1.0)


def _measured(
    access_test: AccessTest, villages: gpd.GeoDataFrame, weight: FloatArray, measure: str
) -> tuple[gpd.GeoDataFrame, FloatArray]:
    """Return the points that the villages' distances are measured from, and their weight."""
    ids = pd.Index(villages["unit_id"])
    inside = access_test.points["urban_village"].isin(ids).to_numpy()
    points, own = access_test.points[inside], weight[inside]
    lacking = ~villages["unit_id"].isin(points["urban_village"]) | (measure == "centre")
    if measure == "centre":
        points, own = points.iloc[:0], own[:0]
    if lacking.any():
        # Villages without demand, and rules that say so, are measured from their middle.
        rest = villages[lacking]
        middle = middles(rest.geometry, access_test.ctx.city.network.crs_m)
        extra = gpd.GeoDataFrame(
            {"urban_village": rest["unit_id"].to_numpy()},
            geometry=middle.to_numpy(),
            crs=4326,
        )
        extra["metres"] = access_test.reach().to(extra)["metres"].to_numpy()
        points = pd.concat(
            [points[["urban_village", "metres", "geometry"]], extra], ignore_index=True
        )
        own = np.append(own, np.ones(len(extra)))
    # In a village whose weights are all 0, its points count alike.
    total = pd.Series(own, index=points.index).groupby(points["urban_village"]).transform("sum")
    return points, np.where(total.to_numpy() > 0, own, 1.0)
