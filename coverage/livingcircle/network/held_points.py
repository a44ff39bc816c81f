"""Tables of points held against the streets: their datum where nobody states it, and their city."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from livingcircle._arrays import IntArray
from livingcircle.io.datum.convert import from_wgs84, to_wgs84
from livingcircle.io.datum.detect import CANDIDATES, detect_datum
from livingcircle.io.datum.systems import Box
from livingcircle.io.notes import shorten
from livingcircle.io.table.points import Points
from livingcircle.localized import LocalizedText
from livingcircle.network.far_places import ELSEWHERE_M, refuse_elsewhere
from livingcircle.network.graph import WalkNetwork

__all__ = ["box_of", "held_against_streets"]

_MOST_HELD = 5000
"""The most places of a table that are compared with the streets."""
_NEAR_DEG = 0.02
"""Places so far beyond the rectangle of the streets say nothing of a datum: it moves by 1.2 km."""


def box_of(network: WalkNetwork) -> Box | None:
    """Return west, south, east and north of the streets; None where there are none."""
    if not network.node_count:
        return None
    (west, south), (east, north) = network.node_lonlat.min(axis=0), network.node_lonlat.max(axis=0)
    return float(west), float(south), float(east), float(north)


def held_against_streets(
    points: Points,
    file: Path,
    network: WalkNetwork,
    max_access_m: float,
    reported: list[LocalizedText],
    *,
    option: str = "--datum",
) -> Points:
    """Compare a table with the streets: what nobody states is taken from them, and reported.

    Parameters
    ----------
    points
        The table as it was read.
    file
        For messages.
    network
        The streets.
    max_access_m
        A table is another city's if all of it lies farther from them than this, and than 5 km.
    reported
        Takes what is to be told.
    option
        Where a user states the datum.

    Returns
    -------
    Points
        The same rows, in WGS 84 by the datum that they are taken to be in.

    Raises
    ------
    InputError
        All of the table lies far from the network.
    """
    assumed = points.datum_from == "assumed"
    reported += [
        _of_file(file, n.text) for n in points.notes if not (assumed and n.field == "datum")
    ]
    if points.datum in CANDIDATES:
        points = _in_its_datum(points, file, network, reported, option)
    limit_m = max(ELSEWHERE_M, max_access_m)
    refuse_elsewhere(network, points.lon, points.lat, file=str(file), limit_m=limit_m)
    return points


def _in_its_datum(
    points: Points,
    file: Path,
    network: WalkNetwork,
    reported: list[LocalizedText],
    option: str,
) -> Points:
    """Return the points in the datum that the streets show, where nobody states one."""
    some = _sample(points, network)
    lon, lat = from_wgs84(points.lon[some], points.lat[some], points.datum)
    guess = detect_datum(lon, lat, network.coords, network.edge_start)
    if not guess.likely or guess.best == points.datum:
        return points
    if points.datum_from == "assumed" and guess.conclusive:
        text = LocalizedText(
            f"未注明坐标系，按 {guess.best} 读取：{guess.text.zh}；若不是，请写明 {option}",
            f"no datum is stated; read as {guess.best}: {guess.text.en}; if not so, state {option}",
        )
        reported.append(_of_file(file, text))
        lon, lat = to_wgs84(points.lon, points.lat, guess.best)
        return replace(points, lon=lon, lat=lat, datum=guess.best, datum_from="streets")
    text = LocalizedText(
        f"按 {points.datum} 读取，但很可能是 {guess.best}：{guess.text.zh}",
        f"read as {points.datum}, but it is probably {guess.best}: {guess.text.en}",
    )
    reported.append(_of_file(file, text))
    return points


def _sample(points: Points, network: WalkNetwork) -> IntArray:
    """Return rows near the streets: a few thousand say as much of a datum as a million."""
    box = box_of(network)
    if box is None:
        return np.zeros(0, dtype=np.int64)
    west, south, east, north = box
    lon, lat, by = points.lon, points.lat, _NEAR_DEG
    near = (lon > west - by) & (lon < east + by) & (lat > south - by) & (lat < north + by)
    known = np.flatnonzero(near)
    if len(known) <= _MOST_HELD:
        return known
    return np.sort(np.random.default_rng(0).choice(known, _MOST_HELD, replace=False))


def _of_file(file: Path, text: LocalizedText) -> LocalizedText:
    name = shorten(file.name)
    return LocalizedText(f"{name}：{text.zh}", f"{name}: {text.en}")
