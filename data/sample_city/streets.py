"""The street store: roads drawn on the board, joined only where they share a node."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

Point = tuple[float, float]

# Cars use these; the maximum speeds of Chinese streets in km/h.
SPEEDS = {
    "trunk": 80,
    "trunk_link": 40,
    "primary": 60,
    "secondary": 50,
    "tertiary": 40,
    "unclassified": 40,
    "residential": 30,
    "living_street": 20,
    "service": 15,
}


@dataclass
class Road:
    """A polyline on the board with the nodes that lie on it, by distance from its start."""

    points: list[Point]
    tags: dict[str, str]
    public: bool = True
    """Anybody may build a facility on it (not inside a compound)."""
    stops: dict[float, int] = field(default_factory=dict)
    """Distance along the road → node number."""

    @property
    def length(self) -> float:
        """Metres on the board."""
        return sum(math.dist(a, b) for a, b in zip(self.points, self.points[1:], strict=False))

    def at(self, distance: float) -> Point:
        """Point at a distance from the start."""
        for a, b in zip(self.points, self.points[1:], strict=False):
            step = math.dist(a, b)
            if distance <= step and step > 0:
                share = max(distance, 0.0) / step
                return (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
            distance -= step
        return self.points[-1]

    def nearest(self, point: Point) -> float:
        """Distance along the road of the position nearest to a point."""
        best, done, found = math.inf, 0.0, 0.0
        for a, b in zip(self.points, self.points[1:], strict=False):
            step = math.dist(a, b)
            if step == 0:
                continue
            dot = (point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])
            share = min(max(dot / step**2, 0.0), 1.0)
            here = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
            gap = math.dist(here, point)
            if gap < best:
                best, found = gap, done + share * step
            done += step
        return found


class Streets:
    """All roads, areas and tagged nodes of the city, on the board."""

    def __init__(self) -> None:
        self.nodes: list[Point] = []
        self.node_tags: dict[int, dict[str, str]] = {}
        self.roads: list[Road] = []
        self.lines: list[tuple[list[int], dict[str, str]]] = []
        """Ways that nobody walks on: walls, water, rails (closed where first node is last)."""
        self._known: dict[tuple[int, int], int] = {}

    def node(self, point: Point) -> int:
        """Number of the node at a point (to the centimetre), made where there is none."""
        key = (round(point[0] * 100), round(point[1] * 100))
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append((float(point[0]), float(point[1])))
        return self._known[key]

    def tag(self, node: int, **tags: str) -> None:
        """Add tags to a node."""
        self.node_tags.setdefault(node, {}).update(tags)

    def road(
        self,
        points: list[Point],
        kind: str,
        *,
        step: float = 70.0,
        public: bool = True,
        **tags: str,
    ) -> Road:
        """Draw a road; its corners and a shape point each `step` metres are nodes."""
        made = Road(points, {"highway": kind, **tags}, public)
        if kind in SPEEDS:
            made.tags.setdefault("maxspeed", str(SPEEDS[kind]))
        done = 0.0
        made.stops[0.0] = self.node(points[0])
        for a, b in itertools.pairwise(points):
            length = math.dist(a, b)
            parts = max(1, math.ceil(length / step - 0.25))
            for part in range(1, parts + 1):
                share = part / parts
                here = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
                made.stops[done + share * length] = self.node(b if part == parts else here)
            done += length
        self.roads.append(made)
        return made

    def attach(self, road: Road, point: Point, snap: float = 4.0) -> int:
        """Node of a road next to a point: one that stands within `snap` metres, or a new one."""
        distance = road.nearest(point)
        near = min(road.stops, key=lambda d: abs(d - distance))
        if abs(near - distance) <= snap:
            return road.stops[near]
        here = road.at(distance)
        road.stops[distance] = self.node(here)
        return road.stops[distance]

    def join(self, road: Road, point: Point, kind: str, **options: object) -> Road:
        """Draw a road from a point to the nearest position of another road."""
        node = self.attach(road, point)
        return self.road([point, self.nodes[node]], kind, **options)  # type: ignore[arg-type]

    def area(self, ring: list[Point], *, step: float = 60.0, **tags: str) -> list[int]:
        """Draw a closed line (wall, water, park) and return its nodes, first one repeated."""
        nodes: list[int] = []
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            parts = max(1, math.ceil(math.dist(a, b) / step - 0.25))
            nodes += [
                self.node((a[0] + k / parts * (b[0] - a[0]), a[1] + k / parts * (b[1] - a[1])))
                for k in range(parts)
            ]
        nodes.append(nodes[0])
        self.lines.append((nodes, tags))
        return nodes

    def line(self, points: list[Point], *, step: float = 60.0, **tags: str) -> list[int]:
        """Draw an open line that nobody walks on."""
        nodes = [self.node(points[0])]
        for a, b in itertools.pairwise(points):
            parts = max(1, math.ceil(math.dist(a, b) / step - 0.25))
            nodes += [
                self.node((a[0] + k / parts * (b[0] - a[0]), a[1] + k / parts * (b[1] - a[1])))
                for k in range(1, parts + 1)
            ]
        self.lines.append((nodes, tags))
        return nodes
