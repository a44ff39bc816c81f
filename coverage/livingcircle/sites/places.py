"""Candidates for an access test: enough that each point that can be served has one."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray
from livingcircle.gaps.access_test import AccessTest
from livingcircle.sites.candidates import candidates_beside, street_candidates
from livingcircle.sites.conditions import Terms
from livingcircle.sites.formulate import Setup, set_up
from livingcircle.standards.tables import middles

__all__ = ["candidates_for", "complete_places"]

COVER_CANDIDATES, WALK_CANDIDATES = 2000, 400
"""Generated candidates, to cover and for the models of walks; completing them may add some."""
TRIED = 400
"""Places tried at a time for demand that no candidate serves."""


def candidates_for(
    access_test: AccessTest, given: gpd.GeoDataFrame | None, terms: Terms
) -> gpd.GeoDataFrame:
    """Return the candidates that a user gave, or places along the streets near the gap."""
    city = access_test.ctx.city
    if given is not None:
        return given
    cover = terms.objective == "cover"
    near = access_test.points[access_test.gap] if cover else access_test.points
    if not len(near):
        near = access_test.points
    villages = access_test.villages
    most = terms.max_candidates or (COVER_CANDIDATES if cover else WALK_CANDIDATES)
    if villages is None or not len(villages):
        return street_candidates(city, near, access_test.limit_m, most=most)
    # A village without homes is measured from its middle.
    middle = gpd.GeoSeries(middles(villages.geometry, city.network.crs_m)).dropna()
    where = gpd.GeoDataFrame(
        geometry=pd.concat([near.geometry, middle], ignore_index=True), crs=4326
    )
    places = street_candidates(
        city, where, access_test.limit_m, most=most, inside=villages.geometry
    )
    held = villages.sindex.query(places.geometry, predicate="intersects")[1]
    lacking = villages.drop(villages.index[np.unique(held)])
    return _joined(places, candidates_beside(city, _ends(access_test, lacking)))


def complete_places(
    access_test: AccessTest,
    places: gpd.GeoDataFrame,
    setup: Setup,
    terms: Terms,
    counted: FloatArray,
) -> tuple[gpd.GeoDataFrame, Setup]:
    """Add candidates until every point or village that a place can serve has one.

    A point is served from the street right at it, if from anywhere. A village is tried from the
    streets at its homes, where the sum of walks is least (Hakimi 1964), then from all around.
    """
    if setup.villages is None:
        return _completed_points(access_test, places, setup, terms, counted)
    lost = _lost_villages(access_test, setup)
    if not len(lost):
        return places, setup
    city, ends = access_test.ctx.city, _ends(access_test, lost)
    for more in (
        candidates_beside(city, ends, most=None),
        street_candidates(city, ends, access_test.limit_m, most=max(TRIED, 20 * len(lost))),
    ):
        best = _best_for(access_test, more, lost["unit_id"], terms, counted)
        if len(best):
            places = _joined(places, more.iloc[best])
            setup = set_up(access_test, places, terms, counted)
            lost = _lost_villages(access_test, setup)
        if not len(lost):
            break
    return places, setup


def _completed_points(
    access_test: AccessTest,
    places: gpd.GeoDataFrame,
    setup: Setup,
    terms: Terms,
    counted: FloatArray,
) -> tuple[gpd.GeoDataFrame, Setup]:
    most: int | None = TRIED // 2
    while True:
        lost = _lost_points(access_test, setup, counted)
        if not len(lost):
            return places, setup
        more = candidates_beside(access_test.ctx.city, lost, most=most)
        if len(more):
            places = _joined(places, more)
            setup = set_up(access_test, places, terms, counted)
        still = len(_lost_points(access_test, setup, counted))
        if most is None and still == len(lost):
            return places, setup
        # Where the thinned choice serves no point, the position of each point is tried last.
        most = most if still < len(lost) else None


def _lost_points(access_test: AccessTest, setup: Setup, counted: FloatArray) -> gpd.GeoDataFrame:
    """Points of the gap that count and meet a street, but that no candidate serves.

    The models of walks leave those out whom nothing reaches, so the rows of the problem do not say.
    """
    points = access_test.points
    held = setup.rows[np.diff(setup.problem.metres.indptr) > 0]
    wanted = access_test.gap & ((counted > 0) | (counted.sum() == 0))
    lost = points[wanted & ~points.index.isin(held)]
    return lost[lost["status"] != "off_network"]


def _lost_villages(access_test: AccessTest, setup: Setup) -> gpd.GeoDataFrame:
    villages = access_test.villages
    assert villages is not None  # noqa: S101 - the rows are villages
    return villages[villages["unit_id"].isin(setup.rows[setup.problem.unreachable])]


def _best_for(
    access_test: AccessTest,
    more: gpd.GeoDataFrame,
    lost: pd.Series,
    terms: Terms,
    counted: FloatArray,
) -> np.ndarray:
    """Return the rows of the places that serve each lost village best."""
    if not len(more):
        return np.zeros(0, dtype=np.int64)
    tried = set_up(access_test, more, terms, counted)
    entries = tried.problem.metres.tocoo()
    mine = tried.rows.isin(lost)[entries.row]
    row, col, metres = entries.row[mine], entries.col[mine], entries.data[mine]
    order = np.lexsort((col, metres, row))
    first = order[np.r_[True, np.diff(row[order]) > 0]] if len(row) else order
    return np.unique(col[first])


def _ends(access_test: AccessTest, villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Where walks from some villages begin: their homes, or their middle where there are none."""
    points = access_test.points
    homes = points[points["urban_village"].isin(villages["unit_id"])].geometry
    bare = villages[~villages["unit_id"].isin(points["urban_village"])]
    middle = middles(bare.geometry, access_test.ctx.city.network.crs_m)
    ends = pd.concat([homes, gpd.GeoSeries(middle).dropna()], ignore_index=True)
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(ends, crs=4326))


def _joined(places: gpd.GeoDataFrame, more: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if not len(more):
        return places
    table = pd.concat([places, more], ignore_index=True)
    table["candidate_id"] = [f"c{n}" for n in range(1, len(table) + 1)]
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4326)
