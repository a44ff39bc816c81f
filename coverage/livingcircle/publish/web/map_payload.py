"""Data of map.html: the result as one compact structure for the page's script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle.city.facilities import Facilities
from livingcircle.city.model import City
from livingcircle.gaps.draws.uncertainty import Uncertainty
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.geodesy import WGS84
from livingcircle.network.graph import WalkNetwork
from livingcircle.publish import palette
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.frames import opening_finding
from livingcircle.publish.gap_lists import gap_lists
from livingcircle.publish.web.background import Background, background
from livingcircle.publish.web.encode import (
    encode_parts,
    encode_points,
    finite,
    finite_list,
    lat_lon,
)
from livingcircle.publish.web.live_payload import live_data, page_facilities
from livingcircle.publish.web.map_bare import units_without_streets
from livingcircle.publish.web.map_cells import with_cells
from livingcircle.publish.web.map_findings import (
    Shape,
    Shared,
    finding_data,
    gaps_a_standard,
)
from livingcircle.publish.web.map_rows import (
    best_links,
    gap_rows,
    link_places,
    page_unit_rows,
    place_of,
)
from livingcircle.publish.web.map_walking import (
    DOUBTFUL_HOMES,
    WalkingLayers,
    doubtful_homes,
    walking_layers,
)
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.result import Result
from livingcircle.vocab.amounts import amount_pattern
from livingcircle.vocab.categories import category_name
from livingcircle.vocab.levels import holder_of
from livingcircle.vocab.texts import texts

__all__ = ["map_data"]


SCREEN_M = 4.0
"""Borders are simplified to this: less than a pixel at the zoom where a community fills a phone."""

STREET_POINTS = 150_000
DEMAND_POINTS = 250_000
"""More than this makes a page heavy and shows nothing more; the GeoPackage has them all."""

ROUTES_ON_MAP = 150

_WORD_TABLES = {"status": "status", "reason": "reason", "level": "level", "force": "force",
                "point_status": "point", "one_of": "one",
                "plan": "plan", "walk_over": "walk_over", "slow": "slow"}  # fmt: skip


_UNIT = 3
"""Where a row of a unit has what its value is in."""


class MapCity(TypedDict):
    """Whose map it is."""

    zh: str
    en: str
    as_of: int
    box: list[list[float]]
    """South-west and north-east corners, latitude first."""


class MapPayload(TypedDict):
    """What the script of the page reads; every list of a kind is parallel to the others of it."""

    city: MapCity
    words: dict[str, list[str]]
    packs: list[list[str]]
    expired: list[list[str]]
    standards: list[dict[str, object]]
    first: int
    units: dict[str, object]
    facilities: dict[str, object]
    cats: list[list[str]]
    demand: dict[str, list[int]]
    streets: Shape
    circles: list[Shape]
    dots: list[str]
    routes: dict[str, object]
    links: Shape
    breaks: list[float]
    colours: dict[str, object]
    background: Background
    walking: WalkingLayers
    live: dict[str, str] | None
    """What the engine of the page reads; None where the city is too large for it."""
    map: NotRequired[str]
    """Name of the map in the page's script."""
    groups: NotRequired[dict[str, str]]
    credit: NotRequired[list[str]]


