"""What a scenario changes, written beside the run: two tables and a GeoPackage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd

from livingcircle.compare.findings import Difference
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.publish.gis.gpkg import OutputLayer, write_geopackage
from livingcircle.publish.gis.qml import Categorised, Classes, Rules, Style, Symbol
from livingcircle.publish.gis.styles import field_aliases
from livingcircle.publish.office.changes import write_changes
from livingcircle.publish.palette import NO_DATA, POINT_STATUS, STATUS
from livingcircle.vocab.texts import text_in_both

__all__ = ["units_layer", "write_difference"]


def write_difference(found: Difference, folder: Path, credit: LocalizedText = EMPTY) -> None:
    """Write ``difference_scorecard.csv``, ``difference_units.csv`` and ``difference.gpkg``."""
    write_changes(found.scorecard, folder / "difference_scorecard.csv")
    units = pd.DataFrame(found.units.drop(columns="geometry"))
    write_changes(units, folder / "difference_units.csv")
    write_geopackage(folder / "difference.gpkg", _layers(found), credit)


def units_layer(units: gpd.GeoDataFrame, title: tuple[str, str]) -> OutputLayer:
    """Return units coloured by whether their value rose or fell."""
    units = units[units.geometry.notna()]
    worse, same, better = (
        Symbol("fill", colour, width=0.2, alpha=0.75)
        for colour in (STATUS["short"], NO_DATA, STATUS["met"])
    )
    by_change = Classes(
        "better_by",
        [
            (-1e9, -1e-9, "变差 / worse", worse),
            (-1e-9, 1e-9, "不变 / the same", same),
            (1e-9, 1e9, "改善 / better", better),
        ],
    )
    return OutputLayer(
        "units",
        units,
        Style(by_change, label="name", aliases=field_aliases(units), display="name"),
        title,
    )


def _layers(found: Difference) -> Iterator[OutputLayer]:
    """Yield the units and the homes whose answer changed; one standard is shown at a time."""
    yield units_layer(found.units, ("变化的单元", "units that changed"))
    homes = Categorised(
        "status_after",
        [
            (
                value,
                text_in_both("point_status", value),
                Symbol("marker", colour, width=0, size=1.6),
            )
            for value, colour in POINT_STATUS.items()
        ],
    )
    groups = [(s, s) for s in dict.fromkeys(found.points["standard"])] or [("", "")]
    looks = Style(Rules("standard", groups, homes), aliases=field_aliases(found.points))
    yield OutputLayer("demand", found.points, looks, ("变化的居民点", "homes that changed"))
