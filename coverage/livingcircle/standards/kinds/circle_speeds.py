"""Circles of people who do not all walk alike: chances of homes, and the share that is expected."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from livingcircle._arrays import FloatArray
from livingcircle.localized import LocalizedText, percent
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.kinds.circle_figures import Case
from livingcircle.vocab.gait import Speeds

__all__ = ["chance", "expected"]

_Z90 = 1.6448536269514722
"""Of a normal distribution nine tenths lie so many deviations around its mean."""


def chance(seconds: FloatArray, limit_s: float, speed_m_s: float, speeds: Speeds) -> FloatArray:
    """Return the chance that somebody of each home is within a limit.

    Parameters
    ----------
    seconds
        (n,) seconds of a walker of ``speed_m_s``; inf where nothing is reached.
    limit_s
        The limit, inclusive.
    speed_m_s
        The speed that the seconds hold for.
    speeds
        Mean and deviation of groups of one size. Within a group speeds are normal; of deviation 0
        all of it walk alike.

    Returns
    -------
    ndarray
        (n,) 0 to 1.

    Examples
    --------
    A walk of ten minutes at the mean speed, and ten minutes for it: even chances.

    >>> import numpy as np
    >>> chance(np.array([600.0]), 600.0, 1.0, ((1.0, 0.2),))
    array([0.5])
    """
    found = np.zeros(len(seconds))
    reached = np.isfinite(seconds)
    for mean, deviation in speeds:
        if deviation == 0.0:
            found += seconds * (speed_m_s / mean) <= limit_s + COST_TOLERANCE
            continue
        needed = seconds[reached] * speed_m_s / max(limit_s, 1e-9)
        found[reached] += ndtr((mean - needed) / deviation)
    return np.asarray(found / len(speeds))


def expected(case: Case) -> tuple[FloatArray, dict[str, float], list[LocalizedText]] | None:
    """Return the chance of each home, the share of people that is expected, and a note on it.

    None where everybody walks alike, or minutes do not count. The band holds nine tenths: people
    are so many independent draws from the speeds.
    """
    who = next(iter(case.trips.values())).who
    total = float(case.weight.sum())
    if not who.speeds or case.part.mode != "walk" or case.limit.basis != "seconds" or not total:
        return None
    seconds = case.points["cost"].to_numpy(dtype=float)
    odds = chance(seconds, case.limit.value, who.speed_m_s, who.speeds)
    share = float((case.weight * odds).sum() / total)
    half = _Z90 * float(np.sqrt((case.weight * odds * (1.0 - odds)).sum())) / total
    figures = {
        "share_expected": share,
        "share_expected_low": max(share - half, 0.0),
        "share_expected_high": min(share + half, 1.0),
    }
    low, high = percent(figures["share_expected_low"]), percent(figures["share_expected_high"])
    note = LocalizedText(
        f"按各人步速不同计，预期 {percent(share)} 在范围内（九成把握：{low} 至 {high}）",
        f"as people differ in speed, {percent(share)} are expected within it"
        f" (90 %: {low} to {high})",
    )
    return odds, figures, [note]
