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
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
import pandas as pd
import pyproj
import shapely
import shapely.ops
from shapely import LineString, wkt

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

    walls: list[tuple[tuple[float, float], tuple[float, float]]] = field(default_factory=list)
    """Straight pieces of walls and fences, which no leg from a door leads across."""

    def add_piece(
        self,
        u: Hashable,
        v: Hashable,
        *,
        stairs: bool = False,
        metres: float | None = None,
        **more,
    ) -> None:
        """Add the straight piece u-v; of two copies the one that more people can walk counts.

        ``metres`` is stated where the piece stands for a bent street that is longer.
        """
        if u == v:
            return
        known = self.pieces.get((u, v)) or self.pieces.get((v, u))
        if known is None:
            self.pieces[u, v] = {"stairs": stairs, "metres": metres, **more}
        elif more and (known.get("own", False), known["stairs"]) > (more["own"], stairs):
            known.update(more, stairs=stairs)
        elif not more:
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

    def without_stairs(
        self, who: str = "wheelchair", kerb_m=0.03, width_m=None, slope=None, limited=True
    ) -> Streets:
        """Streets as a wheelchair or a pram sees them; what no tag tells is no obstacle."""
        width_m = {"wheelchair": 0.9, "pram": 0.7}[who] if width_m is None else width_m
        slope = {"wheelchair": 0.0833, "pram": 0.125}[who] if slope is None else slope

        def is_barred(tags) -> bool:
            if "rolling" not in tags:
                return tags["stairs"]
            rolls = tags["rolling"]
            kerbs = [rolls["kerb"], *tags.get("kerbs_at", [])]
            high = max((k for k in kerbs if k is not None), default=0.0)
            return (
                rolls[who]
                or high > kerb_m
                or (rolls["width"] is not None and rolls["width"] < width_m)
                or (rolls["incline"] is not None and rolls["incline"] > slope)
                or (rolls["limited"] and not limited)
                or any(keeps_out(at, who, width_m, limited) for at in tags.get("barriers_at", []))
            )

        barred = {uv for uv, tags in self.pieces.items() if is_barred(tags)}
        kept = {uv: tags for uv, tags in self.pieces.items() if uv not in barred}
        return Streets(self.lonlat, kept, self.walls)


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
    *(
        "abandoned",
        "bus_guideway",
        "construction",
        "demolished",
        "escape",
        "emergency_bay",
        "motor",
    ),
    *("emergency_access_point", "no", "none", "planned", "proposed", "raceway", "razed"),
    *("rest_area", "services", "via_ferrata"),
}
FOOT_ALLOWED = {
    *("yes", "designated", "permissive", "customers", "destination", "official", "public"),
}
FOOT_BARRED = {
    *("no", "private", "use_sidepath", "permit", "military", "employees", "emergency", "staff"),
    *("restricted", "forestry", "agricultural", "delivery"),
}
ACCESS_BARRED = {
    *("forestry", "agricultural", "delivery"),
    *("no", "military", "employees", "employee", "permit", "staff", "emergency", "bus", "psv"),
    *("official", "restricted"),
}
OWN = {"private", "residents"}


def street_class(tags: dict[str, str]) -> str | None:
    """Name the class of a way that people may walk on, or None."""
    if tags.get("railway") == "platform" or tags.get("public_transport") == "platform":
        return tags.get("highway", "platform")
    if "highway" not in tags and tags.get("man_made") != "pier" and tags.get("place") == "square":
        return "square"
    return tags.get("highway") or ("pier" if tags.get("man_made") == "pier" else None)


def every(value: str | None, words: set[str]) -> bool:
    """Tell whether each of the values between semicolons is one of the words."""
    return value is not None and all(one.strip() in words for one in value.split(";"))


def some(value: str | None, words: set[str]) -> bool:
    """Tell whether one of the values between semicolons is one of the words."""
    return value is not None and any(one.strip() in words for one in value.split(";"))


