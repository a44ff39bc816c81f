"""Demand: weighted points where people live, from whatever the city can give."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.city.assign_units import ASSIGNED_COLUMNS, assign_units, locate, values_at
from livingcircle.city.buildings import floor_area, homes, read_osm_buildings, storeys_of
from livingcircle.city.config import DemandConfig
from livingcircle.city.disaggregate import fill_figures
from livingcircle.city.inputs import Inputs
from livingcircle.city.own_columns import keep_own
from livingcircle.city.quality_findings import issue, points_counted, rows_and_reason
from livingcircle.city.stated_units import note_stated_units
from livingcircle.city.units import Units
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.formats.age_rasters import read_age_rasters
from livingcircle.io.formats.raster import is_raster, read_population
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import WalkNetwork
from livingcircle.osm.objects import is_osm_file
from livingcircle.vocab.groups import GROUPS

__all__ = ["DEMAND_COLUMNS", "read_demand", "street_points"]

DEMAND_COLUMNS = (
    "demand_id",
    *GROUPS,
    "weight",
    "weight_unit",
    "kind",
    "use",
    "floor_area_m2",
    *ASSIGNED_COLUMNS,
    "urban_rural",
    "urban_village",
    "source_file",
    "source_row",
    "geometry",
)
"""Columns of the demand table."""
SPACING_M = 50.0
"""Where nothing says where people live: a point for every so many metres of street."""
_PARTS = ("village", "estate")
"""Levels that need not cover a city: homes outside of them are no homes outside the city."""
_MARGIN_DEG = 0.02
"""Margin around the network in which a raster is read, about two kilometres."""


def read_demand(
    inputs: Inputs,
    part: DemandConfig,
    network: WalkNetwork,
    units: Units,
    villages: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Return the demand of a city.

    What the source gives is kept as it is. Figures that it lacks are shared out from the finest
    units that state them, people in whole numbers, groups in proportion to residents.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326 points, RangeIndex, columns of ``DEMAND_COLUMNS``. Figures that nobody gives
        are NaN; ``weight`` is then what a point counts for, in ``weight_unit``: "residents",
        "households", "floor_area_m2", "buildings", "points" or "street_points".

    Raises
    ------
    ConfigError, InputError
        The source does not hold what is asked of it.
    """
    raw = _inside(_raw(inputs, part, network), inputs, part, units)
    table = keep_own(_tidy(raw, inputs, part, network), raw, inputs.own, "demand")
    above = {
        level: table[f"{level}_stated"].set_axis(table["source_row"])
        for level in ("town", "district")
    }
    stated = table["unit_stated"].set_axis(table["source_row"])
    note_stated_units(inputs, str(table["source_file"].iloc[0]), stated, units, **above)
    table = _assign(table, units, villages)
    filled = fill_figures(inputs, part, table, units)
    _report_lost(raw, filled["residents"], inputs)
    return filled


