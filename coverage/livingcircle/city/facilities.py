"""Facilities: one tidy table of everything that the lists hold, by category."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import GeometryArray, IntArray, ObjectArray, distinct
from livingcircle.arguments import check_type, wrong_type
from livingcircle.city.assign_units import assign_units, locate
from livingcircle.city.units import Units
from livingcircle.localized import LocalizedText
from livingcircle.network.entrances import access_points
from livingcircle.vocab.categories import categories, category_ids
from livingcircle.vocab.levels import BELOW_CITY

__all__ = ["FACILITY_COLUMNS", "Facilities", "mark_outside", "tidy_facilities", "with_units"]

FACILITY_NUMBERS = (
    "area_m2",
    "activity_area_m2",
    "service_area_m2",
    "office_m2",
    "police_room_m2",
    "hall_m2",
    "station_m2",
    "estate_floor_area_m2",
    "estate_underground_m2",
    "places",
    "staff",
    "qualified_staff",
    "open_hours",
    "founded_year",
    "nursery_since",
    "year_data",
    "source_row",
)
_OTHERS = (
    "level",
    "has_volunteer_station",
    "upgraded",
    "open_weekends",
    "children_reading",
    "open_to_public",
    "primary_care_level",
    "opening",
    "address",
    "unit",
    "estate_stated",
    "town_stated",
    "district_stated",
)
FACILITY_COLUMNS = (
    "facility_id",
    "name",
    "categories",
    "category_text",
    *FACILITY_NUMBERS[:-2],
    *_OTHERS,
    "year_data",
    "source_file",
    "source_row",
    "status",
    "reason",
    "reason_zh",
    *BELOW_CITY,
    "entrances",
    "geometry",
)
"""Columns of ``Facilities.table``."""
OK = "ok"
NO_COORDINATES = "no_coordinates"
BAD_COORDINATES = "bad_coordinates"
UNMAPPED = "unmapped_category"
OUTSIDE = "outside_city"
LEFT_OUT = "left_out"
"""city.toml says that the category is none of the vocabulary."""
NOT_OPEN = "not_open"
"""The list says that it is closed, planned or being built."""
ENTRANCE = "entrance"
"""A further row of a facility that an earlier row holds: one more way into it."""


def _no_unmapped() -> pd.DataFrame:
    return pd.DataFrame(columns=["value", "count", "near", "source_file"])


@dataclass(frozen=True, eq=False, repr=False)
class Facilities:
    """All rows of all lists, those that cannot be used among them, each with its status."""

    table: gpd.GeoDataFrame
    """EPSG:4326, RangeIndex, columns of ``FACILITY_COLUMNS``. An area keeps its polygon as
    geometry and has its ways in as a MultiPoint in ``entrances``."""
    unmapped: pd.DataFrame = field(default_factory=_no_unmapped)
    """Category texts that were not understood: value, count, near (ids), source_file."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.table)

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {s}" for s, n in self.table["status"].value_counts().items())
        return f"Facilities({len(self)} rows: {counts or 'none'})"

    @cached_property
    def _rows(self) -> dict[str, IntArray]:
        """Positions of the rows of each category."""
        position = pd.Series(np.arange(len(self)))
        listed = self.table["categories"].reset_index(drop=True).explode()
        groups = position.loc[listed.dropna().index].groupby(listed.dropna().to_numpy())
        # The ids themselves, since those of the city's own carry their names.
        ids = {key: key for listed_ids in self.table["categories"] for key in listed_ids or ()}
        return {ids[key]: rows.to_numpy(dtype=np.int64) for key, rows in groups}

    @property
    def categories(self) -> dict[str, int]:
        """Number of rows of each category that occurs, in the order of the vocabulary."""
        order = [key for key in categories() if key in self._rows]
        own = sorted(key for key in self._rows if key not in categories())
        return {key: len(self._rows[key]) for key in (*order, *own)}

    def _ids(self, category: str | Sequence[str]) -> tuple[str, ...]:
        """Return ids; those of the city's own are known by the rows that have them."""
        several = isinstance(category, Iterable) and not isinstance(category, str)
        given = list(category) if several else [category]
        for one in given:
            if not isinstance(one, str):
                wanted = LocalizedText("类别的名称，或其列表", "the name of a category, or a list")
                raise wrong_type(one, "category", wanted)
        return tuple(
            i for text in given for i in ((text,) if text in self._rows else category_ids(text))
        )

    def of(self, category: str | Sequence[str]) -> gpd.GeoDataFrame:
        """Return the facilities that have one of some categories.

        Parameters
        ----------
        category
            Vocabulary id or Chinese name, or several.

        Returns
        -------
        geopandas.GeoDataFrame
            Rows of ``table`` in its order, those without coordinates among them.

        Raises
        ------
        ConfigError
            No such category; the message names the nearest.
        """
        none = np.empty(0, dtype=np.int64)
        rows = [self._rows.get(key, none) for key in self._ids(category)]
        return self.table.iloc[distinct(np.concatenate([none, *rows]))]

    def access_points(self, table: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
        """Return facilities as points to walk to: areas by each of their entrances.

        Parameters
        ----------
        table
            Rows of ``table``, e.g. from ``of``; all where None.

        Returns
        -------
        geopandas.GeoDataFrame
            One row per point; the entrances of one facility share its ``facility_id`` and index.
        """
        if table is not None:
            check_type(table, "table", gpd.GeoDataFrame, "Facilities.of")
        return access_points(self.table if table is None else table)


def tidy_facilities(frame: gpd.GeoDataFrame, *, file: str) -> gpd.GeoDataFrame:
    """Return a table with the columns of ``FACILITY_COLUMNS`` but ``facility_id`` as stated.

    Parameters
    ----------
    frame
        EPSG:4326, normalised column names, ``categories`` and ``category_text`` filled in.
    """
    stated = {name: f"{name}_stated" for name in ("estate", "town", "district")}
    frame = frame.rename(columns=stated)
    out = pd.DataFrame(index=pd.RangeIndex(len(frame)))
    for column in FACILITY_COLUMNS[:-1]:
        if column in FACILITY_NUMBERS:
            blank = np.full(len(frame), np.nan)
            values = pd.to_numeric(frame[column]) if column in frame else blank
            out[column] = np.asarray(values, dtype=np.float64)
        else:
            given = frame[column].to_numpy(object) if column in frame else None
            out[column] = pd.Series(given, index=out.index, dtype=object)
            out[column] = out[column].where(out[column].notna(), None)
    out["source_file"] = file
    geometry: GeometryArray = np.array(frame.geometry.to_numpy(), dtype=object)
    geometry[shapely.is_empty(geometry)] = None
    out["status"] = _status(out, geometry)
    return gpd.GeoDataFrame(out, geometry=gpd.GeoSeries(geometry, index=out.index, crs=4326))


def _status(table: pd.DataFrame, geometry: GeometryArray) -> ObjectArray:
    """Return the status of each row; a missing place matters more than a missing category."""
    has_category = table["categories"].str.len().to_numpy() > 0
    decided = table["status"].eq(LEFT_OUT).to_numpy()
    status = np.where(has_category, OK, np.where(decided, LEFT_OUT, UNMAPPED)).astype(object)
    nowhere = shapely.is_missing(geometry)
    bad = table["status"].eq(BAD_COORDINATES).to_numpy()
    status[nowhere] = np.where(bad[nowhere], BAD_COORDINATES, NO_COORDINATES)
    # What is not counted at all lacks no place.
    status[table["status"].eq(NOT_OPEN).to_numpy()] = NOT_OPEN
    return status


def gather_entrances(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Gather rows that share a ``facility_id``: they are entrances of one facility.

    The first row stays the facility, with all their points in ``entrances``; the others keep
    their place in the table as status "entrance", without categories, so that the facility and
    its figures count once.
    """
    ids = table["facility_id"].mask(table["status"].isin([NOT_OPEN, LEFT_OUT]))
    again = ids.notna() & ids.duplicated()
    if not again.any():
        return table
    shared = ids.isin(ids[again])
    points = table.geometry[shared & table.geometry.notna()]
    gathered = points.groupby(ids[points.index]).agg(_multipoint)
    out = table.copy()
    first = shared & ~again
    out.loc[first, "entrances"] = ids[first].map(gathered)
    out.loc[again, "status"] = ENTRANCE
    out["categories"] = out["categories"].mask(again, pd.Series([()] * len(out), index=out.index))
    return out


def _multipoint(points: pd.Series) -> shapely.MultiPoint:
    return shapely.multipoints(shapely.get_coordinates(points.to_numpy()))


def open_air_area(table: gpd.GeoDataFrame, area_m2: pd.Series) -> tuple[gpd.GeoDataFrame, int]:
    """Fill in ``area_m2`` of open-air facilities from their outline where it is not stated.

    Parameters
    ----------
    table
        Tidy facilities.
    area_m2
        Area of each geometry.

    Returns
    -------
    tuple
        The table, and the number of rows filled in.
    """
    grounds = frozenset(key for key, category in categories().items() if category.open_air)
    listed = table["categories"].explode()
    open_air = listed.isin(grounds).groupby(level=0).any().reindex(table.index, fill_value=False)
    fill = open_air & table["area_m2"].isna() & (area_m2 > 0)
    return table.assign(area_m2=table["area_m2"].mask(fill, area_m2)), int(fill.sum())


def with_units(table: gpd.GeoDataFrame, units: Units) -> gpd.GeoDataFrame:
    """Fill in the units of each facility: estate, community or village, town and district.

    The stated unit wins over the place where the facility lies; ``unit_by_location`` keeps what
    the place says, for the quality findings.
    """
    stated = table[["unit", "estate_stated", "town_stated", "district_stated"]]
    stated = stated.set_axis(["unit", "estate", "town", "district"], axis=1)
    points = shapely.point_on_surface(table.geometry.to_numpy())
    found = assign_units(units, points, stated, stated_first=True)
    return table.assign(
        **{column: found[column] for column in BELOW_CITY},
        unit_by_location=found["by_place"],
    )


def mark_outside(table: gpd.GeoDataFrame, city: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Set the status of facilities that lie outside the city and belong to no unit of it."""
    inside = locate(city, shapely.point_on_surface(table.geometry.to_numpy())) >= 0
    owned = table[list(BELOW_CITY)].notna().any(axis=1).to_numpy()
    outside = ~inside & ~owned & table["status"].eq(OK).to_numpy()
    return table.assign(status=table["status"].mask(outside, OUTSIDE))
