"""Are the tables where they say they are: each list held against the streets and the units."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import IntArray
from livingcircle.city.inputs import Inputs
from livingcircle.city.unit_names import find_by_name
from livingcircle.city.units import LEAVES, Units
from livingcircle.io.datum.convert import from_wgs84
from livingcircle.io.datum.detect import CANDIDATES, check_datum, detect_datum
from livingcircle.io.table.read import Table
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import WalkNetwork

__all__ = ["check_datums"]

# What agrees with WGS 84 within a metre needs no other name here.
_AS_WGS84 = {"cgcs2000": "wgs84"}


def check_datums(inputs: Inputs, network: WalkNetwork, units: Units, kind: str) -> None:
    """Hold the tables of a kind that were read so far against the streets and the units.

    Raises
    ------
    DatumError
        A table lies all but certainly in another datum than it was read in; the hint names it.
    """
    given = [units[level] for level in LEAVES if level in units]
    leaves = pd.concat(given, ignore_index=True) if given else None
    for source, read_as, table in inputs.tables:
        name = _AS_WGS84.get(table.datum, table.datum)
        if read_as != kind or name not in CANDIDATES:
            continue
        shapes = table.frame.geometry.to_numpy()
        points = shapely.point_on_surface(shapes)
        lon, lat = from_wgs84(shapely.get_x(points), shapely.get_y(points), name)
        guess = detect_datum(
            lon,
            lat,
            network.coords,
            network.edge_start,
            units=None if leaves is None else leaves.geometry.to_numpy(),
            unit_of=_named(table, leaves),
        )
        check_datum(name, guess, file=source)
        if guess.likely:
            agree = guess.best == name
            text = LocalizedText(
                f"与道路比对，{'符合' if agree else '不符合'} {name}：{guess.text.zh}",
                f"the streets {'agree' if agree else 'disagree'} with {name}: {guess.text.en}",
            )
            inputs.note(inputs.shown.get(source, source), "datum", text)


def _named(table: Table, leaves: gpd.GeoDataFrame | None) -> IntArray | None:
    """Return the number of the leaf unit that each row names, -1 where it names none."""
    frame: Any = table.frame
    if leaves is None or "unit" not in frame:
        return None
    number = dict(zip(leaves["unit_id"], range(len(leaves)), strict=True))
    found = find_by_name(leaves, frame["unit"].astype(object)).map(number)
    return np.asarray(found.fillna(-1).to_numpy(dtype=np.int64))
