"""Outcome: what assessing one part of a requirement gives; the parts make the finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import geopandas as gpd
import pandas as pd

from livingcircle.io.column_names import ColumnValues
from livingcircle.localized import LocalizedText, Parameter, join
from livingcircle.standards.base import PartBase
from livingcircle.standards.homes import Held
from livingcircle.standards.judge import Verdict, binding_verdict, joined_verdicts
from livingcircle.standards.missing import missing_words
from livingcircle.standards.space import ReadingSpace

__all__ = [
    "OUTCOME_GAP_COLUMNS",
    "Outcome",
    "gap_table",
    "no_gaps",
    "unknown",
    "with_label",
]

OUTCOME_GAP_COLUMNS = (
    "unit_id",
    "unit_name",
    "level",
    "town",
    "district",
    "people",
    "households",
    "facility_id",
    "metres",
    "straight_m",
    "reason",
)


@dataclass(frozen=True)
class Outcome:
    """One part of a requirement, assessed; the fields are those of ``Finding``."""

    verdicts: tuple[Verdict, ...]
    """Usually one; several where districts have targets of their own."""
    measures: Mapping[str, float] = field(default_factory=dict)
    units: pd.DataFrame = field(default_factory=pd.DataFrame)
    gaps: gpd.GeoDataFrame | None = None
    demand: gpd.GeoDataFrame | None = None
    held: Held | None = None
    """What of each home of ``demand`` is held against which limit."""
    sensitivity: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    notes: tuple[LocalizedText, ...] = ()
    space: ReadingSpace | None = None
    """Its value under every reading; None where the data do not answer, or nothing is open."""
    figure_read: bool = False
    """A reading is chosen by which the value is no share of those who are covered."""

    @property
    def verdict(self) -> Verdict:
        """The verdict that binds."""
        return binding_verdict(self.verdicts)

    @property
    def note(self) -> LocalizedText:
        """Everything a reader should know about this part."""
        return join([joined_verdicts(self.verdicts), missing_words(self.missing), *self.notes])


def unknown(
    part: PartBase,
    unit: str,
    missing: Sequence[str],
    *,
    notes: Sequence[LocalizedText] = (),
    measures: Mapping[str, float] | None = None,
    demand: gpd.GeoDataFrame | None = None,
    held: Held | None = None,
) -> Outcome:
    """Return the outcome of a part whose data were not given."""
    goal = None if isinstance(part.goal, Parameter) else part.goal
    verdict = Verdict("unknown", None, goal, unit, due=part.due)
    codes = tuple(dict.fromkeys(missing))
    return Outcome(
        (verdict,),
        measures=measures or {},
        demand=demand,
        held=held,
        missing=codes,
        notes=tuple(notes),
    )


def no_gaps() -> gpd.GeoDataFrame:
    """Return an empty table of gaps (EPSG:4326)."""
    return _empty_gaps().copy()


@cache
def _empty_gaps() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({name: [] for name in OUTCOME_GAP_COLUMNS}, geometry=[], crs=4326)


def gap_table(
    units: gpd.GeoDataFrame, people: pd.DataFrame, reason: pd.Series | str, **more: ColumnValues
) -> gpd.GeoDataFrame:
    """Return gaps of a requirement on units: one row per unit that falls short.

    Parameters
    ----------
    units
        The units that fall short, as ``unit_table`` gives them (EPSG:4326).
    people
        ``residents`` and ``households`` by unit_id.
    reason
        Why, as a code of texts.toml.
    more
        Columns that the kind adds, by unit_id.
    """
    if not len(units):
        return no_gaps()
    of = people.reindex(units.index)
    data = {
        "unit_id": units["unit_id"],
        "unit_name": units["name"],
        "level": units["level"],
        "town": units["town"],
        "district": units["district"],
        "people": of["residents"],
        "households": of["households"],
        "facility_id": None,
        "metres": float("nan"),
        "straight_m": float("nan"),
        "reason": reason,
        **more,
    }
    return gpd.GeoDataFrame(data, geometry=units.geometry, index=units.index, crs=units.crs)


def with_label(part: PartBase, outcome: Outcome, *, people: bool = False) -> LocalizedText:
    """Return a part's verdict with its label; a share of people is no n of m."""
    unclear = outcome.verdict.value is None and outcome.verdict.status == "unknown"
    text = LocalizedText("数据不足", "unknown") if unclear else outcome.verdict.words(of=not people)
    label = part.label
    if not label:
        return text
    return LocalizedText(f"{label.zh}：{text.zh}", f"{label.en}: {text.en}")
