"""The effect of slopes, stairs and crossings on a circle: its shares with and without them."""

from __future__ import annotations

import numpy as np

from livingcircle._arrays import BoolArray
from livingcircle.localized import LocalizedText, number, percent
from livingcircle.network.waiting import slowed_by
from livingcircle.standards.kinds.circle_figures import Case, weight_name
from livingcircle.vocab.groups import counted_name

__all__ = ["slope_figures"]

SLOPES = LocalizedText("坡度", "slopes")
_BARRED = LocalizedText(
    "过陡而不能通行的道路，平地一项也不计入",
    "streets that are too steep for this walker are left out of level ground, too",
)


def slope_figures(case: Case) -> tuple[dict[str, float], list[LocalizedText]]:
    """Return how far slopes, stairs and crossings move a circle of minutes, and a note on it.

    Returns
    -------
    figures, notes
        ``share_level``: of the people, on level ground; ``share_slopes``: with slopes but without
        what stairs and crossings cost, where both count. Empty where neither does.
    """
    network, part, total = case.ctx.city.network, case.part, float(case.weight.sum())
    timed = case.limit.basis == "seconds" and part.mode == "walk"
    if not (network.uneven and timed) or part.k > 1 or not total:
        return {}, []
    trip = next(iter(case.trips.values()))
    speed = trip.who.speed_m_s
    level = _within_all(case, sloped=False, speed_m_s=speed)
    figures = {"share_level": float(case.weight[level].sum() / total)}
    # Of what this walker uses: nobody in a wheelchair is slowed by stairs.
    what = slowed_by(case.ctx.travel.reach(trip).network)
    steps = [(LocalizedText("平地", "level ground"), figures["share_level"])]
    if network.terrain is not None and network.delays is not None:
        sloped = _within_all(case, sloped=True, speed_m_s=speed)
        figures["share_slopes"] = float(case.weight[sloped].sum() / total)
        if what != SLOPES:
            steps.append((LocalizedText("计坡度", "with slopes"), figures["share_slopes"]))
    if what is None:
        return figures, []
    share = float(case.weight[case.covered].sum() / total)
    steps.append((LocalizedText(f"计{what.zh}", f"with {what.en}"), share))
    barred = trip.who.max_slope is not None and network.terrain is not None
    return figures, [*_moved(case, level, what), *_shares(steps), *([_BARRED] if barred else [])]


def _within_all(case: Case, *, sloped: bool, speed_m_s: float) -> BoolArray:
    """Return who is within the limit of all needs on level ground, or on slopes without waiting."""
    inside = np.ones(len(case.points), dtype=bool)
    rows = case.ctx.city.demand.index.get_indexer(case.points.index)
    for trip in case.trips.values():
        travel = case.ctx.travel.unhindered if sloped else case.ctx.travel
        cost = travel.cost(trip)
        seconds = cost["seconds"] if sloped else cost["metres"] / speed_m_s
        inside &= case.limit.holds(seconds.to_numpy(dtype=float)[rows])
    return np.asarray(inside)


def _shares(steps: list[tuple[LocalizedText, float]]) -> list[LocalizedText]:
    """Return the shares in a sentence; none where they read alike."""
    if len({percent(share) for _, share in steps}) == 1:
        return []
    zh = "，".join(f"{name.zh} {percent(share)}" for name, share in steps)
    en = ", ".join(f"{name.en} {percent(share)}" for name, share in steps)
    return [LocalizedText(f"覆盖率：{zh}", f"share: {en}")]


def _moved(case: Case, level: BoolArray, what: LocalizedText) -> list[LocalizedText]:
    """Return how many people are taken out of the circle, or brought into it."""
    lost, won = level & ~case.covered, case.covered & ~level
    out, into = float(case.weight[lost].sum()), float(case.weight[won].sum())
    who = weight_name(case.points, case.group)
    people = counted_name(case.group) if case.group != "weight" else who
    if not lost.any() and not won.any():
        text = LocalizedText(
            f"{what.zh}不改变任何人的结论", f"{what.en} move nobody into the circle or out of it"
        )
        return [text]
    zh = f"与平地相比，{what.zh}使 {number(out)} {people.zh}退出生活圈"
    en = f"{what.en} take {number(out)} {who.en} out of the circle that level ground would have"
    if won.any():
        zh += f"，{number(into)} {people.zh}进入"
        en += f", and bring {number(into)} into it"
    return [LocalizedText(zh, en)]
