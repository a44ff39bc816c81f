"""Downloads from OpenStreetMap through osmnx: cached, resumable, and explained where they fail."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import geopandas as gpd
import numpy as np
import osmnx as ox
import pandas as pd
import shapely
from requests import exceptions as http

from livingcircle.errors import InputError
from livingcircle.osm.ways import first_line

__all__ = ["fetch_boundary", "fetch_network", "fetch_objects", "osm_servers"]

NOMINATIM_VARIABLE = "LIVINGCIRCLE_NOMINATIM_URL"
OVERPASS_VARIABLE = "LIVINGCIRCLE_OVERPASS_URL"
BUSY_TRIES = 3
"""osmnx waits 55 s and asks a busy server again without end; so many answers are waited for."""
_BUSY = frozenset({429, 504})
# Beyond osmnx's own: what tells stairs, crossings, bridges and levels apart.
_WAY_TAGS = ("foot", "footway", "layer", "lit")
_KEEP_APART = ["highway", "footway", "bridge", "tunnel", "layer"]
_AGAIN = "Run the same command again: what was downloaded is kept, and it goes on from there"


class _RefusedError(Exception):
    """A server answered, but not with what was asked for."""


@contextmanager
def osm_servers(cache: Path) -> Iterator[None]:
    """Set osmnx up for the block, and put every setting back afterwards.

    Replies are kept in ``cache``. The servers are osmnx's own settings, or those that the
    environment variables ``LIVINGCIRCLE_NOMINATIM_URL`` and ``LIVINGCIRCLE_OVERPASS_URL`` name.
    """
    settings = ox.settings
    before = {name: getattr(settings, name) for name in settings.__annotations__}
    # osmnx pins the host's address by replacing this function.
    resolve = socket.getaddrinfo
    try:
        settings.use_cache, settings.cache_folder = True, str(cache)
        settings.cache_only_mode = False
        settings.nominatim_url = os.environ.get(NOMINATIM_VARIABLE) or settings.nominatim_url
        settings.overpass_url = os.environ.get(OVERPASS_VARIABLE) or settings.overpass_url
        # Only the public servers have the status page that says when a slot is free.
        public = (urlparse(settings.overpass_url).hostname or "").endswith("overpass-api.de")
        settings.overpass_rate_limit = settings.overpass_rate_limit and public
        # A name that cannot be resolved is not asked of a third party.
        settings.doh_url_template = None
        settings.useful_tags_way = list(dict.fromkeys([*settings.useful_tags_way, *_WAY_TAGS]))
        settings.requests_kwargs = _watched(settings.requests_kwargs)
        _drop_broken(cache)
        yield
    finally:
        socket.getaddrinfo = resolve
        for name, value in before.items():
            setattr(settings, name, value)


def _watched(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments of requests with a look at each reply before osmnx takes it.

    osmnx takes a reply that the server broke off ("remark") for the whole, one that is no JSON
    for an empty one, and asks a busy server again for ever.
    """
    busy = 0

    def look(response: Any, *_: Any, **__: Any) -> None:
        nonlocal busy
        if response.is_redirect or urlparse(response.url).path.endswith("/status"):
            return
        host = urlparse(response.url).netloc
        if response.status_code in _BUSY:
            busy += 1
            if busy >= BUSY_TRIES:
                raise _RefusedError(f"{host} is busy (HTTP {response.status_code})")
            return
        busy = 0
        if not response.ok:
            raise _RefusedError(f"{host} answered HTTP {response.status_code} {response.reason}")
        try:
            reply = response.json()
        except ValueError:
            raise _RefusedError(
                f"{host} answered something else than data (a proxy, or a reply cut off)"
            ) from None
        if isinstance(reply, dict) and "remark" in reply:
            raise _RefusedError(f"{host} broke off: {str(reply['remark'])[:120]}")

    hooks = dict(kwargs.get("hooks") or {})
    own = hooks.get("response") or []
    hooks["response"] = [look, *([own] if callable(own) else own)]
    return {**kwargs, "hooks": hooks}


