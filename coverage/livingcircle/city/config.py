"""city.toml: the validated model of a city's inputs and choices."""

from __future__ import annotations

import contextlib
import datetime
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    model_validator,
)

from livingcircle.io.table.where import parse_where
from livingcircle.vocab.categories import CategoryId, category_ids
from livingcircle.vocab.levels import UnitLevel
from livingcircle.vocab.own import Text, Vocabulary, own_ids
from livingcircle.vocab.strict import Strict
from livingcircle.vocab.walkers import Walker, walker

__all__ = [
    "AssessConfig",
    "CityConfig",
    "CityPart",
    "DemandConfig",
    "FacilitiesConfig",
    "LandUseConfig",
    "MapConfig",
    "NetworkConfig",
    "TableConfig",
    "TerrainConfig",
    "UncertaintyConfig",
    "UnitsConfig",
    "UrbanVillagesConfig",
    "WalkingConfig",
]


def _is_where(text: str) -> str:
    parse_where(text)
    return text


RowCondition = Annotated[str, AfterValidator(_is_where)]


class CityPart(Strict):
    """``[city]``: what the study area is called."""

    name: Text
    name_en: Text | None = None
    synthetic: bool = False
    """The data are made up; every output says so."""
    language: Literal["zh", "en"] | None = None
    """What the commands speak, unless --lang says otherwise; the system's language if None."""


class NetworkConfig(Strict):
    """``[network]``: the streets, from a file or from OpenStreetMap by the name of a place."""

    source: Text | None = None
    place: Text | None = None
    layer: Text | None = None
    """Layer to read, of a file of lines that holds several."""
    encoding: Text | None = None
    datum: Text | None = None
    crs: Text | None = None
    """How the numbers of a file of lines are meant, whatever the file says of itself."""
    drive: Text | None = None
    """A file with the streets for vehicles (for the 30- and 60-minute circles)."""
    drive_layer: Text | None = None
    open: list[Text] = Field(default_factory=list)
    """OpenStreetMap ways and nodes that are open whatever the map says: "way/123", "node/5"."""
    private: Literal["closed", "destination", "open"] = "destination"
    """What access=private means: shut, for those who live or go there, or open to all."""
    node: bool | None = None
    """Of a file of lines: true joins lines of one level wherever they touch or cross."""
    snap_m: float = Field(default=0.0, ge=0, le=5, allow_inf_nan=False)
    """Of a file of lines: ends that miss each other by so many metres meet."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.source is None) == (self.place is None):
            raise ValueError("state either source (a file) or place (a name), and not both")
        return self


class TerrainConfig(Strict):
    """``[terrain]``: the ground; seconds follow its slopes, metres do not."""

    source: Text
    """GeoTIFF or ESRI ASCII grid of heights in metres, any CRS."""
    crs: Text | None = None
    """Its coordinate system, where the file does not say it, or says it wrongly."""
    pace: Literal["tobler", "irmischer"] = "tobler"
    """What a slope costs, relative to level ground where the walker's own speed holds."""
    smooth_m: float | None = Field(default=None, ge=0, le=1000, allow_inf_nan=False)
    """Standard deviation of the smoothing against noise; 10 m, or 0.7 of a cell, if None."""


Factor = Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)]
Wait = Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)]


class WalkingConfig(Strict):
    """``[walking]``: what stairs and crossings cost, by tag."""

    delays: bool | None = None
    """Count them; true where a figure is stated."""
    stairs_up: Factor | None = None
    """Factor on the seconds that the same metres take on level ground."""
    stairs_down: Factor | None = None
    signals_s: Wait | None = None
    """Seconds of waiting at a crossing with signals."""
    crossing_s: Wait | None = None
    """Seconds of waiting at any other marked crossing."""
    escalator_m_s: Annotated[float, Field(gt=0, le=3, allow_inf_nan=False)] | None = None
    """Horizontal speed of a rider, metres per second."""
    lift_s: Wait | None = None
    """Seconds of waiting for a lift."""

    @property
    def stated(self) -> dict[str, float]:
        """The figures that are stated."""
        values = self.model_dump(exclude={"delays"})
        return {name: float(value) for name, value in values.items() if value is not None}

    @property
    def counted(self) -> bool:
        """Whether stairs and crossings cost time."""
        return bool(self.stated) if self.delays is None else self.delays


