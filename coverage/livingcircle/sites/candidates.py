"""Candidates: where a site could stand, from the user's list or along the streets near the gap."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from livingcircle._arrays import FloatArray, GeometryArray, IntArray
from livingcircle.city.assign_units import assign_units, values_at
from livingcircle.errors import InputError
from livingcircle.io.column_names import ColumnValues
from livingcircle.io.datum.degrees import in_degrees
from livingcircle.io.notes import shorten
from livingcircle.io.table.headers import Role
from livingcircle.io.table.numbers import read_cells
from livingcircle.io.table.points import Points
from livingcircle.io.table.read import read_table
from livingcircle.localized import LocalizedText
from livingcircle.network.held_points import box_of, held_against_streets
from livingcircle.network.snap import anchor, lonlat_of, to_metres
from livingcircle.routing.sample_points import places_along
from livingcircle.vocab.levels import HOLDERS, LEAVES

if TYPE_CHECKING:
    from livingcircle.city.model import City

__all__ = [
    "candidates_beside",
    "close_pairs",
    "complete_candidates",
    "from_file",
    "street_candidates",
]

CANDIDATE_SPACING_M = 40.0
"""Spacing of generated candidates along the streets, before they are thinned."""
_NUMBERS = {"cost": 1.0, "capacity": np.inf, "area_m2": np.nan, "places": np.nan}
_COLUMNS = tuple(
    Role(name, "text", (), aliases, ())
    for name, aliases in {
        "capacity": (
            "容量", "可容纳人数", "容纳人数", "服务能力", "服务人数", "可服务人数", "服务规模",
        ),
        "cost": (
            "造价", "费用", "成本", "投资", "投资额", "预算", "价格", "总造价", "总投资",
            "建设费用", "建设成本", "建设投资", "改造费用", "改造成本", "工程造价", "price",
        ),
        "fixed": ("必选", "必建", "已定", "已确定", "固定", "是否必选", "是否已定", "是否固定"),
    }.items()
)  # fmt: skip
"""Columns of candidates alone: in a list of facilities a capacity is its places. They are texts,
since a figure that is none is refused here, and a cost is weighed in the unit of the budget."""
_EMPTY = ("", "nan", "none", "<na>", "null", "-", "—")
_YES = ("true", "1", "1.0", "yes", "y", "是", "√")
_NO = ("false", "0", "0.0", "no", "n", "否", "×")


def from_file(
    path: str | Path, city: City, *, datum: str | None = None
) -> tuple[gpd.GeoDataFrame, tuple[LocalizedText, ...]]:
    """Read the candidates that a user proposes: idle public buildings, plots.

    Parameters
    ----------
    path
        A table of any format; what counts is its place, and, where given, ``name``, ``cost``,
        ``capacity``, ``area_m2``, ``places`` and ``fixed`` (yes: part of every plan).
    city
        Tells where the coordinates should lie, and the units.
    datum
        Of the coordinates; None: what the file or a header says, else what the streets show, else
        WGS 84.

    Returns
    -------
    candidates, notes
        The table, and how it was understood.

    Raises
    ------
    InputError
        A row has no place, a figure makes no sense, or all of it lies far from the city.
    """
    table = read_table(
        path, kind="facilities", datum=datum, near=box_of(city.network), own=_COLUMNS
    )
    frame = table.frame
    nowhere = frame.geometry.isna() | frame.geometry.is_empty
    if nowhere.any():
        row = frame.loc[nowhere, "source_row"].iloc[0] if "source_row" in frame else None
        raise InputError(
            "this candidate has no coordinates",
            file=path,
            row=None if row is None else int(row),
            hint="Give it lon and lat, or take the row out.",
        )
    at = shapely.point_on_surface(frame.geometry.to_numpy())
    ids = np.arange(len(frame)).astype(str).astype(object)
    lon, lat = shapely.get_x(at), shapely.get_y(at)
    points = Points(ids, lon, lat, table.datum, table.datum_from, ())
    file = shorten(Path(path).name)
    reported = [
        LocalizedText(f"{file}：{n.about.zh}：{n.text.zh}", f"{file}: {n.about.en}: {n.text.en}")
        for n in table.notes
        if not (n.field == "datum" and table.datum_from == "assumed")
    ]
    held = held_against_streets(
        points, Path(path), city.network, city.max_access_m, reported, option="--candidates-datum"
    )
    if held.datum_from == "assumed":
        reported.append(
            LocalizedText(
                f"{file}：未注明坐标系，按 {held.datum} 读取；若不是，请写明坐标系（命令行"
                " --candidates-datum），或写入表头：经度（GCJ02）、纬度（GCJ02）",
                f"{file}: no datum is stated; read as {held.datum}; if not so, state the datum"
                " (--candidates-datum), or write it into the header: lon (GCJ02), lat (GCJ02)",
            )
        )
    frame = frame.set_geometry(gpd.points_from_xy(held.lon, held.lat, crs=4326))
    return complete_candidates(frame, city, source=str(path)), tuple(reported)


def complete_candidates(
    frame: gpd.GeoDataFrame, city: City, *, source: str = "given"
) -> gpd.GeoDataFrame:
    """Return candidates with all the columns that a plan needs, areas as a point inside.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, RangeIndex: ``candidate_id``, ``name``, ``cost``, ``capacity``, ``area_m2``,
        ``places``, ``fixed``, ``source``, ``leaf``, ``town``, ``district``, ``unit_name``.
    """
    frame = in_degrees(frame, field="candidates").reset_index(drop=True)
    n = len(frame)
    shapes = shapely.point_on_surface(frame.geometry.to_numpy())
    key = next((c for c in ("candidate_id", "facility_id", "id") if c in frame), None)
    own = pd.Series([f"c{i + 1}" for i in range(n)], dtype=object)
    given = frame[key].astype(object) if key else pd.Series(None, index=frame.index, dtype=object)
    out: dict[str, ColumnValues] = {"candidate_id": given.where(given.notna(), own).astype(str)}
    out["name"] = frame["name"].astype(object) if "name" in frame else None
    for name, default in _NUMBERS.items():
        out[name] = _number(frame, name, default, source)
    out["fixed"] = _yes(frame, source)
    out["source"] = source
    table = gpd.GeoDataFrame(pd.DataFrame(out, index=frame.index), geometry=shapes, crs=4326)
    if table["candidate_id"].duplicated().any():
        table["candidate_id"] = own
    stated = pd.DataFrame(
        None, index=table.index, columns=["unit", "town", "district"], dtype=object
    )
    units = assign_units(city.units, shapes, stated, stated_first=False)
    for name in HOLDERS:
        table[name] = units[name]
    table["unit_name"] = _leaf_names(city, table["leaf"])
    return table


def _number(frame: gpd.GeoDataFrame, name: str, default: float, source: str) -> pd.Series:
    """Figures of a column; an empty cell is the default, anything else must be a number."""
    if name not in frame:
        return pd.Series(default, index=frame.index)
    column = frame[name]
    text = column.astype("string").str.strip()
    stated = (text.notna() & ~text.str.lower().isin(_EMPTY)).to_numpy(dtype=bool)
    values: pd.Series = pd.to_numeric(text.where(stated), errors="coerce").astype("float64")
    # As tables write numbers: "1,200", full-width digits, "600人".
    written = (stated & values.isna()).to_numpy(dtype=bool)
    if written.any():
        values = values.where(~written, read_cells(column.astype("string"), "count").values)
    # Only a capacity may be without end.
    wrong = stated & ~(values >= 0).to_numpy(dtype=bool)
    if name != "capacity":
        wrong |= np.isinf(values.to_numpy())
    if wrong.any():
        row = int(wrong.argmax())
        negative = values.iloc[row] < 0
        raise InputError(
            f"candidate {row + 1} has a negative {name}"
            if negative
            else f"candidate {row + 1} has the {name} '{text.iloc[row]}'",
            file=source,
            row=_source_row(frame, row),
            field=name,
            hint="State a number from 0 up, or leave the cell empty.",
        )
    return values.fillna(default)


def _yes(frame: gpd.GeoDataFrame, source: str) -> np.ndarray:
    """Which candidates are part of every plan."""
    if "fixed" not in frame:
        return np.zeros(len(frame), dtype=bool)
    text = frame["fixed"].astype("string").str.strip().str.lower().fillna("")
    yes, no = text.isin(_YES), text.isin(_NO) | text.isin(_EMPTY)
    wrong = (~yes & ~no).to_numpy(dtype=bool)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"candidate {row + 1} says '{text.iloc[row]}' under fixed",
            file=source,
            row=_source_row(frame, row),
            field="fixed",
            hint="State yes or no (是 or 否).",
        )
    return np.asarray(yes, dtype=bool)


def _source_row(frame: gpd.GeoDataFrame, row: int) -> int | None:
    return int(frame["source_row"].iloc[row]) if "source_row" in frame else None


def street_candidates(
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
        Thinned to at most so many, but no polygon of ``inside`` is left without one.
    inside
        Polygons (EPSG:4326) that candidates must lie in: the urban villages, for sub-stations.
    """
    network = city.network
    # Nobody builds on a bridge or in a tunnel.
    places = places_along(
        network, CANDIDATE_SPACING_M, ~(network.tags.bridge | network.tags.tunnel)
    )
    xy = to_metres(network, places.lonlat)
    near = near[near.geometry.notna() & ~near.geometry.is_empty]
    useful, _ = cKDTree(to_metres(network, lonlat_of(near)).reshape(-1, 2)).query(
        xy, distance_upper_bound=within_m
    )
    points = shapely.points(places.lonlat)
    keep = np.isfinite(useful) & (_polygon_of(city.units["city"].geometry, points) >= 0)
    group = np.zeros(len(points), dtype=np.int64)
    if inside is not None:
        group = _polygon_of(inside, points)
        keep &= group >= 0
    rows = np.flatnonzero(keep)
    rows = rows[_thinned(xy[rows], most, group[rows])]
    return complete_candidates(
        gpd.GeoDataFrame(geometry=points[rows], crs=4326), city, source="generated"
    )


