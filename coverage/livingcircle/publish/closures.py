"""What is shut on the walking network, as tables to look at: places, and private streets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.geodesy import WGS84
from livingcircle.network.graph import WalkNetwork
from livingcircle.vocab.texts import localized_name

__all__ = ["closures_frame", "private_streets_frame"]


def closures_frame(network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return the places where a street is shut to those who pass, as points.

    Columns: osm (the gate or the wall, as ``[network] open`` takes it), shut_by (the tag, or
    "wall"), text_zh, text_en.
    """
    shut = network.closures
    table = pd.DataFrame({"osm": shut.osm, "shut_by": shut.why})
    return gpd.GeoDataFrame(
        _labelled(table), geometry=gpd.points_from_xy(*shut.lonlat.T), crs=WGS84
    )


def private_streets_frame(network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return the streets on which a walk may begin or end and that it does not lead through.

    Columns: edge, length_m, shut_by ("private": by its tags; "inside": only shut places or private
    streets lead to it), text_zh, text_en.
    """
    rows = np.flatnonzero(network.tags.private)
    by = np.where(network.tags.inside[rows], "inside", "private").astype(object)
    table = pd.DataFrame({"edge": rows, "length_m": network.edge_length_m[rows], "shut_by": by})
    lines = edge_lines(network)[rows]
    return gpd.GeoDataFrame(_labelled(table), geometry=lines, crs=WGS84)


def _labelled(table: pd.DataFrame) -> pd.DataFrame:
    """Add the reason in words, in both languages."""
    shown = {}
    for by in table["shut_by"].unique():
        pair = localized_name("closure", "tag" if "=" in by else by)
        shown[by] = tuple(text.format(tag=by) for text in pair)
    for at, name in enumerate(("text_zh", "text_en")):
        table[name] = [shown[by][at] for by in table["shut_by"]]
    return table