def walkable(tags: dict[str, str]) -> bool:
    """Tell whether people may walk along an OSM way: osmnx's ``walk`` and the access rules."""
    highway, foot = street_class(tags), tags.get("foot")
    if highway is None or highway in LEFT_OUT or every(foot, FOOT_BARRED):
        return False
    if tags.get("service") == "private":
        return False
    if not some(foot, FOOT_ALLOWED) and (
        highway in ("motorway", "motorway_link", "cycleway", "busway")
        or tags.get("motorroad") == "yes"
        or every(tags.get("access"), ACCESS_BARRED)
    ):
        return False
    sides = [tags.get(f"sidewalk{side}") for side in ("", ":both", ":left", ":right")]
    return "separate" not in sides or bool({"yes", "left", "right", "both"} & set(sides))


def is_own(tags: dict[str, str]) -> bool:
    """Tell whether a way is for those who live or go there."""
    return every(tags.get("access"), OWN | ACCESS_BARRED) and not some(
        tags.get("foot"), FOOT_ALLOWED
    )


PASSAGES = {
    "no", "building_passage", "covered", "arcade", "colonnade", "avalanche_protector"
}  # fmt: skip


def has_doors(tags: dict[str, str]) -> bool:
    """Tell whether houses may stand on a way."""
    highway = street_class(tags) or ""
    layer = int(tags["layer"]) if tags.get("layer", "").lstrip("-").isdigit() else 0
    if layer < 0 or tags.get("tunnel", "no") not in PASSAGES:
        return False
    if highway.startswith("motorway") or tags.get("motorroad") == "yes":
        return False
    on_foot = {"footway", "path", "pedestrian", "steps", "corridor", "platform", "pier", "elevator"}
    on_foot |= {"square"}
    return (layer <= 0 and tags.get("bridge", "no") == "no") or highway in on_foot


class _File(osmium.SimpleHandler):
    """Everything of a file that a walk has to do with."""

    def __init__(self) -> None:
        super().__init__()
        self.lonlat: dict[int, tuple[float, float]] = {}
        self.ways: list[tuple[dict[str, str], list[int]]] = []
        self.refs: dict[int, list[int]] = {}
        self.walls: list[list[int]] = []
        self.squares: list[tuple[dict[str, str], list[int]]] = []
        self.gates: set[int] = set()
        self.openings: set[int] = set()
        self.kerbs: dict[int, float] = {}
        self.barriers: dict[int, dict[str, str]] = {}

    def node(self, node) -> None:
        self.lonlat[node.id] = (node.location.lon, node.location.lat)
        tags = {tag.k: tag.v for tag in node.tags}
        if (height := kerb_of(tags)) is not None:
            self.kerbs[node.id] = height
        if "barrier" in tags:
            self.barriers[node.id] = tags
        if gate_is_shut(tags):
            self.gates.add(node.id)
        elif {"barrier", "entrance", "door"} & set(tags):
            self.openings.add(node.id)

    def way(self, way) -> None:
        tags = {tag.k: tag.v for tag in way.tags}
        self.refs[way.id] = [node.ref for node in way.nodes]
        foot = some(tags.get("foot"), FOOT_ALLOWED)
        if tags.get("barrier") in SOLID and tags.get("layer", "0") == "0" and not foot:
            self.walls.append(self.refs[way.id])
        if walkable(tags):
            self.ways.append((tags, self.refs[way.id]))

    def relation(self, relation) -> None:
        tags = {tag.k: tag.v for tag in relation.tags}
        if tags.get("type") == "multipolygon" and walkable(tags):
            self.squares.append((tags, [m.ref for m in relation.members if m.type == "w"]))


SOLID = {"wall", "fence", "city_wall", "retaining_wall", "hedge", "ditch"}
WALKED_PAST = {
    *("block", "bollard", "bus_trap", "cattle_grid", "cycle_barrier", "debris", "entrance"),
    *("height_restrictor", "jersey_barrier", "kerb", "kissing_gate", "log", "motorcycle_barrier"),
    *("planter", "rope", "stile", "toll_booth", "turnstile", "guard_rail", "handrail"),
    *("cable_barrier", "chain", "tank_trap"),
}


def gate_is_shut(tags: dict[str, str]) -> bool:
    """Tell whether a node lets nobody through."""
    if every(tags.get("foot"), FOOT_BARRED) and "highway" not in tags:
        return True
    if "barrier" not in tags or some(tags.get("foot"), FOOT_ALLOWED):
        return False
    if tags.get("locked") == "yes" or tags["barrier"] in SOLID:
        return True
    return every(tags.get("access"), ACCESS_BARRED | OWN) and tags["barrier"] not in WALKED_PAST


