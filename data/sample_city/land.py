"""Water, rails and fast roads: what cuts the city in pieces, and where one gets across."""

from __future__ import annotations

import itertools
import math

from sample_city import plan
from sample_city.place import stream
from sample_city.streets import Point, Streets

RIVER_TOP = 3700.0
BAY_BOTTOM = -5000.0
BAY_EAST = 5300.0


def rough(
    points: list[Point], name: str, wobble: float = 0.11, least: float = 130.0
) -> list[Point]:
    """A line with natural bends: each half is pushed aside, again and again."""
    rng = stream(f"rough {name}")

    def bend_part(a: Point, b: Point) -> list[Point]:
        length = math.dist(a, b)
        if length < least:
            return [a]
        push = rng.uniform(-wobble, wobble)
        middle = (
            (a[0] + b[0]) / 2 - push * (b[1] - a[1]),
            (a[1] + b[1]) / 2 + push * (b[0] - a[0]),
        )
        return bend_part(a, middle) + bend_part(middle, b)

    found: list[Point] = []
    for a, b in itertools.pairwise(points):
        found += bend_part(a, b)
    return [*found, points[-1]]


def coast() -> list[Point]:
    """East bank's shore on the bay, from the river's mouth to the countryside's end."""
    line = [(plan.RIVER_HALF, plan.COAST_V), (2330.0, plan.COAST_V), (3500.0, -1980.0)]
    return [line[0], (1200.0, plan.COAST_V - 12), *rough([*line[1:], plan.EAST_LAND[-1]], "coast")]


def island_ring() -> list[Point]:
    """The island's shore, not closed."""
    ring = [(float(t), float(v)) for t, v in plan.ISLAND]
    return rough([*ring, ring[0]], "island", 0.08)[:-1]


def draw_water(streets: Streets) -> None:
    """River and bay with the island as a hole (a multipolygon)."""
    half = plan.RIVER_HALF
    bank = [(-half, RIVER_TOP), (-half, plan.WEST_SHORE_V + 25), (-half, BAY_BOTTOM)]
    ring = [*bank, (BAY_EAST, BAY_BOTTOM), *reversed(coast()), (half, RIVER_TOP)]
    outer = streets.area(ring)
    inner = streets.area(island_ring())
    streets.lines = [line for line in streets.lines if line[0] not in (outer, inner)]
    streets.water = (outer, inner)
    streets.line([(0, RIVER_TOP), (0, plan.COAST_V)], waterway="river", name="样江")


def draw_bridges(streets: Streets) -> None:
    """Three bridges over the river, each a grid street with pavements."""
    names = ("样江北桥", "样城大桥", "样江南桥")
    kinds = ("primary", "primary", "secondary")
    for v, name, kind in zip(plan.BRIDGES, names, kinds, strict=True):
        tags = {"bridge": "yes", "layer": "1", "sidewalk": "both", "name": name}
        streets.road([(-150.0, v), (150.0, v)], kind, step=500, **tags)


def draw_railway(streets: Streets) -> None:
    """A railway across the city, its underpasses, one footbridge, two level crossings."""
    v = plan.RAIL_V
    marks = (-6340.0, -4300.0, -140.0, 140.0, 3860.0, 5700.0)
    for a, b in itertools.pairwise(marks):
        tags = {"railway": "rail", "name": "样城铁路"}
        if (a, b) == (-140.0, 140.0):
            tags |= {"bridge": "yes", "layer": "1"}
        streets.line([(a, v), (b, v)], step=61.3, **tags)
    for t in plan.UNDERPASSES:
        low, high = (t, 1352.0), (t, 1448.0)
        streets.road([(t, 1290.0), low], "secondary")
        streets.road([low, high], "secondary", step=500, tunnel="yes", layer="-1", sidewalk="both")
        streets.road([high, (t, 1510.0)], "secondary")
    t = 1300.0
    streets.road([(t, 1290.0), (t, 1340.0)], "footway")
    streets.road([(t, 1340.0), (t, 1368.0)], "steps", incline="up")
    streets.road([(t, 1368.0), (t, 1432.0)], "footway", step=500, bridge="yes", layer="2")
    streets.road([(t, 1432.0), (t, 1460.0)], "steps", incline="down")
    streets.road([(t, 1460.0), (t, 1510.0)], "footway")
    for t in (-4300.0, 3860.0):
        streets.tag(streets.node((t, v)), railway="level_crossing")
    for side in (-16.0, 16.0):
        for a, b in ((-2860.0, -150.0), (150.0, 2200.0)):
            cuts = [a, *[t for t in (*plan.UNDERPASSES, 1300.0) if a < t < b], b]
            for c, d in itertools.pairwise(cuts):
                streets.line([(c + 9, v + side), (d - 9, v + side)], barrier="fence")


def draw_trunks(streets: Streets) -> None:
    """Fast roads at both edges of town, closed to walkers, passed beneath; links for cars."""
    for t, grid, low, high, passes, name in (
        (plan.WEST_TRUNK, -2900.0, -3150.0, 3330.0, (150.0, -1650.0), "西环快速路"),
        (plan.EAST_TRUNK, 2200.0, -2060.0, 3330.0, (600.0, -1200.0), "东环快速路"),
    ):
        marks = sorted({low, high, *[p + s for p in passes for s in (-230.0, 230.0)]})
        for a, b in itertools.pairwise(marks):
            tags = {"foot": "no", "name": name, "motorroad": "yes"}
            if any(a < p < b for p in passes):
                tags |= {"bridge": "yes", "layer": "1"}
            streets.road([(t, a), (t, b)], "trunk", step=83.7, public=False, **tags)
        out = 1.0 if grid > t else -1.0
        far = t - out * 100.0
        for p in passes:
            near_end, far_end = (t + out * 55.0, p), (t - out * 55.0, p)
            kind = "secondary" if p in (150.0, 600.0) else "tertiary"
            streets.road([(grid, p), near_end], kind)
            streets.road([near_end, far_end], kind, step=500, tunnel="yes", layer="-1")
            streets.road([far_end, (far, p)], kind)
            for sign in (-1.0, 1.0):
                for end in (near_end, far_end):
                    middle = ((t + end[0]) / 2 + 8 * (1 if end[0] > t else -1), p + sign * 110)
                    ramp = [(t, p + sign * 230), middle, end]
                    streets.road(ramp, "trunk_link", public=False, foot="no")
