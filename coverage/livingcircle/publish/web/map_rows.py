"""Rows of units and gaps that map.html lists, made column by column for all findings at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeVar, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, IntArray, ObjectArray
from livingcircle.osm.barriers import barrier_kinds
from livingcircle.publish.frames import per_unit
from livingcircle.publish.office.tables import gap_figures
from livingcircle.publish.web.encode import finite_list
from livingcircle.standards.finding import Finding
from livingcircle.standards.rows import NO_UNIT

__all__ = ["best_links", "gap_rows", "link_places", "page_unit_rows", "place_of"]

T = TypeVar("T")
_UNIT_COLUMNS = (
    "unit_id", "level", "status", "value", "value_unit", "left_out", "mean_metres",
)  # fmt: skip


def place_of(keys: pd.MultiIndex) -> pd.Series:
    """Return key → its place among others, the first of each."""
    places = pd.Series(np.arange(len(keys)), index=keys)
    return places[~places.index.duplicated()]


def _places(known: pd.Series, *keys: pd.Series) -> IntArray:
    """Return the place of each row's key, -1 for one that is not there."""
    found = known.reindex(pd.MultiIndex.from_arrays(keys)).to_numpy(dtype=float)
    return np.where(np.isnan(found), -1, found).astype(np.int64)


def page_unit_rows(
    findings: Sequence[Finding], unit_of: pd.Series, route_of: pd.Series
) -> dict[str, list[list[object]]]:
    """Return [unit, status, value, its unit, people left out, mean metres, route] of each unit.

    Parameters
    ----------
    findings
        The findings; each has its list under its id, which may be empty.
    unit_of
        (level, unit_id) → number of the unit in the page.
    route_of
        (standard, unit_id) → number of the route.
    """
    lists: dict[str, list[list[object]]] = {one.id: [] for one in findings}
    parts = [
        _with_left_out(per_unit(one), one)
        .reindex(columns=list(_UNIT_COLUMNS))
        .assign(standard=one.id, of_finding=one.unit)
        for one in findings
    ]
    parts = [part.astype(object) for part in parts if len(part)]
    if not parts:
        return lists
    table = pd.concat(parts, ignore_index=True)
    at = _places(unit_of, table["level"], table["unit_id"].astype(str))
    table, at = table[at >= 0], at[at >= 0]
    columns = {
        "at": at,
        "status": table["status"],
        # A share in tenths would be another colour, and another number.
        "value": finite_list(table, "value", 6),
        "unit": table["value_unit"].fillna(table["of_finding"]),
        "out": finite_list(table, "left_out"),
        "metres": finite_list(table, "mean_metres"),
        "route": _places(route_of, table["standard"], table["unit_id"].astype(str)),
    }
    return lists | _by_standard(table["standard"], _rows(columns, len(table)).tolist())


def _with_left_out(rows: pd.DataFrame, finding: Finding) -> pd.DataFrame:
    """Return units with the people that are left out: those of the group, where it is about one."""
    if finding.group == "residents" or "numerator" not in rows:
        return rows.assign(left_out=rows.get("residents_left_out", np.nan))
    people = rows[["numerator", "denominator"]].apply(pd.to_numeric, errors="coerce")
    return rows.assign(left_out=people["denominator"] - people["numerator"])


def _by_standard(standard: pd.Series, rows: list[T]) -> dict[str, list[T]]:
    """Return the rows of each standard; those of one stand together."""
    names = standard.to_numpy(dtype=object)
    cut = [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1), len(names)]
    return {str(names[low]): rows[low:high] for low, high in pairwise(cut) if high > low}


def _rows(columns: Mapping[str, object], length: int) -> ObjectArray:
    """Return columns side by side as plain values of Python."""
    out = np.empty((length, len(columns)), dtype=object)
    for k, values in enumerate(columns.values()):
        # Through a list: numbers of numpy are no JSON.
        out[:, k] = values.tolist() if isinstance(values, pd.Series | np.ndarray) else values
    return out


def gap_rows(
    gaps: gpd.GeoDataFrame, unit_of: pd.Series, route_of: pd.Series, most: int
) -> dict[str, list[dict[str, object]]]:
    """Return the first so many gaps of each standard, as they are ranked.

    Parameters
    ----------
    gaps
        Standard by standard, the foremost first.
    unit_of, route_of
        As for ``page_unit_rows``.
    most
        Gaps of a standard.
    """
    own = gaps[gaps.groupby("standard").cumcount().lt(most).to_numpy(dtype=bool)]
    if not len(own):
        return {}
    ids = own["unit_id"].astype(str)
    unit = _places(unit_of, own["level"], ids).astype(object)
    unit[unit == -1] = None
    columns = {
        "id": own["gap_id"].astype(str),
        # The page has its own words for what lies in no unit.
        "name": _texts(own.assign(unit_name=own["unit_name"].replace(NO_UNIT, "")), "unit_name"),
        "level": _texts(own, "level"),
        **{name: finite_list(own, column) for name, column in _GAP_NUMBERS.items()},
        "facility": _nearest(own),
        "reason": _texts(own, "reason"),
        "barrier": _barriers(own),
        "part": _pairs(_texts(own, "part_zh"), _texts(own, "part_en")),
        "m2": _areas(own),
        "rooms": _pairs(_texts(own, "too_small_zh"), _texts(own, "too_small_en")),
        "help": _pairs(_texts(own, "link_zh"), _texts(own, "link_en")),
        "link": own["link"].astype(int),
        "at": _at(own),
        "route": _places(route_of, own["standard"], ids),
        "unit": unit,
    }
    table = pd.DataFrame(_rows(columns, len(own)), columns=list(columns), dtype=object)
    records = cast("list[dict[str, object]]", table.to_dict("records"))
    return _by_standard(own["standard"], records)


