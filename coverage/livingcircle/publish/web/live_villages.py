"""Urban villages as the live map judges them: whose home is where, their outlines and middles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from livingcircle._arrays import starts_of
from livingcircle.gaps.access_test import AccessTest
from livingcircle.network.snap import Anchors, lonlat_of
from livingcircle.standards.kinds.village_distances import outline_points
from livingcircle.standards.tables import middles

__all__ = ["AnchorData", "StoreArray", "village_data"]

StoreArray: TypeAlias = Callable[[NDArray[np.generic], str], dict[str, list[object]]]
"""Stores an array of numbers, equal ones once, and returns a reference to it."""
AnchorData: TypeAlias = Callable[[Anchors], dict[str, object]]

_KINDS = {"step": 0, "crossing": 1, "nearest": 2, "middle": 3}
"""What a spot is; ``static/live/villages.js`` knows the same numbers."""


def village_data(
    test: AccessTest, units: pd.DataFrame, once: StoreArray, anchor_data: AnchorData
) -> dict[str, object] | None:
    """Return the villages of a rule, which of them each home lies in, and where else to measure."""
    rule = test.areas
    if rule is None:
        return None
    rows = test.outcome.units
    rows = rows[rows["level"] == rule.level]
    page = units[units["level"] == rule.level]
    number = pd.Series(page.index, index=page["unit_id"].astype(str))
    code = pd.Series(np.arange(len(rows)), index=rows["unit_id"].astype(str))
    at = test.points[rule.level].astype(str).map(code)
    villages = test.ctx.units(rule.level).loc[rows.index].reset_index(drop=True)
    bare = (rows["points"] == 0).to_numpy()
    spots = _spots(test, villages, bare)
    by_edge = rule.measure == "nearest_edge"
    return {
        "column": once(at.to_numpy(dtype=np.int64), "i4"),
        "units": once(rows["unit_id"].astype(str).map(number).to_numpy(dtype=np.int64), "i4"),
        "share_beyond": rule.share_beyond,
        "measure": rule.measure,
        "spots": _spot_data(test, spots, once, anchor_data) if len(spots) else None,
        "outlines": _outlines(villages, once) if by_edge else None,
    }


def _spots(
    test: AccessTest, villages: gpd.GeoDataFrame, bare: NDArray[np.bool_]
) -> gpd.GeoDataFrame:
    """Return places to measure from: of the outline, in the middle of villages without homes."""
    assert test.areas is not None  # noqa: S101
    from_middle = np.ones(len(villages), dtype=bool) if test.areas.measure == "centre" else bare
    some = villages[from_middle]
    shapes = middles(some.geometry, test.ctx.city.network.crs_m)
    middle = gpd.GeoDataFrame({"how": "middle"}, index=some.index, geometry=shapes)
    if test.areas.measure != "nearest_edge":
        return middle
    return pd.concat([outline_points(test.ctx, villages), middle])


def _spot_data(
    test: AccessTest, spots: gpd.GeoDataFrame, once: StoreArray, anchor_data: AnchorData
) -> dict[str, object]:
    lonlat = lonlat_of(spots)
    return {
        "lon": once(lonlat[:, 0], "f8"),
        "lat": once(lonlat[:, 1], "f8"),
        "area": once(spots.index.to_numpy(), "i4"),
        "kind": once(spots["how"].map(_KINDS).to_numpy(), "u1"),
        "anchors": anchor_data(test.reach().anchored(spots)),
    }


def _outlines(villages: gpd.GeoDataFrame, once: StoreArray) -> dict[str, object]:
    """Return the rings of all outlines, degrees, end to end."""
    rings, of = shapely.get_parts(
        shapely.boundary(villages.to_crs(4326).geometry.to_numpy()), return_index=True
    )
    lonlat = shapely.get_coordinates(rings)
    sizes = shapely.get_num_coordinates(rings).astype(np.int64)
    return {
        "lon": once(lonlat[:, 0], "f8"),
        "lat": once(lonlat[:, 1], "f8"),
        "start": once(starts_of(sizes), "i4"),
        "area": once(of, "i4"),
    }