def candidates_beside(
    city: City, points: gpd.GeoDataFrame, *, most: int | None = 200
) -> gpd.GeoDataFrame:
    """Return places on the street right where some demand points meet it, evenly spread.

    Thinning may have left a small piece of the network without a candidate; these fill in.
    """
    if not len(points):
        return complete_candidates(
            gpd.GeoDataFrame(geometry=[], crs=4326), city, source="generated"
        )
    lonlat = lonlat_of(points)
    met = anchor(city.network, lonlat[:, 0], lonlat[:, 1], city.max_access_m)
    where = met.lonlat[met.on_network]
    rows = np.arange(len(where))
    if most is not None:
        rows = _thinned(to_metres(city.network, where), most)
    frame = gpd.GeoDataFrame(geometry=shapely.points(where[rows]), crs=4326)
    return complete_candidates(frame, city, source="generated")


def close_pairs(candidates: gpd.GeoDataFrame, city: City, distance_m: float) -> IntArray:
    """Return (k, 2) pairs of candidates nearer to each other than a distance, straight."""
    if distance_m <= 0 or len(candidates) < 2:
        return np.zeros((0, 2), dtype=np.int64)
    xy = to_metres(city.network, lonlat_of(candidates))
    pairs = cKDTree(xy).query_pairs(distance_m * (1 - 1e-9), output_type="ndarray")
    return np.asarray(pairs, dtype=np.int64)


