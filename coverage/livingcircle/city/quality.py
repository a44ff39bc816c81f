"""The quality check of a whole city: every finding of `livingcircle check`, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.city import quality_findings as checks
from livingcircle.city.assign_units import locate
from livingcircle.city.facilities import Facilities
from livingcircle.city.units import Units
from livingcircle.io.column_names import ColumnValues
from livingcircle.network.cached_anchors import cached_anchors
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.joining import UNJOINED
from livingcircle.network.noding import unjoined_places
from livingcircle.network.snap import Anchors
from livingcircle.vocab.levels import BELOW_CITY, LEAVES

__all__ = ["quality_issues"]

# Components of the network with no demand and no facility are ignored; of very many only those
# with most people have a row each.
_MOST_PIECES = 50


def quality_issues(
    network: WalkNetwork,
    facilities: Facilities,
    units: Units,
    villages: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    max_access_m: float,
    water: gpd.GeoSeries | None = None,
    found_before: Sequence[gpd.GeoDataFrame] = (),
) -> gpd.GeoDataFrame:
    """Return the quality findings of a city.

    Parameters
    ----------
    water
        Polygons of water, EPSG:4326, where the map has them.
    found_before
        Findings of reading.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, a row per finding, errors first: check, severity, text_zh, text_en, count,
        geometry, source_file, source_row, people.
    """
    points = facilities.access_points()
    at_facility = _anchors(network, points, max_access_m)
    at_demand = _anchors(network, demand, max_access_m)
    found = [
        *found_before,
        *_of_facilities(network, facilities, units),
        *_of_units(network, units),
        *_of_demand(demand, units, at_demand),
        _far(points, at_facility),
        _islands(network, points, at_facility, demand, at_demand),
        _not_joined(network),
        _dates(network, facilities.table),
        _streets_missing(network, villages),
    ]
    if water is not None and len(water):
        found.append(_on_water(facilities.table, water))
    table = pd.concat([checks.no_issues(), *(f for f in found if len(f))], ignore_index=True)
    rank = table["severity"].map({"error": 0, "warning": 1, "info": 2})
    table = table.iloc[np.argsort(rank.to_numpy(), kind="stable")].reset_index(drop=True)
    table = table.reindex(columns=checks.QUALITY_COLUMNS).astype({"people": float})
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4326)


def _anchors(network: WalkNetwork, table: gpd.GeoDataFrame, max_access_m: float) -> Anchors:
    xy = _lonlat(table)
    return cached_anchors(network, xy[:, 0], xy[:, 1], max_access_m)


def _lonlat(table: gpd.GeoDataFrame) -> FloatArray:
    inside = shapely.point_on_surface(table.geometry.to_numpy())
    return np.column_stack([shapely.get_x(inside), shapely.get_y(inside)]).astype(np.float64)


def _shown(table: gpd.GeoDataFrame) -> pd.Series:
    """Return what to call a facility in a sentence."""
    shown: pd.Series = table["name"].fillna(table["category_text"]).fillna(table["facility_id"])
    return shown.astype(str)


# -- facilities --------------------------------------------------------------------------------


def _of_facilities(
    network: WalkNetwork, facilities: Facilities, units: Units
) -> list[gpd.GeoDataFrame]:
    table = facilities.table
    placed = table[table.geometry.notna() & ~table["status"].isin(["entrance", "not_open"])]
    found = [checks.duplicates(placed, network.crs_m), checks.same_point(placed)]
    for status in ("no_coordinates", "bad_coordinates"):
        lost = table[table["status"] == status].fillna({"reason": "", "reason_zh": ""})
        for (file, en, zh), rows in lost.groupby(["source_file", "reason", "reason_zh"]):
            if (zh, en) == tuple(checks.check_title(status)):  # the sentence says it already
                zh, en = "", ""
            words = checks.rows_and_reason(rows["source_row"], str(zh), str(en))
            found.append(checks.issue(status, len(rows), None, str(file), **words))
    blank = table[(table["status"] == "unmapped_category") & table["category_text"].isna()]
    for file, rows in blank.groupby("source_file"):
        shape = shapely.multipoints(shapely.point_on_surface(rows.geometry.to_numpy()))
        found.append(checks.issue("no_category", len(rows), shape, str(file)))
    for row in facilities.unmapped.to_dict("records"):
        name, file = row["value"], row["source_file"]
        found.append(checks.issue("unmapped_category", row["count"], None, file, name=name))
    city = units["city"]
    outside = placed[locate(city, shapely.point_on_surface(placed.geometry.to_numpy())) < 0]
    found.append(checks.issues("outside_city", outside, 1, name=_shown(outside)))
    found.append(_disagreements(network, table, units))
    for field in ("area_m2", "places", "staff", "open_hours"):
        zero = table[table[field].eq(0)]
        if (table[field] > 0).any():
            found.append(checks.issues("suspicious_zero", zero, 1, name=_shown(zero), field=field))
    return found


def _disagreements(network: WalkNetwork, table: gpd.GeoDataFrame, units: Units) -> gpd.GeoDataFrame:
    """Find facilities that lie in another unit than the list says, and not just across the road."""
    given = [units[level] for level in LEAVES if level in units]
    if not given:
        return checks.no_issues()
    known = pd.concat(given, ignore_index=True).set_index("unit_id")
    leaf = table["community"].fillna(table["village"])
    place = table["unit_by_location"]
    wrong = table[leaf.notna() & place.notna() & (leaf != place)]
    borders = known.geometry.loc[leaf[wrong.index]].to_crs(network.crs_m)
    metres = shapely.distance(wrong.geometry.to_crs(network.crs_m).to_numpy(), borders.to_numpy())
    where = wrong[~(metres <= checks.check_rules()["unit_disagrees"]["metres"])]
    other, lies = leaf[where.index].map(known["name"]), place[where.index].map(known["name"])
    return checks.issues("unit_disagrees", where, 1, name=_shown(where), other=other, place=lies)


def _far(points: gpd.GeoDataFrame, anchors: Anchors) -> gpd.GeoDataFrame:
    """Find facilities none of whose entrances is near a walkable edge."""
    inside = points["status"].isin(["ok", "unmapped_category"]).to_numpy()
    metres = pd.Series(anchors.access_m, index=points["facility_id"].to_numpy())
    far = pd.Series(~anchors.on_network, index=metres.index)
    all_far = far.groupby(level=0).transform("all").to_numpy() & np.isfinite(anchors.access_m)
    nearest = metres.groupby(level=0).transform("min").to_numpy()
    rows = points[inside & all_far].assign(metres=nearest[inside & all_far])
    rows = rows[~rows["facility_id"].duplicated()].reset_index(drop=True)
    return checks.issues("far_from_edge", rows, 1, name=_shown(rows), metres=rows["metres"])


def _on_water(table: gpd.GeoDataFrame, water: gpd.GeoSeries) -> gpd.GeoDataFrame:
    inside = shapely.point_on_surface(table.geometry.to_numpy())
    wet = np.zeros(len(table), dtype=bool)
    wet[shapely.STRtree(inside).query(water.to_numpy(), predicate="intersects")[1]] = True
    # A park with a lake, or a shelter on the water's edge, is an area of its own.
    wet &= shapely.get_dimensions(table.geometry.to_numpy()) == 0
    where = table[wet]
    return checks.issues("on_water", where, 1, name=_shown(where))


def _dates(network: WalkNetwork, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Compare the year of the network with the years of the lists."""
    date = str(network.notes.get("data_date", ""))[:4]
    found = [checks.no_issues()]
    if date.isdigit():
        years = table.groupby("source_file")["year_data"].median().dropna()
        apart = years[(years - int(date)).abs() >= checks.check_rules()["dates_apart"]["years"]]
        for file, year in apart.items():
            words = {"name": Path(str(file)).name, "value": date, "other": str(int(year))}
            found.append(checks.issue("dates_apart", 1, None, str(file), **words))
    return pd.concat(found, ignore_index=True)


