"""Rooms that are too small: what each holds, what it should hold and what it lacks."""

from __future__ import annotations

import pandas as pd

from livingcircle.localized import LocalizedText
from livingcircle.publish.frames import gaps_frame
from livingcircle.publish.office.tables import gap_figures
from livingcircle.standards.result import Result

__all__ = ["small_rooms"]

_ASKED = ["unit_id", "facility_id", "area_m2", "required_m2", "lacking_m2", "too_small_zh"]
"""Requirements whose gaps are alike in these ask the same."""


def small_rooms(result: Result, most: int) -> list[dict[str, object]]:
    """Return the gaps of floor area, requirement by requirement, most people first.

    Parameters
    ----------
    result
        An assessed city.
    most
        Rows of a requirement.

    Returns
    -------
    list of dict
        ``findings`` (several where they list the same rooms), ``why`` (why a met one lists gaps),
        ``rows`` and how many there are in all, ``count``.
    """
    gaps = gaps_frame(result)
    if "lacking_m2" not in gaps:
        return []
    gaps = pd.DataFrame(gaps.drop(columns="geometry"))
    gaps = gaps[gaps["lacking_m2"].gt(0) | gaps["reason"].eq("too_small") & gaps["area_m2"].notna()]
    gaps = gaps.reindex(columns=[*gaps.columns, *(n for n in _ASKED if n not in gaps)])
    found: dict[object, dict[str, object]] = {}
    by_id = dict(iter(gaps.groupby("standard", sort=False)))
    for finding in result.findings:
        own = by_id.get(finding.id)
        if own is None:
            continue
        key = tuple(own[_ASKED].astype(str).itertuples(index=False, name=None))
        told = {
            "findings": [],
            "why": finding.why_listed,
            "rows": _rows(own.head(most)),
            "count": len(own),
        }
        alike = found.setdefault(key, told)["findings"]
        assert isinstance(alike, list)  # noqa: S101 - as it was put there
        alike.append(finding)
    return list(found.values())


def _rows(gaps: pd.DataFrame) -> list[dict[str, object]]:
    rows = gaps.astype(object).where(gaps.notna(), None)
    for name in ("area_m2", "required_m2", "lacking_m2"):
        shown = gap_figures(gaps[name], name)
        rows[name] = ["–" if pd.isna(one) else f"{one:,.1f}".removesuffix(".0") for one in shown]
    records = rows.to_dict("records")
    return [
        {str(key): value for key, value in row.items()}
        | {"rooms": LocalizedText(row["too_small_zh"] or "", row.get("too_small_en") or "")}
        for row in records
    ]
