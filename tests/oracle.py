"""The judge of the reach engine: brute force in networkx, sharing no line with the package.

Every network vertex is a graph node and every straight piece between two vertices an edge, so
there is no contraction to get wrong. Each point is tied to the nearest position on the nearest
piece, found by looking at all pieces near it in a plane centred on the point itself. Pieces are
then cut at every such position, each part gets its geodesic length, and Dijkstra runs from every
facility through its access leg.

Two edges can be equally near to a point. Which one is "the nearest" is then a matter of the last
digits, and both answers are right, so a point keeps every edge position whose distance ties.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
import pandas as pd
import pyproj
from shapely import wkt

GEOD = pyproj.Geod(ellps="WGS84")
TIE_M = 0.05
"""Edges whose distances from a point differ by less tie: below what a projection can tell."""


def metres_between(lon1, lat1, lon2, lat2):
    """Geodesic metres between positions (arrays or numbers)."""
    return GEOD.inv(lon1, lat1, lon2, lat2)[2]


# --- streets -------------------------------------------------------------------------------


@dataclass
class Streets:
    """Straight pieces between vertices; ``pieces`` holds (vertex, vertex) once, with its tags."""

    lonlat: dict[Hashable, tuple[float, float]] = field(default_factory=dict)
    pieces: dict[tuple[Hashable, Hashable], dict] = field(default_factory=dict)

    def add_piece(
        self, u: Hashable, v: Hashable, *, stairs: bool = False, metres: float | None = None
    ) -> None:
        """Add the straight piece u-v; of two copies the one that more people can walk counts.

        ``metres`` is stated where the piece stands for a bent street that is longer.
        """
        if u == v:
            return
        known = self.pieces.get((u, v)) or self.pieces.get((v, u))
        if known is None:
            self.pieces[u, v] = {"stairs": stairs, "metres": metres}
        else:
            known["stairs"] &= stairs
            if metres is not None:
                known["metres"] = min(metres, known["metres"])

    def add_line(self, name: Hashable, coords: Sequence[tuple[float, float]], **tags) -> None:
        """Add a line whose ends are junctions by coordinate and whose bends are its own."""
        keys: list[Hashable] = [("bend", name, i) for i in range(len(coords))]
        keys[0], keys[-1] = ("end", *coords[0]), ("end", *coords[-1])
        for key, (lon, lat) in zip(keys, coords, strict=True):
            self.lonlat[key] = (float(lon), float(lat))
        for u, v in itertools.pairwise(keys):
            self.add_piece(u, v, **tags)

    def without_stairs(self) -> Streets:
        """Streets as a wheelchair sees them."""
        kept = {uv: tags for uv, tags in self.pieces.items() if not tags["stairs"]}
        return Streets(self.lonlat, kept)


def lines_as_streets(lines: Iterable[Sequence[tuple[float, float]]]) -> Streets:
    """Streets from polylines (degrees): ends that share a coordinate are one junction.

    Lines alike to the last bend, in either direction, are one street.
    """
    streets = Streets()
    known = set()
    for name, line in enumerate(lines):
        coords = [tuple(map(float, corner)) for corner in line]
        course = min(coords, coords[::-1])
        if tuple(course) not in known:
            known.add(tuple(course))
            streets.add_line(name, coords)
    return streets


LEFT_OUT = {
    *("abandoned", "bus_guideway", "construction", "cycleway", "no", "planned", "platform"),
    *("proposed", "raceway", "razed", "rest_area", "services"),
}
FOOT_ALLOWED = {"yes", "designated", "permissive"}


def walkable(tags: dict[str, str]) -> bool:
    """Tell whether people may walk along an OSM way: osmnx's ``walk`` and the access rules."""
    highway = tags.get("highway")
    if highway is None or highway in LEFT_OUT or highway.startswith("motor"):
        return False
    if tags.get("area") == "yes" or tags.get("foot") == "no" or tags.get("service") == "private":
        return False
    sides = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
    if any(tags.get(side) == "separate" for side in sides):
        return False
    barred = tags.get("access") in ("private", "no")
    return not barred or tags.get("foot") in FOOT_ALLOWED