# -- units and demand --------------------------------------------------------------------------


def _of_units(network: WalkNetwork, units: Units) -> list[gpd.GeoDataFrame]:
    found = []
    for level in BELOW_CITY:
        if level not in units:
            continue
        table = units[level]
        blank = table[table.geometry.isna()]
        found.append(checks.issues("unit_no_geometry", blank, 1, name=blank["name"]))
        found.append(checks.name_twice(table))
        zeros = ["residents", "households", "floor_area_m2"]
        found.append(checks.contradicting_figures(table, table["name"], zeros))
        if level not in LEAVES:
            found.append(checks.overlaps(table[table.geometry.notna()], network.crs_m))
    leaves = [units[level] for level in LEAVES if level in units]
    if leaves:
        both = pd.concat(leaves, ignore_index=True)
        both = both[both.geometry.notna()].reset_index(drop=True)
        found.append(checks.overlaps(both, network.crs_m))
        found.append(checks.land_without_unit(both, units["city"].geometry.iloc[0], network.crs_m))
    return found


def _of_demand(demand: gpd.GeoDataFrame, units: Units, anchors: Anchors) -> list[gpd.GeoDataFrame]:
    found = []
    belongs = demand["leaf"].notna() | demand["town"].notna() | demand["district"].notna()
    given = any(level in units for level in (*LEAVES, "town", "district"))
    if given:
        # Those without a place are told where they are read: of them nobody knows.
        placed = ~demand.geometry.isna().to_numpy()
        found.append(_some_points("demand_outside", demand, placed & ~belongs.to_numpy()))
    far = ~anchors.on_network & np.isfinite(anchors.access_m)
    found.append(_some_points("demand_far", demand, far))
    found.append(_network_part(demand, far))
    found.append(_unknown_people(units))
    found.append(_unknown_demand(demand))
    found.append(_few_at_home(demand))
    names = demand["demand_id"].astype(str)
    own = demand[demand["kind"].isin(["building", "point"])]
    found.append(checks.contradicting_figures(own, names.loc[own.index], []))
    found += [_totals(demand, units, field) for field in ("residents", "households")]
    return found


