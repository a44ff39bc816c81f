"""Context: one city as the kinds of requirement ask for it, each table made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import distinct
from livingcircle.localized import LocalizedText
from livingcircle.osm.objects import is_osm_file
from livingcircle.osm.surroundings import NO_SURROUNDINGS, Surroundings, read_surroundings
from livingcircle.standards.base import (
    Applies,
    Categories,
    FacilityCondition,
    category_words,
)
from livingcircle.standards.land import PARCEL_POINTS, Land
from livingcircle.standards.missing import category_code
from livingcircle.standards.origins import Origins
from livingcircle.standards.selection import Selection, select_units
from livingcircle.standards.tables import as_flag, as_number, as_said, population, unit_table
from livingcircle.standards.travel import Travel
from livingcircle.vocab.categories import category_ids
from livingcircle.vocab.groups import GROUPS
from livingcircle.vocab.levels import BELOW_CITY, holder_of, level_name

if TYPE_CHECKING:
    from livingcircle.city.model import City

__all__ = ["HEAD", "Context", "OfPart", "OutsideScope"]

HEAD = ("unit_id", "name", "level", "town", "district")
"""What names a unit in tables."""


@dataclass(eq=False)
class Context:
    """A city, the year of the assessment, and what was already worked out about them."""

    city: City
    as_of: int
    _facilities: dict[tuple[object, ...], gpd.GeoDataFrame] = field(default_factory=dict)
    _people_at: dict[str, pd.DataFrame] = field(default_factory=dict)
    _selected: dict[tuple[str, Applies], Selection] = field(default_factory=dict)
    _meant: dict[tuple[str, Applies], gpd.GeoDataFrame] = field(default_factory=dict)

    # -- units -------------------------------------------------------------------------------

    @cached_property
    def tables(self) -> dict[str, gpd.GeoDataFrame]:
        """Unit tables by level, indexed by unit_id; ``leaf`` is communities and villages."""
        given = self.city.units.items()
        found = {level: unit_table(table, level) for level, table in given if len(table)}
        leaves = [found[level] for level in ("community", "village") if level in found]
        if leaves:
            found["leaf"] = pd.concat(leaves)
        if "estate" in found:
            found["estate"]["leaf"] = found["estate"]["parent"]
        if "city" not in found:
            row = {"unit_id": ["city"], "name": [self.city.name]}
            found["city"] = unit_table(gpd.GeoDataFrame(row, geometry=[None], crs=4326), "city")
        villages = self.city.urban_villages
        if villages is not None and len(villages):
            named = villages.assign(unit_id=villages["village_id"], level="urban_village")
            found["urban_village"] = unit_table(named, "urban_village")
        return found

    def has(self, level: str) -> bool:
        """Return whether the city has units of a level."""
        return level in self.tables

    def units(self, level: str) -> gpd.GeoDataFrame:
        """Return the units of a level that the city ``has``."""
        return self.tables[level]

    @cached_property
    def heads(self) -> dict[str, pd.DataFrame]:
        """Of the units of each level what names them, see ``HEAD``, without their shapes."""
        return {
            level: pd.DataFrame({name: table[name] for name in HEAD})
            for level, table in self.tables.items()
        }

    @cached_property
    def _people(self) -> dict[str, pd.DataFrame]:
        leaves = self.tables.get("leaf", _no_units())
        return population(leaves, self.city.demand, dict(self.tables))

    def people(self, level: str) -> pd.DataFrame:
        """Return residents, households and groups of the units of a level (see `population`)."""
        if level not in self._people_at:
            self._people_at[level] = self._people_of(level)
        return self._people_at[level]

    def _people_of(self, level: str) -> pd.DataFrame:
        if level in ("community", "village"):
            leaves: pd.DataFrame = self._people["leaf"].loc[self.tables[level].index]
            return leaves
        if level in ("estate", "urban_village"):
            table = self.tables[level]
            stated: pd.DataFrame = table[list(GROUPS)]
            demand = self.city.demand
            if level not in demand:
                return stated
            points = pd.DataFrame({c: as_number(demand[c]) for c in GROUPS if c in demand})
            sums = points.groupby(demand[level]).sum(min_count=1)
            return stated.fillna(sums.reindex(table.index))
        if level == "city":
            table = self.units("city")
            return self._people["city"].set_axis(table.index[:1])
        return self._people[level]

    @cached_property
    def plan_district(self) -> pd.Series:
        """Unit_id of a district → the name that a plan uses for it."""
        table = self.tables.get("district")
        if table is None:
            return pd.Series(dtype=object)
        mapped = self.city.config.assess.districts
        districts: pd.Series = table["name"].map(lambda name: mapped.get(name, name))
        return districts

    def districts_of(self, rows: pd.DataFrame) -> pd.Series:
        """Return the plan's district name of each row that has a ``district`` or is one."""
        own = rows["unit_id"].where(rows["level"] == "district") if "level" in rows else None
        district = rows["district"] if own is None else own.fillna(rows["district"])
        return district.map(self.plan_district)

    def select(self, level: str, applies: Applies) -> Selection:
        """Return which units of a level that the city ``has`` a requirement applies to."""
        key = (level, applies)
        if key not in self._selected:
            table = self.tables[level]
            self._selected[key] = select_units(table, applies, self.districts_of, self._figure)
        return self._selected[key]

    def meant(self, level: str, applies: Applies) -> gpd.GeoDataFrame:
        """Return the units of a level that a requirement applies to, or may apply to."""
        key = (level, applies)
        if key not in self._meant:
            found = self.select(level, applies)
            self._meant[key] = self.tables[level][found.chosen | found.undecided]
        return self._meant[key]

    def _figure(self, table: pd.DataFrame, column: str) -> pd.Series:
        if column in GROUPS and len(table):
            level = str(table["level"].iloc[0])
            level = holder_of(level)
            return self.people(level)[column].reindex(table.index)
        if column in table:
            return as_number(table[column])
        return pd.Series(np.nan, index=table.index)

    # -- facilities --------------------------------------------------------------------------

    @cached_property
    def known_categories(self) -> frozenset[str]:
        """Categories that some list holds, or that the planner declares to be complete.

        A category that no list holds and nobody declares is *not given*, which is not the same as
        *none there*: requirements on it are unknown. With ``[assess] complete_categories`` in
        city.toml the planner says that the absence is real, and the count is 0.
        """
        held = self.city.facilities.table["categories"].explode().dropna()
        return frozenset(held) | set(self._complete)

    @property
    def _complete(self) -> tuple[str, ...]:
        config = self.city.config
        return category_ids(config.assess.complete_categories, config.own_categories)

    def missing_categories(self, ids: Categories) -> tuple[str, ...]:
        """Return codes for a set of categories of which any will do: empty if one is known."""
        if any(i in self.known_categories for i in ids):
            return ()
        return tuple(category_code("category", i) for i in ids)

    def facilities(
        self,
        ids: Sequence[str],
        *,
        level: str | None = None,
        inside: bool = True,
        only: tuple[FacilityCondition, ...] = (),
    ) -> gpd.GeoDataFrame:
        """Return the facilities of any of some categories, with the ``leaf`` they belong to.

        Parameters
        ----------
        ids
            Vocabulary ids.
        level
            Leave out facilities that state another level (community, town, ...).
        inside
            Leave out facilities that lie outside the city. People walk across the border, so
            circles keep them.
        only
            Leave out facilities that fail a condition, or do not say whether they meet it.
        """
        key = (tuple(ids), level, inside, only)
        if key not in self._facilities:
            found = self.city.facilities.of(list(ids)).copy()
            if level and "level" in found:
                meant = ("community", "village") if level == "leaf" else (level,)
                found = found[found["level"].isna() | found["level"].isin(meant)]
            if inside and "status" in found:
                found = found[found["status"] != "outside_city"]
            for name in BELOW_CITY:
                if name not in found:
                    found[name] = None
            found["leaf"] = found["community"].fillna(found["village"])
            self._facilities[key] = self.meeting_conditions(found, only)[0] if only else found
        return self._facilities[key]

    def meeting_conditions(
        self, facilities: gpd.GeoDataFrame, only: Sequence[FacilityCondition]
    ) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, tuple[str, ...]]:
        """Return the facilities that meet all conditions, those that may, and blank columns.

        A facility that fails one condition is out, whatever else it does not state; one that fails
        none but does not state all of them may meet them.
        """
        if not only:
            return facilities, facilities.iloc[:0], ()
        passed = pd.Series(True, index=facilities.index)
        failed = pd.Series(False, index=facilities.index)
        blank = []
        for one in only:
            values = facilities.get(one.column, pd.Series(None, index=facilities.index))
            if one.one_of:
                values = as_said(values)
                test = values.isin(one.one_of)
            elif one.at_least is None and one.at_most is None:
                values = as_flag(values)
                test = values == 1.0
            else:
                values = as_number(values)
                low = -np.inf if one.at_least is None else one.at_least
                high = np.inf if one.at_most is None else one.at_most
                test = values.between(low, high)
            if len(facilities) and values.isna().all():
                blank.append(f"column:facilities.{one.column}")
            passed &= test & values.notna()
            failed |= ~test & values.notna()
        return facilities[passed], facilities[~passed & ~failed], tuple(blank)

    def level_note(self, ids: Sequence[str], level: str | None) -> tuple[LocalizedText, ...]:
        """Return a note where a level is asked for that none of the facilities states."""
        if level is None:
            return ()
        found = self.city.facilities.of(list(ids))
        if not len(found) or ("level" in found and found["level"].notna().any()):
            return ()
        name, what = level_name(level), category_words(tuple(ids))
        return (
            LocalizedText(
                f"{what.zh}均未注明级别（{name.zh}），全部计入",
                f"no {what.en} states its level ({name.en}): all are counted",
            ),
        )

    def count_by_unit(self, facilities: gpd.GeoDataFrame, level: str) -> pd.Series:
        """Return the number of distinct facilities in each unit of a level."""
        index = self.units(level).index
        unit = index.get_indexer(self.unit_of(facilities, level))
        which, ids = pd.factorize(facilities["facility_id"])
        known = (unit >= 0) & (which >= 0)
        pairs = distinct(unit[known] * len(ids) + which[known])
        count = np.bincount(pairs // max(1, len(ids)), minlength=len(index))
        return pd.Series(count.astype(np.float64), index=index)

    def unit_of(self, facilities: gpd.GeoDataFrame, level: str) -> pd.Series:
        """Return the unit_id of the level that each facility belongs to, None where none."""
        if level == "city":
            return pd.Series(self.units("city").index[0], index=facilities.index)
        if level != "urban_village":
            assigned: pd.Series = facilities[level]
            return assigned
        villages = self.tables["urban_village"]
        by_name = villages.reset_index(drop=True).drop_duplicates("name").set_index("name")
        placed = facilities[facilities.geometry.notna()]
        inside = gpd.sjoin(placed[["geometry"]], villages[["geometry"]], predicate="intersects")
        found: pd.Series = inside[inside.columns[-1]]
        found = found[~found.index.duplicated()].reindex(facilities.index)
        if "unit" in facilities:
            # A stated name wins over the location, as for every other unit.
            by_word: pd.Series = facilities["unit"].map(by_name["unit_id"])
            return by_word.fillna(found)
        return found

    def unplaced(self, facilities: gpd.GeoDataFrame, level: str) -> tuple[LocalizedText, ...]:
        """Return a note on facilities that belong to no unit of a level, if there are any."""
        # What lies in a village is no stray where communities are counted, and the other way round.
        at = "leaf" if level in ("community", "village") else level
        count = facilities.loc[self.unit_of(facilities, at).isna(), "facility_id"].nunique()
        other = _BESIDE.get(level)
        if other is not None:
            of_others = facilities.loc[facilities[other].notna(), "facility_id"].nunique()
            if of_others:
                return (*self._none_of(count, level), _not_meant(of_others, other))
        return self._none_of(count, level)

    def _none_of(self, count: int, level: str) -> tuple[LocalizedText, ...]:
        """Return that so many facilities lie in no unit of a level."""
        if not count or level == "urban_village":
            return ()
        name = level_name(level)
        return (
            LocalizedText(
                f"{count} 处设施不属于任何{name.zh}，未计入",
                f"{count} facilities belong to none of the {name.en}: not counted",
            ),
        )

    # -- travel ------------------------------------------------------------------------------

    @cached_property
    def travel(self) -> Travel:
        """Walking and driving from the city's demand, searched once for each set of facilities."""
        return Travel(self.city, self.facilities)

    @cached_property
    def origins(self) -> Origins:
        """Homes, and the middles and edges of communities, as places to walk from."""
        return Origins(self.travel, self.tables.get("leaf", _no_units()))

    @property
    def barriers(self) -> gpd.GeoDataFrame:
        """The barriers that the city's network file knows; none where it is no OSM file."""
        return self.surroundings.barriers

    @cached_property
    def surroundings(self) -> Surroundings:
        """What else the city's network file knows; nothing where it is no OSM file."""
        source = self.city.config.network.source
        if source is None:
            return NO_SURROUNDINGS
        file = self.city.file_of(source)
        return read_surroundings(file) if is_osm_file(file) else NO_SURROUNDINGS

    @cached_property
    def land(self) -> Land:
        """The ground of the leaf units, which the city must have."""
        return Land(self.travel, self.tables["leaf"])

    @cached_property
    def residential(self) -> gpd.GeoDataFrame:
        """Parcels that are residential land, or of which nobody says what they are.

        ``unit_id`` (of the leaf unit), ``town``, ``district``, ``residential`` (True or None).
        """
        parcels = self.city.land_use
        kept = parcels[parcels["residential"].map(lambda use: use is not False).astype(bool)]
        return kept.assign(unit_id=kept["leaf"]).reset_index(drop=True)

    @cached_property
    def residential_land(self) -> Land:
        """The residential land as a grid; only what is said to be residential."""
        sure = self.residential[self.residential["residential"].eq(True)]
        return Land(self.travel, sure.reset_index(drop=True), PARCEL_POINTS)


_BESIDE = {"community": "village", "village": "community"}


class OfPart(LocalizedText):
    """A note that says nothing unless one knows of which part of a requirement."""

    __slots__ = ()


class OutsideScope(OfPart):
    """A note on facilities that lie in units which a part of a requirement is not about."""

    __slots__ = ()


def _not_meant(count: int, level: str) -> OutsideScope:
    """Return that so many facilities lie in units that a requirement is not about."""
    name = level_name(level)
    return OutsideScope(
        f"另有 {count} 处设施在{name.zh}，不在本条范围",
        f"{count:,} more {'facility stands' if count == 1 else 'facilities stand'} in {name.en},"
        " which this requirement is not about",
    )


def _no_units() -> gpd.GeoDataFrame:
    empty = gpd.GeoDataFrame({"unit_id": []}, geometry=[], crs=4326)
    return unit_table(empty, "leaf")
