"""Who is left out, group by group and place by place, and how unevenly people walk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.gaps.access_test import AccessTest, all_access_tests
from livingcircle.gaps.inequality import gini, lorenz, palma
from livingcircle.standards.context import Context
from livingcircle.standards.result import Result
from livingcircle.standards.tables import as_number
from livingcircle.vocab.groups import GROUPS

__all__ = ["EQUITY_COLUMNS", "equity", "lorenz_curve", "walking_tests"]

EQUITY_COLUMNS = (
    "standard", "part", "by", "key", "name", "group", "people", "beyond", "share_beyond",
    "unreached", "mean_minutes", "gini", "palma",
)  # fmt: skip

EQUITY_LEVELS = ("town", "district")
"""The levels by which people are grouped: towns, and districts where there are no towns."""


def equity(result: Result, standard: str) -> pd.DataFrame:
    """Return who is left out of a circle, and how unevenly people walk to it.

    Parameters
    ----------
    result
        What ``assess`` gave.
    standard
        Id of a requirement that asks for walks.

    Returns
    -------
    DataFrame
        A row for each part and ``by``: ``all``; ``group`` (residents, households, aged 65+, ...);
        ``urban_village`` (inside, outside); ``town`` (or ``district``). ``key`` and ``name`` say
        which, ``group`` whom the numbers count. ``people`` are all of them, ``beyond`` those
        beyond the limit, ``unreached`` those of them who reach no facility at all.
        ``mean_minutes``, ``gini`` and ``palma`` are of the minutes of those who reach one:
        unreached homes are left out. Homes that state no number count nowhere. Empty for a
        requirement that asks for no walk.

    Raises
    ------
    ConfigError
        No requirement of the packs has that id.
    """
    rows = [row for test in walking_tests(result, standard) for row in _rows(test)]
    return pd.DataFrame(rows, columns=list(EQUITY_COLUMNS))


def lorenz_curve(result: Result, standard: str) -> pd.DataFrame:
    """Return the Lorenz curve of the minutes that people walk.

    Returns
    -------
    DataFrame
        ``part``, ``people`` (share, those with the shortest walks first) and ``minutes`` (their
        share of all minutes), from 0 to 1; of those who reach a facility.
    """
    curves = []
    for test in walking_tests(result, standard):
        minutes, weight = _minutes(test), test.weight
        reached = np.isfinite(minutes)
        people, part = lorenz(minutes[reached], weight[reached])
        curves.append(pd.DataFrame({"part": test.position, "people": people, "minutes": part}))
    if not curves:
        return pd.DataFrame({"part": [], "people": [], "minutes": []})
    return pd.concat(curves, ignore_index=True)


def walking_tests(result: Result, standard: str) -> list[AccessTest]:
    """Return the parts of a requirement that ask each home for a walk, and know the answer."""
    # Equity, its curves and single points ask for the same ones.
    return result.derive(_walking_tests, standard)


def _walking_tests(result: Result, standard: str) -> list[AccessTest]:
    ctx = result.context or Context(result.city, result.as_of)
    found = all_access_tests(result.finding(standard), ctx)
    return [
        test
        for test in found
        if test.decided and len(test.points) and all(trip.mode == "walk" for trip in test.trips)
    ]


def _minutes(test: AccessTest) -> FloatArray:
    """Return the minutes of each home's walk to the farthest need."""
    return np.asarray(test.points["seconds"].to_numpy(dtype=float) / 60.0)


def _rows(test: AccessTest) -> Iterator[dict[str, object]]:
    points, everybody = test.points, np.ones(len(test.points), dtype=bool)
    minutes, out = _minutes(test), test.gap
    head = {"standard": test.finding.id, "part": test.position}

    def row(
        by: str, key: str, name: str, group: str, weight: FloatArray, among: BoolArray
    ) -> dict[str, object]:
        reached = among & np.isfinite(minutes)
        people, left = float(weight[among].sum()), float(weight[among & out].sum())
        walked, who = minutes[reached], weight[reached]
        return head | {
            "by": by,
            "key": key,
            "name": name,
            "group": group,
            "people": people,
            "beyond": left,
            "share_beyond": left / people if people > 0 else np.nan,
            "unreached": float(weight[among & ~np.isfinite(minutes)].sum()),
            "mean_minutes": float(np.average(walked, weights=who)) if who.sum() > 0 else np.nan,
            "gini": gini(walked, who),
            "palma": palma(walked, who),
        }

    yield row("all", "", "", test.group, test.weight, everybody)
    for group in GROUPS:
        if group in points:
            weight = as_number(points[group]).fillna(0.0).to_numpy(dtype=float)
            if weight.sum() > 0:
                yield row("group", group, "", group, weight, everybody)
    if "urban_village" in points and len(test.ctx.city.urban_villages):
        inside = points["urban_village"].notna().to_numpy()
        for key, among in (("inside", inside), ("outside", ~inside)):
            yield row("urban_village", key, "", test.group, test.weight, among)
    level = next(
        (name for name in EQUITY_LEVELS if name in points and points[name].notna().any()), None
    )
    if level is None:
        return
    names = test.ctx.units(level)["name"] if test.ctx.has(level) else pd.Series(dtype=object)
    code, keys = pd.factorize(points[level].fillna("").astype(str), sort=True)
    for number, key in enumerate(keys):
        name = str(names.get(key, key))
        yield row(level, key, name, test.group, test.weight, code == number)