def osm_streets(path: Path) -> Streets:
    """Walkable streets of an .osm.pbf or .osm file."""
    file = _File()
    file.apply_file(str(path))
    _one_node_a_place(file)
    streets = Streets()
    outlines: list[tuple[dict[str, str], list[list[int]]]] = []
    for tags, refs in file.ways:
        ring = len(refs) > 1 and refs[0] == refs[-1]
        if tags.get("area") == "yes" and not ring:
            continue
        kind = street_class(tags)
        if kind == "square" and not ring:
            continue
        square = kind == "pedestrian" and tags.get("place") == "square"
        outline = (square or kind in ("platform", "pier", "square")) and tags.get("area") != "no"
        if ring and (tags.get("area") == "yes" or outline):
            outlines.append((tags, [refs]))
        _add_way(streets, file.lonlat, tags, refs)
    for tags, members in file.squares:
        rings = [file.refs[ref] for ref in members if ref in file.refs]
        outlines.append((tags, rings))
        for refs in rings:
            _add_way(streets, file.lonlat, tags, refs)
    _cross_squares(streets, file, outlines)
    _step_kerbs(streets, file.kerbs)
    _meet_barriers(streets, file.barriers)
    for refs in file.walls:
        known = [file.lonlat.get(ref) for ref in refs]
        streets.walls += [(a, b) for a, b in itertools.pairwise(known) if a and b]
    used = {vertex for piece in streets.pieces for vertex in piece}
    on_wall = {ref for refs in file.walls for ref in refs}
    gaps = [file.lonlat[ref] for ref in file.openings & (used | on_wall)]
    return _shut(streets, file.gates, gaps)


def _one_node_a_place(file: _File) -> None:
    """Ways that end at one coordinate meet there, whatever their nodes are called."""
    ways = [refs for _, refs in file.ways]
    ways += [file.refs[r] for _, some in file.squares for r in some if r in file.refs]
    least: dict[tuple[float, float], int] = {}
    ends = {ref for refs in ways if refs for ref in (refs[0], refs[-1]) if ref in file.lonlat}
    for ref in sorted(ends):
        least.setdefault(file.lonlat[ref], ref)
    for refs in ways:
        refs[:] = [least[file.lonlat[r]] if r in ends else r for r in refs]


def _add_way(streets: Streets, lonlat: dict, tags: dict[str, str], refs: list[int]) -> None:
    passes = any(tags.get(k, "no") != "no" for k in ("bridge", "tunnel"))
    passes |= tags.get("covered") == "yes" or tags.get("layer", "0") != "0"
    steps = tags.get("highway") == "steps"
    about = {
        "stairs": steps,
        "own": is_own(tags),
        "door": has_doors(tags),
        "passes": passes,
        "rolling": what_rolls_meets(tags),
        "crosses": "crossing" in (tags.get("footway"), tags.get("path"), street_class(tags)),
        "on_foot": street_class(tags) in FEET,
        "span": tags.get("bridge", "no") != "no" or tags.get("tunnel", "no") not in PASSAGES,
    }
    for u, v in itertools.pairwise(refs):
        if u in lonlat and v in lonlat:  # the extract's border cuts some off
            streets.lonlat[u], streets.lonlat[v] = lonlat[u], lonlat[v]
            streets.add_piece(u, v, **about)


FEET = {
    "footway",
    "path",
    "pedestrian",
    "steps",
    "corridor",
    "platform",
    "pier",
    "elevator",
    "square",
}
KERBS = {"raised": 0.12, "rolled": 0.06, "lowered": 0.03, "flush": 0.0, "no": 0.0}


def kerb_of(tags: dict[str, str]) -> float | None:
    """The metres of a kerb, stated or by its kind."""
    if "kerb:height" in tags:
        return float(tags["kerb:height"].removesuffix(" m"))
    return KERBS.get(tags.get("kerb", ""))


