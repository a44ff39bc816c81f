"""What looks wrong about a city, the problems of most people first."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray, GeometryArray
from livingcircle.city.model import City
from livingcircle.city.quality_findings import check_title
from livingcircle.vocab.levels import BELOW_CITY

__all__ = ["NEAR_M", "people_of", "problems"]

NEAR_M = 1000.0
"""People within this distance of a problem count as affected by it: a walk of 15 minutes."""
_MOST = 200


def problems(city: City) -> list[dict[str, object]]:
    """Return the quality findings of a city, those of most people first.

    Returns
    -------
    list of dict
        ``check``, ``title``, ``severity``, ``text``, ``count``, ``file``, ``row``, and ``people``
        as ``people_of`` counts them.
    """
    issues = city.issues
    people = people_of(city)
    rank = issues["severity"].map({"error": 0, "warning": 1, "info": 2}).to_numpy(dtype=float)
    order = np.lexsort((np.arange(len(issues)), rank, -people))[:_MOST]
    rows = issues.iloc[order]
    return [
        {
            "check": row["check"],
            "title": list(check_title(row["check"])),
            "severity": row["severity"],
            "text": [row["text_zh"], row["text_en"]],
            "count": int(row["count"]),
            "file": row["source_file"],
            "row": None if pd.isna(row["source_row"]) else int(row["source_row"]),
            "people": float(moved),
        }
        for row, moved in zip(rows.to_dict("records"), people[order], strict=True)
    ]


def people_of(city: City) -> FloatArray:
    """Return for each quality finding how many people live within 1,000 m of what it is about.

    Straight metres to the place it names; to the facilities of its words, or to all of its file,
    where it names no place; everybody where it is about the whole city. Points of demand count
    where nobody says how many people live there.
    """
    issues, homes = city.issues, city.demand
    people = homes["residents"].fillna(0.0).to_numpy(dtype=float)
    unstated = not people.any()
    if unstated:
        people = np.ones(len(homes))
    crs = city.network.crs_m
    tree = shapely.STRtree(homes.geometry.to_crs(crs).to_numpy())
    places = [_place(city, row) for row in issues.itertuples()]
    there: GeometryArray = np.array(gpd.GeoSeries(places, crs=4326).to_crs(crs), dtype=object)
    total = float(people.sum())
    out = np.full(len(issues), total)
    known = ~shapely.is_missing(there) & ~shapely.is_empty(there)
    out[known] = 0.0
    # Those whose place nobody knows are near no place: they themselves are who is affected.
    lost = (issues["check"] == "demand_no_place").to_numpy()
    themselves = issues["count"] if unstated else issues["people"].fillna(0.0)
    out[lost] = themselves.to_numpy(dtype=float)[lost]
    issue, home = tree.query(there, predicate="dwithin", distance=NEAR_M)
    out += np.bincount(issue, weights=people[home], minlength=len(issues))
    moved: FloatArray = np.minimum(out, total)
    return moved


def _place(city: City, issue: object) -> shapely.Geometry | None:
    """Return what a finding is about on the map; None for the whole city."""
    shape = getattr(issue, "geometry", None)
    if shape is not None and not shape.is_empty:
        return shape
    file, check = getattr(issue, "source_file", ""), getattr(issue, "check", "")
    listed = city.facilities.table
    mine = listed[listed["source_file"] == file]
    if check in ("no_coordinates", "bad_coordinates"):
        return _units_of(city, mine[mine["status"] == check])
    mine = mine[mine.geometry.notna()]
    if check == "unmapped_category":
        text = str(getattr(issue, "text_zh", ""))
        named = mine["category_text"].map(lambda word: str(word) in text, na_action="ignore")
        mine = mine[named.fillna(False).astype(bool)]
        if mine.empty:
            return shapely.Point()
    if mine.empty:
        return None
    return shapely.MultiPoint(shapely.get_coordinates(shapely.centroid(mine.geometry.to_numpy())))


def _units_of(city: City, rows: pd.DataFrame) -> shapely.Geometry | None:
    """Return the units that rows without a place name; None where a row names none."""
    shapes = []
    for row in rows[[level for level in BELOW_CITY if level in rows]].to_dict("records"):
        level = next((level for level, unit in row.items() if isinstance(unit, str)), None)
        table = city.units.get(str(level))
        if level is None or table is None:
            return None
        shapes += list(table.geometry[(table["unit_id"] == row[level]).to_numpy()])
    return shapely.union_all(shapes) if shapes else None
