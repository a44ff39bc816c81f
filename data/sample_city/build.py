"""The city drawn: streets, plots and villages on the board, then on the globe."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import shapely
from osmium.osm.mutable import Node, Relation, Way

from sample_city import countryside, land, plan, town, units
from sample_city.place import lonlat
from sample_city.quarters import Plot
from sample_city.streets import Streets

SYNTHETIC = "synthetic data of no real city; livingcircle sample"
# Roads that a facility may stand on: public, and no fast road, stair or bridge.
NO_FRONT = {"trunk", "trunk_link", "steps"}


@dataclass
class Board:
    """Everything drawn, and where the nodes lie."""

    streets: Streets
    plots: list[Plot]
    villages: dict[str, list[tuple[float, float]]]
    leaves: gpd.GeoDataFrame
    """name, town, district, level, on the globe."""
    degrees: np.ndarray
    """(nodes, 2) rounded to 1e-7, as an OSM file holds them."""


def build() -> Board:
    """Draw the whole city."""
    streets = Streets()
    land.draw_water(streets)
    land.draw_bridges(streets)
    letters: dict[town.Key, str] = {}
    sides = town.build_grid(streets, letters)
    land.draw_railway(streets)
    land.draw_trunks(streets)
    filled = town.fill_cells(streets, sides)
    plots = filled.plots + countryside.build_countryside(streets)
    leaves = units.build_leaves()
    leaves["geometry"] = units.on_globe(leaves.geometry)
    leaves = leaves.set_geometry("geometry", crs=4326)
    district = {t: d for d, towns in plan.DISTRICTS.items() for t in towns}
    leaves["district"] = leaves["town"].map(district)
    nodes = np.array(streets.nodes)
    return Board(
        streets, plots, filled.villages, leaves, np.round(lonlat(nodes[:, 0], nodes[:, 1]), 7)
    )


def write_pbf(board: Board, path: Path) -> None:
    """Write streets, rails, water and walls as an OpenStreetMap file."""
    path.unlink(missing_ok=True)
    header = osmium.io.Header()
    header.set("generator", SYNTHETIC)
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for number, (lon, lat) in enumerate(board.degrees):
            tags = board.streets.node_tags.get(number, {})
            writer.add_node(Node(id=number + 1, location=(lon, lat), tags=tags, version=1))
        ways = [
            ([road.stops[d] for d in sorted(road.stops)], road.tags) for road in board.streets.roads
        ]
        ways += board.streets.lines
        water = board.streets.water
        ways += [(ring, {}) for ring in water]
        for number, (nodes, tags) in enumerate(ways, start=1):
            kept = {k: str(v) for k, v in tags.items() if k != "name_hint"}
            refs = [n + 1 for n in nodes]
            writer.add_way(Way(id=number, nodes=refs, tags=kept, version=1))
        members = [("w", len(ways) - 1, "outer"), ("w", len(ways), "inner")]
        tags = {"type": "multipolygon", "natural": "water", "name": "样江与样湾"}
        writer.add_relation(Relation(id=1, members=members, tags=tags, version=1))


def fronts(board: Board, every: float = 20.0) -> gpd.GeoDataFrame:
    """Places along public streets where a facility may stand: leaf, board position, direction."""
    rows = []
    for road in board.streets.roads:
        tags = road.tags
        if not road.public or tags["highway"] in NO_FRONT or "bridge" in tags or "tunnel" in tags:
            continue
        count = max(1, int(road.length // every))
        for k in range(count):
            distance = road.length * (k + 0.5) / count
            t, v = road.at(distance)
            u, w = road.at(min(distance + 1.0, road.length))
            if (u, w) == (t, v):
                continue
            step = math.hypot(u - t, w - v)
            rows.append((t, v, -(w - v) / step, (u - t) / step, tags["highway"]))
    t, v, nt, nv, kind = (np.array(column) for column in zip(*rows, strict=True))
    places = gpd.GeoDataFrame(
        {"t": t, "v": v, "nt": nt, "nv": nv, "kind": kind},
        geometry=gpd.points_from_xy(*lonlat(t, v).T),
        crs=4326,
    )
    # A street on a border belongs to neither side's list.
    inner = board.leaves[["name", "geometry"]].to_crs(3857)
    inner = inner.set_geometry(inner.buffer(-26.0)).to_crs(4326)
    leaf = gpd.sjoin(places, inner, predicate="within")["name"]
    return places.assign(leaf=leaf.groupby(level=0).first()).dropna(subset=["leaf"])


def village_table(board: Board) -> gpd.GeoDataFrame:
    """Urban villages as polygons."""
    rings = []
    for ring in board.villages.values():
        line = shapely.segmentize(shapely.Polygon(ring), 40.0)
        rings.append(shapely.transform(line, lambda p: np.round(lonlat(p[:, 0], p[:, 1]), 7)))
    return gpd.GeoDataFrame({"名称": list(board.villages)}, geometry=rings, crs=4326)