_GAP_NUMBERS = {
    "people": "people", "households": "households", "metres": "metres", "straight": "straight_m",
}  # fmt: skip


def _nearest(own: gpd.GeoDataFrame) -> ObjectArray:
    """Return the nearest facility; none of a gap that is a facility: it is not near itself."""
    itself = own["level"].eq("facility").to_numpy(dtype=bool)
    return _where(~itself, _texts(own, "facility_name"))


def _areas(own: gpd.GeoDataFrame) -> ObjectArray:
    """Return [square metres that there are, that are required, that lack], None without them."""
    out = np.full(len(own), None, dtype=object)
    if "lacking_m2" not in own:
        return out
    cells = [gap_figures(own[name], name) for name in ("area_m2", "required_m2", "lacking_m2")]
    known = np.flatnonzero(cells[2].notna())
    table = np.column_stack(cells).astype(object)
    table[pd.isna(table)] = None
    out[known] = pd.Series(table[known].tolist(), index=known, dtype=object)
    return out


def _texts(table: pd.DataFrame, name: str) -> ObjectArray:
    """Return texts, None for what is missing, empty or no text."""
    if name not in table:
        return np.full(len(table), None, dtype=object)
    values = table[name].to_numpy(dtype=object)
    known = pd.Index(list(map(type, values)), dtype=object).isin([str])
    known &= values != ""
    return _where(known, values)


def _where(known: BoolArray, values: ObjectArray) -> ObjectArray:
    """Return values where they are known, None elsewhere (pandas would make it NaN)."""
    out = np.full(len(values), None, dtype=object)
    out[known] = values[known]
    return out


def _pairs(zh: ObjectArray, en: ObjectArray) -> ObjectArray:
    """Return both languages as one cell, None where the first is missing."""
    out = np.full(len(zh), None, dtype=object)
    known = np.flatnonzero(pd.notna(zh))
    both = np.column_stack([zh, en])[known].tolist()
    out[known] = pd.Series(both, index=known, dtype=object)
    return out


def _at(own: gpd.GeoDataFrame) -> ObjectArray:
    """Return each place as Leaflet expects it, None for none."""
    lat_lon = np.column_stack([own["lat"], own["lon"]]).astype(float)
    out = np.full(len(own), None, dtype=object)
    known = np.flatnonzero(np.isfinite(lat_lon).all(axis=1))
    out[known] = pd.Series(np.round(lat_lon[known], 6).tolist(), index=known, dtype=object)
    return out


def _barriers(own: gpd.GeoDataFrame) -> ObjectArray:
    """Return what would have to be crossed: its name, else what it is, in both languages."""
    kind, name = _texts(own, "barrier"), _texts(own, "barrier_name")
    kinds = barrier_kinds()
    names = pd.Series(name).fillna("")

    def named(words: Mapping[str, str]) -> ObjectArray:
        word = pd.Series(kind).map(words)
        text = (word + " " + names).str.rstrip(" ").where(word.notna(), pd.Series(kind))
        return _where(pd.notna(kind), text.to_numpy(dtype=object))

    return _pairs(
        named({key: one.zh for key, one in kinds.items()}),
        named({key: one.en for key, one in kinds.items()}),
    )


def best_links(links: gpd.GeoDataFrame | None, gaps: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the links that some gap names as its best, each once."""
    if links is None or not len(links) or "link_id" not in gaps:
        return gpd.GeoDataFrame({"standard": [], "link_id": []}, geometry=[], crs="EPSG:4326")
    named = pd.MultiIndex.from_frame(gaps[["standard", "link_id"]])
    chosen = links[pd.MultiIndex.from_frame(links[["standard", "link_id"]]).isin(named)]
    return chosen.drop_duplicates(["standard", "link_id"]).reset_index(drop=True)


def link_places(drawn: gpd.GeoDataFrame, gaps: gpd.GeoDataFrame) -> IntArray:
    """Return the position of each gap's best link among the drawn ones, -1 for none."""
    if not len(drawn):
        return np.full(len(gaps), -1)
    known = place_of(pd.MultiIndex.from_frame(drawn[["standard", "link_id"]]))
    return _places(known, gaps["standard"], gaps["link_id"])