def _some_points(check: str, demand: gpd.GeoDataFrame, chosen: BoolArray) -> gpd.GeoDataFrame:
    """Return one finding for all the chosen points."""
    rows = demand[chosen]
    if rows.empty:
        return checks.no_issues()
    shape = shapely.multipoints(shapely.get_coordinates(rows.geometry.to_numpy()))
    people = float(rows["residents"].sum(min_count=1))
    words: dict[str, ColumnValues] = {"people": people, "points": checks.points_counted(len(rows))}
    return checks.issue(check, len(rows), shape, str(rows["source_file"].iloc[0]), **words)


def _network_part(demand: gpd.GeoDataFrame, far: BoolArray) -> gpd.GeoDataFrame:
    """Report the people whom the network does not serve, where they are many."""
    known = demand["weight"].notna().to_numpy()
    people = demand["weight"].to_numpy(dtype=float)
    total, off = float(people[known].sum()), float(people[known & far].sum())
    rows, least = int(far.sum()), checks.check_rules()["network_part"]["share"]
    if total <= 0 or (off <= least * total and rows <= least * len(demand)):
        return checks.no_issues()
    unit = str(demand["weight_unit"].iloc[0])
    words: dict[str, ColumnValues] = {
        "people": off,
        "other": total,
        "percent": 100 * off / total,
        "field": unit,
    }
    words |= {"rows": rows, "of": len(demand), "rows_percent": 100 * rows / len(demand)}
    file = str(demand["source_file"].iloc[0])
    return checks.issue("network_part", rows, None, file, **words)


