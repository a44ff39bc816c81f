"""What map.html knows: the result as one compact structure for the page's script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle.city.facilities import Facilities
from livingcircle.network.graph import WalkNetwork
from livingcircle.osm.barriers import barrier_kinds
from livingcircle.publish import palette
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.frames import gaps_frame, headline, per_unit, sensitivity_rows
from livingcircle.publish.web.encode import encode_parts, encode_points, finite
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.finding import Finding
from livingcircle.standards.result import Result
from livingcircle.vocab.categories import category_name
from livingcircle.vocab.levels import holder_of
from livingcircle.vocab.texts import texts

__all__ = ["map_data"]

WGS84 = "EPSG:4326"

SCREEN_M = 4.0
"""Borders are simplified to this: less than a pixel at the zoom where a community fills a phone."""

STREET_POINTS = 150_000
DEMAND_POINTS = 40_000
"""More than this makes a page heavy and shows nothing more; the GeoPackage has them all."""

CIRCLE_NUMBERS = 450_000
"""Numbers that the areas of all circles may take (about 2 MB); the rest is in the GeoPackage."""

ROUTES_A_STANDARD = 150
GAPS_A_STANDARD = 2_000

_WORD_TABLES = {"status": "status", "reason": "reason", "level": "level", "force": "force",
                "unit": "unit", "point_status": "point", "one_of": "one"}  # fmt: skip
_DOT = {"covered": "c", "gap": "g", "off_network": "o", "island": "i"}


def map_data(
    result: Result,
    proof: Evidence,
    links: gpd.GeoDataFrame | None = None,
    plans: Sequence[SitePlan] = (),
) -> dict[str, Any]:
    """Return the page's data; every list of a kind is parallel to the others of that kind."""
    city = result.city
    units = _unit_table(result)
    facilities, of_category = _facilities(city)
    packs = {pack.id: k for k, pack in enumerate(result.packs)}
    placed = city.demand.geometry.notna() & ~city.demand.geometry.is_empty
    demand = city.demand[placed] if len(city.demand) <= DEMAND_POINTS else city.demand.iloc[:0]
    order = np.lexsort((demand.geometry.y, (demand.geometry.x * 2000).round()))
    demand = demand.iloc[order]
    routes, route_of = _routes(proof)
    gaps = gaps_frame(result)
    drawn = _best_links(links, gaps)
    gaps = gaps.assign(link=_link_places(drawn, gaps))
    circles = _Shared()
    dots = _Shared()
    proposed = {plan.standard: _plan(plan) for plan in plans}
    standards = [
        _standard(f, packs, units, of_category, gaps, demand, route_of, proof, circles, dots)
        | {"plan": proposed.get(f.id)}
        for f in result.findings
    ]
    return {
        "city": {
            "zh": city.name,
            "en": city.name_en or city.name,
            "as_of": result.as_of,
            "box": _box(city, units),
        },
        "words": _words(),
        "packs": [[p.id, p.title.zh, p.title.en] for p in result.packs],
        "standards": standards,
        "first": headline(result.findings),
        "units": {
            "names": units["name"].astype(str).tolist(),
            "levels": units["level"].tolist(),
            "people": _list(units, "residents"),
            "households": _list(units, "households"),
            "shapes": encode_parts(units.geometry),
        },
        "facilities": facilities,
        "cats": [[c, *category_name(c)] for c in of_category],
        "demand": {"points": encode_points(demand.geometry)},
        "streets": encode_parts(_streets(city.network), digits=5),
        "circles": circles.values,
        "dots": dots.values,
        "routes": routes,
        "links": encode_parts(drawn.geometry),
        "breaks": list(palette.SHARE_BREAKS),
        "colours": {
            "ramp": list(palette.RAMP),
            "status": palette.STATUS,
            "point": palette.POINT_STATUS,
            "reason": palette.REASON,
            "facility": palette.FACILITY,
            "none": palette.NO_DATA,
        },
    }


def _plan(plan: SitePlan) -> list[dict[str, Any]]:
    """Return the proposed sites, and the ones with new links that would do as much."""
    return [
        {
            "note": [option.note_zh, option.note_en],
            "sites": [
                {
                    "name": str(site.name),
                    "at": _place(site.lat, site.lon),
                    "people": finite(site.people, 0),
                    "text": [site.text_zh, site.text_en],
                    "staff": [finite(site.staff_low, 0), finite(site.staff_high, 0)],
                }
                for site in option.sites.itertuples(index=False)
            ],
            "links": [
                {"text": [link.text_zh, link.text_en], "line": _corners(link.geometry)}
                for link in option.built_links.itertuples(index=False)
            ],
        }
        for option in plan.options
    ]


def _corners(line: Any) -> list[list[float]]:
    """Return a line as Leaflet wants it: latitude first."""
    return [[round(y, 6), round(x, 6)] for x, y in shapely.get_coordinates(line).tolist()]


