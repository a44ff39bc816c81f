"""What the names of units in a list were taken for, and which of them are no unit at all."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from livingcircle.city.inputs import Inputs
from livingcircle.city.unit_names import find_by_name, matched_names, unmatched_names
from livingcircle.vocab.levels import LEAVES

__all__ = ["note_stated_units"]


def note_stated_units(
    inputs: Inputs,
    file: str,
    stated: pd.Series,
    units: Mapping[str, gpd.GeoDataFrame],
    *,
    meant: pd.Series | None = None,
    town: pd.Series | None = None,
    district: pd.Series | None = None,
) -> None:
    """Note which stated units are written otherwise than theirs, and which are none.

    Parameters
    ----------
    inputs
        For the notes.
    file
        The list.
    stated
        Names or ids as the list says them, with the row as a spreadsheet counts it as index.
    units
        Tables of units by level.
    meant
        Aligned: the unit that the row was given to otherwise; None: what the name alone means.
    town, district
        Aligned, as stated: whose unit is meant where several share a name.
    """
    given = [units[level] for level in (*LEAVES, "estate", "town") if level in units]
    if not given or stated.isna().all():
        return
    known = pd.concat(given, ignore_index=True)
    found = find_by_name(known, stated, town=town, district=district)
    if meant is not None:
        found = found.where(found.notna(), meant)
    same = matched_names(stated, found, known.set_index("unit_id")["name"])
    if same is not None:
        inputs.note(file, "unit", same, 'columns = { "..." = "" }', match=True)
    lost = unmatched_names(stated, found, known["name"])
    if lost is not None:
        inputs.note(file, "unit", lost, '[unit_names] "..." = "..."', match=True)