def _drop_broken(cache: Path) -> None:
    """Remove kept replies that were cut off while written, and those that say "not found"."""
    for file in cache.glob("*.json") if cache.is_dir() else ():
        try:
            good = json.loads(file.read_text(encoding="utf-8")) != []
        except (ValueError, OSError):
            good = False
        if not good:
            with suppress(OSError):
                file.unlink()


def fetch_boundary(place: str) -> Any:
    """Return the polygon (EPSG:4326) of a place that Nominatim finds.

    Raises
    ------
    InputError
        It is not found, or has no area, or the download fails.
    """
    nothing = "Nominatim knows no such place"
    with _explained("boundary", nothing, "Check the spelling, or add the city: '思明区, 厦门市'"):
        try:
            found = ox.geocode_to_gdf(place)
        except TypeError:
            raise InputError(
                f"'{place[:80]}' is found, but only as a point without a boundary",
                field="place",
                hint="Name a district or town, or give --pbf and --boundary",
            ) from None
    return shapely.make_valid(found.geometry.iloc[0])


def fetch_network(area: Any) -> Any:
    """Return the walking network of a polygon (EPSG:4326) as a simplified osmnx graph.

    All pieces are kept. Edges end where stairs, bridges or crossings begin.

    Raises
    ------
    InputError
        There is no street, or the download fails.
    """
    with _explained("network", "OpenStreetMap has no walkable street there"):
        graph = ox.graph_from_polygon(
            area, network_type="walk", retain_all=True, truncate_by_edge=True, simplify=False
        )
        return ox.simplify_graph(graph, edge_attrs_differ=_KEEP_APART)


def fetch_objects(
    area: Any, tags: Mapping[str, bool | list[str]], *, what: str
) -> gpd.GeoDataFrame:
    """Return the objects with certain tags in a polygon.

    Parameters
    ----------
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
    with _explained(what):
        try:
            found = ox.features_from_polygon(area, dict(tags))
        except ValueError as error:
            # osmnx's class for a reply without any such object is private; its name is documented.
            if type(error).__name__ != "InsufficientResponseError":
                raise
            return gpd.GeoDataFrame({"osm": [], "tags": []}, geometry=[], crs=4326)
    own = pd.DataFrame(found.drop(columns="geometry"))
    rows = [
        {key: value for key, value in zip(own.columns, row, strict=True) if isinstance(value, str)}
        for row in own.itertuples(index=False, name=None)
    ]
    shapes = found.geometry.to_numpy().copy()
    line = shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING
    shapes[line] = shapely.line_interpolate_point(shapes[line], 0.5, normalized=True)
    odd = ~np.isin(shapely.get_type_id(shapes), (0, 3, 6))
    shapes[odd] = shapely.point_on_surface(shapes[odd])
    ids = [f"{element}/{number}" for element, number in found.index]
    table = pd.DataFrame({"osm": ids, "tags": pd.Series(rows, dtype=object)})
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


@contextmanager
def _explained(what: str, nothing: str = "", mend: str = "") -> Iterator[None]:
    """Turn whatever a download may raise into one line that says why, and how to go on."""
    failed = f"the {what} could not be downloaded"
    try:
        yield
    except InputError:
        raise
    except _RefusedError as error:
        raise InputError(f"{failed}: {error}", hint=f"Wait a while. {_AGAIN}") from None
    except http.Timeout:
        raise InputError(
            f"{failed}: the server did not answer in {ox.settings.requests_timeout:g} s",
            hint=f"Wait a while. {_AGAIN}",
        ) from None
    except http.RequestException as error:
        raise InputError(
            f"{failed}: no connection to the server ({type(error).__name__})",
            hint=f"Check the connection (or use --pbf and --boundary). {_AGAIN}",
        ) from None
    except ValueError as error:
        # osmnx: a reply that holds nothing, and a graph without nodes.
        problem = nothing or f"{failed} ({first_line(error)})"
        raise InputError(problem, hint=mend or "Try another area", field="place") from None
    except OSError as error:
        raise InputError(f"{failed}: {first_line(error)}", hint=_AGAIN) from None
    except (KeyError, AttributeError, IndexError, TypeError) as error:
        problem = f"{failed}: the server's reply is not understood ({type(error).__name__})"
        raise InputError(problem, hint=_AGAIN) from None
