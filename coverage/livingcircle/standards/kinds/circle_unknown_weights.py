"""Points that state no number of people: what a share may be whichever way they count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from livingcircle._arrays import BoolArray
from livingcircle.localized import LocalizedText, percent
from livingcircle.standards.judge import TARGET_TOLERANCE, Verdict
from livingcircle.standards.kinds.circle_figures import Case
from livingcircle.standards.tables import as_number

__all__ = ["with_unknown_weights"]


def with_unknown_weights(verdict: Verdict, case: Case) -> tuple[Verdict, tuple[LocalizedText, ...]]:
    """Return the verdict that allows for unknown people, and the notes on them.

    Unknown is not zero: the share is that of the points that state a number. It could lie anywhere
    between the share where the left-out points without a number hold as many people as the mean of
    the others and the covered ones nobody, and the share the other way round; the verdict is
    unknown where the target lies between.
    """
    blank = _blank(case)
    total = float(case.weight.sum())
    if not blank.any() or not total:
        return verdict, ()
    covered = case.covered
    inside = float(case.weight[covered].sum())
    mean = total / int((~blank).sum())
    left_out, reached = mean * (blank & ~covered).sum(), mean * (blank & covered).sum()
    low = inside / (total + left_out)
    high = (inside + reached) / (total + reached)
    count, of = f"{int(blank.sum()):,}", f"{len(blank):,}"
    zh = f"{of} 个居民点中有 {count} 个未给出人数：人数未知而不是 0，比例只算其余的点"
    en = (
        f"{count} of {of} demand points state no number of people: unknown, not 0,"
        " and the share is of the others"
    )
    if high - low > TARGET_TOLERANCE:
        zh += f"；若每点按其余各点的平均人数计，比例在 {percent(low)} 至 {percent(high)} 之间"
        en += (
            f"; with the mean of the others at each of them it lies between {percent(low)}"
            f" and {percent(high)}"
        )
    remarks = (LocalizedText(zh, en),)
    if verdict.target is None or verdict.status not in ("met", "short"):
        return verdict, remarks
    if low < verdict.target - TARGET_TOLERANCE <= high:
        return replace(verdict, status="unknown"), remarks
    return verdict, remarks


def _blank(case: Case) -> BoolArray:
    """Return which points state no number of those that people are counted by."""
    if case.group not in case.points:
        return np.zeros(len(case.points), dtype=bool)
    return np.asarray(as_number(case.points[case.group]).isna().to_numpy(), dtype=bool)
