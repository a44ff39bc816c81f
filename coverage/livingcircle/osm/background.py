"""The base map: water, green, railways, main streets, buildings and names of an extract."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._resources import resource_toml
from livingcircle.osm.coast import sea_of

__all__ = ["BackgroundKind", "background_kinds", "background_of"]


_COAST = "coast"
_MARGIN = 0.6
"""Maps show the sea beyond what is in the city: a window is broader than most cities."""
_ASHORE = ("main", "building", "railway")
_MOST_WET = 0.1
"""Bridges and houses on stilts stand in the sea; where more does, the coastline is wrong."""


@dataclass(frozen=True)
class BackgroundKind:
    """A kind of thing on the ground."""

    id: str
    shape: Literal["area", "line", "name"]
    filters: tuple[str, ...]


@cache
def background_kinds() -> dict[str, BackgroundKind]:
    """Return the kinds by id, the lowest first."""
    return {
        key: BackgroundKind(key, entry["shape"], tuple(entry["filters"]))
        for key, entry in resource_toml("livingcircle.vocab", "background.toml").items()
    }


def background_of(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return what lies on the ground.

    Parameters
    ----------
    found
        Objects with their lines whose labels are ids of ``background_kinds``.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, a row per object and kind: ``kind``, ``name`` (None where it has none); areas,
        lines, or points for what is shown by its name alone.
    """
    kinds = background_kinds()
    table = (
        found[["labels", "name", "geometry"]].explode("labels").rename(columns={"labels": "kind"})
    )
    table = table.reset_index(drop=True)
    table["name"] = table["name"].astype(object).where(table["name"].notna(), None)
    shape = table["kind"].map({key: kind.shape for key, kind in kinds.items()})
    points = table.geometry.representative_point().where(shape == "name", table.geometry)
    table = table.set_geometry(points)
    dimension = table.geometry.to_crs(4326).geom_type.str.removeprefix("Multi")
    wanted = {"area": "Polygon", "line": "LineString", "name": "Point"}
    fits = dimension == shape.map(wanted)
    named = table["name"].notna() | (shape != "name")
    return _with_sea(gpd.GeoDataFrame(table[fits & named].reset_index(drop=True), crs=4326))


def _with_sea(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn coastlines into the water beside them, somewhat beyond what else is there.

    A coastline with a piece missing, or a stray one, has the city at its side of the water: then
    no sea is drawn.
    """
    coast = (table["kind"] == _COAST).to_numpy()
    if not coast.any():
        return table
    rest = table[~coast]
    west, south, east, north = (rest if len(rest) else table).total_bounds.tolist()
    dx, dy = _MARGIN * (east - west), _MARGIN * (north - south)
    sea = sea_of(table.geometry[coast].to_numpy(), (west - dx, south - dy, east + dx, north + dy))
    spots = rest.geometry[rest["kind"].isin(_ASHORE)].representative_point().to_numpy()
    wet = np.unique(shapely.STRtree(sea).query(spots, predicate="within")[0])
    if len(wet) > _MOST_WET * len(spots):
        return rest.reset_index(drop=True)
    water = gpd.GeoDataFrame(
        {"kind": "water", "name": None}, geometry=sea, index=range(len(sea)), crs=4326
    )
    return gpd.GeoDataFrame(pd.concat([rest, water], ignore_index=True), crs=4326)
