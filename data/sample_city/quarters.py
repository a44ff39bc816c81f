"""What fills a cell: gated estates, old town, urban villages, terraces, parks, schools."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from sample_city.streets import Point, Road, Streets

Quad = tuple[Point, Point, Point, Point]
"""Corners south-west, south-east, north-east, north-west."""


@dataclass(frozen=True)
class Plot:
    """A place for one residential building on the board: centre, size, turn, what stands there."""

    t: float
    v: float
    width: float
    depth: float
    turn: float
    style: str
    village: str | None = None


def inside(quad: Quad, p: float, q: float) -> Point:
    """Point of a quad at shares p (west to east) and q (south to north)."""
    a, b, c, d = quad
    return (
        (1 - p) * (1 - q) * a[0] + p * (1 - q) * b[0] + p * q * c[0] + (1 - p) * q * d[0],
        (1 - p) * (1 - q) * a[1] + p * (1 - q) * b[1] + p * q * c[1] + (1 - p) * q * d[1],
    )


def split(
    streets: Streets,
    rng: random.Random,
    quad: Quad,
    sides: tuple[Road, Road, Road, Road],
    least: float,
    draw: Callable[[Point, Point, int], Road],
    depth: int = 0,
) -> list[Quad]:
    """Cut a block by lanes, the longer way first, until its parts are `least` metres wide.

    `sides` are the roads south, east, north, west of it; each lane ends on two of them.
    """
    a, b, c, d = quad
    wide = (math.dist(a, b) + math.dist(c, d)) / 2
    high = (math.dist(b, c) + math.dist(d, a)) / 2
    if max(wide, high) < least * rng.uniform(1.75, 2.3):
        return [quad]
    one, two = rng.uniform(0.4, 0.6), 0.0
    two = min(max(one + rng.uniform(-0.06, 0.06), 0.36), 0.64)
    south, east, north, west = sides
    if wide >= high:
        first = streets.nodes[streets.attach(south, inside(quad, one, 0))]
        last = streets.nodes[streets.attach(north, inside(quad, two, 1))]
        lane = draw(first, last, depth)
        parts = (
            ((a, first, last, d), (south, lane, north, west)),
            ((first, b, c, last), (south, east, north, lane)),
        )
    else:
        first = streets.nodes[streets.attach(west, inside(quad, 0, one))]
        last = streets.nodes[streets.attach(east, inside(quad, 1, two))]
        lane = draw(first, last, depth)
        parts = (
            ((a, b, last, first), (south, east, lane, west)),
            ((first, last, c, d), (lane, east, north, west)),
        )
    found: list[Quad] = []
    for part, edges in parts:
        found += split(streets, rng, part, edges, least, draw, depth + 1)
    return found


def box_quad(box: tuple[float, float, float, float], inset: float = 0.0) -> Quad:
    """Quad of a (west, south, east, north) box, drawn in by `inset` metres."""
    west, south, east, north = box
    west, south, east, north = west + inset, south + inset, east - inset, north - inset
    return ((west, south), (east, south), (east, north), (west, north))


def fill(
    quad: Quad, rng: random.Random, size: tuple[float, float], gap: float, style: str,
    village: str | None = None, keep: float = 1.0,
) -> list[Plot]:  # fmt: skip
    """Rows of buildings of about one size within a quad, `gap` metres off its edges."""
    a, b, c, d = quad
    wide = (math.dist(a, b) + math.dist(c, d)) / 2 - 2 * gap
    high = (math.dist(b, c) + math.dist(d, a)) / 2 - 2 * gap
    across, up = max(1, round(wide / size[0])), max(1, round(high / size[1]))
    if wide < 6 or high < 6:
        return []
    turn = math.atan2(b[1] - a[1], b[0] - a[0])
    plots = []
    for i in range(across):
        for j in range(up):
            if rng.random() > keep:
                continue
            p = (gap + (i + 0.5) * wide / across) / (wide + 2 * gap)
            q = (gap + (j + 0.5) * high / up) / (high + 2 * gap)
            t, v = inside(quad, p, q)
            width = wide / across - rng.uniform(1.2, 3.0)
            depth = high / up - rng.uniform(1.2, 3.0)
            plots.append(Plot(t, v, max(width, 5), max(depth, 5), turn, style, village))
    return plots


def old_town(
    streets: Streets, rng: random.Random, box: tuple[float, float, float, float],
    sides: dict[str, Road],
) -> list[Plot]:  # fmt: skip
    """An open old quarter: lanes of two widths, low houses along them."""

    def draw(first: Point, last: Point, depth: int) -> Road:
        kind = "residential" if depth < 2 else rng.choice(["residential", "footway", "pedestrian"])
        return streets.road([first, last], kind, name_hint="巷")

    edges = (sides["S"], sides["E"], sides["N"], sides["W"])
    plots = []
    for part in split(streets, rng, box_quad(box), edges, 44, draw):
        style = rng.choice(["old", "old", "walkup"])
        size = (21, 19) if style == "old" else (40, 24)
        plots += fill(part, rng, size, 7, style, keep=0.5 if style == "old" else 0.75)
    return plots


def urban_village(
    streets: Streets, rng: random.Random, box: tuple[float, float, float, float],
    sides: dict[str, Road], name: str, entries: int = 7, least: float = 27.0,
) -> tuple[list[Plot], list[Point]]:  # fmt: skip
    """A dense village: a ring lane with few ways out, alleys within, houses an arm apart.

    Returns the houses and the ring of the village's edge.
    """
    west, south, east, north = box
    inset = [rng.uniform(20, 34) for _ in range(4)]
    corner = (
        (west + inset[0], south + inset[1]),
        (east - inset[2], south + inset[1] * rng.uniform(0.8, 1.2)),
        (east - inset[2] * rng.uniform(0.8, 1.2), north - inset[3]),
        (west + inset[0] * rng.uniform(0.8, 1.2), north - inset[3]),
    )
    ring = tuple(
        streets.road([corner[k], corner[(k + 1) % 4]], "living_street", name_hint="村道")
        for k in range(4)
    )

    def draw(first: Point, last: Point, depth: int) -> Road:
        kind = "living_street" if depth < 2 else ("residential" if depth < 3 else "footway")
        return streets.road([first, last], kind, step=120)

    parts = split(streets, rng, corner, ring, least, draw)
    plots: list[Plot] = []
    for part in parts:
        plots += fill(part, rng, (13.5, 13.0), 1.6, "handshake", name, keep=0.82)
    for k in range(entries):
        side = k % 4
        along = ring[side]
        start = along.at(along.length * rng.uniform(0.15, 0.85))
        node = streets.attach(along, start)
        road = sides.get("SENW"[side])
        if road is not None:
            streets.join(road, streets.nodes[node], "service" if k < 4 else "footway")
    margin = 6.0
    edge = [
        (corner[0][0] - margin, corner[0][1] - margin),
        (corner[1][0] + margin, corner[1][1] - margin),
        (corner[2][0] + margin, corner[2][1] + margin),
        (corner[3][0] - margin, corner[3][1] + margin),
    ]
    return plots, edge


def terraces(
    streets: Streets, rng: random.Random, box: tuple[float, float, float, float],
    sides: dict[str, Road],
) -> list[Plot]:  # fmt: skip
    """Houses on a slope: level lanes one above the other, tied by stairs and one street."""
    west, south, east, north = box
    levels = max(3, round((north - south) / 58))
    lanes: list[Road] = []
    plots: list[Plot] = []
    for k in range(1, levels):
        v = south + (north - south) * k / levels
        start, end = west + rng.uniform(25, 60), east - rng.uniform(25, 60)
        middle = ((start + end) / 2 + rng.uniform(-40, 40), v + rng.uniform(-12, 12))
        lane = streets.road([(start, v), middle, (end, v + rng.uniform(-8, 8))], "residential")
        lanes.append(lane)
        for side in (-1, 1):
            for share in range(9):
                if rng.random() < 0.72:
                    t, w = lane.at(lane.length * (share + 0.5) / 9)
                    plots.append(Plot(t, w + side * 15, rng.uniform(16, 28), 12, 0, "walkup"))
    rows = [sides["S"], *lanes, sides["N"]]
    for k, (low, high) in enumerate(itertools.pairwise(rows)):
        for share in (0.2, 0.5, 0.8):
            if rng.random() < 0.75 or share == 0.5:
                base = lanes[min(k, len(lanes) - 1)]
                point = base.at(base.length * (share + rng.uniform(-0.08, 0.08)))
                a = streets.nodes[streets.attach(low, point)]
                b = streets.nodes[streets.attach(high, point)]
                streets.road([a, b], "steps", step=25, incline="up")
    for k, lane in enumerate(lanes):
        end = lane.points[0] if k % 2 else lane.points[-1]
        streets.join(sides["W" if k % 2 else "E"], end, "residential")
    return plots


def park(
    streets: Streets, rng: random.Random, box: tuple[float, float, float, float],
    sides: dict[str, Road], name: str, hill: bool = False,
) -> None:  # fmt: skip
    """A park: winding paths from its edges to a middle, stairs on a hill."""
    west, south, east, north = box
    streets.area(list(box_quad(box, 22)), leisure="park", name=name)
    top = ((west + east) / 2 + rng.uniform(-40, 40), (south + north) / 2 + rng.uniform(-40, 40))
    turns = 10
    radius = 0.3 * min(east - west, north - south)
    loop = []
    for k in range(turns):
        angle = 2 * math.pi * k / turns
        r = radius * rng.uniform(0.8, 1.2)
        loop.append((top[0] + r * math.cos(angle), top[1] + r * math.sin(angle)))
    streets.road([*loop, loop[0]], "footway", step=500)
    for k in (0, 3, 5, 8):
        streets.road([loop[k], top], "steps" if hill else "footway", step=40)
    for k, side in ((0, "E"), (2, "N"), (5, "W"), (7, "S")):
        if side in sides:
            streets.join(sides[side], loop[k], "steps" if hill and k in (2, 7) else "footway")


def campus(
    streets: Streets, rng: random.Random, box: tuple[float, float, float, float],
    sides: dict[str, Road], **tags: str,
) -> None:  # fmt: skip
    """A walled ground with a few inner roads and one gate (school, works, station yard)."""
    _west, _south, _east, _north = box
    ring = box_quad(box, 24)
    side = rng.choice([s for s in "SENW" if s in sides])
    inner = box_quad(box, 24 + rng.uniform(45, 70))
    loop = [streets.road([inner[k], inner[(k + 1) % 4]], "service", public=False) for k in range(4)]
    start = {"S": 0, "E": 1, "N": 2, "W": 3}[side]
    here = loop[start].at(loop[start].length * rng.uniform(0.3, 0.7))
    node = streets.attach(loop[start], here)
    here = streets.nodes[node]
    end = streets.nodes[streets.attach(sides[side], here)]
    share = 24 / (24 + math.dist(here, end) - 24)
    gate = (end[0] + share * (here[0] - end[0]), end[1] + share * (here[1] - end[1]))
    gate = on_ring(ring, gate, side)
    streets.road([here, gate, end], "service", step=500, public=False)
    wall(streets, ring, {side: [gate]}, **tags)
    streets.tag(streets.node(gate), barrier="gate", access="permissive")


def on_ring(ring: Quad, point: Point, side: str) -> Point:
    """The point moved onto a side of a box."""
    if side in "SN":
        return (point[0], ring[0][1] if side == "S" else ring[2][1])
    return (ring[0][0] if side == "W" else ring[1][0], point[1])


def wall(streets: Streets, ring: Quad, gates: dict[str, list[Point]], **tags: str) -> None:
    """A closed wall through its gates."""
    corners: list[Point] = []
    order = {"S": (0, 1), "E": (0, 1), "N": (0, -1), "W": (0, -1)}
    for k, side in enumerate("SENW"):
        corners.append(ring[k])
        axis = 0 if side in "SN" else 1
        sign = order[side][1]
        corners += sorted(gates.get(side, []), key=lambda p: sign * p[axis])
    streets.area(corners, barrier="wall", **tags)
