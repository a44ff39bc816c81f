"""One finding as the script of map.html needs it: verdict, units, gaps, dots and circle."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, IntArray, ObjectArray
from livingcircle.osm.barriers import barrier_kinds
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.frames import per_unit, sensitivity_rows
from livingcircle.publish.web.encode import encode_parts, finite, finite_list
from livingcircle.standards.finding import Finding
from livingcircle.vocab.groups import counted_name

__all__ = [
    "Shape",
    "Shared",
    "best_links",
    "finding_data",
    "gaps_a_standard",
    "link_places",
    "place_of",
]

CIRCLE_NUMBERS = 450_000
"""Numbers that the areas of all circles may take (about 2 MB); the rest is in the GeoPackage."""

GAPS_ON_MAP, ALL_GAPS_ON_MAP = 500, 5_000
"""Gaps of a standard, and about so many of all together (1.3 MB)."""
_FEWEST = 100
_DOT = {"covered": "c", "gap": "g", "off_network": "o", "island": "i"}


def gaps_a_standard(gaps: pd.DataFrame) -> int:
    """Return how many gaps of a standard the page has room for."""
    share = ALL_GAPS_ON_MAP // max(int(gaps["standard"].nunique()), 1)
    return min(max(share, _FEWEST), GAPS_ON_MAP)


def finding_data(
    finding: Finding,
    packs: Mapping[str, int],
    unit_of: pd.Series,
    of_category: Sequence[str],
    gaps: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    route_of: pd.Series,
    evidence: Evidence,
    circles: Shared[Shape],
    dots: Shared[str],
    most_gaps: int,
) -> dict[str, object]:
    """Return one finding as the page needs it."""
    asked = finding.requirement
    drawn = evidence.circle_of(asked.id)
    circle = None
    if drawn is not None and _has_room(circles):
        circle = circles.add(drawn[0], lambda: _outline(drawn[1]))
    letters = _dots(evidence.point_status(finding), demand)
    number = {c: k for k, c in enumerate(of_category)}
    rows = _gap_rows(asked.id, gaps, unit_of, route_of, most_gaps)
    left = 0 if finding.gaps is None else len(finding.gaps) - len(rows)
    return {
        "id": asked.id,
        "pack": packs.get(asked.pack, 0),
        "clause": asked.clause,
        "kind": asked.kind,
        "circle_kind": asked.shows("by_home"),
        "village_kind": asked.shows("by_village"),
        "force": asked.force,
        "status": finding.status,
        "value": finite(finding.value),
        "target": finite(finding.target, 12),
        "unit": finding.unit,
        "of": finding.members_met,
        "reading": list(finding.readings.sentence),
        "depends": finding.readings.depends,
        "due": finding.due,
        "is_due": finding.is_due,
        "people": finite(finding.people_left_out, 0),
        "who": None if finding.group == "residents" else list(counted_name(finding.group)),
        "households": finite(finding.households_left_out, 0),
        "words": [asked.statement_zh, asked.statement_en],
        "note": [finding.note_zh, finding.note_en],
        "sensitivity": [[*words, finite(v)] for words, v in sensitivity_rows(finding)],
        "verified": asked.verified,
        "cats": [number[c] for c in asked.needs.categories if c in number],
        "limit": finite(evidence.limit_m(asked.id), 0),
        "circle": circle,
        "dots": None if letters is None else dots.add(letters, lambda: letters),
        "units": _unit_rows(finding, unit_of, route_of),
        "gaps": rows,
        **({"more_gaps": True} if left > 0 else {}),
    }


T = TypeVar("T")
Shape: TypeAlias = dict[str, list[int]]
"""What `encode_parts` makes of shapes."""


class Shared(Generic[T]):
    """Values that several standards share, each kept once."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._place: dict[Hashable, int] = {}

    def add(self, key: Hashable, make: Callable[[], T]) -> int:
        """Return the place of a value, which is made where it is new."""
        if key not in self._place:
            self._place[key] = len(self.values)
            self.values.append(make())
        return self._place[key]


def _has_room(circles: Shared[Shape]) -> bool:
    """Whether the page has room for more areas."""
    return sum(len(value["d"]) for value in circles.values) < CIRCLE_NUMBERS


def _outline(shape: gpd.GeoSeries) -> Shape:
    """Simplify a circle for the screen (0.00008 degrees are 8 m, digits to 1 m)."""
    return encode_parts(shape.simplify(0.00008), digits=5)


