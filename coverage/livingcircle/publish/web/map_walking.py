"""Walking on map.html: slopes, stairs and crossings, field checks, homes in doubt."""

from __future__ import annotations

from typing import TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray
from livingcircle.gaps.draws.uncertainty import HIGH, LOW, Uncertainty
from livingcircle.network.geodesy import WGS84
from livingcircle.network.graph import WalkNetwork
from livingcircle.publish.hills import HILL_SLOPE, slopes_frame, waits_frame
from livingcircle.publish.web.encode import encode_parts, finite, lat_lon
from livingcircle.publish.web.map_findings import Shape
from livingcircle.standards.finding import Finding

__all__ = ["SLOPE_STEPS", "WalkingLayers", "doubtful_homes", "layers_of", "walking_layers"]

SLOPE_STEPS = (HILL_SLOPE, 0.06, 1 / 12)
"""Classes of slopes begin at these; the last is the steepest ramp for wheelchairs."""

SLOPE_POINTS, WAIT_POINTS = 40_000, 20_000
"""Corners of lines that the page has room for (about 250 and 120 kB): the steepest streets first,
and of stairs and crossings the longest; the GeoPackage has them all."""

DOUBTFUL_HOMES = 60_000
"""Homes of all standards together whose chance the page carries (about 400 kB), at most so many
divided by the standards for each, the most doubtful first."""

WAITS = ("stairs", "crossing", "signals", "escalator", "lift")


class CheckRow(TypedDict):
    """A field check as the page tells it."""

    at: list[float] | None
    text: list[str]
    people: float | int | None
    standards: str


class WalkingLayers(TypedDict):
    """What the page draws of walking; what a city has not is empty."""

    slopes: Shape
    """One shape for each class of ``steps``, gentlest first."""
    steps: list[float]
    steepest_only: bool
    """The page leaves out gentler slopes of a large city."""
    waits: Shape
    """One shape for each of ``kinds``."""
    kinds: list[str]
    checks: list[CheckRow]


def walking_layers(network: WalkNetwork, uncertainty: Uncertainty | None) -> WalkingLayers:
    """Return slopes, stairs and crossings of a network, and the field checks of the draws."""
    slopes, waits = _nothing("slope"), _nothing("what")
    if network.terrain is not None:
        slopes = slopes_frame(network)
    if network.delays is not None:
        waits = waits_frame(network)
    steep, cut = _with_room(slopes, slopes["slope"].to_numpy(dtype=float), SLOPE_POINTS)
    ways, _ = _with_room(waits, shapely.length(waits.geometry.to_numpy()), WAIT_POINTS)
    step = np.searchsorted(SLOPE_STEPS, steep["slope"].to_numpy(dtype=float), "right") - 1
    steps = [_joined(steep[step == k]) for k in range(len(SLOPE_STEPS))] if len(steep) else []
    kinds = [kind for kind in WAITS if (ways["what"] == kind).any()]
    return {
        "slopes": encode_parts(gpd.GeoSeries(steps, crs=WGS84)),
        "steps": [round(step, 4) for step in SLOPE_STEPS],
        "steepest_only": cut,
        "waits": encode_parts(
            gpd.GeoSeries([_joined(ways[ways["what"] == kind]) for kind in kinds], crs=WGS84)
        ),
        "kinds": kinds,
        "checks": [] if uncertainty is None else _checks(uncertainty.checks),
    }


def layers_of(layers: WalkingLayers, *, doubt: bool) -> set[str]:
    """Return the names of the layers of walking that a page has something to show of."""
    found = {
        "slopes": bool(layers["slopes"]["n"]),
        "waits": bool(layers["waits"]["n"]),
        "checks": bool(layers["checks"]),
        "doubt": doubt,
    }
    return {name for name, there in found.items() if there}


def doubtful_homes(
    finding: Finding, demand: gpd.GeoDataFrame, most: int
) -> tuple[list[int], list[int]] | None:
    """Return which homes of the page are within the limit in some draws and beyond it in others.

    Parameters
    ----------
    finding
        With ``p_covered`` in its demand, where draws were made.
    demand
        The homes in the order of the page.
    most
        So many of them, those of even chances first.

    Returns
    -------
    places, per_cent
        Steps from each place in `demand` to the next, and the share of the draws in hundredths;
        None where there is none.
    """
    if finding.demand is None or "p_covered" not in finding.demand or not len(demand):
        return None
    odds = finding.demand["p_covered"].reindex(demand.index).to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero((odds > LOW) & (odds < HIGH))
    if not len(rows):
        return None
    nearest = np.argsort(np.abs(odds[rows] - 0.5), kind="stable")[:most]
    rows = np.sort(rows[nearest])
    return np.diff(rows, prepend=0).tolist(), np.rint(100 * odds[rows]).astype(int).tolist()


def _nothing(column: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({column: []}, geometry=gpd.GeoSeries([], crs=WGS84))


def _with_room(
    lines: gpd.GeoDataFrame, weight: FloatArray, points: int
) -> tuple[gpd.GeoDataFrame, bool]:
    """Return the weightiest lines, simplified, that fit the page; and whether some did not."""
    # 0.00002 degrees are 2 m: under a pixel until the streets are wider than the line.
    lines = lines.set_geometry(lines.geometry.simplify(0.00002))
    size = shapely.get_num_coordinates(lines.geometry.to_numpy())
    order = np.argsort(-weight, kind="stable")
    keep = np.sort(order[np.cumsum(size[order]) <= points])
    return lines.iloc[keep], len(keep) < len(lines)


def _joined(lines: gpd.GeoDataFrame) -> shapely.MultiLineString:
    return shapely.multilinestrings(lines.geometry.to_numpy())


def _checks(table: pd.DataFrame) -> list[CheckRow]:
    columns = ("lat", "lon", "text_zh", "text_en", "people_decided", "standards")
    return [
        {
            "at": lat_lon(lat, lon),
            "text": [zh, en],
            "people": finite(people, 0),
            "standards": standards,
        }
        for lat, lon, zh, en, people, standards in zip(*(table[c] for c in columns), strict=True)
    ]