def width_of(text: str) -> float | None:
    """Metres of a width as mappers write it: ``1.5``, ``2m``, ``2 m``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*m?", text.strip())
    return float(found[1]) if found else None


def what_rolls_meets(tags: dict[str, str]) -> dict:
    """What the tags of a way say to wheelchairs and prams."""
    stairs = tags.get("highway") == "steps"
    wheels, pram = tags.get("wheelchair"), tags.get("stroller")
    ramp = tags.get("ramp:wheelchair") == "yes"
    slope = tags.get("incline", "")
    return {
        "wheelchair": wheels == "no" or (stairs and not ramp),
        "pram": pram == "no"
        or (pram != "yes" and (wheels == "no" if not stairs else True)
            and not (stairs and (ramp or tags.get("ramp:stroller") == "yes"))),
        "limited": wheels == "limited",
        "kerb": kerb_of(tags),
        "width": width_of(tags.get("width", "")),
        "incline": abs(float(slope[:-1])) / 100 if slope.endswith("%") else None,
    }  # fmt: skip


CLIMBED = {"stile", "horse_stile", "turnstile", "full-height_turnstile", "kissing_gate"}
GATES = {"gate", "entrance", "swing_gate", "wicket_gate"}


def keeps_out(tags: dict[str, str], who: str, width_m: float, limited: bool) -> bool:
    """Tell whether somebody on wheels does not pass a barrier."""
    wheels, pram = tags.get("wheelchair"), tags.get("stroller")
    barred = wheels == "no" or (wheels is None and tags["barrier"] in CLIMBED)
    if who == "pram" and pram is not None:
        barred = pram == "no"
    room = tags.get("maxwidth:physical")
    if room is None and tags["barrier"] in GATES:
        room = tags.get("width")
    return barred or (wheels == "limited" and not limited) or float(room or 9.0) < width_m


def _meet_barriers(streets: Streets, barriers: dict[int, dict[str, str]]) -> None:
    """A barrier between two pieces stands on the shorter; at a junction nobody knows on which."""
    touching: dict[Hashable, list] = defaultdict(list)
    for piece in streets.pieces:
        for vertex in set(piece) & barriers.keys():
            touching[vertex].append(piece)
    for vertex, pieces in touching.items():
        if len(pieces) == 2:
            length = [metres_between(*streets.lonlat[u], *streets.lonlat[v]) for u, v in pieces]
            tags = streets.pieces[pieces[int(np.argmin(length))]]
            tags.setdefault("barriers_at", []).append(barriers[vertex])


def _step_kerbs(streets: Streets, kerbs: dict[int, float]) -> None:
    """A kerb at a node bars the crossings there, or the shorter of two footpaths that it joins."""
    touching: dict[Hashable, list] = defaultdict(list)
    for piece in streets.pieces:
        for vertex in piece:
            if vertex in kerbs:
                touching[vertex].append(piece)
    for vertex, pieces in touching.items():
        hit = [piece for piece in pieces if streets.pieces[piece].get("crosses")]
        both_on_foot = all(streets.pieces[piece].get("on_foot") for piece in pieces)
        if not hit and len(pieces) == 2 and both_on_foot:
            length = [metres_between(*streets.lonlat[u], *streets.lonlat[v]) for u, v in pieces]
            hit = [pieces[int(np.argmin(length))]]
        for piece in hit:
            streets.pieces[piece].setdefault("kerbs_at", []).append(kerbs[vertex])


def _cross_squares(streets: Streets, file: _File, outlines: list) -> None:
    users: dict[int, set] = defaultdict(set)
    rings = {id(refs) for _, some in outlines for refs in some}
    for number, (_, refs) in enumerate(file.ways):
        if id(refs) not in rings:
            for ref in refs:
                users[ref].add(("way", number))
    for number, (_, some) in enumerate(outlines):
        for refs in some:
            for ref in refs:
                users[ref].add(("area", number))
    for number, (tags, some) in enumerate(outlines):
        if any(ref not in file.lonlat for refs in some for ref in refs):
            some = [refs for refs in some if all(ref in file.lonlat for ref in refs)]
        lines = [LineString([file.lonlat[r] for r in refs]) for refs in some if len(refs) > 1]
        square = shapely.build_area(shapely.GeometryCollection(lines))
        whole = {ref for refs in outlines[number][1] for ref in refs if ref in file.lonlat}
        meet = sorted(ref for ref in whole if len(users[ref]) > 1)
        if len(meet) > 150 or square.is_empty:
            continue
        for u, v in itertools.combinations(meet, 2):
            if square.covers(LineString([file.lonlat[u], file.lonlat[v]])):
                _add_way(streets, file.lonlat, tags, [u, v])


def _shut(streets: Streets, gates: set, gaps: list[tuple[float, float]]) -> Streets:
    """Part public streets at shut gates and at walls; those inside keep what they need."""
    walls = shapely.STRtree([LineString(wall) for wall in streets.walls])
    arms: dict[tuple, list] = defaultdict(list)
    for a, b in {frozenset(wall) for wall in streets.walls if wall[0] != wall[1]}:
        arms[a].append(b)
        arms[b].append(a)
    near_gap = shapely.MultiPoint(gaps)

    def is_open(at) -> bool:
        if not gaps:
            return False
        gap = shapely.ops.nearest_points(near_gap, shapely.Point(at))[0]
        close = [g for g in gaps if abs(g[0] - at[0]) < 1e-4 and abs(g[1] - at[1]) < 1e-4]
        return any(metres_between(*g, *at) <= 2.0 for g in [*close, (gap.x, gap.y)])

    made: list[tuple] = []  # first and last name, tags
    first: dict[Hashable, Hashable] = {}  # the name of a place before it was parted
    lonlat = dict(streets.lonlat)
    for (u, v), tags in streets.pieces.items():
        p, q = lonlat[u], lonlat[v]
        stops = []
        if not tags.get("own") and not tags.get("passes") and len(streets.walls):
            line = LineString([p, q])
            for i in walls.query(line, predicate="crosses"):
                a, b = streets.walls[i]
                if len({a, b, p, q}) == 4:
                    at = line.intersection(LineString([a, b]))
                    if not is_open((at.x, at.y)):
                        stops.append((line.project(at), (at.x, at.y)))
        here = u
        for number, (_, at) in enumerate(sorted(stops)):
            names = [("wall", u, v, number, side) for side in (0, 1)]
            for name in names:
                lonlat[name], first[name] = at, names[0]
            made.append((here, names[0], tags))
            here = names[1]
        made.append((here, v, tags))
    mouths = {end for u, v, tags in made if tags.get("own") for end in (u, v)}
    at_vertex: dict[Hashable, list] = defaultdict(list)
    for number, (u, v, tags) in enumerate(made):
        if not tags.get("own"):
            at_vertex[u].append((number, 0))
            at_vertex[v].append((number, 1))
    names = [[u, v] for u, v, _ in made]
    for node, ends in at_vertex.items():
        sides: dict[tuple, Hashable] = {}
        if node in gates and node not in mouths:
            sides = {end: end for end in ends}
        elif node not in gates and len(arms.get(lonlat[node], ())) == 2:
            sides = _sides(lonlat, made, node, ends, arms[lonlat[node]])
            if sides and is_open(lonlat[node]):
                sides = {}
        for (number, which), side in sides.items():
            name = ("part", node, side)
            lonlat[name], first[name] = lonlat[node], node
            names[number][which] = name
    return _joined_inside(streets, made, names, first, lonlat)


def _sides(lonlat, made, node, ends, arms) -> dict:
    """Give each street at a wall's bend its side, where there are streets on both."""
    x, y = lonlat[node]
    found = {}
    for number, which in ends:
        u, v, tags = made[number]
        if tags.get("passes"):
            continue
        far = lonlat[v if which == 0 else u]
        if far in arms:
            return {}
        angles = [math.atan2(b - y, a - x) for a, b in (*arms, far)]
        full = 2 * math.pi
        found[number, which] = (angles[2] - angles[1]) % full < (angles[0] - angles[1]) % full
    return found if len(set(found.values())) == 2 else {}