class UncertaintyConfig(Strict):
    """``[uncertainty]``: what the data do not know, drawn at random; off without the table."""

    draws: int = Field(default=200, ge=1, le=10_000)
    seed: int = Field(default=1, ge=0, le=2**32)
    speed: float = Field(default=0.1, ge=0, le=0.9, allow_inf_nan=False)
    """Half-width of the 90 % interval of the walking speed, as a share of it."""
    facility_m: float = Field(default=25.0, ge=0, le=1000, allow_inf_nan=False)
    """Radius around its listed place, in metres, within which a facility may stand."""
    missing_paths: float = Field(default=0.05, ge=0, le=0.5, allow_inf_nan=False)
    """Share of the footpaths that the map lacks."""
    shut_paths: float = Field(default=0.01, ge=0, le=0.5, allow_inf_nan=False)
    """Share of the footpaths of the map that are shut."""
    people: float = Field(default=0.2, ge=0, le=1, allow_inf_nan=False)
    """Half-width of the 90 % interval of the people at a home, as a share of those stated."""


class _TableSettings(Strict):
    """How to read a table; what is not stated is found out, and reported."""

    source: Text | None = None
    layer: Text | None = None
    sheet: Text | None = None
    encoding: Text | None = None
    header_row: int | None = Field(default=None, ge=0, le=1_048_576)
    """The (last) row of the header as a spreadsheet counts; 0: there is none."""
    datum: Text | None = None
    crs: Text | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    """Header → what it means, e.g. ``{ "设施全称" = "name" }``, or "" to leave a column alone; the
    rest is found by alias."""
    where: RowCondition | None = None
    """Which rows count, e.g. ``状态 = 已建 and 面积 >= 50``."""


class TableConfig(_TableSettings):
    """A table that city.toml names."""

    source: Text


class FacilitiesConfig(TableConfig):
    """``[[facilities]]``: a list of facilities."""

    entrances: Text | None = None
    """A file of points with the ``facility_id`` (or ``name``) of the area that they lead into."""
    category: Text | None = None
    """A column whose values are mapped, or one category (id or Chinese name) for the whole file,
    or ``"osm"``: by OpenStreetMap tags."""
    year_data: int | None = Field(default=None, ge=1900, le=2200)
    """The year the list was drawn up."""


class UnitsConfig(TableConfig):
    """``[[units]]``: administrative areas of one level."""

    level: UnitLevel
    admin_level: int | None = Field(default=None, ge=1, le=12)
    """For an OpenStreetMap file: the admin_level that stands for this level."""
    urban_rural: Literal["urban", "rural"] | None = None
    """Default for units of the file that have no value of their own."""


class UrbanVillagesConfig(TableConfig):
    """``[urban_villages]``: polygons of 城中村."""


class LandUseConfig(TableConfig):
    """``[land_use]``: parcels of a plan or survey of land use, or an OpenStreetMap file."""

    residential: list[Text] = Field(default_factory=list)
    """The uses that count as residential land, as the layer writes them; empty: the common codes
    and words are known."""


class DemandConfig(_TableSettings):
    """``[demand]``: where people live."""

    ages: list[Text] = Field(default_factory=list)
    """Rasters of people by age and sex, instead of a source."""
    per: Literal["cell", "hectare", "km2"] | None = None
    """What the people of a raster are counted per; None: as its name has it, else per cell."""
    spread: Literal["units"] | None = None
    """Spread the totals of the leaf units over buildings, or over residential streets."""
    weight: Literal["count", "floor_area"] | None = None
    """Where residents are unknown: each building counts as 1, or as its floor area."""
    within: Literal["units", "all"] | None = None
    """Whose homes count; None: of an extract those within the outline of the units, else all."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.ages and self.source is not None:
            raise ValueError("state either source or ages (rasters by age), and not both")
        if self.source is None and self.weight is not None:
            raise ValueError("weight needs a source of buildings")
        if self.source is None and not self.ages and self.within == "units":
            raise ValueError("within = 'units' needs a source of homes")
        if self.spread is not None and self.weight == "count":
            raise ValueError("spread = 'units' shares out by floor area; leave out weight")
        return self


def _option(value: object) -> object:
    # A year is an option too, and TOML writes it as a number.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Option = Annotated[Text, BeforeValidator(_option)]
"""An option of a reading."""


FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Of assessments, and of the weeks that opening hours are asked for."""


