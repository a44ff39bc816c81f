"""The base map of map.html, from the city's own extract: nothing is fetched."""

from __future__ import annotations

from typing import TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle.osm.background import background_kinds
from livingcircle.publish.web.encode import encode_parts, lat_lon
from livingcircle.publish.web.map_findings import Shape

__all__ = ["Background", "background"]

BACKGROUND_POINTS = 150_000
"""Points that a kind may take (about 0.8 MB): the largest of it are kept."""

NAMES = 3_000
_MARGIN, _WATER_MARGIN = 0.15, 0.6
"""Shares of the box of the city that are shown beyond it; the sea fills a broad window."""

_SIMPLER_DEG = 0.00004
"""4 m: less than a pixel until a street is wider than the line."""

_STREETS = ("main", "expressway")


class Background(TypedDict):
    """What the page draws below its layers."""

    layers: dict[str, Shape]
    names: list[list[object]]
    """[name, kind, [lat, lon]], the most important first."""


def background(
    found: gpd.GeoDataFrame | None, units: gpd.GeoDataFrame, box: list[list[float]]
) -> Background:
    """Return what lies on the ground, and the names to write on it.

    Parameters
    ----------
    found
        What the city's extract knows (``livingcircle.osm.background.background_of``).
    units
        The page's units, EPSG:4326, with ``level`` and ``name``.
    box
        South-west and north-east corners of the page, latitude first.
    """
    names = _unit_names(units)
    if found is None:
        return {"layers": {}, "names": names}
    (south, west), (north, east) = box
    shapes, water = found.geometry.to_numpy().copy(), (found["kind"] == "water").to_numpy()
    for own, margin in ((water, _WATER_MARGIN), (~water, _MARGIN)):
        dx, dy = margin * (east - west), margin * (north - south)
        shapes[own] = shapely.clip_by_rect(
            shapes[own], west - dx, south - dy, east + dx, north + dy
        )
    found = found.set_geometry(gpd.GeoSeries(shapes, crs=4326))
    found = found[~(found.geometry.isna() | found.geometry.is_empty)]
    layers = {
        kind.id: _drawn(found.loc[found["kind"] == kind.id, "geometry"])
        for kind in background_kinds().values()
        if kind.shape != "name" and (found["kind"] == kind.id).any()
    }
    return {"layers": layers, "names": [*names, *_names(found)][:NAMES]}


def _drawn(shapes: gpd.GeoSeries) -> Shape:
    """Return shapes for the screen, the largest where there are too many."""
    simple = shapely.simplify(shapes.to_numpy(), _SIMPLER_DEG)
    simple = simple[~shapely.is_empty(simple)]
    size = np.where(
        shapely.get_dimensions(simple) == 2, shapely.area(simple), shapely.length(simple)
    )
    order = np.argsort(-size, kind="stable")
    fits = np.cumsum(shapely.get_num_coordinates(simple)[order]) <= BACKGROUND_POINTS
    return encode_parts(gpd.GeoSeries(simple[np.sort(order[fits])]), digits=5)


def _unit_names(units: gpd.GeoDataFrame) -> list[list[object]]:
    """Return the names of units, districts before communities."""
    drawn = units[~(units.geometry.isna() | units.geometry.is_empty)]
    levels = ("district", "town", "urban_village", "community", "village")
    parts = [drawn[drawn["level"] == level] for level in levels]
    table = pd.concat(parts)
    return _rows(table["name"], table["level"], table.geometry.representative_point())


def _names(found: gpd.GeoDataFrame) -> list[list[object]]:
    """Return names of places, streets and landmarks; a street is named on its longest part."""
    named = found[found["name"].notna()]
    streets = named[named["kind"].isin(_STREETS)]
    streets = streets.assign(size=shapely.length(streets.geometry.to_numpy()))
    streets = streets.sort_values("size", ascending=False).drop_duplicates("name")
    middle = shapely.line_interpolate_point(
        shapely.get_geometry(streets.geometry.to_numpy(), 0), 0.5, normalized=True
    )
    points = {kind.id for kind in background_kinds().values() if kind.shape == "name"}
    rest = named[named["kind"].isin(points)].drop_duplicates(["name", "kind"])
    return [
        *_rows(rest["name"], rest["kind"], rest.geometry),
        *_rows(streets["name"], streets["kind"], gpd.GeoSeries(middle)),
    ]


def _rows(names: pd.Series, kinds: pd.Series, points: gpd.GeoSeries) -> list[list[object]]:
    lonlat = shapely.get_coordinates(points.to_numpy())
    return [
        [str(name), str(kind), lat_lon(lat, lon)]
        for name, kind, (lon, lat) in zip(names, kinds, lonlat.tolist(), strict=True)
    ]
