"""What a walk cannot cross: rivers, railways, expressways, walls and closed compounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import geopandas as gpd
import pandas as pd
import shapely

from livingcircle._resources import resource_toml

__all__ = ["BarrierKind", "barrier_kinds", "barriers_of", "no_barriers"]


@dataclass(frozen=True)
class BarrierKind:
    """A kind of barrier, and what would cross it."""

    id: str
    zh: str
    en: str
    a_en: str
    """With its article."""
    link_zh: str
    link_en: str
    link_text_zh: str
    link_text_en: str
    filters: tuple[str, ...]


@cache
def barrier_kinds() -> dict[str, BarrierKind]:
    """Return the kinds by id, the costliest to cross first."""
    return {
        key: BarrierKind(id=key, **{**entry, "filters": tuple(entry["filters"])})
        for key, entry in resource_toml("livingcircle.vocab", "barriers.toml").items()
    }


def no_barriers() -> gpd.GeoDataFrame:
    """Return an empty table of barriers (EPSG:4326)."""
    return gpd.GeoDataFrame({"kind": [], "name": [], "osm": []}, geometry=[], crs=4326)


def barriers_of(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the barriers among objects; nodes are none.

    Parameters
    ----------
    found
        Objects with their lines whose labels are ids of ``barrier_kinds``.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326: ``kind``, ``name`` (None where it has none), ``osm``; lines, and areas for water
        and compounds. A closed wall is its outline.
    """
    found = found[~found["osm"].str.startswith("node/").to_numpy(dtype=bool)]
    if not len(found):
        return no_barriers()
    # Where several types match (a fenced school), the one costliest to cross counts.
    kind = found["labels"].str[0]
    geometry = found.geometry.to_numpy().copy()
    outline = (kind == "wall").to_numpy() & (shapely.get_dimensions(geometry) == 2)
    geometry[outline] = shapely.boundary(geometry[outline])
    table = pd.DataFrame({"kind": kind, "name": found["name"], "osm": found["osm"]})
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry=geometry, crs=4326)
