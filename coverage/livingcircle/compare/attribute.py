"""Attribution: how much of each change comes from which input, by runs with one input swapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from livingcircle.compare.causes import INPUT_KINDS
from livingcircle.compare.tables import Tables, differences

__all__ = ["CAUSES", "TOGETHER", "attributed", "possible_causes"]

TOGETHER = "together"
"""Label of the part of a change that no input brings about alone."""

CAUSES = (*INPUT_KINDS, TOGETHER)

_KEY = ["about", "pack", "standard", "gap_id", "field"]
_NEGLIGIBLE = 1e-9


def possible_causes(changes: pd.DataFrame, kinds: Sequence[str]) -> pd.DataFrame:
    """Return which inputs each change may come from, where only hashes are known.

    One kind that differs is the cause of all; of several, any or all may be. Adds the columns
    ``cause`` (kinds joined by ``;``, empty where no input differs) and ``certain``.
    """
    out = changes.copy()
    out["cause"] = ";".join(kinds)
    out["certain"] = len(kinds) == 1
    if len(kinds) == 1:
        out[f"by_{kinds[0]}"] = out["difference"]
    return _complete(out)


def attributed(
    before: Tables,
    after: Tables,
    swapped: Mapping[str, Tables],
    *,
    base: Tables | None = None,
) -> pd.DataFrame:
    """Return the differences of two runs, each with its causes.

    Parameters
    ----------
    before, after
        Yesterday's and today's tables.
    swapped
        Kind → tables of the run in which that kind alone is today's. Where only one kind differs
        that run is today's, and nothing needs to be run again.
    base
        Yesterday's inputs run with today's software; None where the software is the same. What
        differs between `before` and `base` is the software's.

    Returns
    -------
    DataFrame
        As ``livingcircle.compare.tables.differences`` gives it, with ``cause``, ``certain``
        and, for numbers, ``by_<kind>`` and ``by_together``: shares of the difference that add up
        to it. ``together`` is what appears only when several inputs change at once.
    """
    changes = differences(before, after)
    start = before if base is None else base
    steps = {kind: differences(start, tables) for kind, tables in swapped.items()}
    if base is not None:
        steps["software"] = differences(before, base)
    out = changes.copy()
    involved = pd.DataFrame(False, index=out.index, columns=list(CAUSES))
    left = out["difference"].fillna(0.0)
    numeric = out["difference"].notna() & (out["change"] == "moved")
    for kind in (k for k in INPUT_KINDS if k in steps):
        found = _at_keys(steps[kind], changes)
        share = found["difference"].fillna(0.0).where(numeric)
        out[f"by_{kind}"] = share
        left = left - share.fillna(0.0)
        involved[kind] = found["there"] & (~numeric | (share.abs() > _NEGLIGIBLE))
    rest = left.where(numeric & (left.abs() > _tolerance(out)), 0.0).where(numeric)
    out[f"by_{TOGETHER}"] = rest
    involved[TOGETHER] = (rest.fillna(0.0) != 0.0) | ~involved[list(INPUT_KINDS)].any(axis=1)
    names = np.array(CAUSES, dtype=object)
    out["cause"] = [";".join(names[row]) for row in involved.to_numpy()]
    out["certain"] = True
    return _complete(out)


def _at_keys(step: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return, for every row of `changes`, whether `step` has that change, and how large."""
    known = step.drop_duplicates(_KEY)[[*_KEY, "difference"]].assign(there=True)
    found = changes[_KEY].merge(known, on=_KEY, how="left")
    found.index = changes.index
    found["there"] = found["there"].notna()
    return found


def _tolerance(changes: pd.DataFrame) -> pd.Series:
    size = pd.to_numeric(changes["after"], errors="coerce").abs().fillna(0.0)
    return _NEGLIGIBLE * (1.0 + size)


def _complete(changes: pd.DataFrame) -> pd.DataFrame:
    for cause in CAUSES:
        if f"by_{cause}" not in changes:
            changes[f"by_{cause}"] = np.nan
    order = [c for c in changes.columns if not c.startswith("by_")]
    return changes[[*order, *(f"by_{cause}" for cause in CAUSES)]]
