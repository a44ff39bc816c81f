"""Columns of one city's own: how headers are read for them, and how tables keep them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.city.facilities import FACILITY_COLUMNS
from livingcircle.city.units import UNIT_COLUMNS
from livingcircle.errors import ConfigError
from livingcircle.io.table.headers import Role, roles
from livingcircle.vocab.own import OwnColumn

__all__ = ["keep_own", "own_roles"]

_TYPES = {"number": "count", "count": "count", "area": "area_m2", "yes-no": "yesno", "text": "text"}


def own_roles(columns: Mapping[str, OwnColumn], *, file: Path | None = None) -> tuple[Role, ...]:
    """Return how headers are read for some columns of one's own.

    Raises
    ------
    ConfigError
        A column that ships has that id.
    """
    for name in columns:
        if name in {*roles(), *FACILITY_COLUMNS, *UNIT_COLUMNS}:
            raise ConfigError(
                f"'{name}' is a column that ships",
                hint="Choose another id",
                file=file,
                field=f"columns.{name}",
            )
    return tuple(
        Role(name, _TYPES[one.kind], (one.table,), (one.zh, one.en, *one.aliases), ())
        for name, one in columns.items()
    )


def keep_own(
    table: gpd.GeoDataFrame, frame: pd.DataFrame, own: tuple[Role, ...], kind: str
) -> gpd.GeoDataFrame:
    """Return a tidy table with the columns of one's own that its kind has, empty where not given.

    Parameters
    ----------
    table
        The tidy table.
    frame
        As it was read, row by row the same.
    own
        What ``own_roles`` returned.
    kind
        "facilities", "units" or "demand".
    """
    added = {}
    for role in (role for role in own if role.fits(kind)):
        number = role.type in ("count", "area_m2")
        given = frame[role.name].to_numpy() if role.name in frame else None
        if given is None:
            given = np.full(len(table), np.nan if number else None)
        added[role.name] = pd.Series(given, index=table.index, dtype=float if number else object)
    return table.assign(**added)