class _Ways(osmium.SimpleHandler):
    def __init__(self) -> None:
        super().__init__()
        self.streets = Streets()
        self.drawn: dict[int, tuple[float, float]] = {}

    def node(self, node) -> None:
        if node.id < 0:  # drawn in an editor; osmium's own store forgets these
            self.drawn[node.id] = (node.location.lon, node.location.lat)

    def way(self, way) -> None:
        tags = {tag.k: tag.v for tag in way.tags}
        if not walkable(tags):
            return
        before = None
        for node in way.nodes:
            if node.ref in self.drawn:
                self.streets.lonlat[node.ref] = self.drawn[node.ref]
            elif node.location.valid():
                self.streets.lonlat[node.ref] = (node.location.lon, node.location.lat)
            else:  # cut off by the extract's border
                before = None
                continue
            if before is not None:
                self.streets.add_piece(before, node.ref, stairs=tags["highway"] == "steps")
            before = node.ref


def osm_streets(path: Path) -> Streets:
    """Walkable streets of an .osm.pbf or .osm file."""
    handler = _Ways()
    handler.apply_file(str(path), locations=True)
    return handler.streets


def graphml_streets(path: Path) -> Streets:
    """Streets of a GraphML file as osmnx writes it, both directions of an edge being one."""
    graph = nx.read_graphml(path, force_multigraph=True)
    place = {n: (float(d["x"]), float(d["y"])) for n, d in graph.nodes(data=True)}
    streets = Streets()
    seen: dict[tuple, tuple] = {}
    for number, (u, v, tags) in enumerate(graph.edges(data=True)):
        coords = list(wkt.loads(tags["geometry"]).coords) if "geometry" in tags else []
        bends = [(float(lon), float(lat)) for lon, lat in coords[1:-1]]
        way = min((u, *bends, v), (v, *bends[::-1], u), key=repr)
        if way in seen:
            continue
        seen[way] = way
        keys = [u, *(("bend", number, i) for i in range(len(bends))), v]
        for key, at in zip(keys, [place[u], *bends, place[v]], strict=True):
            streets.lonlat[key] = at
        for a, b in itertools.pairwise(keys):
            streets.add_piece(a, b, stairs=tags.get("highway") == "steps")
    return streets


# --- where a point meets the streets -------------------------------------------------------


@dataclass(frozen=True)
class Touch:
    """A position on a piece, ``part`` of the way from its first to its second vertex."""

    piece: int
    part: float
    lon: float
    lat: float
    access_m: float


class Streetfinder:
    """All pieces near a point, by an own grid of degree cells; no index library involved."""

    CELL = 0.004

    def __init__(self, streets: Streets) -> None:
        self.names = list(streets.pieces)
        ends = [(*streets.lonlat[u], *streets.lonlat[v]) for u, v in self.names]
        self.ends = np.array(ends, dtype=float).reshape(-1, 4)
        self.cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        low = np.floor(np.minimum(self.ends[:, :2], self.ends[:, 2:]) / self.CELL).astype(int)
        high = np.floor(np.maximum(self.ends[:, :2], self.ends[:, 2:]) / self.CELL).astype(int)
        for number, ((x0, y0), (x1, y1)) in enumerate(zip(low, high, strict=True)):
            for x in range(x0, x1 + 1):
                for y in range(y0, y1 + 1):
                    self.cells[x, y].append(number)

    def _near(self, lon: float, lat: float, radius_m: float) -> np.ndarray:
        d_lat = radius_m / 110_000.0
        d_lon = d_lat / max(0.05, math.cos(math.radians(lat)))
        xs = range(math.floor((lon - d_lon) / self.CELL), math.floor((lon + d_lon) / self.CELL) + 1)
        ys = range(math.floor((lat - d_lat) / self.CELL), math.floor((lat + d_lat) / self.CELL) + 1)
        found = {number for x in xs for y in ys for number in self.cells.get((x, y), ())}
        return np.array(sorted(found), dtype=int)

    def touches(self, lon: float, lat: float, radius_m: float, tie_m: float = TIE_M) -> list[Touch]:
        """Return the nearest position on a piece and all that tie with it, within ``radius_m``."""
        near = self._near(lon, lat, radius_m)
        if not len(near):
            return []
        # A plane centred on the point: metres a degree from the radii of curvature there.
        sin = math.sin(math.radians(lat))
        e2 = GEOD.es
        per_lat = math.radians(1) * GEOD.a * (1 - e2) / (1 - e2 * sin * sin) ** 1.5
        per_lon = math.radians(1) * GEOD.a / math.sqrt(1 - e2 * sin * sin)
        per_lon *= math.cos(math.radians(lat))
        scale = np.array([per_lon, per_lat])
        start = (self.ends[near, :2] - (lon, lat)) * scale
        step = (self.ends[near, 2:] - self.ends[near, :2]) * scale
        square = (step**2).sum(axis=1)
        part = np.where(
            square > 0, -(start * step).sum(axis=1) / np.where(square > 0, square, 1), 0
        )
        part = np.clip(part, 0.0, 1.0)
        away = np.hypot(*(start + part[:, None] * step).T)
        if away.min() > radius_m:
            return []
        tied = np.flatnonzero(away <= away.min() + tie_m)
        at = self.ends[near, :2] + part[:, None] * (self.ends[near, 2:] - self.ends[near, :2])
        return [
            Touch(
                int(near[i]),
                float(part[i]),
                *map(float, at[i]),
                float(metres_between(lon, lat, *at[i])),
            )
            for i in tied
        ]

    def is_clear(self, lon: float, lat: float) -> bool:
        """Tell whether one street, or one junction, is clearly the nearest."""
        tied = self.touches(lon, lat, 1000.0)
        at = [self._vertices(touch) for touch in tied]
        return len(tied) == 1 or bool(at and set.intersection(*at))

    def _vertices(self, touch: Touch) -> set[Hashable]:
        u, v = self.names[touch.piece]
        return {u} if touch.part < 1e-9 else {v} if touch.part > 1 - 1e-9 else set()


