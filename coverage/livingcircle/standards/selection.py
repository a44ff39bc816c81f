"""Which units a requirement applies to, by what it states of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from livingcircle.localized import LocalizedText
from livingcircle.standards.base import (
    Applies,
    UnitCondition,
)

__all__ = ["IF_UNSAID", "Selection", "select_units"]


@dataclass(frozen=True)
class Selection:
    """Which rows a filter leaves in."""

    chosen: pd.Series
    """True: the requirement applies."""
    undecided: pd.Series
    """True: the table does not say whether it applies."""
    missing: tuple[str, ...] = ()
    """Columns that say nothing for any row."""
    notes: tuple[LocalizedText, ...] = ()

    @property
    def ids(self) -> pd.Index:
        """The rows that the requirement applies to."""
        return self.chosen.index[self.chosen.to_numpy(dtype=bool)]


IF_UNSAID = LocalizedText(
    "未注明是否适用的范围一并计入",
    "what does not say whether the requirement applies to it is counted in",
)

_ASSUMED_URBAN = LocalizedText(
    "未注明城乡属性的单元：社区按城市、行政村按农村计",
    "units that do not say: a community counts as urban, a village as rural",
)


def select_units(
    table: pd.DataFrame,
    applies: Applies,
    districts_of: Callable[[pd.DataFrame], pd.Series],
    figure_of: Callable[[pd.DataFrame, str], pd.Series],
) -> Selection:
    """Return which units of a table a requirement applies to.

    Parameters
    ----------
    table
        Units of one level.
    applies
        What the requirement states of them.
    districts_of
        Gives the district of each unit as the plan calls it.
    figure_of
        Gives a figure of each unit, by its column.
    """
    excluded = pd.Series(False, index=table.index)
    blank = pd.Series(False, index=table.index)
    missing: list[str] = []
    notes: list[LocalizedText] = []

    def narrow(values: pd.Series, test: pd.Series, column: str) -> None:
        nonlocal excluded, blank
        if len(values) and values.isna().all():
            missing.append(f"column:units.{column}")
        excluded |= ~test & values.notna()
        blank |= values.isna()

    if applies.urban_rural:
        values, assumed = _urban_rural(table)
        if assumed:
            notes.append(_ASSUMED_URBAN)
        narrow(values, values == applies.urban_rural, "urban_rural")
    if applies.division:
        values = table["name"].map(_division)
        narrow(values, values == applies.division, "name")
    if applies.new is not None:
        narrow(table["is_new"], table["is_new"] == float(applies.new), "is_new")
    if applies.founded_since:
        founded = table["founded_year"]
        narrow(founded, founded >= applies.founded_since, "founded_year")
    if applies.districts:
        names = districts_of(table)
        narrow(names, names.isin(applies.districts), "district")
    if applies.exempt_islands:
        excluded |= table["is_island"] == 1.0
    for where in applies.where:
        values = figure_of(table, where.column)
        narrow(values, _within(values, where), where.column)
    if applies.if_unsaid == "applies" and (blank & ~excluded).any():
        blank[:] = False
        missing.clear()
        notes.append(IF_UNSAID)
    # What one condition rules out is not made uncertain by another that nobody stated.
    return Selection(~excluded & ~blank, ~excluded & blank, tuple(missing), tuple(notes))


def _urban_rural(table: pd.DataFrame) -> tuple[pd.Series, bool]:
    """Return urban/rural of each unit; leaves that do not say follow from what they are."""
    stated = table["urban_rural"]
    natural = table["level"].map({"community": "urban", "village": "rural"})
    assumed = stated.isna() & natural.notna()
    return stated.fillna(natural), bool(assumed.any())


_ENDINGS = (("subdistrict", ("街道", "街道办", "街道办事处")), ("town", ("镇", "乡", "苏木")))


def _division(name: object) -> str | None:
    """Return whether a name is that of a subdistrict or of a town, None where it does not say."""
    return next((kind for kind, ends in _ENDINGS if str(name).strip().endswith(ends)), None)


def _within(values: pd.Series, where: UnitCondition) -> pd.Series:
    test = pd.Series(True, index=values.index)
    if where.at_least is not None:
        test &= values >= where.at_least
    if where.at_most is not None:
        test &= values <= where.at_most
    return test
