"""The sea, which OpenStreetMap maps by its coastline alone: water lies to the right of it."""

from __future__ import annotations

import numpy as np
import shapely

from livingcircle._arrays import FloatArray, GeometryArray

__all__ = ["sea_of"]

_SIDE_DEG = 2e-5
"""Two metres: so far beside its coastline the sea is looked for."""
_BACK_DEG = 0.01
"""A coastline that ends goes on as its last kilometre did."""


def sea_of(coast: GeometryArray, box: tuple[float, float, float, float]) -> GeometryArray:
    """Return the sea within a box, as polygons.

    A coastline that ends within the box, since the extract ends there, goes straight on.

    Parameters
    ----------
    coast
        Lines in degrees with the water at their right.
    box
        West, south, east, north.
    """
    whole = shapely.box(*box)
    lines = shapely.get_parts(
        shapely.line_merge(shapely.multilinestrings(shapely.get_parts(coast)))
    )
    lines = lines[shapely.intersects(lines, whole)]
    if not len(lines):
        return np.empty(0, dtype=object)
    reach = 2 * float(np.hypot(box[2] - box[0], box[3] - box[1]))
    open_ends = lines[~shapely.is_closed(lines)]
    beyond = [_straight_on(line, reach) for end in (1, -1) for line in _from(open_ends, end)]
    drawn = shapely.union_all([*lines, *beyond, shapely.get_exterior_ring(whole)])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(drawn)))
    faces = faces[shapely.within(shapely.point_on_surface(faces), whole)]
    sea, land = (_metres_beside(faces, lines, side) for side in (1.0, -1.0))
    return np.asarray(faces[sea > land])


def _from(lines: GeometryArray, end: int) -> GeometryArray:
    """Return lines so that they run to the end that is meant."""
    return np.asarray(lines if end > 0 else shapely.reverse(lines))


def _straight_on(line: shapely.LineString, reach: float) -> shapely.LineString:
    """Return the way that a line would take beyond its end."""
    back = shapely.get_coordinates(shapely.line_interpolate_point(line, -_BACK_DEG))[0]
    end = shapely.get_coordinates(line)[-1]
    ahead = end - back
    return shapely.LineString([end, end + ahead * (reach / max(float(np.hypot(*ahead)), 1e-12))])


def _metres_beside(faces: GeometryArray, lines: GeometryArray, side: float) -> FloatArray:
    """Return how much coastline each face has beside it, in degrees; 1 is the side of the water."""
    xy, of = shapely.get_coordinates(lines, return_index=True)
    step = np.diff(xy, axis=0)[of[1:] == of[:-1]]
    begin = xy[:-1][of[1:] == of[:-1]]
    length = np.hypot(*step.T)
    right = np.column_stack([step[:, 1], -step[:, 0]]) / np.maximum(length, 1e-12)[:, None]
    points = shapely.points(begin + step / 2 + side * _SIDE_DEG * right)
    point, face = shapely.STRtree(faces).query(points, predicate="within")
    return np.bincount(face, weights=length[point], minlength=len(faces)).astype(np.float64)
