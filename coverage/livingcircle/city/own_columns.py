"""Columns of one city's own: how headers are read for them, and how tables keep them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.city.city_file import vocabulary_file
from livingcircle.city.facilities import FACILITY_COLUMNS
from livingcircle.city.units import UNIT_COLUMNS
from livingcircle.errors import ConfigError
from livingcircle.io.table.headers import Role, roles
from livingcircle.vocab.gait import strata
from livingcircle.vocab.own import OwnColumn

__all__ = ["age_roles", "keep_own", "own_roles"]

OLDEST = 99
"""The last decade of measured speeds holds everybody older too."""

_TYPES = {"number": "count", "count": "count", "area": "area_m2", "yes-no": "yesno", "text": "text"}


def own_roles(columns: Mapping[str, OwnColumn], *, file: Path | None = None) -> tuple[Role, ...]:
    """Return how headers are read for some columns of one's own.

    Raises
    ------
    ConfigError
        A column that ships has that id.
    """
    for name in columns:
        if name in {
            *roles(),
            *(role.name for role in age_roles()),
            *FACILITY_COLUMNS,
            *UNIT_COLUMNS,
        }:
            raise ConfigError(
                f"'{name}' is a column that ships",
                hint="Choose another id",
                file=None if file is None else vocabulary_file(file, "columns", name),
                field=f"columns.{name}",
            )
    return tuple(
        Role(name, _TYPES[one.kind], (one.table,), (one.zh, one.en, *one.aliases), ())
        for name, one in columns.items()
    )


@cache
def age_roles() -> tuple[Role, ...]:
    """Return how headers of people by sex and decade are read, in tables of homes and of units.

    ``men_60_69``, ``60-69岁男性``, ``女60-69岁``, ``f_60_69``.
    """
    words = {"men": ("男性", "男", "male", "m"), "women": ("女性", "女", "female", "f")}
    found = []
    for one in strata():
        low, high = one.ages
        zh, short, en, letter = words[one.sex]
        years = [f"{low}-{high}岁", *([f"{low}岁及以上", f"{low}岁以上"] if high == OLDEST else [])]
        names = [f"{year}{sex}" for year in years for sex in (zh, short)]
        names += [f"{sex}{year}" for year in years for sex in (zh, short)]
        names += [f"{en}_{low}_{high}", f"{letter}_{low}_{high}"]
        found.append(Role(one.column, "count", ("demand", "units"), (one.column, *names), ()))
    return tuple(found)


def keep_own(
    table: gpd.GeoDataFrame, frame: pd.DataFrame, own: tuple[Role, ...], kind: str
) -> gpd.GeoDataFrame:
    """Return a tidy table with the columns of one's own that its kind has, empty where not given.

    Columns of people by sex and decade are there only where they are given.

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
    of_age = {role.name for role in age_roles()}
    for role in (role for role in own if role.fits(kind)):
        if role.name in of_age and role.name not in frame:
            continue
        number = role.type in ("count", "area_m2")
        given = frame[role.name].to_numpy() if role.name in frame else None
        if given is None:
            given = np.full(len(table), np.nan if number else None)
        added[role.name] = pd.Series(given, index=table.index, dtype=float if number else object)
    return table.assign(**added)