# --- distances -----------------------------------------------------------------------------


@dataclass
class Verdict:
    """What is right for one demand point: one answer for each edge position that ties."""

    access_m: float
    options: list[dict[Hashable, float]]
    """For each tied position: metres to every facility that can be reached."""

    def nearest(self) -> list[float]:
        """Return the right metres to the nearest facility, one for each tied position."""
        return [min(option.values(), default=math.inf) for option in self.options]


class Oracle:
    """Distances from every facility to every demand point by cutting and Dijkstra.

    Parameters
    ----------
    streets
        The network.
    facilities, demand
        Rows of (lon, lat), degrees.
    facility_ids
        One name a facility; rows with the same name are entrances of one facility.
    max_access_m
        Points farther from any street are off the network.
    """

    def __init__(
        self,
        streets: Streets,
        facilities: Sequence[tuple[float, float]],
        demand: Sequence[tuple[float, float]],
        *,
        facility_ids: Sequence[Hashable] | None = None,
        max_access_m: float = 300.0,
        tie_m: float = TIE_M,
    ) -> None:
        finder = Streetfinder(streets)
        look = max_access_m + 1.0
        f_touch = [finder.touches(*p, look, 0.0)[:1] for p in facilities]
        d_touch = [finder.touches(*p, look, tie_m) for p in demand]
        cuts: dict[int, list[tuple[float, Hashable, float, float]]] = defaultdict(list)
        for kind, touches in (("f", f_touch), ("d", d_touch)):
            for i, options in enumerate(touches):
                for j, t in enumerate(options):
                    cuts[t.piece].append((t.part, (kind, i, j), t.lon, t.lat))
        self.graph = self._cut(streets, finder, cuts)
        names = list(range(len(facilities))) if facility_ids is None else list(facility_ids)
        reached: list[tuple[Hashable, dict]] = []
        self.at: dict[Hashable, float] = {}
        for i, options in enumerate(f_touch):
            if options and options[0].access_m <= max_access_m:
                source = ("facility", i)
                self.graph.add_edge(source, ("f", i, 0), weight=options[0].access_m)
                metres = nx.single_source_dijkstra_path_length(self.graph, source)
                self.graph.remove_node(source)
                reached.append((names[i], metres))
                for node, far in metres.items():
                    self.at[node] = min(far, self.at.get(node, math.inf))
        self.verdicts: list[Verdict] = []
        for i, options in enumerate(d_touch):
            options = [t for t in options if t.access_m <= max_access_m]
            answers = []
            for j, t in enumerate(options):
                best: dict[Hashable, float] = {}
                for name, metres in reached:
                    if ("d", i, j) in metres:
                        total = metres["d", i, j] + t.access_m
                        best[name] = min(total, best.get(name, math.inf))
                answers.append(best)
            access = min((t.access_m for t in d_touch[i]), default=math.inf)
            self.verdicts.append(Verdict(access, answers))

    @staticmethod
    def _cut(streets: Streets, finder: Streetfinder, cuts: dict) -> nx.Graph:
        graph = nx.Graph()
        plain = [i for i in range(len(finder.names)) if i not in cuts]
        lengths = metres_between(*finder.ends[plain].T) if plain else []
        for i, metres in zip(plain, lengths, strict=True):
            stated = streets.pieces[finder.names[i]]["metres"]
            graph.add_edge(*finder.names[i], weight=float(metres) if stated is None else stated)
        for i, found in cuts.items():
            u, v = finder.names[i]
            stops = [
                (0.0, u, *streets.lonlat[u]),
                *sorted(found, key=lambda stop: stop[0]),
                (1.0, v, *streets.lonlat[v]),
            ]
            stated = streets.pieces[u, v]["metres"]
            whole = metres_between(*streets.lonlat[u], *streets.lonlat[v])
            times = 1.0 if stated is None else stated / whole
            for (_, a, *at_a), (_, b, *at_b) in itertools.pairwise(stops):
                graph.add_edge(a, b, weight=float(metres_between(*at_a, *at_b)) * times)
        return graph

    def covered_m(self, limit_m: float) -> float:
        """Return the metres of street within the limit, entered from both ends of every part."""
        total = 0.0
        for u, v, length in self.graph.edges(data="weight"):
            from_u = max(0.0, limit_m - self.at.get(u, math.inf))
            from_v = max(0.0, limit_m - self.at.get(v, math.inf))
            total += min(length, from_u + from_v)
        return total

    def metres(self) -> np.ndarray:
        """Return the metres to the nearest facility, the first tied position deciding."""
        return np.array([min(v.nearest(), default=math.inf) for v in self.verdicts])


