"""explore: a result or a reach as a folium map, to look around in from a notebook."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TypeAlias

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xyzservices
from branca.element import MacroElement
from jinja2 import Template

from livingcircle._arrays import ObjectArray
from livingcircle.arguments import wrong_type
from livingcircle.errors import ConfigError, WrongTypeError
from livingcircle.io.notes import shorten
from livingcircle.localized import LocalizedText
from livingcircle.network.geodesy import WGS84
from livingcircle.publish.credit import SHORT_CREDIT, network_credit, osm_credit
from livingcircle.publish.palette import FACILITY, POINT_STATUS, REASON
from livingcircle.routing.engine import Reach
from livingcircle.standards.finding import Finding
from livingcircle.standards.result import Result
from livingcircle.vocab.texts import text_in_both, texts

__all__ = ["explore", "explore_reach", "explore_result", "reach_html"]

TOLERANCE_DEG = 5e-5
"""About five metres: less than a screen shows of a city."""
DEGREE_STEP = 1e-6
"""Degrees are rounded to so much, a tenth of a metre."""
_Looks: TypeAlias = "dict[str, str | float]"
"""Colours and widths, as Leaflet names them."""
_Feature: TypeAlias = "dict[str, dict[str, object]]"
"""A GeoJSON feature: ``properties`` and ``geometry``."""
_LINE, _VILLAGE = "#6d7880", "#8A3D66"


def explore(what: Result | Reach, **options: object) -> folium.Map:
    """Draw a result or a reach; the options are those of its own function below.

    Raises
    ------
    WrongTypeError
        It is neither.
    """
    known: dict[type, Callable[..., folium.Map]] = {Result: explore_result, Reach: explore_reach}
    for kind, draw in known.items():
        if isinstance(what, kind):
            return draw(what, **options)
    raise WrongTypeError(
        LocalizedText(
            f"不知道如何绘制 {type(what).__name__}", f"a {type(what).__name__} cannot be drawn"
        ),
        hint=LocalizedText(
            "请传入 assess 或 reach 的结果。", "Give what assess or reach returned."
        ),
    )


def explore_result(
    result: Result, standard: str | None = None, *, tiles: str | folium.TileLayer | None = None
) -> folium.Map:
    """Draw the gaps of a result as layers that can be switched on and off.

    Parameters
    ----------
    result
        A city assessed against packs.
    standard
        Id of one requirement: its gaps and the facilities that it is about. None: every
        requirement with gaps has a layer, and the first one is shown.
    tiles
        Anything folium takes as a basemap, e.g. ``"OpenStreetMap"``. None: no basemap.

    Returns
    -------
    folium.Map
        Units, urban villages, facilities (of one requirement) and gaps, coloured by their reason.
        A notebook shows it by itself. Folium's maps load Leaflet from the web; the map.html that
        ``result.write`` makes works without.

    Raises
    ------
    ConfigError
        No requirement of that id was assessed, or folium knows no such basemap.
    """
    findings = (
        [result.finding(standard)] if standard else [f for f in result.findings if len(f.gaps)]
    )
    chart = _empty_map(tiles)
    for level in ("community", "village"):
        units = result.city.units.get(level)
        if units is not None and len(units):
            outlines = _layer(units, ["name", "residents", "households"], _outline(_LINE))
            outlines.add_to(_group(chart, text_in_both("level", level)))
    villages = result.city.urban_villages
    if len(villages):
        group = _group(chart, text_in_both("level", "urban_village"))
        _layer(villages, ["name", "residents"], _outline(_VILLAGE, 2)).add_to(group)
    for k, finding in enumerate(findings):
        _add_gaps(_group(chart, _title(finding), show=k == 0), finding)
    if standard:
        _add_facilities(chart, result, findings[0])
    folium.LayerControl(collapsed=len(findings) > 6).add_to(chart)
    _add_credit(chart, osm_credit(result.city))
    west, south, east, north = _bounds(result)
    chart.fit_bounds([[south, west], [north, east]])
    return chart


def _empty_map(tiles: str | folium.TileLayer | None) -> folium.Map:
    """Return a map with a basemap, or with none."""
    if not isinstance(tiles, str | folium.TileLayer | xyzservices.TileProvider | None):
        wanted = LocalizedText("底图的名称或 TileLayer", "the name of a basemap, or a TileLayer")
        raise wrong_type(tiles, "tiles", wanted)
    try:
        return folium.Map(tiles=tiles, control_scale=True)
    except ValueError as error:
        raise ConfigError(
            LocalizedText(f"没有名为“{tiles}”的底图", f"there is no basemap '{tiles}'"),
            field="tiles",
            hint=LocalizedText(
                '请写明其名称（如 "OpenStreetMap"），或给出带署名的 folium.TileLayer。',
                'Name one, such as "OpenStreetMap", or give a folium.TileLayer with its credit.',
            ),
        ) from error


def explore_reach(
    reach: Reach,
    *,
    limit_m: float | None = None,
    minutes: float | None = None,
    tiles: str | folium.TileLayer | None = None,
) -> folium.Map:
    """Draw what lies within a limit of the facilities of a search, and the facilities.

    Parameters
    ----------
    reach
        As ``livingcircle.reach`` gives it.
    limit_m, minutes
        One of them.
    tiles
        As for ``explore``.
    """
    chart = _empty_map(tiles)
    circle = reach.circle(limit_m=limit_m, minutes=minutes)
    looks: _Looks = {"color": FACILITY, "weight": 1, "fillColor": POINT_STATUS["covered"]}
    area = _layer(
        circle, ["limit_m", "minutes", "area_m2"], lambda _: {**looks, "fillOpacity": 0.4}
    )
    area.add_to(_group(chart, text_in_both("layer", "circle")))
    on = reach.anchors.on_network
    lonlat = reach.facility_lonlat[on]
    places = gpd.GeoDataFrame(
        {"facility_id": reach.facility_id[on]}, geometry=gpd.points_from_xy(*lonlat.T), crs=WGS84
    )
    _add_dots(chart, places, ["facility_id"])
    folium.LayerControl().add_to(chart)
    _add_credit(chart, network_credit(reach.network))
    # The circle may be empty, and so may the facilities.
    corners = shapely.get_coordinates(circle.geometry.to_numpy())
    corners = corners if len(corners) else reach.network.node_lonlat
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    chart.fit_bounds([[float(south), float(west)], [float(north), float(east)]])
    return chart


def reach_html(reach: Reach) -> str:
    """Return a Reach as a small table for a notebook."""
    rows = {
        "facility points on the network": f"{int(reach.anchors.on_network.sum()):,}",
        "facility points off it": f"{int((~reach.anchors.on_network).sum()):,}",
        "edges to walk on": f"{reach.network.edge_count:,}",
        "walker": f"{reach.walker.name}, {reach.walker.speed_m_s:g} m/s",
        "longest leg to the network": f"{reach.max_access_m:g} m",
    }
    cells = "".join(f"<tr><th>{k}</th><td>{escape(v)}</td></tr>" for k, v in rows.items())
    return f"<table><caption>Reach</caption>{cells}</table>"


class _Credit(MacroElement):  # type: ignore[misc]  # folium has no types
    """The credit of OpenStreetMap, written as folium writes elements of one's own."""

    _template = Template(
        "{% macro script(this, kwargs) %}{{ this._parent.get_name() }}"
        f'.attributionControl.addAttribution("{SHORT_CREDIT}");'
        "{% endmacro %}"
    )


