"""Circles: the exact covered pieces of edges, and polygons drawn from them for the eye."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from livingcircle._arrays import BoolArray, FloatArray, GeometryArray, IntArray, ranges
from livingcircle._threads import in_threads
from livingcircle.network.graph import WalkNetwork
from livingcircle.routing.frontier import Reserve, trimmed
from livingcircle.routing.linear_referencing import stretch_lines
from livingcircle.routing.pace import Pace, far_against, far_along
from livingcircle.routing.search import Field
from livingcircle.routing.split import SplitNetwork, starts_of_float

__all__ = ["HALF_WIDTH_M", "Pieces", "circle_polygon", "common_pieces", "covered_pieces"]

# Half the width of the band drawn along covered streets: doors stand 10 to 25 m off the street.
HALF_WIDTH_M = 25.0
# Side of the tiles that bands are merged in; the time of a merge grows faster than its size.
_TILE_M = 250.0


@dataclass(frozen=True, eq=False)
class Pieces:
    """Covered parts of edges, none touching the next."""

    edge: IntArray
    from_m: FloatArray
    to_m: FloatArray

    @property
    def length_m(self) -> FloatArray:
        """Metres of each piece."""
        return self.to_m - self.from_m

    def of(self, rows: BoolArray | IntArray) -> Pieces:
        """Return some of the pieces."""
        return Pieces(self.edge[rows], self.from_m[rows], self.to_m[rows])


def covered_pieces(split: SplitNetwork, field: Field, limit: float, pace: Pace) -> Pieces:
    """Return the parts of all edges whose cost is within a limit.

    From the end ``u`` of a stretch ``min(L, limit - cost(u))`` metres are covered, from ``v``
    likewise; between the two may be a part that neither reaches. Where the pace changes along it,
    so many metres as the rest of the limit leads.
    """
    length = split.length_m
    ends = split.edge, split.from_m, split.to_m
    left = far_against(pace, *ends, limit - field.cost[split.u])
    right = far_along(pace, *ends, limit - field.cost[split.v])
    whole = left + right >= length
    from_u, from_v = (left >= 0) & ~whole, (right >= 0) & ~whole
    stretch = np.concatenate([np.flatnonzero(k) for k in (whole, from_u, from_v)])
    a = np.concatenate([split.from_m[whole], split.from_m[from_u], (split.to_m - right)[from_v]])
    b = np.concatenate([split.to_m[whole], (split.from_m + left)[from_u], split.to_m[from_v]])
    return _joined(split.edge[stretch], a, b)


def common_pieces(network: WalkNetwork, one: Pieces, two: Pieces) -> Pieces:
    """Return the parts of edges that lie in both of two sets of pieces of one network."""
    base = starts_of_float(network.edge_length_m + 1.0)
    begin, end = base[two.edge] + two.from_m, base[two.edge] + two.to_m
    first = np.searchsorted(end, base[one.edge] + one.from_m, "right")
    last = np.searchsorted(begin, base[one.edge] + one.to_m, "left")
    count = np.maximum(last - first, 0)
    mine, other = np.repeat(np.arange(len(one.edge)), count), ranges(first, count)
    a = np.maximum(one.from_m[mine], two.from_m[other])
    b = np.minimum(one.to_m[mine], two.to_m[other])
    # Where edges are laid end to end rounding may pair the end of one with the next.
    real = (b > a) & (one.edge[mine] == two.edge[other])
    return Pieces(one.edge[mine][real], a[real], b[real])


def _joined(edge: IntArray, a: FloatArray, b: FloatArray) -> Pieces:
    """Join pieces of an edge that touch."""
    order = np.lexsort((b, a, edge))
    edge, a, b = edge[order], a[order], b[order]
    begins = np.ones(len(edge), dtype=bool)
    begins[1:] = (edge[1:] != edge[:-1]) | (a[1:] > b[:-1] + 1e-9)
    first = np.flatnonzero(begins)
    last = np.concatenate([first[1:] - 1, [len(edge) - 1]]) if len(first) else first
    edge, a, b = edge[first], a[first], b[last]
    long_enough = b > a
    return Pieces(edge[long_enough], a[long_enough], b[long_enough])


@dataclass(frozen=True, eq=False)
class _Tiles:
    """Edges of a network sorted into tiles, and the bands of tiles that are wholly covered."""

    of_edge: IntArray
    edges_in: IntArray
    to_m: pyproj.Transformer
    bands: dict[tuple[float, bool], GeometryArray]
    """Half width and whether ends of streets are round → (tiles,) polygons in metres, None where
    not drawn yet."""


def _tiles_of(network: WalkNetwork) -> _Tiles:
    to_m = pyproj.Transformer.from_crs(4326, network.crs_m, always_xy=True)
    middle = network.coords[(network.edge_start[:-1] + network.edge_start[1:]) // 2]
    xy = np.column_stack(to_m.transform(middle[:, 0], middle[:, 1]))
    _, tile, size = np.unique(
        np.floor(xy / _TILE_M), axis=0, return_inverse=True, return_counts=True
    )
    return _Tiles(tile.ravel(), size, to_m, {})


def circle_polygon(
    network: WalkNetwork,
    pieces: Pieces,
    half_width_m: float = HALF_WIDTH_M,
    reserve: Reserve | None = None,
) -> tuple[shapely.MultiPolygon, float]:
    """Draw a band along covered pieces, holes kept.

    Parameters
    ----------
    reserve
        What is left of the limit along the streets: the band narrows to it and ends where another
        street is nearer. None: flat ends, whatever lies beside them.

    Returns
    -------
    polygon, area_m2
        A MultiPolygon in WGS 84 (empty where nothing is covered) and its square metres.
    """
    if reserve is not None:
        # Doors do not open on viaducts and in tunnels.
        pieces = pieces.of(network.tags.door[pieces.edge])
    if len(pieces.edge) == 0:
        return shapely.MultiPolygon(), 0.0
    # Most tiles of a city lie wholly inside most of its circles: each is drawn once.
    tiles = network.derive(_tiles_of)
    tile = tiles.of_edge[pieces.edge]
    whole = pieces.length_m == network.edge_length_m[pieces.edge]
    full = np.bincount(tile[whole], minlength=len(tiles.edges_in)) == tiles.edges_in
    whole_ends = reserve is not None
    known = tiles.bands.setdefault(
        (half_width_m, whole_ends), np.full(len(full), None, dtype=object)
    )
    new = np.flatnonzero(full & ~shapely.is_geometry(known))
    # The tiles drawn now: those that are full for the first time, and those covered in part.
    drawn = ~full[tile] | np.isin(tile, new)
    names, bands = _bands(network, pieces, tile, drawn, half_width_m, tiles.to_m, whole_ends)
    keep = full[names]
    known[names[keep]] = bands[keep]
    band = shapely.union_all(np.concatenate([known[full], bands[~keep]]))
    if reserve is not None and half_width_m > 0:
        band = trimmed(network, band, reserve, half_width_m)
    area = float(shapely.area(band))
    # Corners nearer than a centimetre fall together in degrees; together before, they leave a
    # valid polygon and no slivers.
    band = shapely.set_precision(shapely.simplify(band, 0.25), 0.01)
    back = shapely.transform(
        band,
        lambda xy: np.column_stack(tiles.to_m.transform(xy[:, 0], xy[:, 1], direction="INVERSE")),
    )
    if not shapely.is_valid(back):
        back = shapely.make_valid(back, method="structure", keep_collapsed=False)
    return shapely.multipolygons(shapely.get_parts(back)), area


def _bands(
    network: WalkNetwork,
    pieces: Pieces,
    tile: IntArray,
    drawn: BoolArray,
    half_width_m: float,
    to_m: pyproj.Transformer,
    round_ends: bool,
) -> tuple[IntArray, GeometryArray]:
    """Return the tiles of some pieces and the bands along them, in metres.

    A door at the corner of a street has the corner as its nearest place: with ``round_ends`` it is
    within the band. Where a walk ends along a street the band is flat.
    """
    order = np.flatnonzero(drawn)
    order = order[np.argsort(tile[order], kind="stable")]
    if len(order) == 0:
        return order, np.empty(0, dtype=object)
    lines = stretch_lines(network, pieces.edge[order], pieces.from_m[order], pieces.to_m[order])
    lines = shapely.transform(lines, lambda xy: np.column_stack(to_m.transform(xy[:, 0], xy[:, 1])))
    names, bundle = np.unique(tile[order], return_inverse=True)
    # Pieces that go on into one another become one line: a bend then has no notch in its band.
    merged = shapely.line_merge(shapely.multilinestrings(lines, indices=bundle))
    ends = _ends_in(network, pieces.of(order), lines, bundle) if round_ends else None
    half = len(merged) // 2

    def drawn_along(some: slice) -> GeometryArray:
        band = shapely.buffer(merged[some], half_width_m, cap_style="flat", quad_segs=4)
        if ends is None:
            return np.asarray(band)
        corners = shapely.buffer(ends[some], half_width_m, quad_segs=4)
        return np.asarray(shapely.union(band, corners))

    # shapely lets go of the GIL
    halves = in_threads(drawn_along, (slice(None, half), slice(half, None)))
    return names, np.concatenate(list(halves))


def _ends_in(
    network: WalkNetwork, pieces: Pieces, lines: GeometryArray, bundle: IntArray
) -> GeometryArray:
    """Return the ends of streets that pieces reach, as a MultiPoint for each of their tiles."""
    starts = np.flatnonzero(pieces.from_m == 0)
    stops = np.flatnonzero(pieces.to_m == network.edge_length_m[pieces.edge])
    points = np.concatenate(
        [shapely.get_point(lines[starts], 0), shapely.get_point(lines[stops], -1)]
    )
    tile = np.concatenate([bundle[starts], bundle[stops]])
    found = np.full(int(bundle.max()) + 1, shapely.MultiPoint(), dtype=object)
    order = np.argsort(tile, kind="stable")
    shapely.multipoints(points[order], indices=tile[order], out=found)
    return found