def _day(value: object) -> object:
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = datetime.date.fromisoformat(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise ValueError(f"state a year from {FIRST_YEAR} to {LAST_YEAR}")
        return value
    raise ValueError("write a day as 2026-07-06")


Day = Annotated[datetime.date, BeforeValidator(_day)]


class AssessConfig(Strict):
    """``[assess]``: what to test, and for which walker."""

    packs: list[Text] = Field(default_factory=list)
    walker: Text = "adult"
    max_access_m: float = Field(default=300.0, gt=0, le=5000, allow_inf_nan=False)
    as_of: int | None = Field(default=None, ge=FIRST_YEAR, le=LAST_YEAR)
    """The year that due dates are compared with; this year if not stated."""
    week: Day | None = None
    """A day of the week that opening hours are those of; an ordinary week if not stated."""
    districts: dict[str, str] = Field(default_factory=dict)
    """The city's own district name → the name that a plan uses."""
    targets: dict[str, Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]] = Field(
        default_factory=dict
    )
    """Requirement id → the share to judge it at, where the plan states none."""
    readings: dict[str, dict[str, Option]] = Field(default_factory=dict)
    """Requirement id → axis of a reading → the option to judge it by."""
    parameters: dict[str, Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]] = Field(
        default_factory=dict
    )
    """Numbers that a document leaves to the city: the name that its pack gives it → the number."""
    complete_categories: list[Text] = Field(default_factory=list)
    """Categories whose lists are complete: that no facility is listed means that there is none."""


class MapConfig(Strict):
    """``[map]``: the online map that a reader of map.html may switch on."""

    basemap: Text = "OpenStreetMap.Mapnik"
    """``tianditu``, ``none``, or a name of xyzservices."""
    key: SecretStr | None = None
    """Key of Tianditu. Readers of the page can see it; no other output repeats it."""


class CityConfig(Strict):
    """The whole of city.toml."""

    city: CityPart
    network: NetworkConfig
    terrain: TerrainConfig | None = None
    walking: WalkingConfig = Field(default_factory=WalkingConfig)
    uncertainty: UncertaintyConfig | None = None
    facilities: list[FacilitiesConfig] = Field(default_factory=list)
    units: list[UnitsConfig] = Field(default_factory=list)
    urban_villages: UrbanVillagesConfig | None = None
    land_use: LandUseConfig | None = None
    demand: DemandConfig = Field(default_factory=DemandConfig)
    assess: AssessConfig = Field(default_factory=AssessConfig)
    map: MapConfig = Field(default_factory=MapConfig)
    categories: dict[str, str | list[str]] = Field(default_factory=dict)
    """What the planner wrote → vocabulary id(s), or ``[]`` for "none of ours"."""
    unit_names: dict[Text, str] = Field(default_factory=dict)
    """How tables write a unit → the name (or id) of the unit that is meant, "" for none."""
    vocabulary: Vocabulary = Field(default_factory=Vocabulary)
    """What the city adds; also ``categories.toml``, ``columns.toml`` and ``walkers.toml``."""

    @cached_property
    def own_categories(self) -> dict[str, CategoryId]:
        """Normalised text → category of the city's own."""
        return own_ids(self.vocabulary.categories)

    @cached_property
    def overrule(self) -> dict[str, tuple[str, ...]]:
        """What the city says of texts of its lists: its own categories, and ``[categories]``."""
        own = self.own_categories
        stated = {text: category_ids(v, own) for text, v in self.categories.items()}
        return {**{text: (key,) for text, key in own.items()}, **stated}

    def walker_of(self, name: str) -> Walker:
        """Return a walker of the city's own, or one that ships.

        Raises
        ------
        ConfigError
            No walker has that name.
        """
        return self.vocabulary.walker(name) or walker(name)
