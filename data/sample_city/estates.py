"""Gated estates (小区): a wall, streets within, and gates as the only way in."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from sample_city.quarters import Plot, box_quad, on_ring, wall
from sample_city.streets import Point, Road, Streets

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Style:
    """Measures of one kind of estate: metres between rows and between cross streets."""

    row: float
    column: float
    building: tuple[float, float]
    """Length and depth of a building."""
    plot: str
    """Kind of building, for its households."""


STYLES = {
    "tower": Style(66, 96, (34, 19), "tower"),
    "walkup": Style(44, 108, (52, 12.5), "walkup"),
    "mid": Style(52, 96, (44, 14), "mid"),
}


@dataclass
class Estate:
    """An estate as built: its box, the grid of its streets, and its gates."""

    name: str
    box: Box
    gates: dict[str, list[Point]] = field(default_factory=dict)
    plots: list[Plot] = field(default_factory=list)


def _levels(low: float, high: float, step: float, rng: random.Random) -> list[float]:
    """Positions of parallel streets between two limits, about `step` apart."""
    count = max(1, round((high - low) / step))
    shift = 0.06 * step
    inner = [low + (high - low) * k / count + rng.uniform(-shift, shift) for k in range(1, count)]
    return [low, *inner, high]


def estate(
    streets: Streets, rng: random.Random, box: Box, sides: dict[str, Road], name: str,
    style: Style, gates: dict[str, int], closed: tuple[str, ...] = (), thin: float = 0.12,
) -> Estate:  # fmt: skip
    """Build an estate in a box: `gates` says how many on each side, `closed` sides have one shut.

    `sides` are the streets outside; a gate's street runs from the inner grid through the wall to
    it. A shut gate stands in the wall and its street is private.
    """
    west, south, east, north = box
    made = Estate(name, box)
    xs = _levels(west + 13, east - 13, style.column, rng)
    ys = _levels(south + 13, north - 13, style.row, rng)
    rows = [_grid_road(streets, [(x, y) for x in xs], name) for y in ys]
    skipped = 0
    limit = thin * (len(xs) - 1) * (len(ys) - 1)
    for i, x in enumerate(xs):
        for j in range(len(ys) - 1):
            edge = i in (0, len(xs) - 1)
            if not edge and skipped < limit and rng.random() < 2 * thin:
                skipped += 1
                continue
            kind = "service" if edge else "footway"
            streets.road([(x, ys[j]), (x, ys[j + 1])], kind, step=500, public=False)
    made.plots = _buildings(streets, rng, rows, xs, ys, style)
    ring = box_quad(box)
    for side, count in gates.items():
        _open_gates(streets, rng, made, ring, side, count, sides[side], (xs, ys), rows)
    for side in closed:
        _shut_gate(streets, rng, made, ring, side, sides[side], (xs, ys))
    wall(streets, ring, made.gates, landuse="residential", name=name)
    return made


def _grid_road(streets: Streets, points: list[Point], name: str) -> Road:
    return streets.road(points, "service", step=500, public=False, name_hint=name)


def _buildings(
    streets: Streets, rng: random.Random, rows: list[Road], xs: list[float], ys: list[float],
    style: Style,
) -> list[Plot]:  # fmt: skip
    """Slabs between the rows, facing south, each with a path from its door to the row south of it."""
    plots = []
    length, deep = style.building
    for j in range(len(ys) - 1):
        for i in range(len(xs) - 1):
            room = xs[i + 1] - xs[i] - 12
            if rng.random() < 0.07 or room < 14:
                continue
            wide = min(length * rng.uniform(0.8, 1.15), room)
            t = (xs[i] + xs[i + 1]) / 2 + rng.uniform(-1, 1) * max(0, (room - wide) / 2)
            v = ys[j] + 0.56 * (ys[j + 1] - ys[j])
            plots.append(Plot(t, v, wide, deep, 0.0, style.plot))
            door = (t + rng.uniform(-0.25, 0.25) * wide, v - deep / 2 - 3.0)
            if rng.random() < 0.8 and door[1] - ys[j] > 6:
                streets.join(rows[j], door, "footway", step=500, public=False)
    return plots


def _gate_place(
    rng: random.Random, ring: tuple[Point, ...], side: str, share: float,
    grid: tuple[list[float], list[float]],
) -> tuple[Point, Point]:  # fmt: skip
    """A gate in the wall and the corner of the inner grid that it opens on."""
    xs, ys = grid
    along = xs if side in "SN" else ys
    place = along[min(max(round(share * (len(along) - 1)), 0), len(along) - 1)]
    start = {
        "S": (place, ys[0]), "N": (place, ys[-1]), "W": (xs[0], place), "E": (xs[-1], place)
    }[side]  # fmt: skip
    return on_ring(ring, start, side), start  # type: ignore[arg-type]


def _open_gates(
    streets: Streets, rng: random.Random, made: Estate, ring: tuple[Point, ...], side: str,
    count: int, road: Road, grid: tuple[list[float], list[float]], rows: list[Road],
) -> None:  # fmt: skip
    for k in range(count):
        share = (k + 1) / (count + 1) + rng.uniform(-0.12, 0.12)
        gate, start = _gate_place(rng, ring, side, share, grid)
        if gate in made.gates.get(side, []):
            continue
        kind = "service" if k == 0 else "footway"
        end = streets.nodes[streets.attach(road, gate)]
        streets.road([start, gate, end], kind, step=500, public=False)
        streets.tag(streets.node(gate), barrier="gate", access="permissive", foot="yes")
        made.gates.setdefault(side, []).append(gate)


def _shut_gate(
    streets: Streets, rng: random.Random, made: Estate, ring: tuple[Point, ...], side: str,
    road: Road, grid: tuple[list[float], list[float]],
) -> None:  # fmt: skip
    gate, start = _gate_place(rng, ring, side, 0.5, grid)
    end = streets.nodes[streets.attach(road, gate)]
    streets.road([start, gate, end], "footway", step=500, public=False, access="private")
    streets.tag(streets.node(gate), barrier="gate", access="private", locked="yes")
    made.gates.setdefault(side, []).append(gate)


def cut_cell(box: Box, across: int, up: int, rng: random.Random) -> list[Box]:
    """Boxes of the estates of a cell: inset from its streets, 8 m between two walls."""
    west, south, east, north = box
    inset, gap = 17.0, 8.0
    west, south, east, north = west + inset, south + inset, east - inset, north - inset
    px = [0.0, *[k / across + rng.uniform(-0.06, 0.06) for k in range(1, across)], 1.0]
    py = [0.0, *[k / up + rng.uniform(-0.06, 0.06) for k in range(1, up)], 1.0]
    found = []
    for i in range(across):
        for j in range(up):
            a = west + px[i] * (east - west) + (gap / 2 if i else 0)
            b = south + py[j] * (north - south) + (gap / 2 if j else 0)
            c = west + px[i + 1] * (east - west) - (gap / 2 if i < across - 1 else 0)
            d = south + py[j + 1] * (north - south) - (gap / 2 if j < up - 1 else 0)
            found.append((a, b, c, d))
    return found
