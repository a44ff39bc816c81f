"""Villages, town seats and county roads beyond the fast roads, and the island."""

from __future__ import annotations

import itertools
import math

import shapely

from sample_city import plan
from sample_city.land import rough
from sample_city.place import stream
from sample_city.quarters import Plot, Quad, fill, split
from sample_city.streets import Point, Road, Streets


def joined(streets: Streets, roads: list[Road], reach: float = 0.6) -> None:
    """Give every two roads that cross a common node, so that nothing crosses unnoticed."""
    lines = [shapely.LineString(road.points) for road in roads]
    tree = shapely.STRtree(lines)
    for i, j in zip(*tree.query(lines, predicate="intersects"), strict=True):
        if i >= j:
            continue
        cross = shapely.intersection(lines[i], lines[j])
        for point in getattr(cross, "geoms", [cross]):
            if point.geom_type != "Point":
                continue
            _share(streets, roads[i], roads[j], (point.x, point.y), reach)


def _share(streets: Streets, one: Road, two: Road, point: Point, reach: float) -> None:
    node = streets.attach(one, point, snap=reach)
    distance = two.nearest(streets.nodes[node])
    near = min(two.stops, key=lambda d: abs(d - distance))
    if abs(near - distance) <= reach:
        two.stops[near] = node
    else:
        two.stops[distance] = node


def hamlet(streets: Streets, place: plan.Hamlet) -> tuple[list[Plot], list[Road]]:
    """A settlement: a ring lane, lanes cut through it, low houses."""
    rng = stream(f"hamlet {place.leaf} {place.t} {place.v}")
    seat = place.half_t > 180
    a, b = place.half_t, place.half_v

    def corner(sign_t: int, sign_v: int) -> Point:
        return (
            place.t + sign_t * a * rng.uniform(0.78, 1.1),
            place.v + sign_v * b * rng.uniform(0.78, 1.1),
        )

    quad: Quad = (corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1))
    kind = "residential" if seat else "unclassified"
    ring = tuple(
        streets.road([quad[k], quad[(k + 1) % 4]], kind, name_hint="村道") for k in range(4)
    )
    drawn = list(ring)

    def draw(first: Point, last: Point, depth: int) -> Road:
        name = "residential" if depth < 3 else "footway"
        drawn.append(streets.road([first, last], name))
        return drawn[-1]

    plots: list[Plot] = []
    for part in split(streets, rng, quad, ring, 44 if seat else 36, draw):
        if seat and rng.random() < 0.3:
            plots += fill(part, rng, (42, 22), 6, "walkup", keep=0.8)
        else:
            plots += fill(part, rng, (17, 16), 4, "rural", keep=0.62 if seat else 0.5)
    return plots, drawn


def _nearest(roads: list[Road], point: Point) -> Road:
    return min(roads, key=lambda r: math.dist(r.at(r.nearest(point)), point))


def build_countryside(streets: Streets) -> list[Plot]:
    """All settlements and the roads that tie them; returns the plots."""
    plots: list[Plot] = []
    county: list[Road] = []
    for index, (kind, points) in enumerate(plan.COUNTRY_ROADS):
        line: list[Point] = []
        ends = [(float(t), float(v)) for t, v in points]
        for k, (a, b) in enumerate(itertools.pairwise(ends)):
            line += rough([a, b], f"county {index} {k}", 0.06, 160)[:-1]
        county.append(streets.road([*line, ends[-1]], kind, name=f"样乡{index + 1}线"))
    drawn: list[Road] = []
    for start, end in plan.COUNTRY_LANES:
        road = _nearest(county, end)
        target = road.at(road.nearest(end))
        if math.dist(target, end) > 300:
            target = end
        else:
            target = streets.nodes[streets.attach(road, target)]
        points = rough([start, target], f"lane {start}", 0.07, 160)
        drawn.append(streets.road(points, "unclassified"))
    island = [(1150.0, -4050.0), (1480.0, -3900.0), (1750.0, -3650.0), (2100.0, -3420.0),
              (2500.0, -3330.0), (2750.0, -3480.0), (2480.0, -3820.0), (1900.0, -4060.0),
              (1480.0, -4180.0), (1150.0, -4050.0)]  # fmt: skip
    drawn.append(streets.road(island, "tertiary", name="环岛路"))
    for place in plan.HAMLETS:
        new, lanes = hamlet(streets, place)
        plots += new
        drawn += lanes
    joined(streets, [*county, *drawn])
    return plots
