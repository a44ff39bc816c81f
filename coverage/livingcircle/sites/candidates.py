"""Candidates: where a site could stand, from the user's list or along the streets near the gap."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.city.assign_units import belong, pick
from livingcircle.city.units import LEAVES
from livingcircle.errors import InputError
from livingcircle.io.table.read import read_table
from livingcircle.network.snap import anchor, lonlat_of, to_metres
from livingcircle.routing.sample_points import places_along

if TYPE_CHECKING:
    from livingcircle.city.model import City

__all__ = ["beside", "close_pairs", "from_file", "generated", "tidy"]

STEP_M = 40.0
"""Spacing of generated candidates along the streets, before they are thinned."""
_NUMBERS = {"cost": 1.0, "capacity": np.inf, "area_m2": np.nan, "places": np.nan}


def from_file(path: str | Path, city: City) -> gpd.GeoDataFrame:
    """Read the candidates that a user proposes: idle public buildings, plots.

    Parameters
    ----------
    path
        A table of any format; what counts is its place, and, where given, ``name``, ``cost``,
        ``capacity``, ``area_m2``, ``places`` and ``fixed`` (yes: part of every plan).
    city
        Tells where the coordinates should lie, and the units.

    Raises
    ------
    InputError
        A row has no place, or a figure that makes no sense.
    """
    lonlat = city.network.node_lonlat
    west, south = lonlat.min(axis=0) - 0.5
    east, north = lonlat.max(axis=0) + 0.5
    frame = read_table(path, kind="facilities", near=(west, south, east, north)).frame
    nowhere = frame.geometry.isna() | frame.geometry.is_empty
    if nowhere.any():
        row = frame.loc[nowhere, "source_row"].iloc[0] if "source_row" in frame else None
        raise InputError(
            "this candidate has no coordinates",
            file=path,
            row=None if row is None else int(row),
            hint="Give it lon and lat, or take the row out.",
        )
    return tidy(frame, city, source=str(path))


def tidy(frame: gpd.GeoDataFrame, city: City, *, source: str = "given") -> gpd.GeoDataFrame:
    """Return candidates with all the columns that a plan needs, areas as a point inside.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, RangeIndex: ``candidate_id``, ``name``, ``cost``, ``capacity``, ``area_m2``,
        ``places``, ``fixed``, ``source``, ``leaf``, ``town``, ``district``, ``unit_name``.
    """
    frame = frame.to_crs(4326).reset_index(drop=True)
    n = len(frame)
    shapes = shapely.point_on_surface(frame.geometry.to_numpy())
    key = next((c for c in ("candidate_id", "facility_id", "id") if c in frame), None)
    own = pd.Series([f"c{i + 1}" for i in range(n)], dtype=object)
    given = frame[key].astype(object) if key else pd.Series(None, index=frame.index, dtype=object)
    out: dict[str, Any] = {"candidate_id": given.where(given.notna(), own).astype(str)}
    out["name"] = frame["name"].astype(object) if "name" in frame else None
    for name, default in _NUMBERS.items():
        column = frame[name] if name in frame else pd.Series(np.nan, index=frame.index)
        values = pd.to_numeric(column, errors="coerce").astype("float64").fillna(default)
        if (values < 0).any():
            raise InputError(
                f"candidate {int((values < 0).to_numpy().argmax()) + 1} has a negative {name}",
                file=source,
                field=name,
            )
        out[name] = values
    fixed = frame["fixed"] if "fixed" in frame else pd.Series(False, index=frame.index)
    yes = {"true", "1", "1.0", "yes", "y", "是", "√"}
    out["fixed"] = fixed.astype(str).str.strip().str.lower().isin(yes)
    out["source"] = source
    table = gpd.GeoDataFrame(pd.DataFrame(out, index=frame.index), geometry=shapes, crs=4326)
    if table["candidate_id"].duplicated().any():
        table["candidate_id"] = own
    stated = pd.DataFrame(
        None, index=table.index, columns=["unit", "town", "district"], dtype=object
    )
    units = belong(city.units, shapes, stated, stated_first=False)
    for name in ("leaf", "town", "district"):
        table[name] = units[name]
    table["unit_name"] = _leaf_names(city, table["leaf"])
    return table


def generated(
    city: City,
    near: gpd.GeoDataFrame,
    within_m: float,
    *,
    most: int = 2000,
    inside: gpd.GeoSeries | None = None,
) -> gpd.GeoDataFrame:
    """Return places along the streets, evenly spread near the demand that is left out.

    Parameters
    ----------
    city
        Its network and its border.
    near
        The demand; a candidate farther than ``within_m`` from all of it is of no use.
    within_m
        Straight metres.
    most
        Thinned to at most so many.
    inside
        Polygons (EPSG:4326) that candidates must lie in: the urban villages, for sub-stations.
    """
    network = city.network
    # Nobody builds on a bridge or in a tunnel.
    places = places_along(network, STEP_M, ~(network.tags.bridge | network.tags.tunnel))
    xy = to_metres(network, places.lonlat)
    near = near[near.geometry.notna() & ~near.geometry.is_empty]
    useful, _ = cKDTree(to_metres(network, lonlat_of(near)).reshape(-1, 2)).query(
        xy, distance_upper_bound=within_m
    )
    points = shapely.points(places.lonlat)
    keep = np.isfinite(useful) & _within(city.units["city"].geometry, points)
    if inside is not None:
        keep &= _within(inside, points)
    rows = np.flatnonzero(keep)
    rows = rows[_spread(xy[rows], most)]
    return tidy(gpd.GeoDataFrame(geometry=points[rows], crs=4326), city, source="generated")


def beside(city: City, points: gpd.GeoDataFrame, *, most: int = 200) -> gpd.GeoDataFrame:
    """Return places on the street right where some demand points meet it, evenly spread.

    Thinning may have left a small piece of the network without a candidate; these fill in.
    """
    lonlat = lonlat_of(points)
    met = anchor(city.network, lonlat[:, 0], lonlat[:, 1], city.max_access_m)
    where = met.lonlat[met.on_network]
    rows = _spread(to_metres(city.network, where), most)
    frame = gpd.GeoDataFrame(geometry=shapely.points(where[rows]), crs=4326)
    return tidy(frame, city, source="generated")


def close_pairs(candidates: gpd.GeoDataFrame, city: City, distance_m: float) -> IntArray:
    """Return (k, 2) pairs of candidates nearer to each other than a distance, straight."""
    if distance_m <= 0 or len(candidates) < 2:
        return np.zeros((0, 2), dtype=np.int64)
    xy = to_metres(city.network, lonlat_of(candidates))
    pairs = cKDTree(xy).query_pairs(distance_m * (1 - 1e-9), output_type="ndarray")
    return np.asarray(pairs, dtype=np.int64)


def _spread(xy: FloatArray, most: int) -> IntArray:
    """Rows of at most so many points, one a cell of the finest grid that leaves so few."""
    rows = np.arange(len(xy))
    size = STEP_M
    while len(rows) > most:
        cell = np.floor(xy / size).astype(np.int64)
        middle = (cell + 0.5) * size
        off = np.hypot(*(xy - middle).T)
        order = np.lexsort((off, cell[:, 1], cell[:, 0]))
        new = np.r_[True, (np.diff(cell[order], axis=0) != 0).any(axis=1)]
        rows = np.sort(order[new])
        size *= 1.15
    return rows


def _within(polygons: gpd.GeoSeries, points: Any) -> Any:
    tree = shapely.STRtree(points)
    hit = tree.query(polygons.to_numpy(), predicate="intersects")[1]
    inside = np.zeros(len(points), dtype=bool)
    inside[hit] = True
    return inside


def _leaf_names(city: City, leaf: pd.Series) -> pd.Series:
    tables = [city.units[level][["unit_id", "name"]] for level in LEAVES if level in city.units]
    if not tables:
        return pd.Series(None, index=leaf.index, dtype=object)
    names = pd.concat(tables, ignore_index=True)
    row = pd.Index(names["unit_id"]).get_indexer(leaf)
    return pick(names, "name", row.astype(np.int64), leaf.index)
