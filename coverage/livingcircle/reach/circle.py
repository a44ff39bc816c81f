"""Circles: the exact covered pieces of edges, and polygons drawn from them for the eye."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely

from livingcircle._types import FloatArray, IntArray
from livingcircle.network.walk import WalkNetwork
from livingcircle.reach.cut import CutNetwork
from livingcircle.reach.search import Field
from livingcircle.reach.stretches import stretch_lines

__all__ = ["HALF_WIDTH_M", "Pieces", "circle_polygon", "covered_pieces"]

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


def covered_pieces(cut: CutNetwork, field: Field, limit: float, pace: FloatArray | None) -> Pieces:
    """Return the parts of all edges whose cost is within a limit.

    From the end ``u`` of a stretch ``min(L, limit - cost(u))`` metres are covered, from ``v``
    likewise; between the two may be a part that neither reaches.
    """
    unit = np.ones(len(cut.edge)) if pace is None else pace[cut.edge]
    length = cut.length_m
    left = np.clip((limit - field.cost[cut.u]) / unit, -1.0, length)
    right = np.clip((limit - field.cost[cut.v]) / unit, -1.0, length)
    whole = left + right >= length
    from_u, from_v = (left >= 0) & ~whole, (right >= 0) & ~whole
    stretch = np.concatenate([np.flatnonzero(k) for k in (whole, from_u, from_v)])
    a = np.concatenate([cut.from_m[whole], cut.from_m[from_u], (cut.to_m - right)[from_v]])
    b = np.concatenate([cut.to_m[whole], (cut.from_m + left)[from_u], cut.to_m[from_v]])
    return _joined(cut.edge[stretch], a, b)


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
) -> tuple[Any, float]:
    """Draw a band along covered pieces with flat ends, holes kept.

    Returns
    -------
    polygon, area_m2
        A (Multi)Polygon in WGS 84 (empty where nothing is covered) and its square metres.
    """
    if len(pieces.edge) == 0:
        return shapely.MultiPolygon(), 0.0
    to_m = pyproj.Transformer.from_crs(4326, network.crs_m, always_xy=True)
    lines = stretch_lines(network, pieces.edge, pieces.from_m, pieces.to_m)
    lines = shapely.transform(lines, lambda xy: np.column_stack(to_m.transform(xy[:, 0], xy[:, 1])))
    middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    _, tile = np.unique(np.floor(middle / _TILE_M), axis=0, return_inverse=True)
    order = np.argsort(tile.ravel(), kind="stable")
    bundles = shapely.multilinestrings(lines[order], indices=tile.ravel()[order])
    # Pieces that go on into one another become one line: a bend then has no notch in its band.
    bands = shapely.buffer(shapely.line_merge(bundles), half_width_m, cap_style="flat", quad_segs=4)
    band = shapely.union_all(bands)
    area = float(shapely.area(band))
    band = shapely.transform(
        shapely.simplify(band, 0.25),
        lambda xy: np.column_stack(to_m.transform(xy[:, 0], xy[:, 1], direction="INVERSE")),
    )
    # Rounding to degrees may pinch a ring; its repair must leave areas only.
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(band)))
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == 3]), area