def _inside(
    raw: gpd.GeoDataFrame, inputs: Inputs, part: DemandConfig, units: Units
) -> gpd.GeoDataFrame:
    """Leave out what lies outside all units, where the city says so, or around an extract's city.

    An extract is cut by its maker's box, and no city ends there. Not stated, homes in holes and
    gaps between units stay, and the check tells of them; villages alone are no city.
    """
    source = part.source or (part.ages[0] if part.ages else None)
    extract = source is not None and is_osm_file(Path(source))
    if source is None or part.within == "all" or not (extract or part.within):
        return raw
    given = {level: t[t["source_file"] != "city.toml"] for level, t in units.items()}
    levels = [level for level in given if part.within or level not in _PARTS]
    areas = [s for level in levels for s in given[level].geometry if s is not None]
    areas = [s for s in areas if not s.is_empty and shapely.get_dimensions(s) == 2]
    if not areas and part.within:
        raise ConfigError(
            "no unit has a boundary that homes could lie in",
            hint='Give a boundary file as [[units]], or leave out within = "units"',
            file=inputs.file,
            field="demand.within",
        )
    if not areas:
        return raw
    within = np.array(areas if part.within else [shapely.union_all(areas).convex_hull])
    points = shapely.point_on_surface(raw.geometry.to_numpy())
    placed = ~(shapely.is_missing(points) | shapely.is_empty(points))
    inside = np.zeros(len(raw), dtype=bool)
    inside[shapely.STRtree(points).query(within, predicate="intersects")[1]] = True
    left = int((placed & ~inside).sum())
    if not left or not inside.any():
        return raw  # elsewhere altogether: the check tells that nobody lives in the units
    where = ("在所有单元边界之外", "outside the boundaries of all units")
    if not part.within:
        where = ("在各单元合起来的外围之外", "beyond the outline of all units together")
    text = LocalizedText(
        f"{len(raw):,} 个居民点中有 {left:,} 个{where[0]}，未计入",
        f"{left:,} of {len(raw):,} demand points lie {where[1]}: left out",
    )
    inputs.note(source, "within", text, '[demand] within = "all"', match=True)
    return raw[inside | ~placed].reset_index(drop=True)


def _report_lost(raw: gpd.GeoDataFrame, residents: pd.Series, inputs: Inputs) -> None:
    """Report the rows that no place is known of, why, and whom they count as left out."""
    if "reason" not in raw:
        return
    shapes = raw.geometry.to_numpy()
    # Points that are made for units without one stand behind those of the source.
    lost = raw.assign(residents=residents.to_numpy()[: len(raw)])
    lost = lost[shapely.is_missing(shapes) | shapely.is_empty(shapes)]
    lost = lost.fillna({"reason": "", "reason_zh": ""})
    for (file, en, zh), rows in lost.groupby(["source_file", "reason", "reason_zh"]):
        people = float(rows["residents"].sum(min_count=1))
        words = rows_and_reason(rows["source_row"], str(zh), str(en))
        words["points"] = points_counted(len(rows))
        found = issue("demand_no_place", len(rows), None, str(file), people=people, **words)
        inputs.issues.append(found.assign(people=people))


# -- sources -----------------------------------------------------------------------------------