def _words() -> dict[str, list[str]]:
    """Return the words of the page: the plain ones, and ``table.key``."""
    out = {key: list(pair) for key, pair in texts()["ui"].items()}
    for table, prefix in _WORD_TABLES.items():
        out |= {f"{prefix}.{key}": list(pair) for key, pair in texts()[table].items()}
    return out


def _list(frame: pd.DataFrame, name: str) -> list[float | int | None]:
    if name not in frame:
        return [None] * len(frame)
    return [finite(v, 1) for v in pd.to_numeric(frame[name], errors="coerce")]


def _unit_table(result: Result) -> gpd.GeoDataFrame:
    """Return all units and urban villages in one table, indexed by (level, unit_id)."""
    city = result.city
    parts = [u.assign(level=level) for level, u in city.units.items() if len(u)]
    villages = city.urban_villages
    if len(villages):
        parts.append(villages.assign(unit_id=villages["village_id"], level="urban_village"))
    keep = ["unit_id", "name", "level", "residents", "households", "geometry"]
    if not parts:
        return gpd.GeoDataFrame({c: [] for c in keep[:-1]}, geometry=[], crs=WGS84)
    parts = [_for_screen(_peopled(p.reindex(columns=keep), city), city.network) for p in parts]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=WGS84)


def _peopled(units: gpd.GeoDataFrame, city: Any) -> gpd.GeoDataFrame:
    """Fill in the people of units that state none by those of the homes inside."""
    column = holder_of(units["level"].iloc[0])
    for name in ("residents", "households"):
        stated = pd.to_numeric(units[name], errors="coerce")
        if column in city.demand and name in city.demand:
            values = pd.to_numeric(city.demand[name], errors="coerce")
            sums = values.groupby(city.demand[column]).sum(min_count=1)
            stated = stated.fillna(units["unit_id"].map(sums))
        units = units.assign(**{name: stated})
    return units


def _for_screen(units: gpd.GeoDataFrame, network: WalkNetwork) -> gpd.GeoDataFrame:
    """Simplify areas to what a screen shows, shared borders alike on both sides."""
    flat = gpd.GeoSeries(units.geometry, crs=WGS84).to_crs(network.crs_m)
    shapes = flat.to_numpy().copy()
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    # A unit that no boundary file knows keeps its row, and has nothing to draw.
    if drawn.any():
        shapes[drawn] = shapely.coverage_simplify(shapes[drawn], SCREEN_M, simplify_boundary=True)
    back = gpd.GeoSeries(shapes, index=units.index, crs=network.crs_m).to_crs(WGS84)
    return gpd.GeoDataFrame(units.drop(columns="geometry"), geometry=back)