def _add_credit(chart: folium.Map, credit: LocalizedText) -> None:
    """Name whose streets these are in the map's corner; a basemap of its own names itself."""
    if credit:
        _Credit().add_to(chart)


def _group(chart: folium.Map, name: str, *, show: bool = True) -> folium.FeatureGroup:
    return folium.FeatureGroup(name=escape(name), show=show).add_to(chart)


def _title(finding: Finding) -> str:
    """Return the id and what is asked, cut to what a layer list has room for."""
    asked = finding.requirement
    return f"{finding.id}: {shorten(asked.statement_zh, 40)} / {shorten(asked.statement_en, 60)}"


def _add_gaps(group: folium.FeatureGroup, finding: Finding) -> None:
    if not len(finding.gaps):
        return
    shown = ["unit_name", "reason", "people", "households", "metres", "straight_m"]
    marker = folium.CircleMarker(radius=6, weight=1)
    _layer(finding.gaps, shown, _by_reason, marker=marker).add_to(group)


def _add_facilities(chart: folium.Map, result: Result, finding: Finding) -> None:
    wanted = finding.requirement.needs.categories
    table = result.city.facilities.of(list(wanted)) if wanted else None
    if table is None or not table.geometry.notna().any():
        return
    table = table[table.geometry.notna()]
    points = table.set_geometry(table.geometry.representative_point())
    _add_dots(chart, points, ["name", "facility_id", "category_text"])