def map_data(
    result: Result,
    evidence: Evidence,
    links: gpd.GeoDataFrame | None = None,
    plans: Sequence[SitePlan] = (),
    uncertainty: Uncertainty | None = None,
) -> MapPayload:
    """Return the page's data; every list of a kind is parallel to the others of that kind."""
    city = result.city
    units, cells = with_cells(result, _unit_table(result))
    facilities, of_category = _facilities(city)
    packs = {pack.id: k for k, pack in enumerate(result.packs)}
    placed = city.demand.geometry.notna() & ~city.demand.geometry.is_empty
    demand = city.demand[placed] if len(city.demand) <= DEMAND_POINTS else city.demand.iloc[:0]
    order = np.lexsort((demand.geometry.y, (demand.geometry.x * 2000).round()))
    demand = demand.iloc[order]
    box = _box(city, units)
    routes, route_of = _routes(evidence)
    gaps = gap_lists(result).shown
    drawn = best_links(links, gaps)
    gaps = gaps.assign(link=link_places(drawn, gaps))
    unit_of = place_of(pd.MultiIndex.from_arrays([units["level"], units["unit_id"].astype(str)]))
    of_units = page_unit_rows(result.findings, unit_of, route_of)
    of_gaps = gap_rows(gaps, unit_of, route_of, gaps_a_standard(gaps))
    circles: Shared[Shape] = Shared()
    dots: Shared[str] = Shared()
    proposed = {plan.standard: _plan(plan) for plan in plans}
    standards = [
        finding_data(
            f,
            packs,
            of_category,
            demand,
            evidence,
            circles,
            dots,
            of_units[f.id],
            of_gaps.get(f.id, []),
        )
        | {"plan": proposed.get(f.id)}
        for f in result.findings
    ]
    drawn_for = [f for f in result.findings if f.demand is not None and "p_covered" in f.demand]
    for finding, standard in zip(result.findings, standards, strict=True):
        doubt = doubtful_homes(finding, demand, DOUBTFUL_HOMES // max(len(drawn_for), 1))
        if doubt is not None:
            standard["doubt"] = list(doubt)
        band = [finite(finding.measures.get(end)) for end in ("band_low", "band_high")]
        if None not in band:
            standard["band"] = band
        own = cells.get(str(standard["id"]))
        if own is not None:
            standard["units"] = [*own, *cast("list[list[object]]", standard["units"])]
    return {
        "city": {
            "zh": city.name,
            "en": city.name_en or city.name,
            "as_of": result.as_of,
            "box": box,
        },
        "words": _words(standards),
        "packs": [[p.id, p.title.zh, p.title.en] for p in result.packs],
        "expired": [list(p.document.over(result.as_of)) for p in result.packs],
        "standards": standards,
        "first": opening_finding(result.findings),
        "units": {
            "names": units["name"].astype(str).tolist(),
            "levels": units["level"].tolist(),
            "people": finite_list(units, "residents"),
            "households": finite_list(units, "households"),
            "shapes": encode_parts(units.geometry),
            "bare": units_without_streets(units, demand, dots.values),
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
        "background": background(evidence.context.surroundings.background, units, box),
        "walking": walking_layers(city.network, uncertainty),
        "live": live_data(result, evidence.context, units, demand),
        "colours": {
            "ramp": list(palette.RAMP),
            "ramp_on_dark": list(palette.RAMP_ON_DARK),
            "status": palette.STATUS,
            "point": palette.POINT_STATUS,
            "reason": palette.REASON,
            "facility": palette.FACILITY,
            "none": palette.NO_DATA,
        },
    }


def _plan(plan: SitePlan) -> list[dict[str, object]]:
    """Return the proposed sites, and the ones with new links that would do as much."""
    return [
        {
            "note": [option.note_zh, option.note_en],
            "sites": [
                {
                    "name": str(site.name),
                    "name_en": str(site.name_en),
                    "at": lat_lon(site.lat, site.lon),
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


def _corners(line: shapely.LineString) -> list[list[float]]:
    """Return a line as Leaflet expects it: latitude first."""
    return [[round(y, 6), round(x, 6)] for x, y in shapely.get_coordinates(line).tolist()]


def _words(standards: Sequence[Mapping[str, object]]) -> dict[str, list[str]]:
    """Return the words of the page: the plain ones, ``table.key``, and how amounts are said."""
    out = {key: list(pair) for key, pair in texts()["ui"].items()}
    for table, prefix in _WORD_TABLES.items():
        out |= {f"{prefix}.{key}": list(pair) for key, pair in texts()[table].items()}
    rows = [row for one in standards for row in cast("list[list[object]]", one["units"])]
    units = {"m2"} | {str(one["unit"]) for one in standards} | {str(row[_UNIT]) for row in rows}
    return out | {f"amount.{unit}": list(amount_pattern(unit)) for unit in sorted(units)}


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


def _peopled(units: gpd.GeoDataFrame, city: City) -> gpd.GeoDataFrame:
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


def _facilities(city: City) -> tuple[dict[str, object], list[str]]:
    """Return the facilities that have a place, and the categories in use."""
    table = page_facilities(city)
    used = list(Facilities(table.reset_index(drop=True)).categories)
    number = {c: k for k, c in enumerate(used)}
    return {
        "names": table["name"].fillna("").astype(str).tolist(),
        "cats": [[number[c] for c in own if c in number] for own in table["categories"]],
        "points": encode_points(table.geometry.representative_point()),
    }, used


def _streets(network: WalkNetwork) -> gpd.GeoSeries:
    """Return the walkable edges as lines, the longest ones only where there are too many."""
    # 0.00003 degrees are 3 m: under a pixel until the streets are wider than the line.
    lines = shapely.simplify(edge_lines(network), 0.00003)
    size = shapely.get_num_coordinates(lines)
    if size.sum() > STREET_POINTS:
        order = np.argsort(-network.edge_length_m, kind="stable")
        keep = order[np.cumsum(size[order]) <= STREET_POINTS]
        lines = lines[np.sort(keep)]
    return gpd.GeoSeries(lines, crs=WGS84)


def _box(city: City, units: gpd.GeoDataFrame) -> list[list[float]]:
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


def _routes(evidence: Evidence) -> tuple[dict[str, object], pd.Series]:
    """Return the drawn routes, and (standard, unit_id) → position among them."""
    lines = evidence.routes
    lines = lines[lines.groupby("standard").cumcount() < ROUTES_ON_MAP]
    flat = lines.geometry.to_crs(WGS84).simplify(0.00001)
    keys = pd.MultiIndex.from_arrays([lines["standard"], lines["unit_id"].astype(str)])
    # Of several walks from a unit the last one is shown with it.
    index = pd.Series(np.arange(len(lines)), index=keys)
    index = index[~keys.duplicated(keep="last")]
    return {**encode_parts(flat), "metres": finite_list(lines, "metres")}, index