def _thinned(xy: FloatArray, most: int, group: IntArray | None = None) -> IntArray:
    """Rows of at most so many points, one per cell of the finest grid that leaves so few.

    Each group has its own grid and keeps one point at least, also where that makes more.
    """
    rows = np.arange(len(xy))
    if not len(rows):
        return rows
    group = np.zeros(len(xy), dtype=np.int64) if group is None else group
    most = max(most, len(np.unique(group)))
    xy = xy - xy.min(axis=0)
    size = CANDIDATE_SPACING_M
    while len(rows) > most:
        cell = np.floor(xy / size).astype(np.int64)
        middle = (cell + 0.5) * size
        off = np.hypot(*(xy - middle).T)
        order = np.lexsort((off, cell[:, 1], cell[:, 0], group))
        key = np.column_stack([group, cell])[order]
        new = np.r_[True, (np.diff(key, axis=0) != 0).any(axis=1)]
        rows = np.sort(order[new])
        size *= 1.15
    return rows


def _polygon_of(polygons: gpd.GeoSeries, points: GeometryArray) -> IntArray:
    """(points,) position of the first polygon that each lies in, -1 = none."""
    polygon, hit = shapely.STRtree(points).query(polygons.to_numpy(), predicate="intersects")
    found = np.full(len(points), len(polygons), dtype=np.int64)
    np.minimum.at(found, hit, polygon)
    found[found == len(polygons)] = -1
    return found


def _leaf_names(city: City, leaf: pd.Series) -> pd.Series:
    tables = [city.units[level][["unit_id", "name"]] for level in LEAVES if level in city.units]
    if not tables:
        return pd.Series(None, index=leaf.index, dtype=object)
    names = pd.concat(tables, ignore_index=True)
    row = pd.Index(names["unit_id"]).get_indexer(leaf)
    return values_at(names, "name", row.astype(np.int64), leaf.index)