def _unknown_demand(demand: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Count the points that state no number of people though others do."""
    blank = demand["weight"].isna()
    if not blank.any() or blank.all():
        return checks.no_issues()
    file = str(demand["source_file"].iloc[0])
    words: dict[str, ColumnValues] = {
        "of": len(demand),
        "field": str(demand["weight_unit"].iloc[0]),
    }
    numbers = demand["source_row"][blank]
    words |= checks.rows_and_reason(numbers, "", "")
    return checks.issue("demand_unknown", int(blank.sum()), None, file, **words)


def _few_at_home(demand: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Doubt the unit of residents of whom hardly a point has a whole one; cells may be small."""
    own = demand[demand["kind"].isin(["building", "point"])]
    lived_in = own["residents"][own["residents"] > 0]
    least = checks.check_rules()["too_few_at_home"]["people"]
    if lived_in.empty or lived_in.median() >= least:
        return checks.no_issues()
    words = {"value": f"{lived_in.median():.2g}"}
    file = str(own["source_file"].iloc[0])
    return checks.issue("too_few_at_home", len(lived_in), None, file, **words)


def _unknown_people(units: Units) -> gpd.GeoDataFrame:
    """Name the units that state no residents though others of their level do."""
    given = [units[level] for level in LEAVES if level in units]
    if not given:
        return checks.no_issues()
    leaves = pd.concat(given, ignore_index=True)
    stated = leaves["residents"][leaves["residents"] > 0]
    if stated.empty:
        return checks.no_issues()
    blank = leaves[leaves["residents"].isna()]
    found = [checks.issues("residents_unknown", blank, 1, name=blank["name"])]
    if stated.median() < checks.check_rules()["too_few_people"]["people"]:
        words = {"value": float(stated.median())}
        file = str(leaves["source_file"].iloc[0])
        found.append(checks.issue("too_few_people", len(stated), None, file, **words))
    return pd.concat(found, ignore_index=True)


def _totals(demand: gpd.GeoDataFrame, units: Units, field: str) -> gpd.GeoDataFrame:
    """Compare the sum of the demand in the units with what the units state."""
    leaves = [units[level] for level in LEAVES if level in units]
    if not leaves:
        return checks.no_issues()
    stated = pd.concat(leaves, ignore_index=True).set_index("unit_id")[field].dropna()
    inside = demand[demand["leaf"].isin(stated.index)]
    summed, total = float(inside[field].sum()), float(stated.sum())
    share = abs(summed - total) / total if total > 0 else 0.0
    if summed <= 0 or share <= checks.check_rules()["totals_differ"]["share"]:
        return checks.no_issues()
    file = str(demand["source_file"].iloc[0])
    words: dict[str, ColumnValues] = {
        "field": field,
        "value": summed,
        "other": total,
        "percent": 100 * share,
    }
    return checks.issue("totals_differ", len(inside), None, file, **words)


# -- network -----------------------------------------------------------------------------------


def _islands(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    at_facility: Anchors,
    demand: gpd.GeoDataFrame,
    at_demand: Anchors,
) -> gpd.GeoDataFrame:
    """Find pieces of the network that are cut off and hold demand or facilities."""
    piece = network.piece[network.edge_u] if network.edge_count else np.zeros(0, dtype=np.int64)
    count = int(piece.max()) + 1 if len(piece) else 1
    people = np.nan_to_num(demand["residents"].to_numpy(dtype=np.float64))
    on, off = at_demand.on_network, at_facility.on_network
    at = piece[at_demand.edge[on]]
    table = pd.DataFrame(
        {
            "people": np.bincount(at, people[on], minlength=count),
            "points": np.bincount(at, minlength=count),
            "metres": np.bincount(piece, network.edge_length_m, minlength=count),
        }
    )
    held = pd.Series(piece[at_facility.edge[off]])
    ids = facilities["facility_id"].to_numpy()[off]
    held = held.groupby(ids).first().value_counts()
    table["facilities"] = held.reindex(table.index, fill_value=0)
    # The main piece is the longest: a ring road drawn in one line has few junctions.
    table = table.drop(index=int(table["metres"].to_numpy().argmax()))
    table = table[(table["points"] > 0) | (table["facilities"] > 0)]
    table = table.sort_values(["people", "points"], ascending=False).head(_MOST_PIECES)
    lines = edge_lines(network)
    shapes = [shapely.multilinestrings(lines[piece == number]) for number in table.index]
    where = gpd.GeoDataFrame(table, geometry=shapes, crs=4326)
    where["source_file"] = str(network.notes.get("source", ""))
    words = {c: where[c] for c in ("people", "metres", "facilities")}
    return checks.issues("island", where, where["points"].astype(int), **words)


def _not_joined(network: WalkNetwork) -> gpd.GeoDataFrame:
    """Find where lines of one level cross, or nearly touch, and are not joined."""
    if not any(network.notes.get(name) for name in UNJOINED):
        return checks.no_issues()
    tags = network.tags
    level = tags.layer * 4 + tags.bridge * 2 + tags.tunnel
    at = unjoined_places(network.coords, network.edge_start, level)
    where = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*at.T), crs=4326)
    where["source_file"] = str(network.notes.get("source", ""))
    lon, lat = (where.geometry.x.map("{:.5f}".format), where.geometry.y.map("{:.5f}".format))
    return checks.issues("lines_not_joined", where, lon=lon, lat=lat)


def _streets_missing(network: WalkNetwork, villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Find urban villages whose alleys are not in the network."""
    shapes = villages.geometry.to_crs(network.crs_m).to_numpy()
    if not len(shapes) or not network.edge_count:
        return checks.no_issues()
    lines = edge_lines(network, in_metres=True)
    village, edge = shapely.STRtree(lines).query(shapes, predicate="intersects")
    inside = shapely.length(shapely.intersection(lines[edge], shapes[village]))
    metres = np.bincount(village, inside, minlength=len(shapes))
    hectares = np.nan_to_num(shapely.area(shapes)) / 1e4
    density = metres / np.where(hectares > 0, hectares, np.nan)
    few = density < checks.check_rules()["village_streets_missing"]["metres_per_ha"]
    where = villages[few]
    return checks.issues(
        "village_streets_missing", where, 1, name=where["name"], value=density[few]
    )
