"""City: a city.toml with everything that it names, read, understood and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import geopandas as gpd
import pandas as pd

from livingcircle._lookup import later
from livingcircle.arguments import number_from, wrong_type
from livingcircle.city.city_file import read_config
from livingcircle.city.config import CityConfig, WalkingConfig
from livingcircle.city.datum_check import check_datums
from livingcircle.city.demand import read_demand
from livingcircle.city.facilities import Facilities
from livingcircle.city.frames import frame_inputs
from livingcircle.city.ground import note_steep, on_terrain, with_waiting
from livingcircle.city.inputs import InputFile, Inputs
from livingcircle.city.land_use import city_land_use, no_land_use
from livingcircle.city.own_columns import age_roles, own_roles
from livingcircle.city.parts import (
    box_around,
    city_facilities,
    city_units,
    city_villages,
    read_networks,
    read_water,
)
from livingcircle.city.quality import quality_issues
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.notes import Note
from livingcircle.io.object_store import fetched, is_object
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.read import NetworkSource, read_network
from livingcircle.network.snap import MAX_ACCESS_M
from livingcircle.network.terrain import DEFAULT_PACE, known_pace
from livingcircle.progress import Progress
from livingcircle.vocab.delays import Delays
from livingcircle.vocab.levels import LEAVES
from livingcircle.vocab.own import OwnWalker

__all__ = ["City", "Facilities", "PackWalking", "leaves", "read_city"]


@dataclass(frozen=True)
class PackWalking:
    """What packs say of walking, as a city has it that was assessed against them."""

    walkers: Mapping[str, OwnWalker]
    walking: WalkingConfig | None
    """What stairs and crossings cost; None: the packs do not settle it."""
    before: Delays | None
    """What they cost in the city's own network."""
    notes: tuple[Note, ...]


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
    """Level → table; estate, community, village, town, district where given, city (one row)."""
    urban_villages: gpd.GeoDataFrame
    """village_id, name, figures, the units it lies in as ids (community, village, leaf, town,
    district), polygon."""
    demand: gpd.GeoDataFrame
    """Points where people live; see ``livingcircle.city.demand``."""
    walker: str
    max_access_m: float
    config: CityConfig
    notes: tuple[Note, ...]
    """What was understood or guessed, and how to overrule it."""
    issues: gpd.GeoDataFrame
    """Quality findings; see ``livingcircle.city.quality``."""
    synthetic: bool
    inputs: tuple[InputFile, ...] = field(default_factory=tuple)
    """Every file that was read, with its hash, size and date; city.toml first."""
    objects: Mapping[str, Path] = field(default_factory=dict)
    """Address of an object that was read → the file of this machine that it was fetched to."""
    land_use: gpd.GeoDataFrame = field(default_factory=no_land_use)
    """Parcels, and which of them people live on; see ``livingcircle.city.land_use``."""
    of_packs: PackWalking | None = None
    """What of ``config``, the network and the notes packs have said, and not city.toml."""

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
        land_use: gpd.GeoDataFrame | None = None,
        drive: NetworkSource | None = None,
        terrain: str | PathLike[str] | None = None,
        pace: str = DEFAULT_PACE,
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
            Level (``"estate"``, ``"community"``, ``"village"``, ``"town"``, ``"district"``) →
            areas.
        urban_villages
            Areas of urban villages.
        land_use
            Parcels with a column ``land_use``, for what is a share of residential land.
        drive
            The streets for vehicles.
        terrain, pace
            GeoTIFF or ``.asc`` of heights, and what a slope costs, as ``[terrain]`` of city.toml:
            seconds follow the slopes then.
        name, name_en
            What the city is called.
        packs
            Packs that ``livingcircle.assess`` tests if it is given none.
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
            caller's own (any but 0, 1, 2, ...), else the numbers of the rows as a spreadsheet
            counts them, the first being 2.

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
        pace = known_pace(pace)
        if terrain is not None and not isinstance(terrain, str | PathLike):
            wanted = LocalizedText("GeoTIFF 或 .asc 的路径", "the path of a GeoTIFF or an .asc")
            raise wrong_type(terrain, "terrain", wanted)
        stated = {
            "city": {"name": name, "name_en": name_en, "synthetic": synthetic},
            "network": {
                "source": _source_of(network),
                "drive": None if drive is None else _source_of(drive),
            },
            "terrain": None
            if terrain is None
            else {"source": str(Path(terrain).absolute()), "pace": pace},
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
        inputs, config = frame_inputs(facilities, demand, units, urban_villages, land_use, stated)
        config.walker_of(config.assess.walker)
        inputs.own = (*own_roles(config.vocabulary.columns), *age_roles())
        walk = read_network(_found(inputs, network, "network"))
        ride = None
        if drive is not None:
            ride = read_network(_found(inputs, drive, "network.drive"), mode="drive")
        if walk.edge_count == 0:
            raise InputError(
                LocalizedText("路网中没有路段", "the network has no edge"),
                field="network",
                hint=LocalizedText("请给出步行路网。", "Give a walking network."),
            )
        walk = on_terrain(inputs, config.terrain, walk)
        return _city(inputs, config, walk, ride, lambda share, text: None)

    def file_of(self, source: str) -> Path:
        """Return the file that a source of city.toml was read from.

        Of an object it is the one that this city was read from: what is made of a run speaks of
        what the run has read, whatever the store holds or answers meanwhile. Only where it went
        from the cache since is it fetched again.

        Raises
        ------
        MissingFileError, InputError
            It went, and the store does not give it.
        """
        if not is_object(source):
            return self.folder / source
        held = self.objects.get(source)
        return held if held is not None and held.is_file() else fetched(source)

    def with_scenario(self, scenario: object) -> City:
        """Return this city with a scenario (or the file of one) laid over it."""
        changed: City = later("apply_scenario")(self, scenario)
        return changed


def _source_of(network: NetworkSource) -> str:
    """Return what city.toml would call a network: its path, which may hold more than streets."""
    if isinstance(network, str) and is_object(network):
        return network
    return str(Path(network).absolute()) if isinstance(network, str | PathLike) else "network"


def _found(inputs: Inputs, network: NetworkSource, role: str) -> NetworkSource:
    """Return a network of memory as it is, else its file, which is remembered as an input."""
    if isinstance(network, str) and is_object(network):
        return inputs.find(network, role)
    if isinstance(network, str | PathLike):
        inputs.remember(Path(network), role)
    return network


def leaves(city: City) -> gpd.GeoDataFrame:
    """Return communities and villages together, one row per unit; empty where none are given."""
    tables = [city.units[level] for level in LEAVES if level in city.units]
    if not tables:
        return city.units["city"].iloc[:0]
    return pd.concat(tables, ignore_index=True)


def read_city(path: str | Path, progress: Progress | None = None, *, cache: bool = True) -> City:
    """Read a city.toml and everything that it names.

    Parameters
    ----------
    path
        The city.toml.
    progress
        Called with the share done and what is being done.
    cache
        Take networks that were read before from the user's cache folder, see ``read_network``.

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
    own = (*own_roles(config.vocabulary.columns, file=path), *age_roles())
    inputs = Inputs(path, own=own, unit_names=config.unit_names)
    inputs.remember(path, "city")
    _check_walker(config, path)

    report(0.0, "network")
    network, drive = read_networks(inputs, config.network, cache=cache)
    network = on_terrain(inputs, config.terrain, network)
    network = with_waiting(inputs, config.walking, network)
    return _city(inputs, config, network, drive, report)


def _city(
    inputs: Inputs,
    config: CityConfig,
    network: WalkNetwork,
    drive: WalkNetwork | None,
    report: Progress,
) -> City:
    """Read and check the tables of a city around its network."""
    inputs.near = box_around(network.node_lonlat)
    report(0.35, "units")
    units = city_units(inputs, config, network)
    check_datums(inputs, network, units, "units")
    villages = city_villages(inputs, config, units)
    check_datums(inputs, network, units, "villages")
    land_use = city_land_use(inputs, config.land_use, units)
    check_datums(inputs, network, units, "land_use")
    report(0.45, "facilities")
    facilities = city_facilities(inputs, config, network, units)
    report(0.65, "demand")
    demand = read_demand(inputs, config.demand, network, units, villages)
    note_steep(inputs, network, demand)
    check_datums(inputs, network, units, "demand")
    report(0.85, "quality")
    issues = quality_issues(
        network,
        facilities,
        units,
        villages,
        demand,
        max_access_m=config.assess.max_access_m,
        water=read_water(inputs, config.network),
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
        objects=inputs.objects,
        land_use=land_use,
    )


def _check_walker(config: CityConfig, path: Path) -> None:
    try:
        config.walker_of(config.assess.walker)
    except ConfigError as error:
        raise ConfigError(
            error.problem, hint=error.hint, file=path, field="assess.walker"
        ) from None