def _add_dots(chart: folium.Map, points: gpd.GeoDataFrame, columns: list[str]) -> None:
    """Add the facilities as dots."""
    looks: _Looks = {"color": "white", "weight": 1, "fillColor": FACILITY, "fillOpacity": 1}
    layer = _layer(points, columns, lambda _: looks, marker=folium.CircleMarker(radius=5))
    layer.add_to(_group(chart, text_in_both("layer", "facilities")))


def _layer(
    table: gpd.GeoDataFrame,
    columns: list[str],
    looks: Callable[[_Feature], _Looks],
    *,
    marker: folium.CircleMarker | None = None,
) -> folium.GeoJson:
    """Return a layer of the rows of a table; a row's figures show under the pointer."""
    there = [c for c in columns if c in table and table[c].notna().any()]
    geometry = table.geometry.to_crs(WGS84).simplify(TOLERANCE_DEG)
    shapes = shapely.set_precision(geometry.to_numpy(), DEGREE_STEP, mode="pointwise")
    figures = {c: _text(table[c]) for c in there}
    plain = gpd.GeoDataFrame(figures, geometry=shapes, crs=WGS84)
    labels = [text_in_both("column", c) for c in there]
    return folium.GeoJson(
        plain,
        style_function=looks,
        marker=marker,
        tooltip=folium.GeoJsonTooltip(there, labels) if there else None,
    )


def _text(column: pd.Series) -> ObjectArray:
    """Return figures in whole numbers and names safe in a page; what is unknown is empty."""
    number = pd.to_numeric(column, errors="coerce")
    if number.notna().any() and number.notna().equals(column.notna()):
        cells = number.map("{:,.0f}".format)
    else:
        words = texts()["reason"] if column.name == "reason" else {}
        cells = column.astype(str).map(lambda v: " / ".join(words[v]) if v in words else escape(v))
    return np.asarray(cells.where(column.notna(), ""), dtype=object)


def _outline(colour: str, weight: float = 1) -> Callable[[_Feature], _Looks]:
    looks: _Looks = {"color": colour, "weight": weight, "fillColor": colour, "fillOpacity": 0.04}
    return lambda _: looks


def _by_reason(feature: _Feature) -> _Looks:
    colour = REASON.get(str(feature["properties"].get("reason", "")), REASON["no_facility"])
    return {"color": colour, "weight": 1.2, "fillColor": colour, "fillOpacity": 0.5}


def _bounds(result: Result) -> tuple[float, float, float, float]:
    """Return what to show first: where people live."""
    west, south, east, north = result.city.demand.geometry.to_crs(WGS84).total_bounds
    return float(west), float(south), float(east), float(north)
