"""A drawing board in metres, for tests whose answers follow from arithmetic."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry import LineString, Point, Polygon, mapping
from shapely.geometry.base import BaseGeometry

from livingcircle.network.edit import EdgePoints, add_links
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.lines import network_from_lines
from livingcircle.routing.engine import Reach

GEOD = pyproj.Geod(ellps="WGS84")
Metres = tuple[float, float]
# Texts that must stay texts wherever a page, a table or a terminal shows them.
NASTY = "<script>alert('社区')</script>"
FORMULA = '=HYPERLINK("http://x","a")'


@dataclass(frozen=True)
class Plan:
    """A drawing board at a place on the ellipsoid: x metres east, y metres north of it.

    North-south streets are meridians, so their metres are exact. East-west streets follow a
    parallel, which differs from the geodesic by less than a micrometre in a kilometre.
    """

    lon: float = 113.5
    lat: float = 30.25

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Longitude and latitude of a position on the board."""
        _, lat, _ = GEOD.fwd(self.lon, self.lat, 0.0, y)
        radius = GEOD.a / math.sqrt(1 - GEOD.es * math.sin(math.radians(lat)) ** 2)
        return self.lon + math.degrees(x / (radius * math.cos(math.radians(lat)))), lat

    def line(self, *corners: Metres) -> list[tuple[float, float]]:
        """A polyline in degrees from corners in metres."""
        return [self.at(*corner) for corner in corners]

    def points(
        self, where: Iterable[Metres], *, ids: Sequence[str] | None = None, index=None
    ) -> gpd.GeoDataFrame:
        """A table of points; with ``ids`` a table of facilities."""
        geometry = [Point(self.at(*xy)) for xy in where]
        columns = {} if ids is None else {"facility_id": list(ids)}
        return gpd.GeoDataFrame(columns, geometry=geometry, crs="EPSG:4326", index=index)

    def facilities(self, where: Sequence[Metres]) -> gpd.GeoDataFrame:
        """A table of facilities named f0, f1, ..."""
        return self.points(where, ids=[f"f{i}" for i in range(len(where))])


PLAN = Plan()


def box(west: float, south: float, east: float, north: float) -> Polygon:
    """A rectangle drawn in metres, in degrees."""
    return Polygon(PLAN.line((west, south), (east, south), (east, north), (west, north)))


def layer(rows: Sequence[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """A table of rows that each hold their ``geometry`` in degrees."""
    return gpd.GeoDataFrame(list(rows), geometry="geometry", crs=4326)


def write_features(
    path: Path, features: Iterable[tuple[Mapping[str, object], BaseGeometry]]
) -> Path:
    """Write properties and geometries as GeoJSON, digit for digit."""
    rows = [
        {"type": "Feature", "properties": dict(properties), "geometry": mapping(geometry)}
        for properties, geometry in features
    ]
    text = json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False)
    path.write_text(text, "utf-8")
    return path


def write_lines(path: Path, lines: Iterable[Sequence[tuple[float, float]]]) -> Path:
    """Write polylines as GeoJSON, digit for digit."""
    return write_features(
        path, [({"number": number}, LineString(line)) for number, line in enumerate(lines)]
    )


def write_osm(
    path: Path,
    ways: Iterable[tuple[dict[str, str], Sequence[Metres]]],
    *,
    nodes: Mapping[Metres, Mapping[str, str]] | None = None,
    sign: int = 1,
) -> Path:
    """Write ways drawn in metres as OSM XML; equal corners are one node; ``nodes`` have tags."""
    number: dict[Metres, int] = {}
    ways = list(ways)
    for _, corners in ways:
        for corner in corners:
            number.setdefault(corner, sign * (len(number) + 1))
    rows = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="tests">']
    for corner, ref in number.items():
        lon, lat = PLAN.at(*corner)
        said = _tags((nodes or {}).get(corner, {}))
        head = f'<node id="{ref}" version="1" lat="{lat:.9f}" lon="{lon:.9f}"'
        rows += [head + ">", *said, "</node>"] if said else [head + "/>"]
    for way, (tags, corners) in enumerate(ways, start=1):
        rows.append(f'<way id="{way}" version="1">')
        rows += [f'<nd ref="{number[corner]}"/>' for corner in corners]
        rows += _tags(tags)
        rows.append("</way>")
    rows.append("</osm>")
    path.write_text("\n".join(rows))
    return path


def _tags(tags: Mapping[str, str]) -> list[str]:
    return [f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items()]


def walk_network(lines: Iterable[Sequence[tuple[float, float]]]) -> WalkNetwork:
    """The package's network of polylines in degrees, without going through a file."""
    return network_from_lines(
        gpd.GeoDataFrame(geometry=[LineString(line) for line in lines], crs="EPSG:4326")
    )


def with_link(reach: Reach, link: pd.Series) -> WalkNetwork:
    """The network of a search with one of its proposed links built, a row of ``find_links``."""
    corners = shapely.get_coordinates(link["geometry"])
    near, far = (
        EdgePoints(
            np.array([link[f"edge_{side}"]], dtype=np.int64),
            np.array([link[f"offset_{side}_m"]], dtype=float),
            corners[k : k + 1],
        )
        for k, side in enumerate("ab")
    )
    return add_links(reach.network, near, far)