def _raw(inputs: Inputs, part: DemandConfig, network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return what the source holds, with ``source_file``."""
    if part.ages:
        return _by_age(inputs, part, network)
    if part.source is None:
        text = LocalizedText(
            f"未提供需求数据，以居住区道路上每 {SPACING_M:g} 米一个点代表居民",
            f"no demand is given: a point for every {SPACING_M:g} m of residential street"
            " stands for the people",
        )
        inputs.note(inputs.file.name, "demand", text, '[demand] source = "buildings.gpkg"')
        return street_points(network).assign(source_file="network", source_row=np.nan)
    path = inputs.find(part.source, "demand")
    if is_osm_file(path) or is_raster(path):
        inputs.no_where(part)
        _no_datum(inputs, part)
    if is_osm_file(path):
        frame, notes = read_osm_buildings(Path(path), file=inputs.name(part.source))
    elif is_raster(path):
        frame, notes = read_population(path, _around(network), part.per, part.crs)
        frame = frame.assign(kind="raster", demand_id=frame["source_row"].astype(str))
    else:
        frame, notes = inputs.table(path, part, "demand"), []
    if frame.empty:
        raise InputError("the table holds no row", hint="Export it again", file=part.source)
    inputs.notes += notes
    return frame.assign(source_file=inputs.name(part.source))


def _no_datum(inputs: Inputs, part: DemandConfig) -> None:
    """Refuse a datum for a source that has a system of its own."""
    if part.datum not in (None, "auto", "wgs84"):
        raise ConfigError(
            LocalizedText(
                "datum 用于表格，此数据自带坐标参考系",
                "datum is for tables, and this source has a system of its own",
            ),
            hint=LocalizedText(
                "请删去；栅格的坐标系请用 crs 注明。",
                "Leave it out; the system of a raster is stated as crs.",
            ),
            file=inputs.file,
            field="demand.datum",
        )


def _by_age(inputs: Inputs, part: DemandConfig, network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return the cells of rasters by age, with ``source_file``."""
    inputs.no_where(part)
    names = [name for stated in part.ages for name in _matching(inputs, stated)]
    paths = [Path(inputs.find(name, f"demand.ages.{k}")) for k, name in enumerate(names, 1)]
    frame, notes = read_age_rasters(paths, _around(network), part.per, part.crs)
    inputs.notes += notes
    number = frame["source_row"].astype(str)
    return frame.assign(kind="raster", demand_id=number, source_file=inputs.name(names[0]))


def _matching(inputs: Inputs, stated: str) -> list[str]:
    """Return the files that a name with stars stands for; any other name as it is."""
    if "*" not in stated or Path(stated).is_absolute():
        return [stated]
    found = sorted(p.relative_to(inputs.folder).as_posix() for p in inputs.folder.glob(stated))
    return found or [stated]


def _around(network: WalkNetwork) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the cells that are read."""
    west, south = network.node_lonlat.min(axis=0) - _MARGIN_DEG
    east, north = network.node_lonlat.max(axis=0) + _MARGIN_DEG
    return float(west), float(south), float(east), float(north)


def street_points(network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return a point for every ``SPACING_M`` metres along the residential edges of a network.

    The edges are laid end to end, so that each point stands for exactly ``SPACING_M`` of street,
    and short edges are neither left out nor counted too high.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326 points; ``kind`` "edge", ``edge`` (its number) and ``demand_id``.

    Raises
    ------
    InputError
        The network has no residential edge.
    """
    edges = np.flatnonzero(network.tags.residential)
    length = network.edge_length_m[edges]
    end = np.cumsum(length)
    if not len(edges) or end[-1] < SPACING_M / 2:
        raise InputError(
            "the network has no residential streets to put demand points on",
            hint="Give the demand: [demand] source",
            field="demand",
        )
    at = np.arange(SPACING_M / 2, end[-1], SPACING_M)
    which = np.minimum(np.searchsorted(end, at, side="left"), len(edges) - 1)
    edge, along = edges[which], at - (end[which] - length[which])
    xy = _along(network, edge, along)
    return gpd.GeoDataFrame(
        {"kind": "edge", "edge": edge, "demand_id": [f"street-{i}" for i in range(len(edge))]},
        geometry=gpd.points_from_xy(*xy.T),
        crs=4326,
    )


def _along(network: WalkNetwork, edge: IntArray, metres: FloatArray) -> FloatArray:
    """Return (n, 2) degrees of positions on edges."""
    # Offsets of all edges as one rising number line: an edge's number, and the share of its length.
    owner = np.repeat(np.arange(network.edge_count), np.diff(network.edge_start))
    reach = np.maximum(network.edge_length_m, 1e-9)
    line = owner * 2.0 + network.offset_m / reach[owner]
    wanted = edge * 2.0 + np.clip(metres / reach[edge], 0.0, 1.0)
    return np.column_stack([np.interp(wanted, line, network.coords[:, i]) for i in (0, 1)])


def _tidy(
    raw: gpd.GeoDataFrame, inputs: Inputs, part: DemandConfig, network: WalkNetwork
) -> gpd.GeoDataFrame:
    """Return points with tidy columns; areas become a point inside them and a floor area."""
    file = str(raw["source_file"].iloc[0])
    geometry = raw.geometry.to_numpy()
    area = shapely.get_dimensions(geometry) == 2
    out = pd.DataFrame(index=pd.RangeIndex(len(raw)))
    for column in DEMAND_COLUMNS[:-1]:
        numeric = column in (*GROUPS, "floor_area_m2", "source_row")
        given = raw[column].to_numpy() if column in raw else None
        if numeric:
            blank = np.full(len(raw), np.nan)
            out[column] = blank if given is None else pd.to_numeric(given).astype(np.float64)
        else:
            out[column] = pd.Series(given, index=out.index, dtype=object)
            out[column] = out[column].where(out[column].notna(), None)
    if part.source is not None and not is_raster(part.source):
        # In a table, "kind" is what a building is used for; here it is what the point was.
        out["use"] = out["kind"]
        if "subtype" in raw:  # Overture's class is finer, and often empty
            coarse = pd.Series(raw["subtype"].to_numpy(object), index=out.index)
            fill = out["use"].isna() & coarse.notna()
            out["use"] = out["use"].mask(fill, coarse)
            if fill.any():
                text = LocalizedText(
                    f"也理解为“用途”（kind），用于补缺（{fill.sum()} 行）",
                    f"read as kind too, where there is none ({fill.sum()} rows)",
                )
                inputs.note(part.source, "subtype", text)
        out["kind"] = np.where(area, "building", "point")
    for column in ("unit", "estate", "town", "district"):
        given = raw[column].to_numpy(object) if column in raw else None
        out[f"{column}_stated"] = pd.Series(given, index=out.index, dtype=object)
    out["demand_id"] = _ids(raw, out)
    if out["residents"].isna().all() and not is_osm_file(file):
        inputs.notes += homes(out["use"], file=file)[1]
    # Floor area only serves to disaggregate people: it is not needed where residents are known.
    if area.any() and out["residents"].isna().all() and out["floor_area_m2"].isna().any():
        footprint = pd.Series(raw.geometry.to_crs(network.crs_m).area.to_numpy())
        storeys, notes = storeys_of(raw.reset_index(drop=True), file=file)
        inputs.notes += notes
        estimate, notes = floor_area(footprint, storeys, file=file)
        out["floor_area_m2"] = out["floor_area_m2"].fillna(estimate)
        inputs.notes += notes
    inside = np.where(area, shapely.point_on_surface(geometry), geometry)
    inside = np.where(shapely.get_type_id(inside) == 0, inside, shapely.centroid(inside))
    out["geometry"] = np.where(shapely.is_empty(inside), np.array(None), inside)
    return gpd.GeoDataFrame(out, geometry="geometry", crs=4326)


def _ids(raw: gpd.GeoDataFrame, out: pd.DataFrame) -> pd.Series:
    """Return unique ids: stated, else the row of the source, else a number."""
    stated = [raw[column] for column in ("demand_id", "id") if column in raw]
    row = out["source_row"].fillna(pd.Series(np.arange(len(out)) + 1.0)).astype(np.int64)
    for ids in (*stated, row):
        text: pd.Series = ids.reset_index(drop=True).astype("string").str.strip()
        if text.notna().all() and not text.duplicated().any():
            return text.astype(object)
    return pd.Series(out.index.astype(str), dtype=object)


# -- where -------------------------------------------------------------------------------------


def _assign(table: gpd.GeoDataFrame, units: Units, villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Fill in the units of each point by location, by the stated unit where it lies in none."""
    points = table.geometry.to_numpy()
    names = ["unit", "estate", "town", "district"]
    stated = table[[f"{name}_stated" for name in names]].set_axis(names, axis=1)
    found = assign_units(units, points, stated, stated_first=False)
    urban_rural = pd.Series(None, index=table.index, dtype=object)
    for level, natural in (("community", "urban"), ("village", "rural")):
        if level in units:
            kinds = units[level].set_index("unit_id")["urban_rural"].fillna(natural)
            urban_rural = urban_rural.where(urban_rural.notna(), found["leaf"].map(kinds))
    village = values_at(villages, "village_id", locate(villages, points), table.index)
    return table.drop(columns=[f"{name}_stated" for name in names]).assign(
        **{column: found[column] for column in ASSIGNED_COLUMNS},
        urban_rural=urban_rural.astype(object).where(urban_rural.notna(), None),
        urban_village=village,
    )
