"""Hills, stairs and crossings as tables to look at: what makes a walk slow."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from livingcircle._arrays import FloatArray
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.geodesy import WGS84
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.terrain import profile_of

__all__ = ["HILL_SLOPE", "slopes_frame", "steepness", "waits_frame"]

HILL_SLOPE = 0.04
"""Gentler streets are no hill to anybody: half of what a wheelchair's ramp may rise."""


def steepness(network: WalkNetwork) -> FloatArray:
    """Return (edges,) metres climbed and descended for each metre; NaN without terrain."""
    if network.terrain is None:
        return np.full(network.edge_count, np.nan)
    profile = network.derive(profile_of)
    rise = np.abs(np.diff(profile.height_m, append=0.0))
    rise[profile.start[1:] - 1] = 0.0
    total = np.add.reduceat(rise, profile.start[:-1])
    slope = total / np.maximum(network.edge_length_m, 1e-9)
    return np.asarray(np.where(profile.known, slope, np.nan))


def slopes_frame(network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return the streets that rise or fall 4 % or more on the mean, the steepest last.

    Columns: edge, length_m, slope (rise over run, without a sign), pace_ahead and pace_back: the
    seconds along the line and back, beside those of level ground.
    """
    slope = steepness(network)
    rows = np.flatnonzero(np.nan_to_num(slope) >= HILL_SLOPE)
    rows = rows[np.argsort(slope[rows], kind="stable")]
    table = {
        "edge": rows,
        "length_m": network.edge_length_m[rows].round(1),
        "slope": slope[rows].round(4),
    }
    if network.terrain is not None:
        profile = network.derive(profile_of)
        last, length = profile.start[1:] - 1, np.maximum(network.edge_length_m, 1e-9)
        table["pace_ahead"] = (profile.ahead_m[last] / length)[rows].round(3)
        table["pace_back"] = (profile.back_m[last] / length)[rows].round(3)
    return gpd.GeoDataFrame(table, geometry=edge_lines(network)[rows], crs=WGS84)


def waits_frame(network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return stairs, crossings, escalators and lifts, and the seconds that each costs.

    Columns: edge, length_m, what (``stairs``, ``crossing``, ``signals``, ``escalator``, ``lift``),
    waiting_s (of waiting and riding; of stairs what the steps cost is no waiting). Empty where none
    of it costs time.
    """
    tags = network.tags
    kinds = {
        "lift": tags.lift,
        "escalator": tags.escalator & tags.stairs,
        "stairs": tags.stairs,
        "signals": tags.crossing & tags.signals,
        "crossing": tags.crossing,
    }
    what = np.select(list(kinds.values()), list(kinds), default="")
    rows = np.flatnonzero((what != "") if network.delays is not None else np.zeros(len(what), bool))
    table = {
        "edge": rows,
        "length_m": network.edge_length_m[rows].round(1),
        "what": what[rows].astype(object),
    }
    if network.delays is not None:
        profile = network.derive(profile_of)
        table["waiting_s"] = profile.wait_s[profile.start[1:] - 1][rows].round(1)
    return gpd.GeoDataFrame(table, geometry=edge_lines(network)[rows], crs=WGS84)
