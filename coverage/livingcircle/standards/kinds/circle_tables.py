"""Tables of a circle: shares unit by unit, and gaps leaf by leaf."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray
from livingcircle.io.column_names import ColumnValues
from livingcircle.standards.context import Context
from livingcircle.standards.outcome import OUTCOME_GAP_COLUMNS, no_gaps
from livingcircle.standards.rows import leaf_sums, share_rows
from livingcircle.standards.tables import as_number, heaviest
from livingcircle.vocab.groups import AGE_GROUPS
from livingcircle.vocab.levels import HOLDERS

__all__ = ["circle_gaps", "circle_rows"]


def circle_rows(
    ctx: Context, points: gpd.GeoDataFrame, weight: FloatArray, target: float | None
) -> pd.DataFrame:
    """Return one row per unit, from leaves up to the city: share, people, households, points."""
    covered = (points["status"] == "covered").to_numpy()
    columns: dict[str, ColumnValues] = {
        "numerator": np.where(covered, weight, 0.0),
        "denominator": weight,
        "points": 1.0,
        "points_left_out": (~covered).astype(float),
    }
    for name in ("residents", "households"):
        values = as_number(points[name]) if name in points else pd.Series(np.nan, points.index)
        columns[name] = values
        columns[f"{name}_left_out"] = values.where(~covered, values * 0.0)
    reached = np.isfinite(points["metres"].to_numpy())
    columns["_weight"] = np.where(reached, weight, 0.0)
    columns["_metres"] = np.where(reached, points["metres"].to_numpy(), 0.0) * columns["_weight"]
    at = [name for name in HOLDERS if name in points]
    members = pd.DataFrame({**{name: points[name] for name in at}, **columns}, points.index)
    rows = share_rows(ctx, leaf_sums(ctx, members, list(columns)), list(columns), target)
    mean = rows["_metres"] / rows["_weight"].where(rows["_weight"] > 0)
    return rows.assign(mean_metres=mean).drop(columns=["_metres", "_weight"])


def circle_gaps(
    ctx: Context, out: gpd.GeoDataFrame, weight: FloatArray, group: str
) -> gpd.GeoDataFrame:
    """Return one row per leaf unit with demand that is left out (demand in no unit has one too).

    ``people`` are of the group that the circle is about (residents, aged 65+, ...), ``residents``
    all who live there; ``metres`` is the weighted mean of the walks that exist, ``facility_id`` and
    ``reason`` those of most of the people, ``lon`` and ``lat`` the middle of the gap.
    """
    if not len(out):
        return no_gaps()
    leaves = ctx.tables.get("leaf")
    at = out["leaf"] if "leaf" in out else pd.Series(None, index=out.index)
    at = at.where(at.isin([] if leaves is None else leaves.index), "").fillna("")
    # Where all weights are 0 the points themselves decide.
    w = np.where(weight > 0, weight, 1e-9)
    metres = out["metres"].to_numpy(dtype=np.float64)
    straight = out["straight_m"].to_numpy(dtype=np.float64)
    finite, crow = np.isfinite(metres), np.isfinite(straight)
    place = out.geometry.representative_point()
    x, y = place.x.to_numpy(), place.y.to_numpy()
    parts = pd.DataFrame(
        {
            "residents": as_number(out["residents"]) if "residents" in out else np.nan,
            "households": as_number(out["households"]) if "households" in out else np.nan,
            "weight": weight,
            "points": 1.0,
            "w": w,
            "w_m": np.where(finite, w, 0.0),
            "m": np.where(finite, metres * w, 0.0),
            "w_s": np.where(crow, w, 0.0),
            "s": np.where(crow, straight * w, 0.0),
            "w_xy": np.where(np.isnan(x), 0.0, w),
            "x": x * w,
            "y": y * w,
        },
        index=out.index,
    )
    sums = parts.groupby(at).sum(min_count=1)
    data = pd.DataFrame(
        {
            "unit_id": sums.index,
            "people": sums["weight" if group in AGE_GROUPS else "residents"],
            # Households are no households of a group: its people stand alone.
            "households": np.nan if group in AGE_GROUPS else sums["households"],
            "facility_id": heaviest(out["facility_id"], at, w),
            "metres": (sums["m"] / sums["w_m"].where(sums["w_m"] > 0)).fillna(np.inf),
            "straight_m": (sums["s"] / sums["w_s"].where(sums["w_s"] > 0)).fillna(np.inf),
            "reason": heaviest(out["reason"], at, w),
            "points": sums["points"],
            "lon": sums["x"] / sums["w_xy"].where(sums["w_xy"] > 0),
            "lat": sums["y"] / sums["w_xy"].where(sums["w_xy"] > 0),
        },
        index=sums.index,
    )
    if group in AGE_GROUPS:
        data["residents"] = sums["residents"]
    shapes = _hulls(place, at).reindex(sums.index)
    if leaves is not None:
        of = leaves[["name", "level", "town", "district", "geometry"]].reindex(sums.index)
        data = data.assign(
            unit_name=of["name"], level=of["level"], town=of["town"], district=of["district"]
        )
        shapes = of.geometry.where(of.geometry.notna(), shapes)
    else:
        data = data.assign(unit_name=None, level=None, town=None, district=None)
    columns = [*OUTCOME_GAP_COLUMNS, *(c for c in data.columns if c not in OUTCOME_GAP_COLUMNS)]
    return gpd.GeoDataFrame(data[columns], geometry=shapes, crs=out.crs)


def _hulls(points: gpd.GeoSeries, at: pd.Series) -> gpd.GeoSeries:
    """Return an outline of the points of each group, about 30 m around them.

    Groups whose points all lack coordinates are absent.
    """
    placed = (points.notna() & ~points.is_empty).to_numpy()
    code, group = pd.factorize(at[placed], sort=True)
    order = np.argsort(code, kind="stable")
    joined = shapely.multipoints(points.to_numpy()[placed][order], indices=code[order])
    hulls = shapely.buffer(shapely.convex_hull(joined), 0.0003)
    return gpd.GeoSeries(hulls, index=group, crs=points.crs)
