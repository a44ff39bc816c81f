"""Circles: the exact covered pieces of edges, and polygons drawn from them for the eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from livingcircle._arrays import BoolArray, FloatArray, GeometryArray, IntArray, ranges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import to_degrees, to_metres
from livingcircle.routing.frontier import Reserve, draw_outlines
from livingcircle.routing.linear_referencing import stretch_lines
from livingcircle.routing.pace import Pace, metres_against, metres_along
from livingcircle.routing.search import CostField
from livingcircle.routing.split import SplitNetwork, starts_of_float

__all__ = [
    "HALF_WIDTH_M",
    "Pieces",
    "circle_polygon",
    "circle_polygons",
    "common_pieces",
    "covered_pieces",
]

# Half the width of the band drawn along covered streets: doors stand 10 to 25 m off the street.
HALF_WIDTH_M = 25.0
_TILE_M = 250.0
_TIP_M = 8.0
_TOGETHER = 16
"""Circles drawn at once: each holds two numbers an edge."""


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


def covered_pieces(split: SplitNetwork, field: CostField, limit: float, pace: Pace) -> Pieces:
    """Return the parts of all edges whose cost is within a limit.

    From the end ``u`` of a stretch ``min(L, limit - cost(u))`` metres are covered, from ``v``
    likewise; between the two may be a part that neither reaches. Where the pace changes along it,
    so many metres as the rest of the limit leads.
    """
    length = split.length_m
    ends = split.edge, split.from_m, split.to_m
    left = metres_against(pace, *ends, limit - field.cost[split.u])
    right = metres_along(pace, *ends, limit - field.cost[split.v])
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


def circle_polygon(
    network: WalkNetwork, pieces: Pieces, half_width_m: float = HALF_WIDTH_M
) -> tuple[shapely.MultiPolygon, float]:
    """Draw a band along covered pieces, holes kept, with flat ends whatever lies beside them.

    Returns
    -------
    polygon, area_m2
        A MultiPolygon in WGS 84 (empty where nothing is covered) and its square metres.
    """
    if len(pieces.edge) == 0 or half_width_m <= 0:
        return shapely.MultiPolygon(), 0.0
    band = shapely.simplify(shapely.union_all(_bands(network, pieces, half_width_m)), 0.25)
    return _in_degrees(network, band)


def circle_polygons(
    network: WalkNetwork,
    circles: Sequence[tuple[Pieces, Reserve]],
    half_width_m: float = HALF_WIDTH_M,
) -> list[tuple[shapely.MultiPolygon, float]]:
    """Draw bands that narrow to what is left of a limit and end where another street is nearer.

    Parameters
    ----------
    circles
        Covered pieces, and what is left of the limit along the streets.

    Returns
    -------
    list of tuple
        Polygon and square metres of each, as of ``circle_polygon``.
    """
    # Doors do not open on viaducts and in tunnels.
    pieces = [one.of(network.tags.door[one.edge]) for one, _ in circles]
    drawn = [k for k, one in enumerate(pieces) if len(one.edge) and half_width_m > 0]
    made = [(shapely.MultiPolygon(), 0.0)] * len(circles)
    for begin in range(0, len(drawn), _TOGETHER):
        some = drawn[begin : begin + _TOGETHER]
        outlines = draw_outlines(network, [circles[k][1] for k in some], half_width_m)
        for k, band in zip(some, outlines, strict=True):
            tips = _tips(network, pieces[k], half_width_m)
            if len(tips):
                band = shapely.union(band, shapely.union_all(tips))
            made[k] = _in_degrees(network, band)
    return made


def _in_degrees(network: WalkNetwork, band: shapely.Geometry) -> tuple[shapely.MultiPolygon, float]:
    """Return a shape in metres as a MultiPolygon in WGS 84, and its square metres."""
    area = float(shapely.area(band))
    # Corners nearer than a centimetre fall together in degrees. What is valid on such a raster is
    # valid there, too; rounding alone would leave rings that cross, and mending them costs more.
    band = shapely.set_precision(band, 0.01)
    back = shapely.transform(band, lambda xy: to_degrees(network, xy))
    if not shapely.is_valid(back):
        back = shapely.make_valid(back, method="structure", keep_collapsed=False)
    return shapely.multipolygons(shapely.get_parts(back)), area


def _lines(
    network: WalkNetwork, edge: IntArray, from_m: FloatArray, to_m: FloatArray
) -> GeometryArray:
    """Return stretches of edges in metres."""
    lines = stretch_lines(network, edge, from_m, to_m)
    return np.asarray(shapely.transform(lines, lambda xy: to_metres(network, xy)))


def _bands(network: WalkNetwork, pieces: Pieces, half_width_m: float) -> GeometryArray:
    """Return flat bands along pieces, tile by tile: a merge grows faster than its size."""
    lines = _lines(network, pieces.edge, pieces.from_m, pieces.to_m)
    tile = np.floor(shapely.get_coordinates(shapely.get_point(lines, 0)) / _TILE_M)
    _, bundle = np.unique(tile, axis=0, return_inverse=True)
    order = np.argsort(bundle.ravel(), kind="stable")
    # Pieces that go on into one another become one line: a bend then has no notch in its band.
    merged = shapely.line_merge(
        shapely.multilinestrings(lines[order], indices=bundle.ravel()[order])
    )
    return np.asarray(shapely.buffer(merged, half_width_m, cap_style="flat", quad_segs=4))


def _tips(network: WalkNetwork, pieces: Pieces, half_width_m: float) -> GeometryArray:
    """Return the last metres of walks that end along a street, as triangles.

    There the band narrows to a point, which lies between the places that outlines are drawn from.
    """
    ends = np.flatnonzero(pieces.to_m < network.edge_length_m[pieces.edge])
    begins = np.flatnonzero(pieces.from_m > 0)
    row = np.concatenate([ends, begins])
    back = np.minimum(np.minimum(_TIP_M, half_width_m), pieces.length_m[row])
    at_end = np.arange(len(row)) < len(ends)
    from_m = np.where(at_end, pieces.to_m[row] - back, pieces.from_m[row])
    lines = _lines(network, pieces.edge[row], from_m, from_m + back)
    first = shapely.get_coordinates(shapely.get_point(lines, 0))
    last = shapely.get_coordinates(shapely.get_point(lines, -1))
    tip, base = np.where(at_end[:, None], last, first), np.where(at_end[:, None], first, last)
    across = (tip - base)[:, ::-1] * (-1.0, 1.0)
    return np.asarray(shapely.polygons(np.stack([tip, base + across, base - across], axis=1)))
