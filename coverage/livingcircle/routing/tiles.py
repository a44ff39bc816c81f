"""A province as one network: searched tile by tile, each with all around it that can matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.arguments import check_type, number_from
from livingcircle.errors import ConfigError
from livingcircle.io.cluster import map_tasks
from livingcircle.io.datum.degrees import in_degrees
from livingcircle.network.entrances import access_points
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import MAX_ACCESS_M, anchor, level_of, lonlat_of, to_metres
from livingcircle.network.tiles import Tile, edge_extents, part_of, straightness
from livingcircle.routing.engine import reach
from livingcircle.routing.limits import Limit
from livingcircle.routing.searched import PointTable
from livingcircle.vocab.walkers import Walker
from livingcircle.vocab.walkers import walker as named_walker

__all__ = ["TILE_M", "reach_tiles"]

TILE_M = 20_000.0
"""Side of a tile: in a dense city some 60,000 junctions, searched in half a second."""

_FOUND = ("metres", "seconds", "facility_id", "access_m", "status")


@dataclass(frozen=True)
class _Task:
    """One tile: what lies in it, and what may be reached from there."""

    rows: IntArray
    """Of the demand."""
    demand: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    network: WalkNetwork
    walker: Walker
    limit: Limit
    max_access_m: float
    all_seen_m: float
    """Every street so near to a point of the tile is in the part."""


def reach_tiles(
    network: WalkNetwork,
    facilities: PointTable,
    demand: PointTable,
    *,
    limit_m: float | None = None,
    minutes: float | None = None,
    walker: str | float | Walker = "adult",
    max_access_m: float = MAX_ACCESS_M,
    tile_m: float = TILE_M,
    cluster: str | None = None,
) -> gpd.GeoDataFrame:
    """Find the nearest facility within a limit, tile by tile: exact, not approximate.

    Each tile is searched with a halo of the limit and the access leg, so that every walk within
    the limit lies in its part of the network whole. The answer is that of
    ``lc.reach(network, facilities).to(demand, limit_m=...)`` to the last bit, but that nothing is
    looked for beyond the limit: ``metres`` and ``seconds`` are inf there, ``facility_id`` None,
    and ``status`` is ``gap`` also for an ``island``.

    Memory: the arrays of the network (about 0.4 kB a junction in a city of ten bends a street),
    and one tile with its halo at a time; on a cluster as many of them as there are workers.

    Parameters
    ----------
    network
        The whole network.
    facilities, demand
        As of ``livingcircle.reach`` and ``Reach.to``.
    limit_m, minutes
        One of them; inclusive.
    walker, max_access_m
        As of ``livingcircle.reach``.
    tile_m
        Side of a tile in metres.
    cluster
        Address of a Dask scheduler, ``tcp://host:8786``, whose workers search the tiles.

    Returns
    -------
    GeoDataFrame
        The rows of the demand in their order, with ``metres``, ``seconds``, ``facility_id``,
        ``access_m`` and ``status``.

    Raises
    ------
    LivingCircleError
        An argument makes no sense, or the cluster does not answer.

    Examples
    --------
    >>> import livingcircle as lc
    >>> city = lc.read_city("data/sample/city.toml")
    >>> pharmacies = city.facilities.of("pharmacy")
    >>> found = lc.reach_tiles(city.network, pharmacies, city.demand, limit_m=1000, tile_m=2000)
    >>> whole = lc.reach(city.network, pharmacies).to(city.demand, limit_m=1000)
    >>> bool((found["metres"] == whole["metres"])[whole["status"] == "covered"].all())
    True
    """
    limit = Limit.of(limit_m, minutes)
    if limit is None:
        raise ConfigError(
            "without a limit no tile is enough", hint="State limit_m or minutes", field="limit_m"
        )
    check_type(network, "network", WalkNetwork, "read_network")
    who = walker if isinstance(walker, Walker) else named_walker(walker)
    leg_m = number_from(max_access_m, "max_access_m")
    tile_m = number_from(tile_m, "tile_m", above=True)
    lonlat_of(demand)  # refuses what is no table of places
    lonlat_of(facilities, "facility")
    table = demand if isinstance(demand, gpd.GeoDataFrame) else demand.to_frame("geometry")
    if isinstance(facilities, gpd.GeoSeries):
        facilities = gpd.GeoDataFrame(geometry=facilities)
    if "facility_id" not in facilities:
        facilities = facilities.assign(facility_id=facilities.index)
    found = _nothing(len(table))
    tasks = _tasks(network, facilities, table, limit, who, leg_m, tile_m)
    unsure = []
    for rows, part, open_rows in map_tasks(_searched, tasks, cluster):
        unsure.append(rows[open_rows])
        for name in _FOUND:
            found[name][rows] = part[name].to_numpy()
    # Who lives beyond the halo from any street: how far is told all the same.
    far = np.concatenate([np.zeros(0, dtype=np.int64), *unsure])
    if len(far):
        lonlat = lonlat_of(table.iloc[far])
        found["access_m"][far] = anchor(network, lonlat[:, 0], lonlat[:, 1], leg_m).access_m
    return table.assign(**found)


def _nothing(count: int) -> dict[str, np.ndarray[tuple[int], np.dtype[np.generic]]]:
    endless = np.full(count, np.inf)
    return {
        "metres": endless,
        "seconds": endless.copy(),
        "facility_id": np.full(count, None, dtype=object),
        "access_m": np.full(count, np.nan),
        "status": np.full(count, "off_network", dtype=object),
    }


def _tasks(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    limit: Limit,
    who: Walker,
    leg_m: float,
    tile_m: float,
) -> Iterator[_Task]:
    """Cut the tiles that hold demand, one after the other."""
    lonlat = lonlat_of(demand)
    known = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
    if not len(known) or not network.edge_count:
        return
    stops = access_points(in_degrees(facilities, field="facilities"))
    places = lonlat_of(stops, "facility")
    there = np.full(places.shape, np.nan)
    placed = np.isfinite(places).all(axis=1)
    there[placed] = to_metres(network, places[placed])
    xy = to_metres(network, lonlat[known])
    extents = edge_extents(network)
    walk_m = _walk_m(network, limit, who) * straightness(network, extents)
    for rows, box in _cells(xy, known, tile_m):
        near = _grown(box, walk_m + 1.0)
        stop = ((there >= near[:2]) & (there <= near[2:])).all(axis=1)
        # Around a facility at the rim its own streets count, too.
        margin = walk_m + 1.01 * leg_m + 10.0
        part = part_of(network, extents, _grown(box, margin))
        yield _Task(rows, demand.iloc[rows], stops[stop], part, who, limit, leg_m, margin)


def _walk_m(network: WalkNetwork, limit: Limit, who: Walker) -> float:
    """Return the most metres that can be walked within a limit."""
    if not limit.in_seconds:
        return limit.value
    # Down a gentle slope people walk up to 1.19 times as fast as on the level (Tobler 1993).
    fastest = who.speed_m_s * (1.0 if network.terrain is None else 1.2)
    if network.speed_m_s is not None and network.edge_count:
        fastest = max(fastest, float(np.nanmax(network.speed_m_s)))
    return limit.value * fastest


def _cells(xy: FloatArray, known: IntArray, tile_m: float) -> Iterator[tuple[IntArray, Tile]]:
    """Yield the rows of each tile that holds some, and the rectangle around them."""
    cell = np.floor((xy - xy.min(axis=0)) / tile_m).astype(np.int64)
    key = cell[:, 0] * (int(cell[:, 1].max()) + 1) + cell[:, 1]
    order = np.argsort(key, kind="stable")
    cuts = np.flatnonzero(np.diff(key[order])) + 1
    for some in np.split(order, cuts):
        (west, south), (east, north) = xy[some].min(axis=0), xy[some].max(axis=0)
        yield known[some], (float(west), float(south), float(east), float(north))


def _grown(box: Tile, metres: float) -> Tile:
    west, south, east, north = box
    return west - metres, south - metres, east + metres, north + metres


def _searched(task: _Task) -> tuple[IntArray, pd.DataFrame, IntArray]:
    """Return the rows of a tile, what was found for them, and who may live nearer to a street."""
    walked = reach(
        task.network, task.facilities, walker=task.walker, max_access_m=task.max_access_m
    )
    lonlat, level = lonlat_of(task.demand), level_of(task.demand)
    anchors = anchor(walked.network, lonlat[:, 0], lonlat[:, 1], task.max_access_m, level=level)
    found = walked.at(anchors, task.limit)
    beyond = (found["status"] != "covered").to_numpy()
    found.loc[beyond, ["metres", "seconds"]] = np.inf
    found["facility_id"] = found["facility_id"].where(~beyond, None)
    found["status"] = found["status"].mask(found["status"] == "island", "gap")
    open_rows = np.flatnonzero(~(anchors.access_m <= 0.99 * task.all_seen_m - 10.0))
    return task.rows, found, open_rows
