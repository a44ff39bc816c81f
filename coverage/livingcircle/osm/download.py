"""Downloads from OpenStreetMap: the boundary of a place, its streets, and objects by their tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import shapely

from livingcircle.errors import InputError
from livingcircle.osm.objects import read_objects
from livingcircle.osm.servers import OsmServers, Reply, download_errors

__all__ = ["OsmServers", "fetch_boundary", "fetch_network", "fetch_objects"]

_SQUARE_M = 50_000.0
"""A larger area is asked for in squares, so that the server does not run out of time."""
# What may be walked, as osmnx's network_type "walk" asks for it.
_WALKABLE = (
    '["highway"]["area"!~"yes"]["access"!~"private"]'
    '["highway"!~"abandoned|bus_guideway|construction|cycleway|motor|no|planned|platform|proposed|'
    'raceway|razed|rest_area|services"]["foot"!~"no"]["service"!~"private"]["sidewalk"!~"separate"]'
    '["sidewalk:both"!~"separate"]["sidewalk:left"!~"separate"]["sidewalk:right"!~"separate"]'
)
# Beyond osmnx's own: what tells stairs, crossings, bridges and levels apart.
_WAY_TAGS = ("foot", "footway", "layer", "lit")
_KEEP_APART = ["highway", "footway", "bridge", "tunnel", "layer"]
_KINDS = ("node", "way", "relation")
T = TypeVar("T")


def fetch_boundary(servers: OsmServers, place: str) -> shapely.Geometry:
    """Return the polygon (EPSG:4326) of a place that Nominatim finds.

    Raises
    ------
    InputError
        It is not found, or has no area, or the download fails.
    """
    with download_errors("boundary", servers):
        found = servers.places(place)
        if not found:
            raise InputError(
                "Nominatim knows no such place",
                hint="Check the spelling, or add the city: '思明区, 厦门市'",
                field="place",
            )
        outline = shapely.geometry.shape(found[0]["geojson"])
        if outline.geom_type not in ("Polygon", "MultiPolygon"):
            raise InputError(
                f"'{place[:80]}' is found, but only as a point without a boundary",
                field="place",
                hint="Name a district or town, or give --pbf and --boundary",
            )
        return shapely.make_valid(outline)


def fetch_network(servers: OsmServers, area: shapely.Geometry) -> nx.MultiDiGraph[int]:
    """Return the walking network of a polygon (EPSG:4326) as a simplified osmnx graph.

    All pieces are kept. Edges end where stairs, bridges or crossings begin.

    Raises
    ------
    InputError
        There is no street, or the download fails.
    """
    nothing = InputError(
        "OpenStreetMap has no walkable street there", hint="Try another area", field="place"
    )
    with download_errors("network", servers):
        found = _elements(servers, area, lambda poly: f"(way{_WALKABLE}{poly};>;);out;")
        if not any(element["type"] == "way" for element in found):
            raise nothing
        with _way_tags():
            graph = _read(
                found,
                lambda path: ox.graph_from_xml(
                    path, bidirectional=True, simplify=False, retain_all=True
                ),
            )
        try:
            graph = ox.truncate.truncate_graph_polygon(graph, area, truncate_by_edge=True)
        except ValueError:
            raise nothing from None
        return ox.simplify_graph(graph, edge_attrs_differ=_KEEP_APART)


def fetch_objects(
    servers: OsmServers,
    area: shapely.Geometry,
    tags: Mapping[str, bool | list[str]],
    *,
    what: str,
) -> gpd.GeoDataFrame:
    """Return the objects with certain tags in a polygon.

    Parameters
    ----------
    servers
        Where to ask.
    area
        Polygon or MultiPolygon, EPSG:4326.
    tags
        Key → True for any value, or the values.
    what
        For the message.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, empty where there are none: ``osm`` ("node/1", "way/2", ...), ``tags`` (dict),
        and the geometry: Point, Polygon or MultiPolygon, of a line its middle.

    Raises
    ------
    InputError
        The download fails.
    """
    terms = [
        term
        for key, values in tags.items()
        for term in ([f"['{key}']"] if isinstance(values, bool) else
                     [f"['{key}'='{value}']" for value in values])
    ]  # fmt: skip
    filters = [
        f"{key}=*" if isinstance(values, bool) else f"{key}={'|'.join(values)}"
        for key, values in tags.items()
    ]

    def query(poly: str) -> str:
        parts = "".join(f"({kind}{term}{poly};>;);" for term in terms for kind in _KINDS)
        return f"({parts});out;"

    with download_errors(what, servers):
        found = _read(
            _elements(servers, area, query), lambda path: read_objects(path, {what: filters})
        )
    shapely.prepare(area)
    inside = shapely.intersects(area, found.geometry.to_numpy())
    return found.loc[inside, ["osm", "tags", "geometry"]].reset_index(drop=True)


def _elements(servers: OsmServers, area: shapely.Geometry, query: Callable[[str], str]) -> Reply:
    """Return what a query finds in an area: nodes, then ways, then relations, each once."""
    found: dict[tuple[object, object], dict[str, object]] = {}
    for part in _squares(area):
        corners = " ".join(f"{lat:.6f} {lon:.6f}" for lon, lat in shapely.get_coordinates(part))
        for element in servers.elements(query(f"(poly:'{corners}')")):
            # One that is asked for by its tags comes with them, as part of a way without.
            key = (element["type"], element["id"])
            if key not in found or "tags" in element:
                found[key] = element
    order = {kind: number for number, kind in enumerate(_KINDS)}
    return sorted(found.values(), key=lambda e: (order.get(str(e["type"]), 3), int(str(e["id"]))))


def _squares(area: shapely.Geometry) -> list[shapely.Polygon]:
    """Return the parts of an area, without holes, cut into squares where they are large."""
    shape = gpd.GeoSeries([area], crs=4326)
    metres = shape.estimate_utm_crs()
    local = shape.to_crs(metres).iloc[0]
    west, south, east, north = local.bounds
    x, y = (
        low + _SQUARE_M * np.arange(int(np.ceil((high - low) / _SQUARE_M)))
        for low, high in ((west, east), (south, north))
    )
    if len(x) * len(y) > 1:
        left, low = (axis.ravel() for axis in np.meshgrid(x, y))
        cells = shapely.box(left, low, left + _SQUARE_M, low + _SQUARE_M)
        area = gpd.GeoSeries(shapely.intersection(local, cells), crs=metres).to_crs(4326).to_numpy()
    parts = shapely.get_parts(shapely.get_parts(area))
    parts = parts[shapely.get_dimensions(parts) == 2]
    return [shapely.Polygon(part.exterior) for part in parts]


def _read(found: Reply, reader: Callable[[Path], T]) -> T:
    """Read elements as the OpenStreetMap file that holds them."""
    with TemporaryDirectory(prefix="livingcircle-") as folder:
        path = Path(folder) / "found.osm"
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n')
            stream.writelines(map(_xml, found))
            stream.write("</osm>\n")
        return reader(path)


def _xml(element: Mapping[str, object]) -> str:
    """Return an element of Overpass's JSON as the XML of OpenStreetMap."""

    def row(name: str, values: Mapping[str, object]) -> str:
        return f"<{name} {' '.join(f'{k}={quoteattr(str(v))}' for k, v in values.items())}"

    own: dict[str, object] = {"id": element["id"], "version": 1}
    own |= {name: element[name] for name in ("lat", "lon") if name in element}
    nodes, members, tags = (element.get(name) or () for name in ("nodes", "members", "tags"))
    inner = ""
    if isinstance(nodes, list):
        inner += "".join(row("nd", {"ref": ref}) + "/>" for ref in nodes)
    if isinstance(members, list):
        keys = ("type", "ref", "role")
        inner += "".join(row("member", {k: m[k] for k in keys}) + "/>" for m in members)
    if isinstance(tags, dict):
        inner += "".join(row("tag", {"k": k, "v": v}) + "/>" for k, v in tags.items())
    kind = str(element["type"])
    return f"{row(kind, own)}>{inner}</{kind}>\n" if kind in _KINDS else ""


@contextmanager
def _way_tags() -> Iterator[None]:
    """Let osmnx keep the tags of ways that are needed, and put its setting back afterwards."""
    before = ox.settings.useful_tags_way
    ox.settings.useful_tags_way = list(dict.fromkeys([*before, *_WAY_TAGS]))
    try:
        yield
    finally:
        ox.settings.useful_tags_way = before