def _facilities(city: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the facilities that have a place, and the categories in use."""
    table = city.facilities.table
    placed = table.geometry.notna() & ~table.geometry.is_empty
    table = table[placed & (table["categories"].map(len) > 0)]
    used = list(Facilities(table.reset_index(drop=True)).categories)
    number = {c: k for k, c in enumerate(used)}
    return {
        "names": table["name"].fillna("").astype(str).tolist(),
        "cats": [[number[c] for c in own if c in number] for own in table["categories"]],
        "points": encode_points(table.geometry.representative_point()),
    }, used


def _streets(network: WalkNetwork) -> gpd.GeoSeries:
    """Return the walkable edges as lines, the longest ones only where there are too many."""
    counts = np.diff(network.edge_start)
    edge = np.repeat(np.arange(network.edge_count), counts)
    lines = shapely.linestrings(network.coords, indices=edge)
    # 0.00003 degrees are 3 m: under a pixel until the streets are wider than the line.
    lines = shapely.simplify(lines, 0.00003)
    size = shapely.get_num_coordinates(lines)
    if size.sum() > STREET_POINTS:
        order = np.argsort(-network.edge_length_m, kind="stable")
        keep = order[np.cumsum(size[order]) <= STREET_POINTS]
        lines = lines[np.sort(keep)]
    return gpd.GeoSeries(lines, crs=WGS84)


def _box(city: Any, units: gpd.GeoDataFrame) -> list[list[float]]:
    """Return the south-west and north-east corners of what there is to see."""
    lonlat = city.network.node_lonlat
    boxes = [
        units.total_bounds,
        city.demand.total_bounds,
        [*lonlat.min(axis=0), *lonlat.max(axis=0)],
    ]
    # Units and demand may be tables without a single shape.
    west, south, east, north = next(box for box in boxes if np.isfinite(box).all())
    return [[round(float(south), 5), round(float(west), 5)],
            [round(float(north), 5), round(float(east), 5)]]  # fmt: skip


def _routes(proof: Evidence) -> tuple[dict[str, Any], Mapping[tuple[str, str], int]]:
    """Return the drawn routes, and (standard, unit_id) → position among them."""
    lines = proof.routes
    lines = lines[lines.groupby("standard").cumcount() < ROUTES_A_STANDARD]
    flat = lines.geometry.to_crs(WGS84).simplify(0.00001)
    index = dict(zip(zip(lines["standard"], lines["unit_id"], strict=True), range(len(lines)),
                     strict=True))  # fmt: skip
    return {**encode_parts(flat), "metres": _list(lines, "metres")}, index


def _standard(
    finding: Finding,
    packs: Mapping[str, int],
    units: gpd.GeoDataFrame,
    of_category: Sequence[str],
    gaps: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    route_of: Mapping[tuple[str, str], int],
    proof: Evidence,
    circles: _Shared,
    dots: _Shared,
) -> dict[str, Any]:
    """Return one finding as the page needs it."""
    asked = finding.requirement
    drawn = proof.circle_of(asked.id)
    circle = None
    if drawn is not None and circles.room():
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
        "target": finite(finding.target),
        "unit": finding.unit,
        "due": finding.due,
        "is_due": finding.is_due,
        "people": finite(finding.people_left_out, 0),
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


class _Shared:
    """Values that several standards share, each kept once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._place: dict[Any, int] = {}

    def room(self) -> bool:
        """Whether the page has room for more areas."""
        return sum(len(value["d"]) for value in self.values) < CIRCLE_NUMBERS

    def add(self, key: Any, make: Callable[[], Any]) -> int:
        """Return the place of a value, which is made where it is new."""
        if key not in self._place:
            self._place[key] = len(self.values)
            self.values.append(make())
        return self._place[key]


def _outline(shape: gpd.GeoSeries) -> dict[str, list[int]]:
    """Simplify a circle for the screen (0.00008 degrees are 8 m, digits to 1 m)."""
    return encode_parts(shape.simplify(0.00008), digits=5)


def _dots(status: pd.Series | None, demand: gpd.GeoDataFrame) -> str | None:
    """Return one letter a demand point: c, g, o, i, or - where the standard does not apply."""
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
) -> list[list[Any]]:
    """Return [unit, status, value, its unit, people left out, mean metres, route] of each unit."""
    table = per_unit(finding)
    if not len(table):
        return []
    key = pd.MultiIndex.from_arrays([table["level"], table["unit_id"].astype(str)])
    at = _position(units).reindex(key).to_numpy()
    measure = table["value_unit"] if "value_unit" in table else [finding.unit] * len(table)
    columns = [_list(table, name) for name in ("value", "residents_left_out", "mean_metres")]
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
) -> list[dict[str, Any]]:
    """Return the ranked gaps of one standard."""
    own = gaps[gaps["standard"] == standard].head(GAPS_A_STANDARD)
    if not len(own):
        return []
    key = pd.MultiIndex.from_arrays([own["level"], own["unit_id"].astype(str)])
    unit = _position(units).reindex(key).to_numpy()
    columns = {n: _list(own, n) for n in ("people", "households", "metres", "straight_m")}
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
            "at": _place(row.lat, row.lon),
            "route": route_of.get((standard, row.unit_id), -1),
            "unit": None if np.isnan(unit[k]) else int(unit[k]),
        }
        for k, row in enumerate(own.itertuples(index=False))
    ]


def _barrier(row: Any) -> list[str] | None:
    """Return what would have to be crossed: its name, else what it is, in both languages."""
    name, kind = _text(getattr(row, "barrier_name", None)), _text(row.barrier)
    known = barrier_kinds().get(kind) if kind else None
    if known is None:
        return [kind] * 2 if kind else None
    return [f"{known.zh} {name}", f"{known.en} {name}"] if name else [known.zh, known.en]


def _best_links(links: gpd.GeoDataFrame | None, gaps: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the links that some gap names as its best, each once."""
    if links is None or not len(links) or "link_id" not in gaps:
        return gpd.GeoDataFrame({"standard": [], "link_id": []}, geometry=[], crs=WGS84)
    named = set(zip(gaps["standard"], gaps["link_id"], strict=True))
    keys = list(zip(links["standard"], links["link_id"], strict=True))
    chosen = links[[key in named for key in keys]]
    return chosen.drop_duplicates(["standard", "link_id"]).reset_index(drop=True)


def _link_places(drawn: gpd.GeoDataFrame, gaps: gpd.GeoDataFrame) -> list[int]:
    """Return the position of each gap's best link among the drawn ones, -1 for none."""
    keys = zip(drawn["standard"], drawn["link_id"], strict=True)
    place = {key: k for k, key in enumerate(keys)}
    if not place:
        return [-1] * len(gaps)
    return [place.get(key, -1) for key in zip(gaps["standard"], gaps["link_id"], strict=True)]


def _place(lat: float, lon: float) -> list[float] | None:
    if not (np.isfinite(lat) and np.isfinite(lon)):
        return None
    return [round(lat, 6), round(lon, 6)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
