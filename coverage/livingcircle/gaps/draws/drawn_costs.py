"""What each home's walk costs in one draw: doors that moved, paths that are shut, another speed.

Waiting at crossings and riding in lifts lasts as long for everybody. Where that counts each draw
is searched at its own speed, and who walks slower may take another way; elsewhere the seconds are
those of the stated speed, and the limit follows the speed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.gaps.draws.graph import DrawGraph
from livingcircle.gaps.draws.inputs import DrawSearch, random_stream
from livingcircle.gaps.draws.missing_paths import hidden_paths
from livingcircle.gaps.draws.terms import DrawTerms
from livingcircle.standards.kinds.circle_speeds import FASTER, SLOWER

__all__ = ["DrawnCost", "drawn_costs", "shut_paths_of"]

_SHUT = 1


@dataclass(frozen=True, eq=False)
class DrawnCost:
    """(homes,) costs of one search in one draw."""

    own: FloatArray
    """With nothing drawn but the speed, and that only ``by_speed``."""
    drawn: FloatArray
    """With doors that moved and paths that are shut too; the same array where none are drawn."""
    by_speed: bool
    """Whether the drawn speed is in the costs; else the limit has to follow it."""
    at_speeds: tuple[FloatArray, FloatArray, FloatArray] | None = None
    """``drawn``, and the same for people ``SLOWER`` and ``FASTER`` than that, where it is asked
    for and somebody waits."""


def shut_paths_of(terms: DrawTerms, draw: int, footpath: BoolArray) -> BoolArray | None:
    """Return which edges are shut in a draw; None where no path is ever shut."""
    return hidden_paths(terms.shut_paths, random_stream(terms, _SHUT, draw), footpath)


def drawn_costs(
    searches: tuple[DrawSearch, ...],
    terms: DrawTerms,
    draw: int,
    slots: IntArray,
    speed: float,
    many_speeds: Collection[int],
) -> list[DrawnCost]:
    """Return the costs of each search in a draw.

    Parameters
    ----------
    searches, terms, draw
        What is searched for, what is drawn, and the number of the draw.
    slots
        (doors,) at which of its places each door stands, by the remainder.
    speed
        The drawn speed over the stated one.
    many_speeds
        Searches, by position, of people of many speeds.
    """
    moves = bool(terms.shut_paths or terms.facility_m)
    grounds: dict[tuple[int, float], tuple[DrawGraph, FloatArray]] = {}

    def walked(one: DrawSearch, factor: float, *, moved: bool) -> FloatArray:
        key = id(one.ground), factor
        if key not in grounds:
            made = one.ground.at_speed(factor)
            shut = shut_paths_of(terms, draw, made.network.tags.footpath)
            grounds[key] = made, made.without(shut)
        ground, open_arcs = grounds[key]
        doors = one.base
        if moved:
            doors = one.moved.at(
                np.arange(len(one.door)), slots[one.door] % one.moved.edge.shape[1]
            )
        doors = ground.walked_to(doors)
        return ground.homes(ground.search(doors, open_arcs if moved else ground.cost), doors)

    found = []
    for number, one in enumerate(searches):
        waits = one.ground.wait_s_m is not None
        factor = speed if waits else 1.0
        own = one.cost if factor == 1.0 else walked(one, factor, moved=False)
        drawn = walked(one, factor, moved=True) if moves else own
        others = None
        if waits and number in many_speeds:
            slower, faster = (walked(one, speed * by, moved=moves) for by in (SLOWER, FASTER))
            others = drawn, slower, faster
        found.append(DrawnCost(own, drawn, waits, others))
    return found