def _joined_inside(streets, made, names, first, lonlat) -> Streets:
    def base(name):
        return first.get(name, name)

    public = [i for i, (_, _, tags) in enumerate(made) if not tags.get("own")]
    parted, whole = nx.Graph(), nx.Graph()
    for i, (u, v) in enumerate(names):
        whole.add_edge(base(u), base(v))
        if not made[i][2].get("own"):
            parted.add_edge(u, v)
    piece, together = (
        {n: k for k, part in enumerate(nx.connected_components(graph)) for n in part}
        for graph in (parted, whole)
    )
    far: dict[int, float] = defaultdict(float)
    of: dict[int, int] = {}
    for i in public:
        u, v = names[i]
        far[piece[u]] += float(metres_between(*lonlat[u], *lonlat[v]))
        of[piece[u]] = together[base(u)]
    outside: dict[int, int] = {}
    for k in sorted(far, key=lambda k: -far[k]):
        outside.setdefault(of[k], k)
    inside = set(far) - set(outside.values())
    own = [tags.get("own") or piece.get(names[i][0]) in inside
           for i, (_, _, tags) in enumerate(made)]  # fmt: skip
    joined = {base(end) for i, n in enumerate(names) if own[i] for end in n}
    out = Streets(lonlat, {}, streets.walls)
    for i, (u, v) in enumerate(names):
        u, v = (base(n) if base(n) in joined else n for n in (u, v))
        out.pieces[u, v] = {**made[i][2], "own": own[i]}
    return out


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
        words = {k: str(v).strip("[]").replace("'", "").split(", ") for k, v in tags.items()}
        # Of several ways that became one edge, each must be a walkway for doors on its bridge.
        each = [{**tags, "highway": kind} for kind in words.get("highway", [""])]
        about = {
            "stairs": tags.get("highway") == "steps",
            "own": is_own(tags),
            "door": all(has_doors(one) for one in each),
        }
        for a, b in itertools.pairwise(keys):
            streets.add_piece(a, b, **about)
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
        self.door = np.array([tags.get("door", True) for tags in streets.pieces.values()])
        self.walls = [LineString(wall) for wall in streets.walls]
        self.wall_tree = shapely.STRtree(self.walls)
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

    def touches(
        self,
        lon: float,
        lat: float,
        radius_m: float,
        tie_m: float = TIE_M,
        limit_m: float = 300.0,
    ) -> list[Touch]:
        """Return the nearest position on a piece and all that tie with it, within ``radius_m``.

        Pieces without doors, and legs across a wall, count only where nothing else is within
        ``limit_m``.
        """
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
        at = self.ends[near, :2] + part[:, None] * (self.ends[near, 2:] - self.ends[near, :2])
        fit = self.door[near]
        if not fit.any() or away[fit].min() > limit_m:
            fit = np.ones(len(near), dtype=bool)
        elif self.walls:
            free = fit & (away <= limit_m)
            for i in np.argsort(away):
                free[i] = free[i] and not self._walled((lon, lat), tuple(at[i]))
                if free[i] and away[i] > away[free & (away <= away[i])].min() + tie_m:
                    break
            fit = free if free.any() else fit
        tied = np.flatnonzero(fit & (away <= away[fit].min() + tie_m))
        return [
            Touch(
                int(near[i]),
                float(part[i]),
                *map(float, at[i]),
                float(metres_between(lon, lat, *at[i])),
            )
            for i in tied
        ]

    def _walled(self, door: tuple[float, float], foot: tuple[float, float]) -> bool:
        if door == foot:
            return False
        leg = LineString([door, foot])
        for i in self.wall_tree.query(leg, predicate="intersects"):
            meet = leg.intersection(self.walls[i])
            if meet.geom_type != "Point":
                continue
            far = [float(metres_between(*end, meet.x, meet.y)) for end in (door, foot)]
            if min(far) > 0.05:
                return True
        return False

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