def disagreements(
    oracle: Oracle,
    got: pd.DataFrame,
    *,
    max_access_m: float = 300.0,
    limit_m: float | None = None,
    within_m: float = 0.5,
    within_part: float = 0.001,
    leg_within_m: float = TIE_M,
) -> pd.DataFrame:
    """Return the demand rows where the engine and the oracle differ, with the reason.

    ``got`` has the columns metres, facility_id, access_m and status, one row a demand point in
    the oracle's order. Rows on the very edge of the access cap or the limit may go either way.
    ``leg_within_m`` is for long chords: what is straight in one plane is bent in another.
    """
    if len(got) != len(oracle.verdicts):
        raise AssertionError(f"{len(got)} rows for {len(oracle.verdicts)} demand points")
    rows = []
    for i, (verdict, row) in enumerate(zip(oracle.verdicts, got.itertuples(), strict=True)):
        metres = math.inf if row.metres is None or pd.isna(row.metres) else float(row.metres)
        why = _why(verdict, row, metres, max_access_m, limit_m, within_m, within_part, leg_within_m)
        if why:
            right = min(verdict.nearest(), default=math.inf)
            rows.append((i, why, metres, right, row.facility_id, row.status))
    return pd.DataFrame(rows, columns=["row", "why", "got_m", "right_m", "facility_id", "status"])


def _why(
    verdict, row, metres, max_access_m, limit_m, within_m, within_part, leg_within_m
) -> str | None:
    on_the_cap = abs(verdict.access_m - max_access_m) < TIE_M
    if row.status == "off_network" or verdict.access_m > max_access_m:
        if on_the_cap or (row.status == "off_network" and verdict.access_m > max_access_m):
            return (
                "off_network with a distance" if math.isfinite(metres) and not on_the_cap else None
            )
        return f"status {row.status} with an access leg of {verdict.access_m:.3f} m"
    if not abs(float(row.access_m) - verdict.access_m) <= leg_within_m + 1e-4 * verdict.access_m:
        return f"access leg {row.access_m} instead of {verdict.access_m:.3f} m"

    def close(a: float, b: float) -> bool:
        return a == b or abs(a - b) <= max(within_m, within_part * b)

    fitting = [
        o for o, m in zip(verdict.options, verdict.nearest(), strict=True) if close(metres, m)
    ]
    if not fitting:
        return "metres"
    if not math.isfinite(metres):
        named = row.facility_id is not None and not pd.isna(row.facility_id)
        return None if row.status == "island" and not named else f"status {row.status}, unreachable"
    if not any(close(metres, o.get(row.facility_id, math.nan)) for o in fitting):
        return "facility is neither the nearest nor equally near"
    if limit_m is None:
        right = {"covered"}
    elif abs(metres - limit_m) < within_m:
        right = {"covered", "gap"}
    else:
        right = {"covered"} if metres <= limit_m else {"gap"}
    return None if row.status in right else f"status {row.status}"
