"""A file's points over the streets in each datum, so that a planner sees which one is right."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.spatial import cKDTree

from livingcircle._arrays import FloatArray, GeometryArray, IntArray, ranges
from livingcircle.io.datum.convert import from_wgs84, to_wgs84
from livingcircle.io.datum.detect import CANDIDATES, detect_datum
from livingcircle.io.datum.systems import systems_near
from livingcircle.network.graph import WalkNetwork

__all__ = ["datum_panels", "likely_systems"]

_HALF_W_M, _HALF_H_M = 450.0, 300.0
"""Half of what a panel shows: BD-09 and GCJ-02 lie half a kilometre and more from WGS 84."""
_MOST_POINTS, _MOST_EDGES = 120, 1500
_MOST_COUNTED = 2000
_STEP_DEG = 0.0002
_NEAR_M = 15.0
_M_PER_DEG = 111_320.0
_WITHIN_DEG = 0.05


def datum_panels(
    network: WalkNetwork, shapes: GeometryArray, datum: str, *, outlines: bool = False
) -> dict[str, object]:
    """Return what the streets say of a datum, and a panel of points over streets for each one.

    Parameters
    ----------
    shapes
        Places of the file in WGS 84, as they were read; None where there is none.
    datum
        The datum that they were read in, one of `CANDIDATES` (CGCS2000 counts as WGS 84).
    outlines
        Show the outlines of areas, not a point of each.

    Returns
    -------
    dict
        ``best``, ``certainty``, ``text`` of the detector, and ``panels``: datum, its probability,
        the share of all points within 15 m of a street, and in metres around the middle of a crowd
        of them (x to the east, y to the south) ``points`` and ``streets``. Empty where there is
        nothing to see.
    """
    there = shapes[~shapely.is_missing(shapes)]
    if not len(there) or not network.edge_count:
        return {}
    places = _outline_points(there) if outlines else shapely.point_on_surface(there)
    if not len(places):
        # Points that are said to be areas have no outline.
        places = shapely.point_on_surface(there)
    places = places[~shapely.is_empty(places)]
    if not len(places):
        return {}
    own = from_wgs84(shapely.get_x(places), shapely.get_y(places), datum)
    guess = detect_datum(*own, network.coords, network.edge_start)
    counted = slice(None, None, -(-len(places) // _MOST_COUNTED))
    chosen = _crowd(np.column_stack(own))
    panels = []
    for name in CANDIDATES:
        every = np.column_stack(to_wgs84(own[0][counted], own[1][counted], name))
        lonlat = np.column_stack(to_wgs84(own[0][chosen], own[1][chosen], name))
        near = _share_near(network, every)
        told = {"datum": name, "score": guess.scores[name], "near": near}
        panels.append(told | _panel(network, lonlat))
    said = [guess.text.zh, guess.text.en]
    return {"best": guess.best, "certainty": guess.certainty, "text": said, "panels": panels}


def _outline_points(shapes: GeometryArray) -> GeometryArray:
    """Return points along outlines: borders of areas run along streets."""
    lines = shapely.segmentize(shapely.boundary(shapes), _STEP_DEG)
    return np.asarray(shapely.points(shapely.get_coordinates(lines)))


def _crowd(lonlat: FloatArray) -> IntArray:
    """Return the numbers of the points around the one that has most others near it."""
    scale = _scale(lonlat)
    xy = lonlat * scale
    tree = cKDTree(xy)
    sample = np.arange(0, len(xy), max(1, len(xy) // 400))
    near = tree.query_ball_point(xy[sample], min(_HALF_W_M, _HALF_H_M), return_length=True)
    middle = xy[sample[int(np.argmax(near))]]
    inside = np.flatnonzero((np.abs(xy - middle) <= (_HALF_W_M, _HALF_H_M)).all(axis=1))
    far = np.hypot(*(xy[inside] - middle).T)
    order: IntArray = inside[np.argsort(far, kind="stable")[:_MOST_POINTS]]
    return order


def _scale(lonlat: FloatArray) -> FloatArray:
    return _M_PER_DEG * np.array([np.cos(np.radians(float(np.median(lonlat[:, 1])))), 1.0])


def _edges_in(network: WalkNetwork, low: FloatArray, high: FloatArray) -> IntArray:
    """Return the edges whose boxes meet a box."""
    begin = network.edge_start[:-1]
    west_south = np.minimum.reduceat(network.coords, begin)
    east_north = np.maximum.reduceat(network.coords, begin)
    meets: IntArray = np.flatnonzero(((east_north >= low) & (west_south <= high)).all(axis=1))
    return meets


def _share_near(network: WalkNetwork, lonlat: FloatArray) -> float:
    """Return the share of points within 15 m of a street."""
    scale, start = _scale(lonlat), network.edge_start
    aside = _NEAR_M / scale
    edges = _edges_in(network, lonlat.min(axis=0) - aside, lonlat.max(axis=0) + aside)
    if not len(edges):
        return 0.0
    counts = np.diff(start)[edges]
    xy = network.coords[ranges(start[edges], counts)] * scale
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(edges)), counts))
    points = shapely.points(lonlat * scale)
    near = shapely.STRtree(lines).query(points, predicate="dwithin", distance=_NEAR_M)[0]
    return len(np.unique(near)) / len(points)


def _panel(network: WalkNetwork, lonlat: FloatArray) -> dict[str, object]:
    """Return points and streets around them in metres."""
    scale, start = _scale(lonlat), network.edge_start
    middle = lonlat.mean(axis=0)
    half = np.array([_HALF_W_M, _HALF_H_M]) / scale
    edges = _edges_in(network, middle - half, middle + half)[:_MOST_EDGES]
    flip = scale * np.array([1.0, -1.0])
    xy = np.rint((network.coords - middle) * flip)
    streets = [xy[start[e] : start[e + 1]].astype(int).tolist() for e in edges]
    points = (lonlat - middle) * flip
    return {"points": np.rint(points).astype(int).tolist(), "streets": streets}


def likely_systems(network: WalkNetwork, x: FloatArray, y: FloatArray) -> list[str]:
    """Return the projected systems in which metres of a file lie where the streets are.

    Parameters
    ----------
    x, y
        Metres as the file has them; either may be the northing.
    """
    (west, south), (east, north) = network.node_lonlat.min(axis=0), network.node_lonlat.max(axis=0)
    box = (west - _WITHIN_DEG, south - _WITHIN_DEG, east + _WITHIN_DEG, north + _WITHIN_DEG)
    return systems_near(x, y, box)
