"""City: a city.toml with everything that it names, read, understood and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray
from livingcircle._lookup import later
from livingcircle.arguments import number_from, wrong_type
from livingcircle.city.assign_units import UNIT_COLUMNS, assign_units
from livingcircle.city.city_file import read_config
from livingcircle.city.config import CityConfig, NetworkConfig
from livingcircle.city.datum_check import check_datums
from livingcircle.city.demand import read_demand
from livingcircle.city.facilities import Facilities, mark_outside, open_air_area, with_units
from livingcircle.city.frames import frame_inputs
from livingcircle.city.inputs import InputFile, Inputs
from livingcircle.city.intake import (
    read_facility_entrances,
    read_facility_lists,
    read_unit_tables,
    read_urban_villages,
)
from livingcircle.city.own_columns import own_roles
from livingcircle.city.quality import quality
from livingcircle.city.stated_units import tell_stated_units
from livingcircle.city.unit_relations import derive_upper, relate, unique_ids, with_city
from livingcircle.city.units import Units
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.notes import Note
from livingcircle.localized import LocalizedText
from livingcircle.network.entrances import entrances
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.read import NetworkSource, network_from_place, read_network
from livingcircle.network.snap import MAX_ACCESS_M
from livingcircle.osm.objects import is_osm_file, read_objects
from livingcircle.vocab.levels import LEAVES

__all__ = ["City", "Facilities", "leaves", "read_city"]

Progress = Callable[[float, str], None]

_GATES = {
    "gate": ["entrance=*", "barrier=gate|lift_gate|swing_gate|sliding_gate|entrance|turnstile"]
}
_WATER = {"water": ["natural=water", "waterway=riverbank|dock", "landuse=reservoir|basin"]}
# Points that should lie in the city may lie this far around its network: a list of facilities
# reaches beyond the border, a list with swapped axes or of another city does not come near.
_NEAR_DEG = 0.5


@dataclass(frozen=True, eq=False, repr=False)
class City:
    """A study area with its tables and its network; all tables are EPSG:4326."""

    name: str
    name_en: str | None
    folder: Path
    network: WalkNetwork
    drive: WalkNetwork | None
    facilities: Facilities
    units: dict[str, gpd.GeoDataFrame]
    """Level → table; community, village, town, district where given, and city (one row)."""
    urban_villages: gpd.GeoDataFrame
    """village_id, name, figures, the units it lies in as ids (community, village, leaf, town,
    district), polygon."""
    demand: gpd.GeoDataFrame
    """Points where people live; see :mod:`livingcircle.city.demand`."""
    walker: str
    max_access_m: float
    config: CityConfig
    notes: tuple[Note, ...]
    """What was understood or guessed, and how to overrule it."""
    issues: gpd.GeoDataFrame
    """Quality findings; see :mod:`livingcircle.city.quality`."""
    synthetic: bool
    inputs: tuple[InputFile, ...] = field(default_factory=tuple)
    """Every file that was read, with its hash, size and date; city.toml first."""

    def __repr__(self) -> str:
        levels = ", ".join(f"{len(t)} {level}" for level, t in self.units.items())
        return (
            f"City({self.name}: {self.network.edge_count} edges, {len(self.facilities)} facilities,"
            f" {levels}, {len(self.urban_villages)} urban villages, {len(self.demand)} demand"
            f" points{', synthetic' if self.synthetic else ''})"
        )

    @classmethod
    def from_frames(
        cls,
        network: NetworkSource,
        *,
        facilities: gpd.GeoDataFrame | None = None,
        demand: gpd.GeoDataFrame | None = None,
        units: Mapping[str, gpd.GeoDataFrame] | None = None,
        urban_villages: gpd.GeoDataFrame | None = None,
        drive: NetworkSource | None = None,
        name: str = "city",
        name_en: str | None = None,
        packs: Sequence[str] = (),
        walker: str = "adult",
        max_access_m: float = MAX_ACCESS_M,
        as_of: int | None = None,
        districts: Mapping[str, str] | None = None,
        complete_categories: Sequence[str] = (),
        categories: Mapping[str, str | Sequence[str]] | None = None,
        vocabulary: Mapping[str, object] | None = None,
        synthetic: bool = False,
    ) -> City:
        """Make a city of tables in memory; they are understood and checked as files are.

        Parameters
        ----------
        network
            A WalkNetwork, an osmnx graph, a GeoDataFrame of lines, or the path of a network. Of
            the path of an OpenStreetMap file its gates, barriers and water are read as well.
        facilities
            Places with a ``category`` (an id of the vocabulary, or what planners write); areas may
            have ``entrances``, a Point or MultiPoint each.
        demand
            Where people live; a point for every 50 m of residential street if None.
        units
            Level (``"community"``, ``"village"``, ``"town"``, ``"district"``) → areas.
        urban_villages
            Areas of urban villages.
        drive
            The streets for vehicles.
        name, name_en
            What the city is called.
        packs
            Packs that :func:`livingcircle.assess` tests if it is given none.
        walker, max_access_m
            Who walks, and the longest straight leg to the network.
        as_of, districts, complete_categories
            As under ``[assess]`` of city.toml: the year that due dates are compared with (this year
            if None), the city's own district name → the name that a plan uses, and the categories
            whose lists are complete.
        categories, vocabulary
            As ``[categories]`` and ``[vocabulary]`` of city.toml: what a text of the lists means,
            and categories, columns and walkers of the city's own.
        synthetic
            The data are made up; every output says so.

        Returns
        -------
        City
            Tables in WGS 84 with the rows of those given, in their order. Ids are those of
            ``facility_id``, ``demand_id``, ``unit_id``, ``village_id``, else an index of the
            caller's own, else the numbers of the rows.

        Raises
        ------
        WrongTypeError, InputError, ConfigError
            Something is of a wrong type, has no CRS, or makes no sense.

        Examples
        --------
        >>> import livingcircle as lc
        >>> sample = lc.read_city("data/sample/city.toml")
        >>> homes = sample.demand[["demand_id", "residents", "geometry"]].to_crs(32650)
        >>> city = lc.City.from_frames(sample.network, demand=homes, name="样例")
        >>> bool((city.demand["demand_id"] == homes["demand_id"]).all())
        True
        """
        stated = {
            "city": {"name": name, "name_en": name_en, "synthetic": synthetic},
            "network": {
                "source": _source_of(network),
                "drive": None if drive is None else _source_of(drive),
            },
            "assess": {
                "packs": packs,
                "walker": walker,
                "max_access_m": number_from(max_access_m, "max_access_m"),
                "as_of": as_of,
                "districts": districts or {},
                "complete_categories": complete_categories,
            },
            "categories": categories or {},
            "vocabulary": vocabulary or {},
        }
        inputs, config = frame_inputs(facilities, demand, units, urban_villages, stated)
        config.walker_of(config.assess.walker)
        inputs.own = own_roles(config.vocabulary.columns)
        walk = read_network(network)
        ride = None if drive is None else read_network(drive, mode="drive")
        for role, given in (("network", network), ("network.drive", drive)):
            if isinstance(given, str | PathLike):
                inputs.remember(Path(given), role)
        if walk.edge_count == 0:
            raise InputError(
                LocalizedText("路网中没有路段", "the network has no edge"),
                field="network",
                hint=LocalizedText("请给出步行路网。", "Give a walking network."),
            )
        return _city(inputs, config, walk, ride, lambda share, text: None)

    def with_scenario(self, scenario: Any) -> City:
        """Return this city with a scenario (or the file of one) laid over it."""
        changed: City = later("apply_scenario")(self, scenario)
        return changed


def _source_of(network: NetworkSource) -> str:
    """Return what city.toml would call a network: its path, which may hold more than streets."""
    return str(Path(network).absolute()) if isinstance(network, str | PathLike) else "network"


def leaves(city: City) -> gpd.GeoDataFrame:
    """Return communities and villages together, one row per unit; empty where none are given."""
    tables = [city.units[level] for level in LEAVES if level in city.units]
    if not tables:
        return city.units["city"].iloc[:0]
    return pd.concat(tables, ignore_index=True)


def read_city(path: str | Path, progress: Progress | None = None) -> City:
    """Read a city.toml and everything that it names.

    Parameters
    ----------
    path
        The city.toml.
    progress
        Called with the share done and what is being done.

    Returns
    -------
    City
        With notes on how everything was understood, and what looks wrong.

    Raises
    ------
    LivingCircleError
        Something is missing, misspelt or makes no sense; the message says where and how to
        correct it.

    Examples
    --------
    >>> import livingcircle as lc
    >>> lc.read_city("data/sample/city.toml").synthetic
    True
    """
    if not isinstance(path, str | PathLike):
        raise wrong_type(path, "path", LocalizedText("city.toml 的路径", "the path of a city.toml"))
    report: Progress = progress or (lambda share, text: None)
    path = Path(path)
    config = read_config(path)
    inputs = Inputs(path, own=own_roles(config.vocabulary.columns, file=path))
    inputs.remember(path, "city")
    _check_walker(config, path)

    report(0.0, "network")
    network, drive = _networks(inputs, config.network)
    return _city(inputs, config, network, drive, report)


def _city(
    inputs: Inputs,
    config: CityConfig,
    network: WalkNetwork,
    drive: WalkNetwork | None,
    report: Progress,
) -> City:
    """Read and check the tables of a city around its network."""
    inputs.near = _around(network.node_lonlat)
    report(0.35, "units")
    units = _units(inputs, config, network)
    check_datums(inputs, network, units, "units")
    villages = _villages(inputs, config, units)
    check_datums(inputs, network, units, "villages")
    report(0.45, "facilities")
    facilities = _facilities(inputs, config, network, units)
    report(0.65, "demand")
    demand = read_demand(inputs, config.demand, network, units, villages)
    check_datums(inputs, network, units, "demand")
    report(0.85, "quality")
    issues = quality(
        network,
        facilities,
        units,
        villages,
        demand,
        max_access_m=config.assess.max_access_m,
        water=_water(inputs, config.network),
        found_before=inputs.issues,
    )
    report(1.0, "")
    return City(
        name=config.city.name,
        name_en=config.city.name_en,
        folder=inputs.folder,
        network=network,
        drive=drive,
        facilities=facilities,
        units=units,
        urban_villages=villages,
        demand=demand,
        walker=config.assess.walker,
        max_access_m=config.assess.max_access_m,
        config=config,
        notes=tuple(dict.fromkeys(inputs.notes)),
        issues=issues,
        synthetic=config.city.synthetic,
        inputs=tuple(inputs.files),
    )


def _check_walker(config: CityConfig, path: Path) -> None:
    try:
        config.walker_of(config.assess.walker)
    except ConfigError as error:
        raise ConfigError(
            error.problem, hint=error.hint, file=path, field="assess.walker"
        ) from None


def _networks(inputs: Inputs, part: NetworkConfig) -> tuple[WalkNetwork, WalkNetwork | None]:
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
        )
        _tell_system(inputs, part.source, network)
    else:
        network = network_from_place(str(part.place))
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
        )
    return network, drive


def _tell_system(inputs: Inputs, source: str, network: WalkNetwork) -> None:
    """Note that the streets were read by a stated system, and what their file states itself."""
    system = network.notes.get("system_stated")
    if system is None:
        return
    own = network.notes["system_of_file"]
    text = LocalizedText(
        f"路网按所注明的 {system} 读取" + (f"，文件自身写的是 {own}" if own else ""),
        f"the network is read as {system}, as stated" + (f"; the file says {own}" if own else ""),
    )
    inputs.note(source, "datum", text, "[network] crs, datum")


def _around(lonlat: FloatArray) -> tuple[float, float, float, float]:
    (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
    return west - _NEAR_DEG, south - _NEAR_DEG, east + _NEAR_DEG, north + _NEAR_DEG


def _units(inputs: Inputs, config: CityConfig, network: WalkNetwork) -> dict[str, gpd.GeoDataFrame]:
    tables, notes = derive_upper(read_unit_tables(inputs, config.units))
    inputs.notes += notes
    if tables:
        tables, notes = relate(unique_ids(tables))
        inputs.notes += notes
    hull = _hull(network, config.assess.max_access_m)
    tables, notes = with_city(tables, config.city.name, hull, network.crs_m)
    inputs.notes += notes
    return tables


def _hull(network: WalkNetwork, margin_m: float) -> Any:
    """Return the land around a network that it can serve."""
    nodes = gpd.GeoSeries([shapely.multipoints(network.node_lonlat)], crs=4326)
    return nodes.to_crs(network.crs_m).convex_hull.buffer(margin_m).to_crs(4326).iloc[0]


def _villages(
    inputs: Inputs, config: CityConfig, units: dict[str, gpd.GeoDataFrame]
) -> gpd.GeoDataFrame:
    table = read_urban_villages(inputs, config.urban_villages)
    stated = table[["unit", "town", "district"]]
    points = shapely.point_on_surface(table.geometry.to_numpy())
    found = assign_units(units, points, stated, stated_first=False)
    return table.drop(columns="unit").assign(**{column: found[column] for column in UNIT_COLUMNS})


def _facilities(
    inputs: Inputs,
    config: CityConfig,
    network: WalkNetwork,
    units: dict[str, gpd.GeoDataFrame],
) -> Facilities:
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
    _tell_unmatched(inputs, table, units)
    return Facilities(table, unmapped)


def _tell_unmatched(inputs: Inputs, table: gpd.GeoDataFrame, units: Units) -> None:
    """Say what the stated units of facilities were taken for, and which are none."""
    for file, rows in table[table["unit"].notna()].groupby("source_file"):
        meant = rows[["community", "village", "town"]].bfill(axis=1).iloc[:, 0]
        # What the place alone gives is not what the name was taken for.
        meant = meant.where(meant != rows["unit_by_location"], None)
        at = rows["source_row"]
        tell_stated_units(
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


def _water(inputs: Inputs, part: NetworkConfig) -> gpd.GeoSeries | None:
    objects = _from_network_file(inputs, part, _WATER, nodes=False)
    if objects is None:
        return None
    return objects.geometry[shapely.get_dimensions(objects.geometry.to_numpy()) == 2]


def _from_network_file(
    inputs: Inputs, part: NetworkConfig, filters: dict[str, list[str]], *, nodes: bool = True
) -> gpd.GeoDataFrame | None:
    if part.source is None or not is_osm_file(inputs.folder / part.source):
        return None
    return read_objects(inputs.folder / part.source, filters, nodes=nodes)