def _dots(status: pd.Series | None, demand: gpd.GeoDataFrame) -> str | None:
    """Return one letter per demand point: c, g, o, i, or - where the standard does not apply."""
    if status is None or not len(demand):
        return None
    return "".join(status.map(_DOT).reindex(demand.index).fillna("-"))


def place_of(keys: pd.MultiIndex) -> pd.Series:
    """Return key → its place among others, the first of each."""
    places = pd.Series(np.arange(len(keys)), index=keys)
    return places[~places.index.duplicated()]


def _places(known: pd.Series, *keys: pd.Series | str, length: int) -> IntArray:
    """Return the place of each row's key, -1 for one that is not there."""
    parts = [np.repeat(key, length) if isinstance(key, str) else key for key in keys]
    found = known.reindex(pd.MultiIndex.from_arrays(parts)).to_numpy(dtype=float)
    return np.where(np.isnan(found), -1, found).astype(np.int64)


def _unit_rows(finding: Finding, unit_of: pd.Series, route_of: pd.Series) -> list[list[object]]:
    """Return [unit, status, value, its unit, people left out, mean metres, route] of each unit."""
    table = per_unit(finding)
    if not len(table):
        return []
    ids = table["unit_id"].astype(str)
    at = _places(unit_of, table["level"], ids, length=len(table))
    drawn = table[at >= 0]
    columns = {
        "at": at[at >= 0],
        "status": drawn["status"],
        # A share in tenths would be another colour, and another number.
        "value": finite_list(drawn, "value", 4),
        "unit": drawn.get("value_unit", finding.unit),
        "out": finite_list(drawn, "residents_left_out"),
        "metres": finite_list(drawn, "mean_metres"),
        "route": _places(route_of, finding.id, ids[at >= 0], length=len(drawn)),
    }
    rows: list[list[object]] = _rows(columns, len(drawn)).tolist()
    return rows


def _rows(columns: Mapping[str, object], length: int) -> ObjectArray:
    """Return columns side by side as plain values of Python."""
    out = np.empty((length, len(columns)), dtype=object)
    for k, values in enumerate(columns.values()):
        # Through a list: numbers of numpy are no JSON.
        out[:, k] = values.tolist() if isinstance(values, pd.Series | np.ndarray) else values
    return out


def _gap_rows(
    standard: str, gaps: gpd.GeoDataFrame, unit_of: pd.Series, route_of: pd.Series, most: int
) -> list[dict[str, object]]:
    """Return the ranked gaps of one standard."""
    own = gaps[gaps["standard"] == standard].head(most)
    if not len(own):
        return []
    ids = own["unit_id"].astype(str)
    unit = _places(unit_of, own["level"], ids, length=len(own)).astype(object)
    unit[unit == -1] = None
    columns = {
        "id": own["gap_id"].astype(str),
        "name": _texts(own, "unit_name"),
        "level": _texts(own, "level"),
        **{name: finite_list(own, column) for name, column in _GAP_NUMBERS.items()},
        "facility": _texts(own, "facility_name"),
        "reason": _texts(own, "reason"),
        "barrier": _barriers(own),
        "part": _pairs(_texts(own, "part_zh"), _texts(own, "part_en")),
        "help": _pairs(_texts(own, "link_zh"), _texts(own, "link_en")),
        "link": own["link"].astype(int),
        "at": _at(own),
        "route": _places(route_of, standard, ids, length=len(own)),
        "unit": unit,
    }
    table = pd.DataFrame(_rows(columns, len(own)), columns=list(columns), dtype=object)
    rows: list[dict[str, object]] = table.to_dict("records")
    return rows


_GAP_NUMBERS = {
    "people": "people", "households": "households", "metres": "metres", "straight": "straight_m",
}  # fmt: skip


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

    def told(words: Mapping[str, str]) -> ObjectArray:
        word = pd.Series(kind).map(words)
        text = (word + " " + names).str.rstrip(" ").where(word.notna(), pd.Series(kind))
        return _where(pd.notna(kind), text.to_numpy(dtype=object))

    return _pairs(
        told({key: one.zh for key, one in kinds.items()}),
        told({key: one.en for key, one in kinds.items()}),
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
    return _places(known, gaps["standard"], gaps["link_id"], length=len(gaps))
