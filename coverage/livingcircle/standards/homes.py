"""Homes of a requirement: where several parts decide them, what the part that decides each says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray

__all__ = ["Decided", "Held", "joined_homes"]

_CHANCES = ("probability", "p_covered")
"""Of being within a limit: of several parts the least, as far as that of every part is known."""


class Held(NamedTuple):
    """What of a home's walk is held against a limit."""

    column: str
    """A column of the homes: ``metres``, ``seconds`` or ``straight_m``."""
    most: float
    """The largest that is within the limit."""


class Decided(NamedTuple):
    """The homes that one part decides."""

    position: int
    """Of the part in its requirement, from 1."""
    homes: gpd.GeoDataFrame
    held: Held | None

    @property
    def status(self) -> pd.Series:
        """The status of each home; who is beyond the limit of a rule on villages is a gap too."""
        status: pd.Series = self.homes["status"]
        if self.held is None:
            return status
        beyond = ~(self.homes[self.held.column] <= self.held.most)
        masked: pd.Series = status.mask((status == "covered") & beyond, "gap")
        return masked

    def used(self, index: pd.Index) -> FloatArray:
        """Return how near each home of an index is to being left out.

        At most 1 who is within the limit, at least 2 who is left out, and -inf whom the part does
        not ask about.
        """
        covered = (self.status == "covered").to_numpy()
        cost = np.zeros(len(covered))
        if self.held is not None:
            cost = self.homes[self.held.column].to_numpy(dtype=float) / self.held.most
        used = np.where(covered, np.minimum(cost, 1.0), 2.0 + np.nan_to_num(cost, nan=np.inf))
        of_all = pd.Series(used, self.homes.index).reindex(index, fill_value=-np.inf)
        return np.asarray(of_all, dtype=np.float64)

    def chance(self, name: str, index: pd.Index) -> FloatArray:
        """Return a chance of each home of an index, inf whom the part does not ask about.

        Who walks at one speed is covered or not; what was not drawn for is not known (NaN).
        """
        unsaid = (self.status == "covered") * 1.0 if name == "probability" else np.nan
        held = self.homes[name] if name in self.homes else pd.Series(unsaid, self.homes.index)
        return np.asarray(held.reindex(index, fill_value=np.inf), dtype=np.float64)


def joined_homes(parts: Sequence[Decided]) -> gpd.GeoDataFrame | None:
    """Return the homes that some parts decide together; None where none does.

    A home that several parts ask about is covered where all of them cover it. Its walk, facility
    and reason are those of the part that decides: of the parts that leave it out the one whose
    limit it exceeds the most, else the one whose limit it comes closest to. ``part`` names it;
    there is no such column where one part decides alone.
    """
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0].homes
    index = parts[0].homes.index
    for one in parts[1:]:
        index = index.union(one.homes.index)
    which = np.argmax([one.used(index) for one in parts], axis=0)
    tables = []
    for n in np.unique(which):
        one, rows = parts[n], index[which == n]
        decided = one.homes.loc[rows]
        tables.append(decided.assign(status=one.status.loc[rows], part=one.position))
    homes = pd.concat(tables).loc[index]
    for name in _CHANCES:
        if not any(name in one.homes for one in parts):
            continue
        homes = homes.drop(columns=name, errors="ignore")
        least = np.min([one.chance(name, index) for one in parts], axis=0)
        if np.isfinite(least).any():
            homes[name] = np.where(np.isfinite(least), least, np.nan)
    return gpd.GeoDataFrame(homes, geometry="geometry", crs=parts[0].homes.crs)
