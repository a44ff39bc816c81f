"""One finding as the script of map.html needs it: verdict, units, gaps, dots and circle."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.osm.barriers import barrier_kinds
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.frames import per_unit, sensitivity_rows
from livingcircle.publish.web.encode import encode_parts, finite, finite_list, lat_lon
from livingcircle.standards.finding import Finding
from livingcircle.vocab.groups import counted_name

__all__ = ["Shared", "best_links", "finding_data", "link_places"]

CIRCLE_NUMBERS = 450_000
"""Numbers that the areas of all circles may take (about 2 MB); the rest is in the GeoPackage."""

GAPS_A_STANDARD = 501
"""One more than the page lists, by which it knows that there are more."""
_DOT = {"covered": "c", "gap": "g", "off_network": "o", "island": "i"}


def finding_data(
    finding: Finding,
    packs: Mapping[str, int],
    units: gpd.GeoDataFrame,
    of_category: Sequence[str],
    gaps: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    route_of: Mapping[tuple[str, str], int],
    proof: Evidence,
    circles: Shared[Shape],
    dots: Shared[str],
) -> dict[str, object]:
    """Return one finding as the page needs it."""
    asked = finding.requirement
    drawn = proof.circle_of(asked.id)
    circle = None
    if drawn is not None and _has_room(circles):
        circle = circles.add(drawn[0], lambda: _outline(drawn[1]))
    letters = _dots(proof.point_status(finding), demand)
    number = {c: k for k, c in enumerate(of_category)}
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
        "limit": finite(proof.limit_m(asked.id), 0),
        "circle": circle,
        "dots": None if letters is None else dots.add(letters, lambda: letters),
        "units": _unit_rows(finding, units, route_of),
        "gaps": _gap_rows(asked.id, gaps, units, route_of),
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


def _position(units: gpd.GeoDataFrame) -> pd.Series:
    """Return (level, unit_id) → position among the units."""
    key = pd.MultiIndex.from_arrays([units["level"], units["unit_id"].astype(str)])
    places = pd.Series(np.arange(len(units)), index=key)
    return places[~places.index.duplicated()]


def _unit_rows(
    finding: Finding, units: gpd.GeoDataFrame, route_of: Mapping[tuple[str, str], int]
) -> list[list[object]]:
    """Return [unit, status, value, its unit, people left out, mean metres, route] of each unit."""
    table = per_unit(finding)
    if not len(table):
        return []
    key = pd.MultiIndex.from_arrays([table["level"], table["unit_id"].astype(str)])
    at = _position(units).reindex(key).to_numpy()
    measure = table["value_unit"] if "value_unit" in table else [finding.unit] * len(table)
    columns = [finite_list(table, name) for name in ("value", "residents_left_out", "mean_metres")]
    return [
        [int(k), status, value, unit, out, metres, route_of.get((finding.id, i), -1)]
        for k, i, status, unit, value, out, metres in zip(
            at, table["unit_id"], table["status"], measure, *columns, strict=True
        )
        if not np.isnan(k)
    ]


def _gap_rows(
    standard: str,
    gaps: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    route_of: Mapping[tuple[str, str], int],
) -> list[dict[str, object]]:
    """Return the ranked gaps of one standard."""
    own = gaps[gaps["standard"] == standard].head(GAPS_A_STANDARD)
    if not len(own):
        return []
    key = pd.MultiIndex.from_arrays([own["level"], own["unit_id"].astype(str)])
    unit = _position(units).reindex(key).to_numpy()
    columns = {n: finite_list(own, n) for n in ("people", "households", "metres", "straight_m")}
    return [
        {
            "id": str(row.gap_id),
            "name": _text(row.unit_name),
            "level": _text(row.level),
            "people": columns["people"][k],
            "households": columns["households"][k],
            "metres": columns["metres"][k],
            "straight": columns["straight_m"][k],
            "facility": _text(row.facility_name),
            "reason": _text(row.reason),
            "barrier": _barrier(row),
            "part": [row.part_zh, row.part_en] if _text(getattr(row, "part_zh", None)) else None,
            "help": [row.link_zh, row.link_en] if _text(getattr(row, "link_zh", None)) else None,
            "link": int(row.link),
            "at": lat_lon(row.lat, row.lon),
            "route": route_of.get((standard, row.unit_id), -1),
            "unit": None if np.isnan(unit[k]) else int(unit[k]),
        }
        for k, row in enumerate(own.itertuples(index=False))
    ]


def _barrier(row: object) -> list[str] | None:
    """Return what would have to be crossed: its name, else what it is, in both languages."""
    name, kind = _text(getattr(row, "barrier_name", None)), _text(getattr(row, "barrier", None))
    known = barrier_kinds().get(kind) if kind else None
    if known is None:
        return [kind] * 2 if kind else None
    return [f"{known.zh} {name}", f"{known.en} {name}"] if name else [known.zh, known.en]


def best_links(links: gpd.GeoDataFrame | None, gaps: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the links that some gap names as its best, each once."""
    if links is None or not len(links) or "link_id" not in gaps:
        return gpd.GeoDataFrame({"standard": [], "link_id": []}, geometry=[], crs="EPSG:4326")
    named = set(zip(gaps["standard"], gaps["link_id"], strict=True))
    keys = list(zip(links["standard"], links["link_id"], strict=True))
    chosen = links[[key in named for key in keys]]
    return chosen.drop_duplicates(["standard", "link_id"]).reset_index(drop=True)


def link_places(drawn: gpd.GeoDataFrame, gaps: gpd.GeoDataFrame) -> list[int]:
    """Return the position of each gap's best link among the drawn ones, -1 for none."""
    keys = zip(drawn["standard"], drawn["link_id"], strict=True)
    place = {key: k for k, key in enumerate(keys)}
    if not place:
        return [-1] * len(gaps)
    return [place.get(key, -1) for key in zip(gaps["standard"], gaps["link_id"], strict=True)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
