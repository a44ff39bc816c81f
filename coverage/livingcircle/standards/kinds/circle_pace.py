"""A circle at another speed: a tenth slower and faster, other walkers, and waiting that stays."""

from __future__ import annotations

import numpy as np

from livingcircle._arrays import BoolArray
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.kinds.circle_chosen import walks_from_home
from livingcircle.standards.kinds.circle_figures import Case
from livingcircle.standards.travel import walker_of

__all__ = ["holds_at", "speed_sensitivity", "waits"]


def waits(case: Case) -> bool:
    """Return whether time at crossings, which no speed changes, is in the cost of a circle."""
    timed = case.part.mode == "walk" and case.limit.basis == "seconds"
    return timed and case.ctx.city.network.delays is not None and walks_from_home(case.part)


def holds_at(case: Case, factor: float) -> BoolArray:
    """Return who is within the limit at so many times the speed (or the limit in metres)."""
    if not waits(case):
        return case.limit.holds(case.points["cost"].to_numpy(), factor)
    seconds = case.ctx.travel.seconds_at(case.trips.values(), factor)
    return case.limit.holds(seconds.loc[case.points.index].to_numpy())


def speed_sensitivity(case: Case, *, on_foot: bool = True) -> dict[str, float]:
    """Return the share at a walking speed (or a limit in metres) 10 % lower and higher.

    ``access/2`` is the share if points farther than half the access limit from any street were left
    out; ``walker:NAME`` that at the city's own walker, where the requirement states another;
    ``measure:unit_centre`` that if everybody lived in the middle of their community, as a quick
    look at a map has it, where the walk counts (``on_foot``).
    """
    part, limit, total = case.part, case.limit, float(case.weight.sum())
    if not total:
        return {}
    cost = case.points["cost"].to_numpy()

    def share(inside: BoolArray) -> float:
        return float(case.weight[inside].sum() / total)

    paced = "speed" if part.mode == "walk" else "drive_speed"
    name = paced if part.minutes is not None else "limit"
    found = {
        f"{name}-10%": share(holds_at(case, 0.9)),
        f"{name}+10%": share(holds_at(case, 1.1)),
    }
    if part.mode == "walk" and part.k == 1:
        found["path:straight"] = share(
            case.points["crow_m"].to_numpy() <= limit.metres + COST_TOLERANCE
        )
    city = case.ctx.city
    near = case.points["access_m"].to_numpy() <= city.max_access_m / 2 + COST_TOLERANCE
    found["access/2"] = share(limit.holds(cost) & near)
    by_pace = part.minutes is not None and part.chosen.get("limit", "walker") == "walker"
    if part.walker and part.mode == "walk" and by_pace:
        mine, other = walker_of(part.walker, city), walker_of(None, city)
        alike = other.usable == mine.usable and city.network.delays is None
        if alike and other.name != mine.name:
            faster = other.speed_m_s / mine.speed_m_s
            found[f"walker:{other.name}"] = share(limit.holds(cost, faster))
    middle = _from_centres(case) if on_foot else None
    if middle is not None:
        found["measure:unit_centre"] = share(middle)
    return found


def _from_centres(case: Case) -> BoolArray | None:
    """Return whose community's middle is within the limit; None without communities."""
    part, ctx = case.part, case.ctx
    leaves = ctx.tables.get("leaf")
    if leaves is None or not len(leaves) or "leaf" not in case.points or part.k > 1:
        return None
    inside = np.ones(len(leaves), dtype=bool)
    for trip in case.trips.values():
        way = ctx.origins.from_middles(trip)
        cost = way["metres" if trip.mode == "walk" else "seconds"].to_numpy(dtype=float)
        if trip.mode == "walk" and case.limit.basis == "seconds":
            cost = ctx.travel.reach(trip).seconds_of(way, trip.who)
        inside &= case.limit.holds(cost)
    # Who lives in no community stays where they live.
    home = ctx.origins.home[case.rows]
    return np.where(home >= 0, inside[home], case.covered)
