"""Buildings as demand: which are homes, and how large they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray
from livingcircle._resources import resource_toml
from livingcircle.errors import InputError
from livingcircle.io.notes import Note, shorten
from livingcircle.io.table.numbers import read_cells
from livingcircle.localized import LocalizedText
from livingcircle.osm.objects import read_objects
from livingcircle.vocab.categories import normalise

__all__ = ["STOREY_M", "floor_area", "homes", "osm_homes", "read_osm_buildings", "storeys_of"]

STOREY_M = 3.0
"""Height of a storey of homes: GB 50096-2011, 5.5.1 has 2.8 m, and roofs come on top."""


@cache
def _uses() -> Mapping[str, bool]:
    """Return word → whether people live in a building of that use."""
    data = resource_toml("livingcircle.city", "buildings.toml")
    home = {normalise(word): True for word in data["residential"]}
    return home | {normalise(word): False for word in data["other"]}


@cache
def _not_a_home() -> frozenset[str]:
    """Return the keys of OpenStreetMap that make a building no home."""
    return frozenset(resource_toml("livingcircle.city", "buildings.toml")["osm"]["not_a_home"])


def _by_parts(word: str) -> bool | None:
    """Return whether a use that no list has is that of a home, by what it contains.

    >>> _by_parts("商业服务业设施用地"), _by_parts("mixed residential"), _by_parts("其他非居住")
    (False, True, False)
    >>> _by_parts("warehousing"), _by_parts("村民委员会"), _by_parts("housing")
    (False, False, True)
    """
    parts = resource_toml("livingcircle.city", "buildings.toml")["parts"]
    homes, no = ("|".join(map(re.escape, parts[name])) for name in ("residential", "not"))
    said_not = "|".join([rf"(?:{no})[-_ ]?(?:{homes})", *map(re.escape, parts["no_home"])])
    rest = re.sub(said_not, "\0", word)
    if re.search(homes, rest):
        return True
    if rest != word:
        return False
    return False if any(part in word for part in parts["other"]) else None


def homes(use: pd.Series, *, file: str) -> tuple[BoolArray, list[Note]]:
    """Return which buildings people live in by what they are used for.

    Parameters
    ----------
    use
        Texts as the table has them; missing and unknown words count as homes.
    file
        For the notes.
    """
    known = _uses()
    distinct = use.dropna().astype(str).unique()
    meant = {text: known.get(normalise(text), _by_parts(normalise(text))) for text in distinct}
    home = ~use.isin([t for t, m in meant.items() if m is False]).to_numpy(dtype=bool)
    notes = []
    left_out = use[~home].value_counts()
    if len(left_out):
        listed, count = _listed(left_out), int((~home).sum())
        text = LocalizedText(
            f"{count} 栋建筑不是住宅：{listed.zh}", f"{count} buildings are no homes: {listed.en}"
        )
        notes.append(Note(file, "use", text))
    unknown = use[use.isin([t for t, m in meant.items() if m is None])].value_counts()
    if len(unknown):
        listed = _listed(unknown)
        text = LocalizedText(
            f"用途未能识别，按住宅计：{listed.zh}", f"uses not known, counted as homes: {listed.en}"
        )
        notes.append(Note(file, "use", text))
    return home, notes


def _listed(counts: pd.Series) -> LocalizedText:
    """Name the first uses with how many buildings have each."""
    first = [(shorten(use, 20), count) for use, count in counts.head(6).items()]
    return LocalizedText(
        "、".join(f"{use}（{count}）" for use, count in first),
        ", ".join(f"{use} ({count})" for use, count in first),
    )


def osm_homes(tags: pd.DataFrame, *, file: str) -> tuple[BoolArray, list[Note]]:
    """Return which OpenStreetMap buildings people live in, one row of tags per building.

    Raises
    ------
    InputError
        None of them is residential.
    """
    use = tags.get("building", pd.Series(dtype=object))
    home, notes = homes(use, file=file)
    marked = tags.columns.intersection(list(_not_a_home()))
    place = (use == "yes").to_numpy() & tags[marked].notna().any(axis=1).to_numpy()
    kept = home & ~place
    if not kept.any():
        raise InputError(
            "the file holds no residential building",
            hint="Give another source of demand, or leave [demand] out",
            file=file,
        )
    taken, bare = int(kept.sum()), int((use[kept] == "yes").sum())
    left = int((place & home).sum())
    text = LocalizedText(
        f"{len(tags)} 栋建筑中有 {taken} 栋视为住宅，其中 {bare} 栋只标有 building=yes；"
        f"另有 {left} 栋同样标注的建筑是商店、办公等，已略去",
        f"{taken} of {len(tags)} buildings are taken as homes;"
        f" {bare} of them say only building=yes,"
        f" {left} such are a shop, an office or the like and were left out",
    )
    notes.append(Note(file, "use", text))
    return kept, notes


def read_osm_buildings(path: Path, *, file: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Read the residential buildings of an OpenStreetMap extract.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326 polygons (points where only an entrance node is mapped), ``demand_id``,
        ``storeys`` and ``households`` (``building:flats``), NaN where not tagged.
    list of Note
        How many buildings there are and which were left out.

    Raises
    ------
    InputError
        The file holds no residential building.
    """
    frame = read_objects(path, {"building": ["building=*"]}, nodes=False)
    tags = pd.DataFrame(frame["tags"].tolist(), index=frame.index, dtype=object)
    kept, notes = osm_homes(tags, file=file)
    frame, tags = frame[kept].reset_index(drop=True), tags[kept].reset_index(drop=True)
    blank = pd.Series(np.nan, index=frame.index)
    out = gpd.GeoDataFrame(
        {
            "demand_id": frame["osm"],
            "kind": tags["building"],
            "storeys": read_cells(tags.get("building:levels", blank), "count").values,
            "source_row": blank,
        },
        geometry=frame.geometry,
        crs=4326,
    )
    if "building:flats" in tags:
        out["households"] = read_cells(tags["building:flats"], "count").values
    return out, notes


