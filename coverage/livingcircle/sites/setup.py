"""A finding's question put as a siting problem: rows to serve, candidates, exact walks."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array, hstack

from livingcircle._types import FloatArray, IntArray
from livingcircle.errors import ConfigError
from livingcircle.gaps.question import Question
from livingcircle.reach.engine import TOLERANCE, Reach, reach
from livingcircle.sites.candidates import close_pairs
from livingcircle.sites.problem import Problem

__all__ = ["Setup", "Terms", "set_up", "with_links"]

FAR = 3.0
"""For the mean and the longest walk, nobody is sent to a new site farther than this many times the
limit: such walks are no service, and leaving them out keeps the matrix sparse."""


@dataclass(frozen=True)
class Terms:
    """What a plan has to keep to."""

    objective: str = "cover"
    """``cover`` (serve), ``median`` (least mean walk) or ``center`` (least longest walk)."""
    max_sites: int | None = None
    budget: float | None = None
    min_distance_m: float = 0.0
    m2_per_100_households: float | None = None
    """Capacity from the candidates' ``area_m2``: so many m² carry 100 households."""
    link_cost: float = 1.0
    seconds: float = 45.0
    needed: float | None = None
    """Weight that is enough to serve, instead of all."""


@dataclass(frozen=True)
class Setup:
    """The problem, and which demand or village each row is."""

    problem: Problem
    rows: pd.Index
    """Labels of ``question.points``, or ids of villages."""
    villages: bool
    walks: csr_array
    """(points, candidates) metres; for villages the walks behind the rows."""


def set_up(
    question: Question, candidates: gpd.GeoDataFrame, terms: Terms, weight: FloatArray
) -> Setup:
    """Walk from every candidate, and say what each would serve.

    Parameters
    ----------
    question
        Who is left out by what limit.
    candidates
        As :func:`livingcircle.sites.candidates.tidy` gives them.
    terms
        Objective and side conditions.
    weight
        (points,) whom to count.
    """
    found = _reach_of(question, candidates)
    conditions = {
        "site_cost": candidates["cost"].to_numpy(dtype=float),
        "fixed": candidates["fixed"].to_numpy(dtype=bool),
        "apart": close_pairs(candidates, question.ctx.city, terms.min_distance_m),
        "capacity": _capacity(candidates, terms),
    }
    points = question.points
    if terms.objective == "cover" and question.villages is None:
        # Where people are counted, points without any need no site.
        counted = question.gap & ((weight > 0) | (weight.sum() == 0))
        rows = points.index[counted]
        walks = _walks(found, points[counted], question.limit_m, candidates)
        w = weight[counted] if weight.sum() > 0 else np.ones(len(rows))
        return Setup(Problem.of(walks, w, **conditions), rows, False, walks)
    if terms.objective == "cover":
        return _villages(question, found, candidates, conditions, weight)
    walks = _walks(found, points, FAR * question.limit_m, candidates)
    now = points["metres"].to_numpy(dtype=float)
    far = FAR * question.limit_m
    if terms.objective == "median":
        # Somebody who reaches nothing walks as far as anybody may be sent.
        now = np.where(np.isfinite(now), now, max(far, float(now[np.isfinite(now)].max(initial=0))))
        w = weight if weight.sum() > 0 else np.ones(len(points))
        return Setup(
            Problem.of(walks, w, otherwise_m=now, **conditions), points.index, False, walks
        )
    reached = np.isfinite(now) | (np.diff(walks.indptr) > 0)
    counted = reached & ((weight > 0) | (weight.sum() == 0))
    rows = points.index[counted]
    part = walks[counted]
    problem = Problem.of(part, weight[counted], otherwise_m=now[counted], **conditions)
    return Setup(problem, rows, False, part)


def with_links(setup: Setup, links: gpd.GeoDataFrame, cost: float) -> Problem:
    """Return the problem with links as further candidates, behind the sites.

    A link serves the demand that it brings back; sites and links together only do more than that.
    The cost of a link counts a thousandth less than stated, so that of equal plans the one with
    links is taken: a link needs neither rooms nor staff.
    """
    base = setup.problem
    n, k = base.shape[0], len(links)
    place = pd.Series(np.arange(n), index=setup.rows)
    long = links["regains"].reset_index(drop=True).explode().dropna()
    row = place.reindex(long).to_numpy()
    known = ~np.isnan(row)
    entries = coo_array(
        (np.ones(int(known.sum())), (row[known].astype(np.int64), long.index.to_numpy()[known])),
        shape=(n, k),
    )
    return Problem.of(
        csr_array(hstack([base.metres, entries])),
        base.weight,
        served=base.served,
        site_cost=np.append(base.site_cost * 1000, np.full(k, round(cost * 1000) - 1.0)),
        fixed=np.append(base.fixed, np.zeros(k, dtype=bool)),
        apart=base.apart,
        capacity=np.append(base.capacity, np.full(k, np.inf)),
    )


def _reach_of(question: Question, candidates: gpd.GeoDataFrame) -> Reach:
    table = candidates[["candidate_id", "geometry"]].rename(columns={"candidate_id": "facility_id"})
    city = question.ctx.city
    return reach(city.network, table, walker=question.trips[0].who, max_access_m=city.max_access_m)


def _walks(
    found: Reach, points: gpd.GeoDataFrame, limit_m: float, candidates: gpd.GeoDataFrame
) -> csr_array:
    """Metres within a limit, columns in the order of the candidates."""
    walks, ids = found.matrix(points, limit_m)
    return csr_array(walks[:, ids.get_indexer(candidates["candidate_id"])])


