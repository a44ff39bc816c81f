"""One finding as the script of map.html needs it: verdict, units, gaps, dots and circle."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Generic, TypeAlias, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle.publish.evidence import Evidence
from livingcircle.publish.frames import sensitivity_rows
from livingcircle.publish.web.encode import encode_parts, finite
from livingcircle.standards.finding import Finding
from livingcircle.vocab.groups import counted_name
from livingcircle.vocab.texts import localized_name

__all__ = [
    "Shape",
    "Shared",
    "finding_data",
    "gaps_a_standard",
]

CIRCLE_NUMBERS = 450_000
"""Numbers that the areas of all circles may take (about 2 MB); the rest is in the GeoPackage."""

GAPS_ON_MAP, ALL_GAPS_ON_MAP = 500, 5_000
"""Gaps of a standard, and about so many of all together (1.3 MB)."""
_FEWEST = 100
SCREEN_DEG = 0.00008
"""Outlines of circles are simplified to this: some 8 m; digits to 1 m."""
_FEWEST_CORNERS = 4
"""Points of the smallest ring that encloses something, the first of them twice."""
_DIGITS = 9
"""Of a value: the page rounds it for its readers, once."""
_DOT = {"covered": "c", "gap": "g", "off_network": "o", "island": "i"}


def gaps_a_standard(gaps: pd.DataFrame) -> int:
    """Return how many gaps of a standard the page has room for."""
    share = ALL_GAPS_ON_MAP // max(int(gaps["standard"].nunique()), 1)
    return min(max(share, _FEWEST), GAPS_ON_MAP)


def finding_data(
    finding: Finding,
    packs: Mapping[str, int],
    of_category: Sequence[str],
    demand: gpd.GeoDataFrame,
    evidence: Evidence,
    circles: Shared[Shape],
    dots: Shared[str],
    units: list[list[object]],
    gaps: list[dict[str, object]],
) -> dict[str, object]:
    """Return one finding as the page needs it."""
    asked = finding.requirement
    areas: list[tuple[int, float | None]] = []
    for key, limit_m, shape in evidence.circles_of(asked.id):
        if _has_room(circles):
            areas.append((circles.add(key, partial(_outline, shape)), finite(limit_m, 0)))
    letters = _dots(evidence.point_status(finding), demand)
    number = {c: k for k, c in enumerate(of_category)}
    left = 0 if finding.gaps is None else len(finding.gaps) - len(gaps)
    return {
        "id": asked.id,
        "pack": packs.get(asked.pack, 0),
        "clause": asked.clause,
        "kind": asked.kind,
        "circle_kind": asked.shows("by_home"),
        "village_kind": asked.shows("by_village"),
        "force": asked.force,
        "status": finding.status,
        "value": finite(finding.value, _DIGITS),
        "target": finite(finding.target, 12),
        "unit": finding.unit,
        "of": finding.members_met,
        "reading": list(finding.readings.sentence),
        "depends": finding.readings.depends,
        "due": finding.due,
        "is_due": finding.is_due,
        "people": finite(finding.people_left_out, 0),
        # Behind a number, and at the head of one: 位老年人, 65岁以上老年人.
        "who": None if finding.group == "residents" else list(counted_name(finding.group)),
        "group": list(localized_name("group", finding.group)),
        "households": finite(finding.households_left_out, 0),
        "words": [asked.statement_zh, asked.statement_en],
        "note": [finding.note_zh, finding.note_en],
        "sensitivity": [[*words, finite(v, _DIGITS)] for words, v in sensitivity_rows(finding)],
        "verified": asked.verified,
        "cats": [number[c] for c in asked.needs.categories if c in number],
        "circles": areas,
        "dots": None if letters is None else dots.add(letters, lambda: letters),
        "units": units,
        "gaps": gaps,
        **({"more_gaps": True} if left > 0 else {}),
    }


T = TypeVar("T")
Shape: TypeAlias = dict[str, list[int]]
"""What `encode_parts` makes of shapes."""


class Shared(Generic[T]):
    """Values that several standards share, each kept once."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._place: dict[Hashable, int] = {}

    def add(self, key: Hashable, make: Callable[[], T]) -> int:
        """Return the place of a value, which is made where it is new."""
        if key not in self._place:
            self._place[key] = len(self.values)
            self.values.append(make())
        return self._place[key]


def _has_room(circles: Shared[Shape]) -> bool:
    """Whether the page has room for more areas."""
    return sum(len(value["d"]) for value in circles.values) < CIRCLE_NUMBERS


def _outline(shape: gpd.GeoSeries) -> Shape:
    """Simplify the outlines of a circle for the screen, each ring for itself.

    Rings that are narrower than what the screen shows are left out. The page fills the others
    even-odd, so they need not make a valid polygon, which would take fifteen times as long.
    """
    rings = shapely.get_rings(shapely.get_parts(shape.to_numpy()))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    lines = shapely.simplify(
        shapely.linestrings(xy, indices=ring), SCREEN_DEG, preserve_topology=False
    )
    lines = lines[shapely.get_num_coordinates(lines) >= _FEWEST_CORNERS]
    return encode_parts(gpd.GeoSeries([shapely.multilinestrings(lines)]), digits=5)


def _dots(status: pd.Series | None, demand: gpd.GeoDataFrame) -> str | None:
    """Return one letter per demand point: c, g, o, i, or - where the standard does not apply."""
    if status is None or not len(demand):
        return None
    code, names = pd.factorize(status)
    letter = np.array([*(_DOT.get(name, "-") for name in names), "-"])[code]
    # A point that the standard does not ask about takes the last letter.
    letter = np.append(letter, "-")[status.index.get_indexer(demand.index)]
    return "".join(letter.tolist())
