"""Administrative units: the land cut into leaves along streets, river, rails and hills."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import LineString, MultiPoint, Point, Polygon

from sample_city import plan
from sample_city.land import RIVER_TOP, coast, island_ring, rough
from sample_city.place import lonlat

# Limits of units between the grid streets: river, rails and fast roads instead of the last street.
WEST_LIMITS = (plan.WEST_TRUNK, *plan.WEST[1:-1], 0.0)
EAST_LIMITS = (0.0, *plan.EAST[1:-1], plan.EAST_TRUNK)
NORTH_LIMITS = (3400.0, *plan.NORTH_ROWS[1:-1], plan.RAIL_V)
SOUTH_LIMITS = (plan.RAIL_V, *plan.SOUTH_ROWS[1:-1], plan.WEST_SHORE_V)


def cut_grid(columns: int, rows: int, count: int) -> list[tuple[int, int, int, int]]:
    """Cut a grid of cells into `count` rectangles (column, row, end column, end row)."""

    def part(box: tuple[int, int, int, int], number: int) -> list[tuple[int, int, int, int]]:
        if number == 1:
            return [box]
        c0, r0, c1, r1 = box
        one = number // 2
        if c1 - c0 > r1 - r0:
            cut = min(max(round(c0 + (c1 - c0) * one / number), c0 + 1), c1 - 1)
            boxes = ((c0, r0, cut, r1), (cut, r0, c1, r1))
        else:
            cut = min(max(round(r0 + (r1 - r0) * one / number), r0 + 1), r1 - 1)
            boxes = ((c0, r0, c1, cut), (c0, cut, c1, r1))
        return part(boxes[0], one) + part(boxes[1], number - one)

    return part((0, 0, columns, rows), count)


def urban_parts() -> list[tuple[str, str, Polygon]]:
    """Town, community and box on the board of every community of the built-up city."""
    found = []
    for town, (bank, columns, block, rows, count) in plan.TOWNS.items():
        ts = (WEST_LIMITS if bank == "west" else EAST_LIMITS)[columns[0] : columns[1] + 1]
        vs = NORTH_LIMITS if block == "north" else SOUTH_LIMITS
        vs = vs[rows[0] : rows[1] + 1]
        if town == "老城街道":
            vs = (*vs[:-1], plan.COAST_V - 400.0)
        names = plan.COMMUNITY_NAMES[town].split()
        boxes = cut_grid(len(ts) - 1, len(vs) - 1, count)
        for name, (c0, r0, c1, r1) in zip(names, boxes, strict=True):
            ring = [(ts[c0], vs[r1]), (ts[c1], vs[r1]), (ts[c1], vs[r0]), (ts[c0], vs[r0])]
            found.append((town, f"{name}社区", Polygon(ring)))
    return found


def land_ring() -> Polygon:
    """The mainland on the board; the river is inside, the bay is not."""
    north = rough([plan.WEST_LAND[0], (0.0, 3420.0), plan.EAST_LAND[0]], "north", 0.04, 200)
    west = rough(list(plan.WEST_LAND), "west", 0.08, 200)
    east = rough(list(plan.EAST_LAND), "east", 0.08, 200)
    south = [plan.WEST_LAND[-1], (-1500.0, plan.WEST_SHORE_V), (0.0, plan.WEST_SHORE_V)]
    mouth = [(0.0, plan.COAST_V), *coast()]
    ring = [*north, *east[1:], *reversed(mouth), *reversed(south), *reversed(west[1:-1])]
    return Polygon(ring)


def _rural(area: Polygon, names: list[str], wobble: str) -> list[tuple[str, shapely.Geometry]]:
    """Cut an area among leaves: each place belongs to the leaf of the nearest settlement."""
    places = [h for h in plan.HAMLETS if h.leaf in names]
    seeds = MultiPoint([(h.t, h.v) for h in places])
    cells = shapely.voronoi_polygons(seeds, extend_to=area.buffer(3000))
    tree = list(cells.geoms)
    found: dict[str, list[shapely.Geometry]] = {name: [] for name in names}
    for place in places:
        cell = next(c for c in tree if c.covers(Point(place.t, place.v)))
        found[place.leaf].append(cell)
    return [(name, shapely.union_all(parts)) for name, parts in found.items()]


def build_leaves() -> gpd.GeoDataFrame:
    """All leaves on the board: leaf, town, level; together they tile the land without a gap."""
    land = land_ring()
    if not land.is_valid:
        raise ValueError(f"land: {shapely.is_valid_reason(land)}")
    urban = urban_parts()
    rural_names = {
        town: [h.leaf for h in plan.HAMLETS if h.main and side(h)]
        for town, side in (
            ("溪口镇", lambda h: h.t < plan.WEST_TRUNK),
            ("田心镇", lambda h: h.t > plan.EAST_TRUNK and h.v > -2500),
            ("星屿镇", lambda h: h.leaf in plan.ISLAND_LEAVES),
        )
    }
    island = Polygon(island_ring())
    lines = [land.exterior, island.exterior]
    lines += [box.exterior for _, _, box in urban]
    cuts: list[tuple[str, str, shapely.Geometry]] = []
    for town, names in rural_names.items():
        area = island if town == "星屿镇" else land
        for name, cell in _rural(area, names, town):
            cuts.append((town, name, cell))
            lines.append(cell.boundary.intersection(_zone(town, area)))
    noded = shapely.unary_union([shapely.line_merge(line) for line in lines], grid_size=0.01)
    pieces = list(
        shapely.polygonize(list(getattr(shapely.segmentize(noded, 55.0), "geoms", []))).geoms
    )
    rows: dict[tuple[str, str], list[Polygon]] = {}
    for piece in pieces:
        spot = piece.representative_point()
        if island.covers(spot):
            choices = [c for c in cuts if c[0] == "星屿镇"]
        elif land.covers(spot):
            choices = [
                *urban,
                *[c for c in cuts if c[0] != "星屿镇" and _zone(c[0], land).covers(spot)],
            ]
        else:
            continue
        town, name, _ = next((c for c in choices if c[2].covers(spot)), (None, None, None))
        if town is None:
            town, name, _ = min(choices, key=lambda c: c[2].distance(spot))
        rows.setdefault((town, name), []).append(piece)
    table = gpd.GeoDataFrame(
        [{"town": town, "name": name} for town, name in rows],
        geometry=[shapely.coverage_union_all(parts) for parts in rows.values()],
    )
    table["level"] = np.where(table["name"].str.endswith("社区"), "community", "village")
    return table


def _zone(town: str, area: Polygon) -> shapely.Geometry:
    """Part of the land that a rural town holds."""
    west, south, east, north = area.bounds
    if town == "溪口镇":
        return area.intersection(shapely.box(west - 1, south - 1, plan.WEST_TRUNK, north + 1))
    if town == "田心镇":
        return area.intersection(shapely.box(plan.EAST_TRUNK, south - 1, east + 1, north + 1))
    return area


def on_globe(board: gpd.GeoSeries) -> gpd.GeoSeries:
    """Board geometry → degrees rounded to 1e-7, the same vertex always to the same place."""

    def move(points: np.ndarray) -> np.ndarray:
        return np.round(lonlat(points[:, 0], points[:, 1]), 7)

    return gpd.GeoSeries(shapely.transform(board.to_numpy(), move), index=board.index, crs=4326)


__all__ = ["RIVER_TOP", "LineString", "build_leaves", "cut_grid", "on_globe"]
