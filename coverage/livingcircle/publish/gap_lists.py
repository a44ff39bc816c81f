"""Gaps at the scale of a megacity: the foremost of each standard, and whole lists by district."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from livingcircle.city.model import City
from livingcircle.io.file_names import file_stem
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.publish.frames import gaps_frame
from livingcircle.standards.result import Result

__all__ = ["GAPS_SHOWN", "GapLists", "areas_note", "gap_lists", "legs_note"]

GAPS_SHOWN = 1_000
"""So many gaps of a standard stand in gaps.csv, in the workbook and in the layers, those that leave
most people out; where a standard has more, all of them are in the lists of the districts."""

_STEM_BYTES = 100
"""Of a district's name, and of its id, in the name of its file."""
_OTHER, _ALL = "other", "all"


@dataclass(frozen=True, eq=False)
class GapLists:
    """The gaps of a result, as tables and layers show them."""

    shown: gpd.GeoDataFrame
    """The foremost of each standard."""
    total: int
    """How many there are."""
    by_district: tuple[tuple[str, gpd.GeoDataFrame], ...]
    """Name of the file and the gaps of each district, all of them; empty for a city of one district
    whose gaps are all shown."""

    @property
    def is_cut(self) -> bool:
        """Whether some gaps are in the lists of the districts only."""
        return len(self.shown) < self.total

    @property
    def note(self) -> LocalizedText:
        """What was left out, and where it is; empty where nothing was."""
        if not self.is_cut:
            return EMPTY
        names = [name for name, _ in self.by_district]
        where = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
        return LocalizedText(
            f"共 {self.total:,} 处缺口；此处为每项标准未覆盖人口最多的 {GAPS_SHOWN:,} 处，"
            f"合计 {len(self.shown):,} 处；全部缺口按区县列在 {where}。",
            f"{self.total:,} gaps in all; here the {GAPS_SHOWN:,} of each standard that leave"
            f" most people out, {len(self.shown):,} together; all of them are listed by district in"
            f" {where}.",
        )


def gap_lists(result: Result) -> GapLists:
    """Return the gaps of a result: the foremost, and all of them by district.

    A gap belongs to the district of its unit, else to the one that it lies in.
    """
    # Tables, layers, map and report ask for the same ones.
    return result.derive(_made)


def _made(result: Result) -> GapLists:
    gaps = gaps_frame(result)
    shown = gaps[gaps["rank"].le(GAPS_SHOWN).to_numpy(dtype=bool)]
    named = _districts(result.city)
    if len(named) < 2 and len(shown) == len(gaps):
        return GapLists(shown, len(gaps), ())
    if not len(named):
        return GapLists(shown, len(gaps), ((f"gaps_{_ALL}.csv", gaps),))
    lies_in = _district_of(gaps, result.city)
    return GapLists(shown, len(gaps), tuple(_lists(gaps, lies_in, named)))


def _lists(
    gaps: gpd.GeoDataFrame, lies_in: pd.Series, named: pd.Series
) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Yield the gaps of each district in the order of its table, then those of none."""
    files = _file_names(named)
    parts = dict(iter(gaps.groupby(lies_in.to_numpy())))
    for district, file in files.items():
        if district in parts:
            yield file, parts[district]
    rest = gaps[~lies_in.isin(named.index).to_numpy()]
    if len(rest):
        yield f"gaps_{_OTHER}.csv", rest


def _districts(city: City) -> pd.Series:
    """Return name by id of the districts."""
    table = city.units.get("district")
    if table is None:
        return pd.Series(dtype=object)
    names = pd.Series(table["name"].to_numpy(dtype=object), index=table["unit_id"].astype(str))
    return names[~names.index.duplicated()]


def _file_names(named: pd.Series) -> dict[str, str]:
    """Return id → file; namesakes are told apart by their ids, else by a number.

    >>> _file_names(pd.Series({"1": "东区", "2": "西区", "3": "西区"}))
    {'1': 'gaps_东区.csv', '2': 'gaps_西区_2.csv', '3': 'gaps_西区_3.csv'}
    """
    stems = named.fillna("").map(lambda name: file_stem(str(name), _STEM_BYTES))
    alike = _alike(stems)
    shared = alike.duplicated(keep=False) | alike.isin([_OTHER, _ALL, "city"])
    own = stems + "_" + named.index.map(lambda key: file_stem(str(key), _STEM_BYTES))
    names = stems.where(~shared, own)
    # Another district may be called what a name and an id make together, or ids differ only by
    # signs that no file name takes. Each round settles the first of every name, so this ends.
    while (nth := names.groupby(_alike(names)).cumcount()).any():
        names = names.where(nth == 0, names + "-" + (nth + 1).astype(str))
    return {str(key): f"gaps_{name}.csv" for key, name in names.items()}


def _alike(names: pd.Series) -> pd.Series:
    """Return what Windows and macOS take a name for: capitals and accents apart are the same."""
    return names.str.normalize("NFC").str.casefold()


def _district_of(gaps: gpd.GeoDataFrame, city: City) -> pd.Series:
    """Return the id of each gap's district; None where it lies in none."""
    found = pd.Series(None, index=gaps.index, dtype=object)
    unit, level = gaps["unit_id"].astype(str), gaps["level"]
    for name, table in city.units.items():
        column = "unit_id" if name == "district" else "district"
        if column not in table or not len(table):
            continue
        ids = table["unit_id"].astype(str)
        above = pd.Series(table[column].to_numpy(dtype=object), index=ids)
        above = above[~above.index.duplicated()]
        found = found.where(level != name, unit.map(above))
    districts = city.units["district"]
    lost = found.isna() | ~found.isin(districts["unit_id"].astype(str))
    if lost.any():
        points = gpd.GeoSeries(
            gpd.points_from_xy(gaps.loc[lost, "lon"], gaps.loc[lost, "lat"]),
            index=gaps.index[lost],
            crs=4326,
        )
        row, area = districts.sindex.query(points.to_numpy(), predicate="intersects")
        first = pd.Series(area, index=points.index[row]).groupby(level=0).min()
        ids = districts["unit_id"].astype(str).to_numpy(dtype=object)
        found = found.mask(lost, pd.Series(ids[first.to_numpy(dtype=int)], index=first.index))
    return found


def areas_note(shown: int, total: int) -> LocalizedText:
    """Say how many gap areas a layer leaves out; empty where it has them all."""
    if shown == total:
        return EMPTY
    return LocalizedText(
        f"共 {total:,} 片未覆盖区域；此处为每项标准人口最多的 {GAPS_SHOWN:,} 片；"
        "每个居民点的状态见 demand 图层。",
        f"{total:,} gap areas in all; here the {GAPS_SHOWN:,} of each standard with most"
        " people; the layer demand has the status of every home.",
    )


def legs_note(shown: int, total: int) -> LocalizedText:
    """Say how many access legs a layer leaves out; empty where it has them all."""
    if shown == total:
        return EMPTY
    return LocalizedText(
        f"共 {total:,} 条接入段；此处为最长的 {shown:,} 条（含接不上路网的点）。",
        f"{total:,} access legs in all; here the {shown:,} longest, with the points off the"
        " network.",
    )
