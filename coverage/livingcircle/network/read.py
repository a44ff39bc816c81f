"""Read a WalkNetwork from any file, or from the name of a place."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass, replace
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import geopandas as gpd

from livingcircle.arguments import number_from, wrong_type
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.formats.opening import check_file, open_source
from livingcircle.io.formats.reader import Layer
from livingcircle.io.object_store import fetched, is_object
from livingcircle.localized import LocalizedText
from livingcircle.network.edit import with_private
from livingcircle.network.from_graph import network_from_graph
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.lines import network_from_lines
from livingcircle.network.plausible import as_file_errors, refuse_implausible
from livingcircle.network.simplify import network_from_ways
from livingcircle.network.stored import keep_network, key_of, stored_network
from livingcircle.network.system import in_system
from livingcircle.osm.access import Mode, Private
from livingcircle.osm.objects import is_osm_file
from livingcircle.osm.ways import read_ways

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["NetworkSource", "network_from_place", "read_network"]

NetworkSource: TypeAlias = (
    "str | PathLike[str] | nx.MultiDiGraph[Hashable] | gpd.GeoDataFrame | WalkNetwork"
)
"""What a network is read from."""


def read_network(
    source: NetworkSource,
    *,
    mode: Literal["walk", "drive"] = "walk",
    layer: str | None = None,
    encoding: str | None = None,
    datum: str | None = None,
    crs: str | None = None,
    opened: Sequence[str] = (),
    private: Private = "destination",
    node: bool | None = None,
    snap_m: float = 0.0,
    cache: bool = True,
) -> WalkNetwork:
    """Read a network from a file, an osmnx graph or a GeoDataFrame of lines.

    Parameters
    ----------
    source
        A path of ``.osm.pbf`` or ``.osm``; ``.graphml`` as osmnx writes it; or lines in GeoPackage,
        GeoJSON, shapefile, FlatGeobuf or GeoParquet. Or a graph in memory as osmnx makes it, or
        lines in memory (any CRS). A WalkNetwork is returned unchanged. A path may be the address
        of an object, ``s3://bucket/walk.osm.pbf`` (extra ``cloud``).
    mode
        Which ways of an OpenStreetMap file to use. Lines and graphs are taken as they are.
    layer
        Layer of a file that holds several; the only layer of lines is found by itself.
    encoding
        Of the .dbf of a shapefile; found from its bytes where None.
    datum, crs
        Of a file of lines ("gcj02", "EPSG:4547"), whatever the file says of itself.
    opened
        OpenStreetMap ways and nodes that are open whatever the map says: ``"way/1"``,
        ``"node/2"``; for OpenStreetMap files.
    private
        What ``access=private`` means to walkers: ``"closed"``, ``"destination"`` (for those who
        live or go there, never to pass through) or ``"open"``.
    node, snap_m
        How lines that miss or cross each other are joined, see
        ``livingcircle.network.lines.network_from_lines``.
    cache
        Take the network of a file that was read before from the user's cache folder, and keep
        it there; the same arrays to the last bit. What is worked out on it (where points meet
        it, walks, circles) is kept likewise. See ``livingcircle.io.cache.cache_folder``.

    Raises
    ------
    MissingFileError, InputError
        If the file is absent, broken, or holds no network.
    ConfigError
        If an option makes no sense.
    """
    _check_words(mode, private, node)
    number_from(snap_m, "snap_m")
    if isinstance(source, WalkNetwork):
        return source
    if (graph := _as_graph(source)) is not None:
        _refuse_opened(opened, None)
        made = network_from_graph(graph, notes={"format": "graph", "mode": mode})
        return with_private(made, private)
    if isinstance(source, gpd.GeoDataFrame):
        _refuse_opened(opened, None)
        known = {"format": "lines", "mode": mode}
        made = network_from_lines(source, notes=known, node=node, snap_m=snap_m)
        return with_private(made, private)
    if not isinstance(source, str | PathLike):
        wanted = LocalizedText(
            "路径、osmnx 图或线状 GeoDataFrame", "a path, an osmnx graph or a GeoDataFrame of lines"
        )
        raise wrong_type(source, "network", wanted)
    path = fetched(str(source)) if is_object(source) else Path(source)
    check_file(path)
    options = _Options(
        mode, layer, encoding, datum, crs, tuple(map(str, opened)), private, node, float(snap_m)
    )
    key = key_of(path, asdict(options)) if cache else None
    found = None if key is None else stored_network(key, path)
    if found is None:
        found = _read_file(path, options)
        # A file that was exchanged meanwhile must not stand for the one that was hashed.
        if key is not None and key_of(path, asdict(options)) == key:
            keep_network(found, key, path)
    return replace(found, keeps=cache)


@dataclass(frozen=True)
class _Options:
    """How a file is read; see ``read_network``."""

    mode: Literal["walk", "drive"]
    layer: str | None
    encoding: str | None
    datum: str | None
    crs: str | None
    opened: tuple[str, ...]
    private: Private
    node: bool | None
    snap_m: float


def _read_file(path: Path, how: _Options) -> WalkNetwork:
    with as_file_errors(path):
        if is_osm_file(path):
            _refuse_system(path, how.datum, how.crs)
            ways = read_ways(path, how.mode, private=how.private, opened=how.opened)
            return refuse_implausible(network_from_ways(ways), path)
        if path.name.lower().endswith(".graphml"):
            _refuse_system(path, how.datum, how.crs)
            _refuse_opened(how.opened, path)
            return with_private(refuse_implausible(_read_graphml(path), path), how.private)
        _refuse_opened(how.opened, path)
        notes: dict[str, object] = {"source": path.name, "format": "lines", "mode": how.mode}
        lines, system = _read_lines(path, how.layer, how.encoding)
        lines = in_system(lines, path, notes, how.datum, how.crs, system)
        made = network_from_lines(lines, notes=notes, node=how.node, snap_m=how.snap_m)
        return with_private(refuse_implausible(made, path), how.private)


def _check_words(mode: object, private: object, node: object) -> None:
    for name, value, allowed in (
        ("mode", mode, get_args(Mode)),
        ("private", private, get_args(Private)),
        ("node", node, (True, False, None)),
    ):
        if not any(value is one or value == one for one in allowed):
            words = ", ".join(map(str, allowed))
            raise ConfigError(
                LocalizedText(f"没有 {name} = {value!r}", f"there is no {name} = {value!r}"),
                field=name,
                hint=LocalizedText(f"请给出其中之一：{words}。", f"Give one of {words}."),
            )


def _refuse_opened(opened: Sequence[str], file: Path | None) -> None:
    """Refuse objects of OpenStreetMap where the network does not say which they are."""
    if opened:
        raise InputError(
            "objects are stated as open, and this network does not name its objects",
            file=file,
            field="open",
            hint="Leave it out, or give the OpenStreetMap file (.osm.pbf, .osm) as the network.",
        )


def _refuse_system(path: Path, datum: str | None, crs: str | None) -> None:
    """Refuse a stated system where the format has its own."""
    if datum is not None or crs is not None:
        raise InputError(
            "a coordinate system is stated, and this format has its own",
            file=path,
            field="crs" if crs is not None else "datum",
            hint="Leave it out; crs and datum are for files of lines.",
        )


def _as_graph(source: object) -> nx.MultiDiGraph[Hashable] | None:
    """Return a graph that was given, as one of directed lines; None for anything else."""
    if isinstance(source, str | PathLike | gpd.GeoDataFrame):
        return None
    import networkx as nx

    return nx.MultiDiGraph(source) if isinstance(source, nx.Graph) else None


def _read_graphml(path: Path) -> WalkNetwork:
    # Heavy, and few cities need it.
    import networkx as nx

    try:
        graph = nx.read_graphml(path)
    except Exception as error:
        raise InputError(
            f"the GraphML file cannot be read ({type(error).__name__})",
            file=path,
            hint="Save it again with osmnx.save_graphml.",
        ) from error
    return network_from_graph(graph, notes={"source": path.name, "format": "GraphML"})


def _read_lines(
    path: Path, layer: str | None, encoding: str | None
) -> tuple[gpd.GeoDataFrame, str | None]:
    """Return the lines, and what their file calls a system that nobody knows."""
    opened = open_source(path, layer=layer, encoding=encoding, prefer="Line")
    frame = opened.frame if isinstance(opened, Layer) else None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(
            "the network is a table without lines",
            file=path,
            hint="Give OSM (.osm.pbf, .osm), GraphML, or lines (.gpkg, .geojson, .shp).",
        )
    return frame, opened.system if isinstance(opened, Layer) else None


def network_from_place(place: str) -> WalkNetwork:
    """Download the walking network of a place from OpenStreetMap.

    Parameters
    ----------
    place
        A name that Nominatim finds, for example ``"思明区, 厦门市"``.

    Raises
    ------
    WrongTypeError
        If the place is no text.
    InputError
        If the place is not found or the download fails.
    """
    if not isinstance(place, str) or not place.strip():
        raise wrong_type(place, "place", LocalizedText("地名", "the name of a place"))
    # osmnx brings a drawing library along: half a second that no run of a file should wait for.
    from livingcircle.osm.download import OsmServers, fetch_boundary, fetch_network

    with TemporaryDirectory(prefix="livingcircle-") as folder:
        servers = OsmServers.of(Path(folder))
        graph = fetch_network(servers, fetch_boundary(servers, place))
    return network_from_graph(graph, notes={"source": place, "format": "OpenStreetMap download"})
