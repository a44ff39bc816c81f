"""A finding's access test put as a siting problem: rows to serve, candidates, exact walks."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array, hstack

from livingcircle._arrays import FloatArray
from livingcircle.errors import ConfigError
from livingcircle.gaps.access_test import AccessTest
from livingcircle.gaps.links import walks_over
from livingcircle.routing.engine import Reach, reach
from livingcircle.sites.candidates import close_pairs
from livingcircle.sites.conditions import Terms
from livingcircle.sites.solver.problem import Problem
from livingcircle.sites.villages import Villages

__all__ = ["Setup", "served_by_links", "set_up", "with_links"]

FAR = 3.0
"""For the mean and the longest walk, nobody is sent to a new site farther than this many times the
limit: such walks are no service, and leaving them out keeps the matrix sparse."""


@dataclass(frozen=True)
class Setup:
    """The problem, and which demand or village each row is."""

    problem: Problem
    rows: pd.Index
    """Labels of ``access_test.points``, or ids of villages."""
    villages: Villages | None
    """What the rows are where they are villages."""


def set_up(
    access_test: AccessTest, candidates: gpd.GeoDataFrame, terms: Terms, weight: FloatArray
) -> Setup:
    """Walk from every candidate, and say what each would serve.

    Parameters
    ----------
    access_test
        Who is left out by what limit.
    candidates
        As ``livingcircle.sites.candidates.complete_candidates`` gives them.
    terms
        Objective and side conditions.
    weight
        (points,) whom to count.
    """
    found = _reach_of(access_test, candidates)
    conditions = {
        "site_cost": candidates["cost"].to_numpy(dtype=float),
        "fixed": candidates["fixed"].to_numpy(dtype=bool),
        "incompatible_pairs": close_pairs(candidates, access_test.ctx.city, terms.min_distance_m),
        "capacity": _capacity(candidates, terms),
    }
    points = access_test.points
    if terms.objective == "cover" and access_test.villages is None:
        # Where people are counted, points without any need no site; unknown is not zero.
        some = (weight > 0) | access_test.unknown_people | (weight.sum() == 0)
        counted = access_test.gap & some
        rows = points.index[counted]
        walks = _walks(found, points[counted], access_test.limit_m, candidates)
        w = weight[counted] if weight.sum() > 0 else np.ones(len(rows))
        return Setup(Problem.of(walks, w, **conditions), rows, None)
    if terms.objective == "cover":
        villages = Villages.of(access_test, weight)
        # A mean within the limit may hold single walks far beyond it.
        served = villages.served(
            _walks(found, villages.points, FAR * access_test.limit_m, candidates)
        )
        return Setup(Problem.of(served, villages.people, **conditions), villages.ids, villages)
    walks = _walks(found, points, FAR * access_test.limit_m, candidates)
    now = access_test.walked_m
    far = FAR * access_test.limit_m
    if terms.objective == "median":
        # Somebody who reaches nothing walks as far as anybody may be sent.
        now = np.where(np.isfinite(now), now, max(far, float(now[np.isfinite(now)].max(initial=0))))
        w = weight if weight.sum() > 0 else np.ones(len(points))
        return Setup(Problem.of(walks, w, fallback_m=now, **conditions), points.index, None)
    reached = np.isfinite(now) | (np.diff(walks.indptr) > 0)
    counted = reached & ((weight > 0) | access_test.unknown_people | (weight.sum() == 0))
    rows = points.index[counted]
    part = walks[counted]
    problem = Problem.of(part, weight[counted], fallback_m=now[counted], **conditions)
    return Setup(problem, rows, None)


def served_by_links(access_test: AccessTest, setup: Setup, links: gpd.GeoDataFrame) -> csr_array:
    """Return (rows, links) entries where a link alone serves a row of the problem."""
    reach, limit_m, villages = access_test.reach(), access_test.limit_m, setup.villages
    if villages is None:
        return walks_over(reach, links, access_test.points.loc[setup.rows], limit_m)
    return villages.served(walks_over(reach, links, villages.points, FAR * limit_m))


def with_links(setup: Setup, served: csr_array, cost: float) -> Problem:
    """Return the problem with links as further candidates, behind the sites.

    A link serves what it alone serves; sites and links together only do more than that.
    The cost of a link counts a thousandth less than stated, so that of equal plans the one with
    links is taken: a link needs neither rooms nor staff.
    """
    base, k = setup.problem, served.shape[1]
    return Problem.of(
        csr_array(hstack([base.metres, served])),
        base.weight,
        served=base.served,
        site_cost=np.append(base.site_cost * 1000, np.full(k, round(cost * 1000) - 1.0)),
        fixed=np.append(base.fixed, np.zeros(k, dtype=bool)),
        incompatible_pairs=base.incompatible_pairs,
        capacity=np.append(base.capacity, np.full(k, np.inf)),
    )


def _reach_of(access_test: AccessTest, candidates: gpd.GeoDataFrame) -> Reach:
    table = candidates[["candidate_id", "geometry"]].rename(columns={"candidate_id": "facility_id"})
    city = access_test.ctx.city
    found = reach(
        city.network, table, walker=access_test.trips[0].who, max_access_m=city.max_access_m
    )
    return access_test.metred(found)


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
            hint="Give every candidate its m².",
        )
    return np.asarray(np.minimum(capacity, area / terms.m2_per_100_households * 100.0))