def floor_area(
    footprint_m2: pd.Series, storeys: pd.Series | None, *, file: str
) -> tuple[pd.Series, list[Note]]:
    """Return floor areas: footprint × storeys; unknown storeys are the median of the known ones.

    Where no building says how many storeys it has, the footprint itself is the floor area.
    """
    if storeys is None or not (storeys > 0).any():
        text = LocalizedText(
            "未给出楼层数，以基底面积代替建筑面积",
            "no storeys are given: the footprint stands for the floor area",
        )
        return footprint_m2.where(footprint_m2 > 0), [Note(file, "storeys", text)]
    known = storeys.where(storeys > 0)
    notes = []
    if known.isna().any():
        unknown = int(known.isna().sum())
        text = LocalizedText(
            f"{len(known)} 栋建筑中有 {unknown} 栋未注明楼层数，"
            f"以其余建筑的中位数 {known.median():g} 层代替",
            f"{unknown} of {len(known)} buildings do not say how many storeys they"
            f" have; the median of the others, {known.median():g}, stands in",
        )
        notes.append(Note(file, "storeys", text))
    return (footprint_m2 * known.fillna(known.median())).where(footprint_m2 > 0), notes


def storeys_of(table: pd.DataFrame, *, file: str) -> tuple[pd.Series | None, list[Note]]:
    """Return the storeys of buildings; those that state only a height have one for every 3 m.

    Parameters
    ----------
    table
        ``storeys`` and ``height_m`` (metres) where the table has them.
    file
        For the notes.

    Returns
    -------
    Series or None
        NaN where neither is stated; None where the table has neither column.
    """
    stated = table.get("storeys")
    if "height_m" not in table:
        return stated, []
    height = table["height_m"].where(table["height_m"] > 0)
    derived = (height / STOREY_M).round().clip(lower=1.0)
    out = derived if stated is None else stated.where(stated > 0, derived)
    filled = int((out.notna() & (True if stated is None else ~(stated > 0))).sum())
    if not filled:
        return out, []
    text = LocalizedText(
        f"{filled} 栋建筑未注明楼层数，按每 {STOREY_M:g} 米一层由高度推算",
        f"{filled} buildings state a height and no storeys: one for every {STOREY_M:g} m",
    )
    return out, [Note(file, "storeys", text, 'columns = { "..." = "" }')]
