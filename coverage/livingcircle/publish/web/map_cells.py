"""Cells of a grid that carry the colour of map.html where a city has no small units."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.publish.web.encode import finite_list
from livingcircle.standards.result import Result
from livingcircle.vocab.groups import AGE_GROUPS

__all__ = ["CELL", "MAP_CELL_M", "home_cells", "with_cells"]

CELL = "cell"
"""Their level among the page's units."""

MAP_CELL_M = 400.0
_SMALL = ("estate", "community", "village", "town")


def with_cells(
    result: Result, units: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, dict[str, list[list[object]]]]:
    """Return the page's units with cells behind them, and each standard's rows of cells.

    A row is [unit, status, share, "share", people left out, mean metres, route], as those of other
    units. A city that has communities, villages or towns needs no cells.
    """
    if units["level"].isin(_SMALL).any() or not len(result.city.demand):
        return units, {}
    grid = result.by_grid(MAP_CELL_M)
    shown = {f.id for f in result.findings if f.requirement.shows("by_home")}
    grid = grid[(grid["part"] == 1) & grid["id"].isin(shown)]
    if not len(grid):
        return units, {}
    once = grid.drop_duplicates("cell")
    blank = np.full(len(once), np.nan)
    cells = gpd.GeoDataFrame(
        {
            "unit_id": once["cell"].to_numpy(),
            "name": "",
            "level": CELL,
            "residents": blank,
            "households": blank,
        },
        geometry=once.geometry.to_numpy(),
        crs=4326,
    )
    place = pd.Series(np.arange(len(units), len(units) + len(cells)), index=cells["unit_id"])
    people = grid["group"].isin(("residents", *AGE_GROUPS))
    grid = grid.assign(
        unit=grid["cell"].map(place),
        out=(grid["people"] - grid["people_covered"]).where(people),
    )
    rows: dict[str, list[list[object]]] = {
        str(name): [
            [int(unit), "report", share, "share", out, None, -1]
            for unit, share, out in zip(
                own["unit"], finite_list(own, "share", 6), finite_list(own, "out"), strict=True
            )
        ]
        for name, own in grid.groupby("id", sort=False)
    }
    return gpd.GeoDataFrame(pd.concat([units, cells], ignore_index=True), crs=4326), rows


def home_cells(demand: gpd.GeoDataFrame, crs_m: object) -> pd.Series:
    """Return the name of the cell that each home lies in, as ``Result.by_grid`` names them."""
    xy = demand.geometry.to_crs(crs_m)
    corner = [np.floor(axis / MAP_CELL_M) * MAP_CELL_M for axis in (xy.x, xy.y)]
    names = [f"E{x:.10g}N{y:.10g}" for x, y in zip(*corner, strict=True)]
    return pd.Series(names, index=demand.index)
