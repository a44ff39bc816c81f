"""The ground below the pictures of a report: water, green, railways and main streets."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.path import Path as Outline

from livingcircle._arrays import GeometryArray, IntArray
from livingcircle.io.datum.systems import CrsLike

__all__ = ["draw_ground", "outlines"]


class _Look(NamedTuple):
    """How a kind of the ground is drawn, from the lowest."""

    colour: str
    points: float
    """Width of a line in points; 0 for areas."""
    casing: str = ""
    dashes: bool = False


_LOOKS = {
    "green": _Look("#cfe2c3", 0.0),
    "water": _Look("#a8cee2", 0.0),
    "river": _Look("#8fbfd8", 1.2),
    "railway": _Look("#8d8d8d", 0.8, dashes=True),
    "main": _Look("#ffffff", 1.0, casing="#b9b2a6"),
    "expressway": _Look("#f1cf94", 1.4, casing="#c9a35c"),
}
"""The colours are those of map.html."""

_VERTICES = 200_000
"""Of a kind, the largest shapes first: more is one colour at this size."""


def draw_ground(
    axes: Axes,
    found: gpd.GeoDataFrame | None,
    crs: CrsLike,
    box: tuple[float, float, float, float],
) -> None:
    """Draw what a city's extract knows of the ground, below everything else.

    Parameters
    ----------
    axes
        In metres of `crs`.
    found
        As ``livingcircle.osm.background.background_of`` returns it; None: nothing is drawn.
    crs
        Of the picture.
    box
        West, south, east, north of the picture in it.
    """
    if found is None or not len(found):
        return
    edge = shapely.segmentize(shapely.box(*box), max(box[2] - box[0], 1.0) / 20)
    west, south, east, north = gpd.GeoSeries([edge], crs=crs).to_crs(found.crs).total_bounds
    for order, (kind, look) in enumerate(_LOOKS.items()):
        own = found.geometry[(found["kind"] == kind).to_numpy()]
        seen = own[own.intersects(shapely.box(west, south, east, north)).to_numpy()]
        if len(seen):
            flat = _simpler(seen.to_crs(crs).to_numpy(), (box[2] - box[0]) / 2_000)
            _add(axes, flat, look, order / len(_LOOKS))


def _simpler(shapes: GeometryArray, tolerance_m: float) -> GeometryArray:
    """Return shapes as the eye sees them at this size, the largest of too many."""
    simple = shapely.simplify(shapes, tolerance_m)
    simple = simple[~shapely.is_empty(simple)]
    areas = shapely.get_dimensions(simple) == 2
    size = np.where(areas, np.sqrt(shapely.area(simple)), shapely.length(simple))
    order = np.argsort(-size, kind="stable")
    fits = np.cumsum(shapely.get_num_coordinates(simple[order])) <= _VERTICES
    return np.asarray(simple[np.sort(order[fits])])


def outlines(shapes: GeometryArray) -> tuple[list[Outline], IntArray]:
    """Return shapes as paths, and the row of each; empty and missing ones have none.

    Rings of an area, holes too, and parts of a line are moves within one path.
    """
    parts, of_shape = shapely.get_parts(shapes, return_index=True)
    if len(parts) and shapely.get_dimensions(parts).max() == 2:
        parts, of_part = shapely.get_rings(parts, return_index=True)
        of_shape = of_shape[of_part]
    xy, part = shapely.get_coordinates(parts, return_index=True)
    if not len(xy):
        return [], np.empty(0, dtype=np.int64)
    codes = np.full(len(xy), Outline.LINETO, dtype=np.uint8)
    codes[np.flatnonzero(np.r_[True, np.diff(part) != 0])] = Outline.MOVETO
    of_point = of_shape[part]
    cut = np.flatnonzero(np.diff(of_point)) + 1
    paths = map(Outline, np.split(xy, cut), np.split(codes, cut))
    return list(paths), np.asarray(of_point[np.r_[0, cut]], dtype=np.int64)


def _add(axes: Axes, shapes: GeometryArray, look: _Look, zorder: float) -> None:
    """Add shapes to a picture: areas filled, holes left out; lines with their casing."""
    filled = look.points == 0.0
    paths, _ = outlines(shapes)
    dash = (0, (4, 3)) if look.dashes else "solid"
    for colour, wider in ((look.casing, 0.7), (look.colour, 0.0)):
        if colour:
            axes.add_collection(
                PathCollection(
                    paths,
                    facecolors=colour if filled else "none",
                    edgecolors="none" if filled else colour,
                    linewidths=look.points + wider,
                    linestyles=dash,
                    zorder=zorder + (0.0 if wider else 0.05),
                ),
                autolim=False,
            )
