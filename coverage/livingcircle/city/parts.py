"""The parts of a city from their inputs: networks, units, urban villages and facilities."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray
from livingcircle.city.assign_units import ASSIGNED_COLUMNS, assign_units
from livingcircle.city.config import CityConfig, NetworkConfig
from livingcircle.city.datum_check import check_datums
from livingcircle.city.facilities import Facilities, mark_outside, open_air_area, with_units
from livingcircle.city.inputs import Inputs
from livingcircle.city.intake import (
    read_facility_entrances,
    read_facility_lists,
    read_unit_tables,
    read_urban_villages,
)
from livingcircle.city.stated_parents import parents_not_above
from livingcircle.city.stated_units import note_stated_units
from livingcircle.city.unit_relations import derive_upper, relate, unique_ids, with_city
from livingcircle.city.units import Units
from livingcircle.errors import InputError
from livingcircle.localized import LocalizedText
from livingcircle.network.edit import with_private
from livingcircle.network.entrances import entrances
from livingcircle.network.far_places import refuse_elsewhere
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.joining import joined_notes
from livingcircle.network.read import network_from_place, read_network
from livingcircle.osm.objects import is_osm_file, read_objects

__all__ = [
    "box_around",
    "city_facilities",
    "city_units",
    "city_villages",
    "read_networks",
    "read_water",
]

_GATES = {
    "gate": ["entrance=*", "barrier=gate|lift_gate|swing_gate|sliding_gate|entrance|turnstile"]
}
_WATER = {"water": ["natural=water", "waterway=riverbank|dock", "landuse=reservoir|basin"]}
# Points that should lie in the city may lie this far around its network: a list of facilities
# reaches beyond the border, a list with swapped axes or of another city does not come near.
_NEAR_DEG = 0.5


def read_networks(
    inputs: Inputs, part: NetworkConfig, *, cache: bool = True
) -> tuple[WalkNetwork, WalkNetwork | None]:
    """Return the walking network and, where one is named, the one for vehicles."""
    if part.source is not None:
        network = read_network(
            inputs.find(part.source, "network"),
            layer=part.layer,
            encoding=part.encoding,
            datum=part.datum,
            crs=part.crs,
            opened=part.open,
            private=part.private,
            node=part.node,
            snap_m=part.snap_m,
            cache=cache,
        )
        _report_system(inputs, part.source, network)
        if part.node is None:
            for text in joined_notes(network.notes):
                inputs.note(part.source, "network", text, "[network] node = false", match=True)
    else:
        network = with_private(network_from_place(str(part.place)), part.private)
    if network.edge_count == 0:
        raise InputError("the network has no edge", file=part.source, field="network")
    drive = None
    if part.drive is not None:
        path = inputs.find(part.drive, "network.drive")
        drive = read_network(
            path,
            mode="drive",
            layer=part.drive_layer,
            encoding=part.encoding if part.drive == part.source else None,
            datum=part.datum if part.drive == part.source else None,
            crs=part.crs if part.drive == part.source else None,
            node=part.node,
            snap_m=part.snap_m,
            cache=cache,
        )
        refuse_elsewhere(network, *drive.node_lonlat.T, file=inputs.name(part.drive))
    return network, drive


def _report_system(inputs: Inputs, source: str, network: WalkNetwork) -> None:
    """Note that the streets were read by a stated system, and what their file states itself."""
    system, own = network.notes.get("system_stated"), network.notes.get("system_of_file", "")
    if system is None:
        if own:
            text = LocalizedText(f"路网文件写明为 {own}", f"the network's file says {own}")
            inputs.note(source, "datum", text, "[network] crs, datum")
        return
    text = LocalizedText(
        f"路网按所注明的 {system} 读取" + (f"，文件自身写的是 {own}" if own else ""),
        f"the network is read as {system}, as stated" + (f"; the file says {own}" if own else ""),
    )
    inputs.note(source, "datum", text, "[network] crs, datum")


def box_around(lonlat: FloatArray) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the area that the points of a city should lie in."""
    (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
    return west - _NEAR_DEG, south - _NEAR_DEG, east + _NEAR_DEG, north + _NEAR_DEG


def city_units(
    inputs: Inputs, config: CityConfig, network: WalkNetwork
) -> dict[str, gpd.GeoDataFrame]:
    """Return level → units: read, related to each other, and with the level of the city."""
    tables, notes = derive_upper(read_unit_tables(inputs, config.units))
    inputs.notes += notes
    if tables:
        tables = unique_ids(tables)
        inputs.issues.append(parents_not_above(tables))
        tables, notes = relate(tables)
        inputs.notes += notes
    hull = _hull(network, config.assess.max_access_m)
    tables, notes = with_city(tables, config.city.name, hull, network.crs_m)
    inputs.notes += notes
    return tables


def _hull(network: WalkNetwork, margin_m: float) -> shapely.Geometry:
    """Return the land around a network that it can serve."""
    nodes = gpd.GeoSeries([shapely.multipoints(network.node_lonlat)], crs=4326)
    return nodes.to_crs(network.crs_m).convex_hull.buffer(margin_m).to_crs(4326).iloc[0]


def city_villages(
    inputs: Inputs, config: CityConfig, units: dict[str, gpd.GeoDataFrame]
) -> gpd.GeoDataFrame:
    """Return the urban villages with the units that they lie in."""
    table = read_urban_villages(inputs, config.urban_villages)
    stated = table[["unit", "town", "district"]]
    points = shapely.point_on_surface(table.geometry.to_numpy())
    found = assign_units(units, points, stated, stated_first=False)
    return table.drop(columns="unit").assign(
        **{column: found[column] for column in ASSIGNED_COLUMNS}
    )


def city_facilities(
    inputs: Inputs,
    config: CityConfig,
    network: WalkNetwork,
    units: dict[str, gpd.GeoDataFrame],
) -> Facilities:
    """Return the facilities with their entrances, areas and units."""
    table, unmapped = read_facility_lists(inputs, config)
    check_datums(inputs, network, units, "facilities")
    area = table.geometry.to_crs(network.crs_m).area
    table, filled = open_air_area(table, area)
    if filled:
        text = LocalizedText(
            f"{filled} 处场地和公园未注明面积，按其轮廓计算",
            f"the outline gives the area of {filled} grounds and parks that state none",
        )
        inputs.note("facilities", "area_m2", text, 'columns = { "..." = "area_m2" }')
    table = _with_entrances(inputs, config, network, table)
    table = mark_outside(with_units(table, units), units["city"])
    _report_unmatched(inputs, table, units)
    return Facilities(table, unmapped)


def _report_unmatched(inputs: Inputs, table: gpd.GeoDataFrame, units: Units) -> None:
    """Say what the stated units of facilities were taken for, and which are none."""
    for file, rows in table[table["unit"].notna()].groupby("source_file"):
        meant = rows[["community", "village", "town"]].bfill(axis=1).iloc[:, 0]
        # What the place alone gives is not what the name was taken for.
        meant = meant.where(meant != rows["unit_by_location"], None)
        at = rows["source_row"]
        note_stated_units(
            inputs, str(file), rows["unit"].set_axis(at), units, meant=meant.set_axis(at)
        )


def _with_entrances(
    inputs: Inputs, config: CityConfig, network: WalkNetwork, table: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Fill in ``entrances`` of facilities that are areas: given, gates, paths, nearest."""
    given = read_facility_entrances(inputs, config, table)
    open_areas = table[
        (shapely.get_dimensions(table.geometry.to_numpy()) == 2)
        & table["entrances"].isna()
        & given.isna()
    ]
    found: pd.Series = given
    if len(open_areas):
        gates = _gates(inputs, config.network)
        ways_in = entrances(network, open_areas.geometry, gates)
        found = found.where(found.notna(), ways_in.geometry.reindex(table.index))
        counts = ways_in["how"].value_counts()
        ways = [(int(n), _HOW[str(how)]) for how, n in counts.items()]
        text = LocalizedText(
            f"{len(open_areas)} 处设施为面状，入口取自："
            + "、".join(f"{how.zh} {n} 处" for n, how in ways),
            f"{len(open_areas)} facilities are areas and are entered "
            + ", ".join(f"{n} by {how.en}" for n, how in ways),
        )
        inputs.note("facilities", "entrances", text, 'entrances = "gates.csv"')
    values = table["entrances"].where(table["entrances"].notna(), found)
    return table.assign(entrances=values.astype(object).where(values.notna(), None))


_HOW = {
    "gate": LocalizedText("地图上的大门", "gates on the map"),
    "crossing": LocalizedText("步行道路与轮廓相交处", "where a walkable way meets the outline"),
    "nearest": LocalizedText("轮廓上离道路最近的点", "the point of the outline nearest to a way"),
}


def _gates(inputs: Inputs, part: NetworkConfig) -> FloatArray | None:
    """Return gates and entrances that the network's OpenStreetMap file knows."""
    objects = _from_network_file(inputs, part, _GATES)
    if objects is None:
        return None
    points = objects[objects.geom_type == "Point"]
    return np.asarray(shapely.get_coordinates(points.geometry.to_numpy()))


def read_water(inputs: Inputs, part: NetworkConfig) -> gpd.GeoSeries | None:
    """Return the water of the network's own OpenStreetMap file; None where it has none."""
    objects = _from_network_file(inputs, part, _WATER, nodes=False)
    if objects is None:
        return None
    return objects.geometry[shapely.get_dimensions(objects.geometry.to_numpy()) == 2]


def _from_network_file(
    inputs: Inputs, part: NetworkConfig, filters: dict[str, list[str]], *, nodes: bool = True
) -> gpd.GeoDataFrame | None:
    if part.source is None:
        return None
    file = inputs.objects.get(part.source, inputs.folder / part.source)
    return read_objects(file, filters, nodes=nodes) if is_osm_file(file) else None
