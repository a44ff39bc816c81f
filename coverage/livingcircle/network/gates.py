"""Gates and ways that are shut for a while: the network without a way through them."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.edit import EdgePoints, keep_edges, places_among, split_edges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import anchor, level_of, lonlat_of, to_degrees, to_metres

__all__ = ["entered_behind", "not_on_shut_ways", "with_gates_shut", "with_ways_shut"]

_AT_GATE_M = 1.0
"""An entrance so near to a gate is that gate."""
_STEP_M = 2.0
"""So far along a street from a gate one is on that side of it."""


def with_gates_shut(network: WalkNetwork, shut: BoolArray) -> WalkNetwork:
    """Return a network where no way leads through some of its gates with opening hours.

    Every street ends at such a gate, on each side of it; nothing else changes. Of a network of
    some hours nothing is kept in the cache.

    Parameters
    ----------
    network
        With ``timed`` gates.
    shut
        (gates,) which of them are shut.
    """
    places = network.timed.lonlat[shut]
    if not len(places):
        return network
    here = places_among(network.coords, places)
    ends = np.zeros(len(here), dtype=bool)
    ends[network.edge_start[:-1]] = ends[network.edge_start[1:] - 1] = True
    vertex = np.flatnonzero(here & ~ends)
    edge = np.searchsorted(network.edge_start, vertex, "right") - 1
    at = EdgePoints(edge.astype(np.int64), network.offset_m[vertex], network.coords[vertex])
    cut = split_edges(network, at).network
    gate = places_among(cut.node_lonlat, places)
    parted = np.concatenate([gate[cut.edge_u], gate[cut.edge_v]])
    node = np.concatenate([cut.edge_u, cut.edge_v])
    old = node[parted]
    node[parted] = cut.node_count + np.arange(len(old))
    top = int(cut.node_id.max(initial=0))
    half = cut.edge_count
    return replace(
        cut,
        node_id=np.append(cut.node_id, top + 1 + np.arange(len(old))),
        node_lonlat=np.concatenate([cut.node_lonlat, cut.node_lonlat[old]]),
        edge_u=node[:half],
        edge_v=node[half:],
        keeps=False,
    )


def with_ways_shut(network: WalkNetwork, shut: BoolArray) -> WalkNetwork:
    """Return a network without the ways that are shut by their opening hours.

    Parameters
    ----------
    network
        With ``hours``.
    shut
        (hours,) which of them say that their ways are shut.
    """
    if not shut.any():
        return network
    keep = ~np.append(False, shut)[network.tags.hours]
    return replace(keep_edges(network, keep), keeps=False)


def not_on_shut_ways(
    network: WalkNetwork, shut: BoolArray, points: gpd.GeoDataFrame, max_access_m: float
) -> gpd.GeoDataFrame:
    """Return doors without those that open on a way which is shut by its hours.

    Parameters
    ----------
    network
        With all such ways that the walker can use.
    shut
        As of ``with_ways_shut``.
    points
        EPSG:4326.
    max_access_m
        Longest straight leg to a street.
    """
    if not shut.any() or not len(points):
        return points
    lonlat = lonlat_of(points)
    at = anchor(network, lonlat[:, 0], lonlat[:, 1], max_access_m, level=level_of(points))
    timed = np.append(False, shut)[network.tags.hours]
    return points[~((at.edge >= 0) & timed[np.maximum(at.edge, 0)])]


def entered_behind(
    network: WalkNetwork, places: FloatArray, facilities: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return facilities without entrances at shut gates: one stands on the streets behind it.

    Parameters
    ----------
    network
        As ``with_gates_shut`` gives it.
    places
        (k, 2) degrees of the shut gates.
    facilities
        EPSG:4326, with ``entrances`` if any have such. A gate where no street leads on inside the
        outline is no entrance. A facility that is a point on a shut gate is shut with it: nobody
        knows which side of it is inside.

    Returns
    -------
    geopandas.GeoDataFrame
        Facilities that are left with no entrance are left out.
    """
    if not len(facilities) or not len(places):
        return facilities
    gates = cKDTree(to_metres(network, places))
    facilities = _not_at_gates(network, gates, facilities)
    if "entrances" not in facilities:
        return facilities
    given = facilities["entrances"].to_numpy(dtype=object)
    lonlat, row = shapely.get_coordinates(given, return_index=True)
    if not len(row):
        return facilities
    away, gate = gates.query(to_metres(network, lonlat), distance_upper_bound=_AT_GATE_M)
    shut = np.isfinite(away)
    if not shut.any():
        return facilities
    of_gate, beside = _beside(network, gates)
    pairs = pd.DataFrame({"row": row[shut], "gate": gate[shut]}).merge(
        pd.DataFrame({"gate": of_gate, "at": np.arange(len(of_gate))}), on="gate"
    )
    at_row, at = pairs["row"].to_numpy(), beside[pairs["at"].to_numpy(dtype=np.int64)]
    outlines = facilities.geometry.to_crs(network.crs_m).to_numpy()
    inside = shapely.contains_xy(outlines[at_row], at[:, 0], at[:, 1])
    rows = np.concatenate([row[~shut], at_row[inside]])
    points = np.concatenate([lonlat[~shut], to_degrees(network, at[inside])])
    order = np.argsort(rows, kind="stable")
    left, place = np.unique(rows[order], return_inverse=True)
    ways_in = given.copy()
    ways_in[left] = shapely.multipoints(shapely.points(points[order]), indices=place)
    closed = np.isin(np.arange(len(given)), np.setdiff1d(row[shut], left))
    return facilities.assign(entrances=ways_in)[~closed]


def _not_at_gates(
    network: WalkNetwork, gates: cKDTree, facilities: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return facilities without points that lie on one of the gates."""
    shape = facilities.geometry.to_numpy()
    bare = shapely.get_type_id(shape) == shapely.GeometryType.POINT
    if "entrances" in facilities:
        ways_in = facilities["entrances"].to_numpy(dtype=object)
        bare &= shapely.is_missing(ways_in) | shapely.is_empty(ways_in)
    row = np.flatnonzero(bare & ~shapely.is_empty(shape))
    away, _ = gates.query(
        to_metres(network, shapely.get_coordinates(shape[row])), distance_upper_bound=_AT_GATE_M
    )
    kept = np.ones(len(facilities), dtype=bool)
    kept[row[np.isfinite(away)]] = False
    return facilities[kept]


def _beside(network: WalkNetwork, gates: cKDTree) -> tuple[IntArray, FloatArray]:
    """Return where one stands on each street that ends at a gate: the gate, and metres x, y."""
    ends = [network.edge_start[:-1], network.edge_start[1:] - 1]
    lonlat = to_metres(network, network.coords[np.concatenate(ends)])
    away, gate = gates.query(lonlat, distance_upper_bound=1e-3)
    first, last = np.isfinite(away).reshape(2, -1)
    meets = first | last
    lines = edge_lines(keep_edges(network, meets), in_metres=True)
    step = np.minimum(_STEP_M, shapely.length(lines) / 2.0)
    of_first, of_last = gate.reshape(2, -1)
    at = np.concatenate(
        [
            shapely.line_interpolate_point(lines, step)[first[meets]],
            shapely.line_interpolate_point(lines, -step)[last[meets]],
        ]
    )
    return np.concatenate([of_first[first], of_last[last]]), shapely.get_coordinates(at)
