"""Units that are judged one by one: those that a requirement applies to, and what is due there."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from livingcircle.localized import LocalizedText
from livingcircle.standards.base import PartBase
from livingcircle.standards.context import Context
from livingcircle.standards.judge import Demanded, demanded, judge_share
from livingcircle.standards.outcome import Outcome, no_gaps, unknown

__all__ = ["NOTHING_JUDGED", "NO_UNIT_APPLIES", "JudgedUnits", "judged_units"]

NOTHING_JUDGED = LocalizedText("没有可判定的对象", "there is nothing to judge")
NO_UNIT_APPLIES = LocalizedText("没有符合条件的单元", "no unit meets the condition")


@dataclass(frozen=True)
class JudgedUnits:
    """Units that a requirement applies to, one row each, and the share of them that is due."""

    rows: gpd.GeoDataFrame
    undecided: pd.Series
    """True: the table does not say whether the requirement applies to the unit."""
    target: float | None
    due: Demanded | None
    notes: tuple[LocalizedText, ...]


def judged_units(
    part: PartBase, ctx: Context, level: str, none_there: LocalizedText
) -> JudgedUnits | Outcome:
    """Return the units of a level that a part applies to; the outcome where none can be judged."""
    selection = ctx.select(level, part.applies)
    if selection.missing:
        return unknown(part, "share", selection.missing, notes=selection.notes)
    due = demanded(part, ctx.as_of)
    target = due.target if due else part.target_share
    rows = ctx.meant(level, part.applies)
    if not len(rows):
        verdict = judge_share((0, 0, 0), target, due=due)
        return Outcome((verdict,), gaps=no_gaps(), notes=(*selection.notes, none_there))
    return JudgedUnits(rows, selection.undecided.reindex(rows.index), target, due, selection.notes)
