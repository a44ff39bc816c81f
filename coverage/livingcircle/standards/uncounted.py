"""Who is left out and not counted: points that state no number of people, by finding and unit."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from livingcircle.standards.finding import Finding
from livingcircle.standards.tables import as_number

__all__ = ["Uncounted", "uncounted"]

Uncounted = dict[str, dict[str, dict[str, int]]]
"""Requirement id → ``people`` or ``households`` → unit id (``*``: all of them) → points."""


def uncounted(findings: Sequence[Finding]) -> Uncounted:
    """Return how many left-out points state no number, where others do.

    The number of people left out falls where a figure is lost, which is no progress; this count
    shows it between two runs. Where no point states a number there is nothing to lose.
    """
    found: Uncounted = {}
    for finding in findings:
        by_unit = {
            measure: counts
            for measure in ("people", "households")
            if (counts := _of(finding, measure))
        }
        if by_unit:
            found[finding.id] = by_unit
    return found


def _of(finding: Finding, measure: str) -> dict[str, int]:
    points, gaps = finding.demand, finding.gaps
    if points is None:
        return _units(gaps, measure)
    column = "households"
    if measure == "people":
        groups = [str(getattr(part, "group", "")) for part in finding.requirement.parts]
        column = next((group for group in groups if group in points), "residents")
    if column not in points or "status" not in points:
        return {}
    number = as_number(points[column])
    lost = (number.isna() & points["status"].ne("covered")).to_numpy()
    if not lost.any() or number.isna().all():
        return {}
    found = {"*": int(lost.sum())}
    for level in pd.unique(gaps["level"].dropna()) if len(gaps) else ():
        if level in points:
            counts = points.loc[lost, level].value_counts()
            found.update({str(unit): int(count) for unit, count in counts.items()})
    return found


def _units(gaps: pd.DataFrame, measure: str) -> dict[str, int]:
    """Return the units that are left out without a number, where units themselves are judged."""
    if not len(gaps) or measure not in gaps or "unit_id" not in gaps:
        return {}
    blank = as_number(gaps[measure]).isna()
    if not blank.any() or blank.all():
        return {}
    ids = gaps.loc[blank, "unit_id"].dropna().astype(str)
    return {"*": int(blank.sum()), **dict.fromkeys(ids, 1)}
