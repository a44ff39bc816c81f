"""Edits of a network: new links between places on it, and edges taken away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from livingcircle._arrays import BoolArray, FloatArray, GeometryArray, IntArray, starts_of
from livingcircle.network.geodesy import GEOD, offsets_along
from livingcircle.network.graph import EdgeTags, WalkNetwork
from livingcircle.osm.access import Private

__all__ = [
    "EdgePoints",
    "SplitEdges",
    "add_links",
    "keep_edges",
    "places_among",
    "split_edges",
    "straight_metres",
]


@dataclass(frozen=True)
class EdgePoints:
    """Places on edges of a network."""

    edge: IntArray
    offset_m: FloatArray
    """Metres from the beginning of the edge."""
    lonlat: FloatArray
    """(n, 2) degrees."""

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.edge)

    def __getitem__(self, rows: IntArray | BoolArray | slice) -> EdgePoints:
        """Return some of the places."""
        return EdgePoints(self.edge[rows], self.offset_m[rows], self.lonlat[rows])


def with_private(network: WalkNetwork, private: Private) -> WalkNetwork:
    """Return the network with what ``access=private`` means to walkers (see ``read_network``)."""
    shut = network.tags.private
    if private == "destination" or not shut.any():
        return network
    if private == "open":
        return replace(network, tags=replace(network.tags, private=np.zeros_like(shut)))
    return keep_edges(network, ~shut)


def keep_edges(network: WalkNetwork, keep: BoolArray) -> WalkNetwork:
    """Return the network with only some of its edges; nodes stay, lonely ones too.

    Walls stay: no door opens across them. A place where only edges that go were shut goes with
    them.
    """
    sizes = np.diff(network.edge_start)
    rows = np.repeat(keep, sizes)
    shut = network.closures
    lost = places_among(shut.lonlat, network.coords[~rows]) & ~places_among(
        shut.lonlat, network.coords[rows]
    )
    return replace(
        network,
        edge_u=network.edge_u[keep],
        edge_v=network.edge_v[keep],
        edge_start=starts_of(sizes[keep]),
        coords=network.coords[rows],
        offset_m=network.offset_m[rows],
        tags=network.tags[keep],
        speed_m_s=None if network.speed_m_s is None else network.speed_m_s[keep],
        closures=replace(shut, lonlat=shut.lonlat[~lost], osm=shut.osm[~lost], why=shut.why[~lost]),
    )


def places_among(places: FloatArray, coords: FloatArray) -> BoolArray:
    """Return which of (n, 2) places are among (k, 2) coordinates."""
    as_complex = np.ascontiguousarray(places).view(np.complex128).ravel()
    return np.isin(as_complex, np.ascontiguousarray(coords).view(np.complex128).ravel())


@dataclass(frozen=True)
class SplitEdges:
    """A network with nodes put at places on its edges."""

    network: WalkNetwork
    """Edges that are cut are replaced by their parts; all edges stay in order."""
    nodes: IntArray
    """The new nodes, in the order of the places."""
    parent: IntArray
    """(edges,) the edge that each edge was a part of."""
    from_m: FloatArray
    """(edges,) where on it the part begins."""


def split_edges(network: WalkNetwork, at: EdgePoints) -> SplitEdges:
    """Insert a node at each place on an edge; all lengths add up to what they were."""
    k, n = len(at), network.node_count
    sizes = np.diff(network.edge_start)
    of_edge = np.repeat(np.arange(network.edge_count), sizes)
    inner = np.ones(len(of_edge), dtype=np.int64)
    inner[network.edge_start[:-1]], inner[network.edge_start[1:] - 1] = 0, 9
    # Each place ends one part and begins the next: it is there twice.
    edge = np.concatenate([of_edge, at.edge, at.edge])
    offset = np.concatenate([network.offset_m, at.offset_m, at.offset_m])
    place = np.concatenate([np.full(len(of_edge), -1), np.arange(k), np.arange(k)])
    turn = np.concatenate([inner, np.full(k, 2), np.full(k, 3)])
    # An edge's first vertex sorts before, its last after all else at the same position. At one
    # position: close the earlier part, then open the next, place by place.
    end = np.where(turn == 9, 1, np.where(turn == 0, -1, 0))
    order = np.lexsort((turn, place, end, offset, edge))
    edge, offset, place, turn = edge[order], offset[order], place[order], turn[order]
    coords = np.concatenate([network.coords, at.lonlat, at.lonlat])[order]

    begins = np.flatnonzero((turn == 0) | (turn == 3))
    ends = np.append(begins[1:], len(edge)) - 1
    parent = edge[begins]
    u = np.where(turn[begins] == 3, n + place[begins], network.edge_u[parent])
    v = np.where(turn[ends] == 2, n + place[ends], network.edge_v[parent])
    start = np.append(begins, len(edge)).astype(np.int64)
    made = replace(
        network,
        node_id=np.concatenate([network.node_id, _new_ids(network, k)]),
        node_lonlat=np.concatenate([network.node_lonlat, at.lonlat]),
        edge_u=u.astype(np.int64),
        edge_v=v.astype(np.int64),
        edge_start=start,
        coords=coords,
        offset_m=offset - np.repeat(offset[begins], np.diff(start)),
        tags=_tags_of_parts(network)[parent],
        speed_m_s=None if network.speed_m_s is None else network.speed_m_s[parent],
    )
    return SplitEdges(made, n + np.arange(k), parent, offset[begins])


def _tags_of_parts(network: WalkNetwork) -> EdgeTags:
    """Return the tags that parts of edges take: of a crossing or lift, how long the whole is.

    Its parts wait once together.
    """
    tags = network.tags
    one = (tags.crossing | tags.lift) & np.isnan(tags.crossing_m)
    return replace(tags, crossing_m=np.where(one, network.edge_length_m, tags.crossing_m))


def add_links(
    network: WalkNetwork,
    begin: EdgePoints,
    end: EdgePoints,
    *,
    lines: GeometryArray | None = None,
    stairs: BoolArray | None = None,
) -> WalkNetwork:
    """Join places of a network by new edges.

    Parameters
    ----------
    begin, end
        (k,) ends of each link on the network as it is.
    lines
        (k,) LineStrings in WGS 84 between the ends; None = straight. Their first and last vertex
        are moved to the ends.
    stairs
        (k,) links that are stairs; None = none is.

    Returns
    -------
    WalkNetwork
        Its last k edges are the links. They take the speed of the slowest edge in a network to
        drive on.
    """
    k = len(begin)
    both = EdgePoints(
        np.concatenate([begin.edge, end.edge]),
        np.concatenate([begin.offset_m, end.offset_m]),
        np.concatenate([begin.lonlat, end.lonlat]),
    )
    split = split_edges(network, both)
    cut, nodes = split.network, split.nodes
    if lines is None:
        coords = np.stack([begin.lonlat, end.lonlat], axis=1).reshape(-1, 2)
        start = np.arange(k + 1, dtype=np.int64) * 2
    else:
        coords = shapely.get_coordinates(lines)
        start = starts_of(shapely.get_num_coordinates(lines).astype(np.int64))
        coords[start[:-1]], coords[start[1:] - 1] = begin.lonlat, end.lonlat
    plain = EdgeTags.plain(k)
    tags = replace(
        plain,
        stairs=plain.stairs if stairs is None else stairs,
        step_free=plain.step_free if stairs is None else ~np.asarray(stairs, dtype=bool),
        pram_free=plain.pram_free if stairs is None else ~np.asarray(stairs, dtype=bool),
        residential=np.zeros(k, dtype=bool),
    )
    speed = cut.speed_m_s
    if speed is not None:
        speed = np.append(speed, np.full(k, speed.min(initial=np.inf)))
    return replace(
        cut,
        edge_u=np.append(cut.edge_u, nodes[:k]),
        edge_v=np.append(cut.edge_v, nodes[k:]),
        edge_start=np.append(cut.edge_start, cut.edge_start[-1] + start[1:]),
        coords=np.concatenate([cut.coords, coords]),
        offset_m=np.append(cut.offset_m, offsets_along(coords, start)),
        tags=cut.tags.joined(tags),
        speed_m_s=speed,
    )


def straight_metres(begin: FloatArray, end: FloatArray) -> FloatArray:
    """Return geodesic metres between (n, 2) degrees."""
    _, _, metres = GEOD.inv(begin[:, 0], begin[:, 1], end[:, 0], end[:, 1])
    return np.asarray(metres, dtype=np.float64)


def _new_ids(network: WalkNetwork, count: int) -> IntArray:
    """Ids that no node of the source has."""
    top = int(network.node_id.max(initial=0))
    return top + 1 + np.arange(count, dtype=np.int64)