def _add_shorter(graph: nx.Graph, u: Hashable, v: Hashable, far: float, own: bool) -> None:
    if graph.has_edge(u, v) and graph.edges[u, v]["own"] == own:
        far = min(far, graph.edges[u, v]["weight"])
    graph.add_edge(u, v, weight=far, own=own)


class Oracle:
    """Distances from every facility to every demand point by cutting and Dijkstra.

    Parameters
    ----------
    streets
        The network.
    facilities, demand
        Rows of (lon, lat), degrees.
    facility_ids
        One name per facility; rows with the same name are entrances of one facility.
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
        f_touch = [self._door(streets, finder, p, look, max_access_m) for p in facilities]
        d_touch = [finder.touches(*p, look, tie_m, max_access_m) for p in demand]
        cuts: dict[int, list[tuple[float, Hashable, float, float]]] = defaultdict(list)
        for kind, touches in (("f", f_touch), ("d", d_touch)):
            for i, options in enumerate(touches):
                for j, t in enumerate(options):
                    cuts[t.piece].append((t.part, (kind, i, j), t.lon, t.lat))
        self.streets, self.names, self.touched = streets, finder.names, (f_touch, d_touch)
        self.place = dict(streets.lonlat)
        self.place |= {stop: at for found in cuts.values() for _, stop, *at in found}
        self.max_access_m = max_access_m
        self.facility_names = list(range(len(facilities)) if facility_ids is None else facility_ids)
        self.graph = self._cut(streets, finder, cuts)
        self.own = {uv for uv, tags in streets.pieces.items() if tags.get("own")}
        self.walks = self._three_parts(self.graph) if self.own else self.graph
        names = list(range(len(facilities))) if facility_ids is None else list(facility_ids)
        reached: list[tuple[Hashable, dict]] = []
        self.at: dict[Hashable, float] = {}
        for i, options in enumerate(f_touch):
            if options and options[0].access_m <= max_access_m:
                metres = self._walks(("f", i, 0), options[0].access_m)
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
                    node = self._end(("d", i, j), finder.names[t.piece])
                    if node in metres:
                        total = metres[node] + t.access_m
                        best[name] = min(total, best.get(name, math.inf))
                answers.append(best)
            access = min((t.access_m for t in d_touch[i]), default=math.inf)
            self.verdicts.append(Verdict(access, answers))

    @staticmethod
    def _door(
        streets: Streets, finder: Streetfinder, place: tuple[float, float], look: float, leg: float
    ) -> list[Touch]:
        """Where a facility opens: at the end of a private street, that one is its own."""
        tied = finder.touches(*place, look, 1e-6, leg)
        own = [t for t in tied if streets.pieces.get(finder.names[t.piece], {}).get("own")]
        return [*own, *tied][:1]

    @staticmethod
    def _three_parts(graph: nx.Graph) -> nx.DiGraph:
        """A walk from a facility: private streets, then public ones, then private ones."""
        walks = nx.DiGraph()
        for u, v, tags in graph.edges(data=True):
            for part in (0, 2) if tags["own"] else (1,):
                walks.add_edge((part, u), (part, v), weight=tags["weight"])
                walks.add_edge((part, v), (part, u), weight=tags["weight"])
        for node in graph:
            walks.add_edge((0, node), (1, node), weight=0.0)
            walks.add_edge((1, node), (2, node), weight=0.0)
        return walks

    def _walks(self, start: Hashable, leg: float) -> dict[Hashable, float]:
        """Metres from a facility's anchor to every node (of every part), its leg included."""
        start = (0, start) if self.own else start
        found = nx.single_source_dijkstra_path_length(self.walks, start)
        return {node: far + leg for node, far in found.items()}

    def _end(self, node: Hashable, piece: tuple) -> Hashable:
        """Name a node as the last part of a walk reaches it that ends on this piece."""
        return (2 if piece in self.own else 1, node) if self.own else node

    @staticmethod
    def _cut(streets: Streets, finder: Streetfinder, cuts: dict) -> nx.Graph:
        graph = nx.Graph()
        plain = [i for i in range(len(finder.names)) if i not in cuts]
        lengths = metres_between(*finder.ends[plain].T) if plain else []
        for i, metres in zip(plain, lengths, strict=True):
            tags = streets.pieces[finder.names[i]]
            far = float(metres) if tags["metres"] is None else tags["metres"]
            _add_shorter(graph, *finder.names[i], far, tags.get("own", False))
            graph.edges[finder.names[i]]["piece"] = finder.names[i]
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
                far = float(metres_between(*at_a, *at_b)) * times
                _add_shorter(graph, a, b, far, streets.pieces[u, v].get("own", False))
                if graph.has_edge(a, b):
                    graph.edges[a, b]["piece"] = (u, v)
        return graph

    def covered_m(self, limit_m: float) -> float:
        """Return the metres of street within the limit, entered from both ends of every part."""
        total = 0.0
        for u, v, tags in self.graph.edges(data=True):
            length, part = tags["weight"], 2 if tags["own"] else 1
            a, b = ((part, u), (part, v)) if self.own else (u, v)
            from_u = max(0.0, limit_m - self.at.get(a, math.inf))
            from_v = max(0.0, limit_m - self.at.get(b, math.inf))
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

    ``got`` has the columns metres, facility_id, access_m and status, one row per demand point in
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
