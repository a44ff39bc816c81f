"""The door of the network room: any file, or a place name, to a WalkNetwork."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import geopandas as gpd
import networkx as nx
import osmnx as ox
import pyogrio

from livingcircle.errors import InputError, MissingFileError
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.lines import network_from_graph, network_from_lines
from livingcircle.network.simplify import network_from_ways
from livingcircle.osm.ways import first_line, read_ways

__all__ = ["network_from_place", "read_network"]

_OSM = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
_TABLES = (".parquet", ".geoparquet")


def read_network(
    source: str | Path, *, mode: Literal["walk", "drive"] = "walk", layer: str | None = None
) -> WalkNetwork:
    """Read a network from a file.

    Parameters
    ----------
    source
        ``.osm.pbf`` or ``.osm``; ``.graphml`` as osmnx writes it; or lines in GeoPackage,
        GeoJSON, shapefile, FlatGeobuf or GeoParquet.
    mode
        Which ways of an OpenStreetMap file to use. Lines and graphs are taken as they are.
    layer
        Layer of a file that holds several; the only layer of lines is found by itself.

    Raises
    ------
    MissingFileError, InputError
        If the file is absent, broken, or holds no network.
    """
    path = Path(source)
    if not path.is_file():
        raise MissingFileError("no such file", file=path, hint="Check the path of the network.")
    name = path.name.lower()
    if name.endswith(_OSM):
        return network_from_ways(read_ways(path, mode))
    if name.endswith(".graphml"):
        return _read_graphml(path)
    notes = {"source": path.name, "format": "lines", "mode": mode}
    return network_from_lines(_read_lines(path, layer), notes=notes)


def _read_graphml(path: Path) -> WalkNetwork:
    try:
        graph = nx.read_graphml(path)
    except Exception as error:
        raise InputError(
            f"the GraphML file cannot be read ({type(error).__name__})",
            file=path,
            hint="Save it again with osmnx.save_graphml.",
        ) from error
    return network_from_graph(graph, notes={"source": path.name, "format": "GraphML"})


def _read_lines(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    try:
        if path.name.lower().endswith(_TABLES):
            return gpd.read_parquet(path)
        return pyogrio.read_dataframe(path, layer=layer or _line_layer(path))
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"the network cannot be read ({first_line(error)})",
            file=path,
            hint="Give OSM (.osm.pbf, .osm), GraphML, or lines (.gpkg, .geojson, .shp).",
        ) from error


def _line_layer(path: Path) -> str | None:
    layers = pyogrio.list_layers(path)
    lines = [name for name, kind in layers if kind and "Line" in kind]
    if len(layers) <= 1:
        return None
    if len(lines) != 1:
        raise InputError(
            f"the file holds {len(lines)} layers of lines ({', '.join(lines) or 'none'})",
            file=path,
            hint='State which one is the network: layer = "...".',
        )
    return str(lines[0])


def network_from_place(place: str) -> WalkNetwork:
    """Download the walking network of a place from OpenStreetMap with osmnx.

    Parameters
    ----------
    place
        A name that Nominatim finds, for example ``"思明区, 厦门市"``.

    Raises
    ------
    InputError
        If the place is not found or the download fails.
    """
    try:
        graph = ox.graph_from_place(place, network_type="walk", retain_all=True)
    except Exception as error:
        raise InputError(
            f"the network of {place!r} could not be downloaded ({first_line(error)})",
            field="place",
            hint="Check the name and the connection, or give a file as source.",
        ) from error
    return network_from_graph(graph, notes={"source": place, "format": "OSMnx download"})
