"""The ground that a city lies on: its terrain read, and what it means for those who live there."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np

from livingcircle.city.config import TerrainConfig, WalkingConfig
from livingcircle.city.inputs import Inputs
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import anchor, lonlat_of
from livingcircle.network.terrain import slope_around, terrain_notes, with_terrain
from livingcircle.network.waiting import delay_notes, with_delays

__all__ = ["note_steep", "on_terrain", "with_waiting"]

WHEELCHAIR_SLOPE = 0.08
"""Just below 1:12: the steepest ramp for wheelchairs of ADA 405.2, that of GB 50763-2012."""


def on_terrain(inputs: Inputs, part: TerrainConfig | None, network: WalkNetwork) -> WalkNetwork:
    """Return the network on the terrain that city.toml names, and note how it was understood."""
    if part is None:
        return network
    path = Path(inputs.find(part.source, "terrain"))
    made = with_terrain(network, path, pace=part.pace, smooth_m=part.smooth_m, crs=part.crs)
    for number, text in enumerate(terrain_notes(made)):
        overrule = "" if number else "[terrain] pace, smooth_m"
        inputs.note(part.source, "terrain", text, overrule)
    return made


def with_waiting(inputs: Inputs, part: WalkingConfig, network: WalkNetwork) -> WalkNetwork:
    """Return the network where stairs and crossings cost what city.toml says, and note it."""
    if not part.counted:
        return network
    made = with_delays(network, **part.stated)
    for text in delay_notes(made):
        inputs.note("network", "delays", text, "[walking] signals_s, stairs_up, ...")
    return made


def note_steep(inputs: Inputs, network: WalkNetwork, demand: gpd.GeoDataFrame) -> None:
    """Note how many people live on streets steeper than a ramp for wheelchairs may be."""
    if network.terrain is None or demand.empty:
        return
    lonlat = lonlat_of(demand)
    at = anchor(network, lonlat[:, 0], lonlat[:, 1])
    with np.errstate(invalid="ignore"):
        steep = slope_around(network, at.edge, at.offset_m) > WHEELCHAIR_SLOPE
    count = int(steep.sum())
    who = LocalizedText(f"{count:,} 个居民点", f"{count:,} demand points")
    if "residents" in demand and demand["residents"].notna().any():
        people = float(demand["residents"].fillna(0.0).to_numpy(dtype=float)[steep].sum())
        who = LocalizedText(f"{people:,.0f} 人", f"{people:,.0f} people")
    text = LocalizedText(
        f"{who.zh}住在坡度大于 {WHEELCHAIR_SLOPE:.0%} 的街道旁",
        f"{who.en} live on streets steeper than {WHEELCHAIR_SLOPE:.0%}",
    )
    inputs.note(network.terrain.elevation.source, "slopes", text)
