"""Who walks or drives in the live map: which streets are theirs, and what it cannot try again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livingcircle._arrays import IntArray
from livingcircle.gaps.access_test import AccessTest
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors
from livingcircle.network.walker import passable, passable_by_tags, passable_parts
from livingcircle.publish.web.live_ground import carries_pace
from livingcircle.publish.web.page_arrays import PageArrays
from livingcircle.standards.finding import Finding
from livingcircle.vocab.walkers import Walker

if TYPE_CHECKING:
    from livingcircle.city.model import City

__all__ = ["LIVE_NODES", "MOST_WALKERS", "PageWalker", "page_walkers", "walked", "why_not"]

LIVE_NODES = 60_000
"""Junctions of a network that a page may carry: about 4 MB, searched in 50 ms."""

MOST_WALKERS = 28
"""Walkers that the engine has room for: an edge has a bit for each."""


@dataclass(frozen=True, eq=False)
class PageWalker:
    """All who use the same streets."""

    network: WalkNetwork
    """All streets of their mode."""
    who: Walker
    drives: bool

    @property
    def usable(self) -> WalkNetwork:
        """Their own streets."""
        return passable(self.network, self.who)

    @property
    def barred(self) -> IntArray:
        """Edges that tags bar to them."""
        return np.flatnonzero(~passable_by_tags(self.network, self.who))

    @property
    def max_slope(self) -> float | None:
        """The steepest street that they use, where there is terrain."""
        return None if self.network.terrain is None else self.who.max_slope

    @property
    def key(self) -> tuple[object, ...]:
        """What decides where they walk, also on streets that a scenario draws."""
        return self.drives, self.who.stairs, self.max_slope, self.barred.tobytes()

    def data(self, arrays: PageArrays) -> dict[str, object]:
        """Return them as the engine reads them."""
        return {
            "stairs": self.who.stairs,
            "drives": self.drives,
            "barred": arrays.add(self.barred, "i4"),
            "max_slope": self.max_slope,
        }

    def anchor_data(self, found: Anchors, arrays: PageArrays) -> dict[str, object]:
        """Return anchors on their own streets as places on all streets."""
        edge, offset = found.edge, found.offset_m
        if self.usable is not self.network:
            own, from_m = passable_parts(self.network, self.who)
            on = np.maximum(edge, 0)
            offset = np.where(edge >= 0, offset + from_m[on], offset)
            edge = np.where(edge >= 0, own[on], -1)
        waived = np.zeros(len(edge)) if found.compromise is None else found.compromise
        return {
            "edge": arrays.add(edge, "i4"),
            "offset": arrays.add(offset, "f8"),
            "leg": arrays.add(found.access_m, "f8"),
            "waived": arrays.add(waived, "u1"),
        }


def page_walkers(tests: Sequence[AccessTest]) -> tuple[list[PageWalker], list[int]]:
    """Return the walkers of some tests, and the number of each test's."""
    found: dict[tuple[object, ...], PageWalker] = {}
    keys = []
    for test in tests:
        one = _walker(test)
        keys.append(one.key)
        found.setdefault(one.key, one)
    place = {key: number for number, key in enumerate(found)}
    return list(found.values()), [place[key] for key in keys]


def _walker(test: AccessTest) -> PageWalker:
    trip, city = test.trips[0], test.ctx.city
    drives = trip.mode == "drive"
    network = city.drive if drives and city.drive is not None else city.network
    return PageWalker(network, trip.who, drives)


def walked(test: AccessTest) -> LocalizedText | None:
    """Return why a page cannot draw the walks of a test; None if it can."""
    city, trips = test.ctx.city, test.trips
    if len({(trip.who.usable, trip.who.speed_m_s, trip.mode) for trip in trips}) > 1:
        return LocalizedText("各项需求的步行者不同", "its needs have different walkers")
    if trips[0].mode == "drive":
        return _driven(city, trips[0].k)
    if _walker(test).max_slope is not None and not carries_pace(city.network):
        return _NO_HEIGHTS
    return None


_NO_HEIGHTS = LocalizedText(
    "本页未带本市高程（格网过大或起伏过陡）",
    "the heights of the city are too many or too rugged for this page",
)


def _driven(city: City, k: int) -> LocalizedText | None:
    if city.drive is None:
        return LocalizedText("没有车行路网", "there is no network to drive on")
    if city.drive.node_count > LIVE_NODES:
        return LocalizedText(
            "车行路网过大，本页未带", "the network to drive on is too large for this page"
        )
    if k > 1:
        return LocalizedText(
            f"它要求驾车可达 {k} 处设施", f"it asks for {k} facilities within a drive"
        )
    return None


def why_not(finding: Finding, found: Sequence[AccessTest]) -> LocalizedText | None:
    """Return why a page cannot decide a finding again as the command line does; None if it can.

    Parameters
    ----------
    found
        What the parts of the finding ask of the network.
    """
    if not found:
        return LocalizedText("它不问到设施有多远", "it does not ask how far facilities are")
    parts = finding.requirement.parts
    asked = {test.position for test in found}
    if len(asked) < len(parts):
        position = min(set(range(1, len(parts) + 1)) - asked)
        label = parts[position - 1].label
        return LocalizedText(
            f"其中“{label.zh or position}”不问到设施有多远",
            f"its part '{label.en or position}' does not ask how far facilities are",
        )
    if len(found) > len(parts) or (len(parts) > 1 and any(test.areas for test in found)):
        return LocalizedText(
            "它把城中村与住户放在一起判断", "it judges villages and homes together"
        )
    return next((reason for reason in map(_undecided, found) if reason is not None), None)


def _undecided(test: AccessTest) -> LocalizedText | None:
    if not test.decided:
        return LocalizedText("缺少判断所需的数据", "data that would decide it are missing")
    if test.outcome.figure_read:
        return LocalizedText("所选口径不按覆盖人数判断", "the chosen reading does not count people")
    if any(trip.only for trip in test.trips):
        return LocalizedText("它对设施另有要求", "it asks more of a facility than its category")
    network, on_foot = test.ctx.city.network, test.trips[0].mode == "walk"
    if on_foot and test.basis == "seconds" and network.uneven and not carries_pace(network):
        return _NO_HEIGHTS
    return walked(test)