def _capacity(candidates: gpd.GeoDataFrame, terms: Terms) -> FloatArray:
    capacity = np.asarray(candidates["capacity"], dtype=np.float64)
    if terms.m2_per_100_households is None:
        return capacity
    area = np.asarray(candidates["area_m2"], dtype=np.float64)
    if np.isnan(area).any():
        raise ConfigError(
            f"{int(np.isnan(area).sum())} candidates state no area_m2",
            field="m2_per_100_households",
            mend="Give every candidate its m².",
        )
    return np.asarray(np.minimum(capacity, area / terms.m2_per_100_households * 100.0))


def _villages(
    question: Question,
    found: Reach,
    candidates: gpd.GeoDataFrame,
    conditions: dict[str, FloatArray | IntArray],
    weight: FloatArray,
) -> Setup:
    """One row a village: a site serves it when it is then no candidate for a sub-station."""
    villages = question.villages
    assert villages is not None  # noqa: S101 - asked by the caller
    ids = pd.Index(villages["unit_id"])
    points, own, mode = _measured(question, ids, weight)
    limit = question.limit_m
    # A mean within the limit may hold single walks far beyond it.
    walks = _walks(found, points, FAR * limit, candidates)
    at = ids.get_indexer(points["urban_village"])
    now = points["metres"].to_numpy(dtype=float)
    share = float(getattr(question.part, "share_beyond", 0.5))
    after = _measure(walks, at, own, now, len(ids), limit, mode)
    served = after <= (share + 1e-9 if mode == "share" else limit + TOLERANCE)
    # Only sites that somebody of the village can walk to.
    touched = (
        csr_array(
            (np.ones(walks.nnz), (at[coo_array(walks).row], coo_array(walks).col)),
            shape=(len(ids), walks.shape[1]),
        ).toarray()
        > 0
    )
    row, col = np.nonzero(served & touched)
    metres = csr_array((np.maximum(after[row, col], 1e-9), (row, col)), shape=served.shape)
    people = np.bincount(at, own, minlength=len(ids)).astype(np.float64)
    people = people if people.sum() > 0 else np.ones(len(ids))
    return Setup(Problem.of(metres, people, **conditions), ids, True, walks)  # type: ignore[arg-type]


def _measured(
    question: Question, ids: pd.Index, weight: FloatArray
) -> tuple[gpd.GeoDataFrame, FloatArray, str]:
    """Points that a village's distance is measured from, their weight, and how it is measured."""
    mode = str(getattr(question.part, "measure", "mean"))
    inside = question.points["urban_village"].isin(ids).to_numpy()
    points, own = question.points[inside], weight[inside]
    villages = question.villages
    assert villages is not None  # noqa: S101 - asked by the caller
    lacking = ~villages["unit_id"].isin(points["urban_village"]) | (mode == "centre")
    if mode == "centre":
        points, own = points.iloc[:0], own[:0]
    if lacking.any():
        # Villages without demand, and rules that say so, are measured from their middle.
        rest = villages[lacking]
        local = rest.geometry.to_crs(question.ctx.city.network.crs_m)
        middle = local.centroid.where(local.contains(local.centroid), local.representative_point())
        extra = gpd.GeoDataFrame(
            {"urban_village": rest["unit_id"].to_numpy()},
            geometry=middle.to_crs(4326).to_numpy(),
            crs=4326,
        )
        extra["metres"] = question.reach().to(extra)["metres"].to_numpy()
        points = pd.concat(
            [points[["urban_village", "metres", "geometry"]], extra], ignore_index=True
        )
        own = np.append(own, np.ones(len(extra)))
    # Where nobody is counted in a village, its points count alike.
    total = pd.Series(own, index=points.index).groupby(points["urban_village"]).transform("sum")
    return points, np.where(total.to_numpy() > 0, own, 1.0), mode


def _measure(
    walks: csr_array,
    at: IntArray,
    weight: FloatArray,
    now: FloatArray,
    count: int,
    limit: float,
    mode: str,
) -> FloatArray:
    """(villages, candidates) measure of each village if a candidate alone were built."""
    entries = coo_array(walks)
    p, j, d = entries.row, entries.col, entries.data
    shape = (count, walks.shape[1])
    total = np.bincount(at, weight, minlength=count)
    if mode == "share":
        beyond = np.where(now > limit + TOLERANCE, weight, 0.0)
        base = np.bincount(at, beyond, minlength=count)
        closer = np.where(d <= limit + TOLERANCE, beyond[p], 0.0)
        saved = csr_array((closer, (at[p], j)), shape=shape).toarray()
        return np.asarray((base[:, None] - saved) / total[:, None])
    if mode == "nearest_edge":
        # The outline is no farther than its nearest home: safe, and the re-assessment is exact.
        best = np.full(shape, np.inf)
        np.minimum.at(best, (at[p], j), d)
        base = np.full(count, np.inf)
        np.minimum.at(base, at, now)
        return np.minimum(best, base[:, None])
    reached = np.isfinite(now)
    sums = np.bincount(at, weight * np.where(reached, now, 0.0), minlength=count)
    held = np.bincount(at, np.where(reached, weight, 0.0), minlength=count)
    # The mean is over the walks that exist: a site shortens some and adds others.
    change = np.where(reached[p], np.minimum(d - now[p], 0.0), d) * weight[p]
    change[~np.isfinite(change)] = 0.0
    more = np.where(reached[p], 0.0, weight[p])
    sums_after = sums[:, None] + csr_array((change, (at[p], j)), shape=shape).toarray()
    held_after = held[:, None] + csr_array((more, (at[p], j)), shape=shape).toarray()
    mean = np.divide(sums_after, held_after, out=np.full(shape, np.inf), where=held_after > 0)
    return np.asarray(mean, dtype=np.float64)
