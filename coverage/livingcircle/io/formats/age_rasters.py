"""Rasters of people by age and sex (WorldPop's, ASPECT's) → cells with residents and groups.

Which ages a raster holds is read from its name, or from the names of its bands: ``chn_f_65_2020``
(women from 65 on, to where the next class begins), ``0_14``, ``65plus``, ``age_80``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray
from livingcircle.errors import InputError
from livingcircle.io.formats.located_raster import located_raster
from livingcircle.io.formats.raster import PER, counted_per, read_cells_of
from livingcircle.io.notes import Note
from livingcircle.localized import LocalizedText
from livingcircle.vocab.gait import Stratum, strata
from livingcircle.vocab.groups import AGES

__all__ = ["ages_named", "read_age_rasters"]

_OLDEST = 130
# A class named by its first age alone is a year, four, five or ten wide wherever it is published.
_WIDEST = 10
# A class that ends here or later holds the oldest too.
_ALL = 100
_SEX = re.compile(
    r"(?:^|[_\-. ])([fmt])[_\-](\d{1,2})(?:[_\-](\d{1,3}))?(?=$|[_\-. ])", re.IGNORECASE
)
_SEXES = re.compile(r"(?:^|[_\-. ])(female|women|male|men|女|男)", re.IGNORECASE)
_RANGE = re.compile(r"(?<!\d)(\d{1,3})(?:[_\-~–至到]|_?to_?)(\d{1,3})(?!\d)", re.IGNORECASE)
_FROM = re.compile(
    r"(?<!\d)(\d{1,3})_?(?:plus|\+|up|over|above|岁?及?以上)|(?:over|above)_?(\d{1,3})(?!\d)",
    re.IGNORECASE,
)
_AGE = re.compile(r"age[_\-]?(\d{1,3})(?!\d)", re.IGNORECASE)


_SEXED = {"m": "men", "f": "women"}


@dataclass(frozen=True)
class _Class:
    """What one band holds."""

    path: Path
    band: int
    sex: str
    """"f", "m", or "t" for both together."""
    low: float
    high: float | None
    """None: to where the next class begins."""


def ages_named(name: str) -> tuple[str, float, float | None] | None:
    """Return sex, lowest age and the age that a name ends below; None where it names none.

    >>> ages_named("chn_f_0_2020"), ages_named("aspect_2020_0_14"), ages_named("pop_65plus")
    (('f', 0.0, None), ('t', 0.0, 15.0), ('t', 65.0, inf))
    """
    if sexed := _SEX.search(name):
        low, last = float(sexed[2]), float(sexed[3] or 0)
        return sexed[1].lower(), low, last + 1 if low < last < _OLDEST else None
    words = _SEXES.search(name)
    sex = "t" if words is None else "f" if words[1].lower()[0] in "fw女" else "m"
    if found := _FROM.search(name):
        return sex, float(found[1] or found[2]), np.inf
    for found in _RANGE.finditer(name):
        low, high = float(found[1]), float(found[2])
        if low < high < _OLDEST:
            return sex, low, high + 1
    if found := _AGE.search(name):
        return sex, float(found[1]), None
    return None


def read_age_rasters(
    paths: Sequence[Path],
    bounds: tuple[float, float, float, float],
    per: str | None = None,
    crs: str | None = None,
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Read the inhabited cells of rasters of people by age, all of one grid.

    Parameters
    ----------
    paths
        Rasters of people; which ages is told by their names.
    bounds
        West, south, east, north in degrees: only cells whose centre lies within are taken.
    per
        What people are counted per; None: as ``counted_per`` has it of each.
    crs
        Their coordinate system, where the files do not say it, or say it wrongly.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326 points in the middle of cells: ``residents`` (all classes together, not rounded),
        ``under3``, ``children`` (under 15) and ``age65``, ``source_row`` (cell number from 0);
        of rasters by sex also ``men_20_29`` and the other decades of measured walking speeds. A
        class that a group cuts counts by its share of years.
    list of Note
        What was taken for which ages.

    Raises
    ------
    InputError
        A name tells no age, a sex or ages are missing, classes overlap, or the grids differ.
    """
    classes = _with_ends(_without_totals([one for path in paths for one in _classes(path, crs)]))
    grid: tuple[object, ...] | None = None
    total: pd.DataFrame | None = None
    of_each = {one.path: per or counted_per(one.path) for one in classes}
    for one in classes:
        with located_raster(one.path, crs) as (raster, own):
            mine = (own, raster.width, raster.height, *np.round(raster.transform, 9))
        if grid is not None and mine != grid:
            raise InputError(
                "its grid differs from that of the other rasters by age",
                hint="Give rasters of one grid, as they are published.",
                file=one.path,
            )
        grid = mine
        cells, _, _ = read_cells_of(one.path, bounds, one.band, of_each[one.path], crs)
        frame = _by_group(cells, one)
        total = frame if total is None else total.add(frame, fill_value=0.0)
    if total is None or total.empty:
        raise InputError(
            "nobody lives in the part of the raster that covers the city", file=paths[0]
        )
    if any(o.high == np.inf and o.low < strata()[-1].ages[0] for o in classes):
        # Of "65 and over" nobody knows who is over 80.
        total = total.drop(columns=[who.column for who in strata()], errors="ignore")
    xy = total[["x", "y"]].to_numpy() / total[["count"]].to_numpy()
    out = gpd.GeoDataFrame(
        total.drop(columns=["x", "y", "count"]).rename_axis("source_row").reset_index(),
        geometry=gpd.points_from_xy(*xy.T),
        crs=4326,
    )
    return out, _notes(classes, out, of_each)


def _classes(path: Path, crs: str | None) -> list[_Class]:
    """Return the classes of a raster's bands."""
    with located_raster(path, crs) as (raster, _):
        described = [text or "" for text in raster.descriptions]
    found = []
    for band, text in enumerate(described, 1):
        ages = ages_named(text) or (ages_named(path.stem) if len(described) == 1 else None)
        if ages is None:
            raise InputError(
                "neither its name nor that of its band says which ages it holds",
                hint='Name it as published: "chn_f_0_2020.tif", "0_14.tif", "65plus.tif".',
                file=path,
                field=f"band {band}",
            )
        found.append(_Class(path, band, *ages))
    return found


def _without_totals(classes: list[_Class]) -> list[_Class]:
    """Return the classes of both sexes together where they are given, else those of each sex."""
    both = [one for one in classes if one.sex == "t"]
    if both:
        for one in classes:
            if one.sex != "t" and not any(_holds(o, one.low) for o in both):
                raise InputError(
                    f"the rasters of all people hold no ages from {one.low:g} on",
                    hint="Give all ages of both sexes together, or only those of each sex.",
                    file=one.path,
                )
        return both
    women, men = (sorted(o.low for o in classes if o.sex == sex) for sex in "fm")
    if women != men:
        lone = next(o for o in classes if (women + men).count(o.low) != 2)
        raise InputError(
            f"the other sex is missing for the ages from {lone.low:g} on",
            hint="Give the rasters of both sexes, or those of all people.",
            file=lone.path,
        )
    return classes


def _holds(one: _Class, age: float) -> bool:
    """Return whether an age is of a class, as far as its name says."""
    return one.low == age or (one.high is not None and one.low < age < one.high)


def _with_ends(classes: list[_Class]) -> list[_Class]:
    """Return the classes with the age that each ends below: where the next one begins."""
    lows = sorted({one.low for one in classes})
    after = dict(zip(lows, [*lows[1:], np.inf], strict=True))
    ended = [
        _Class(o.path, o.band, o.sex, o.low, after[o.low] if o.high is None else o.high)
        for o in classes
    ]
    seen: set[tuple[str, float]] = set()
    for one in ended:
        if (one.sex, one.low) in seen or float(one.high or 0) > after[one.low]:
            raise InputError(
                f"its ages from {one.low:g} on are those of another raster too",
                hint="Give each age once.",
                file=one.path,
            )
        seen.add((one.sex, one.low))
    for one in classes:
        end = after[one.low]
        if one.high is None and np.isfinite(end) and end - one.low > _WIDEST:
            raise InputError(
                f"the ages between {one.low:g} and {end - 1:g} are missing",
                hint='Give the rasters of all ages, or name one as what it holds: "f_15_64.tif".',
                file=one.path,
            )
    return ended


def _ages_held(classes: Sequence[_Class]) -> list[tuple[float, float]]:
    """Return the ages that the classes hold together, each stretch from and below."""
    held: list[tuple[float, float]] = []
    for low, high in sorted((o.low, float(o.high or 0)) for o in classes):
        if held and low <= held[-1][1]:
            held[-1] = (held[-1][0], max(high, held[-1][1]))
        else:
            held.append((low, high))
    return held


def _by_group(cells: gpd.GeoDataFrame, one: _Class) -> pd.DataFrame:
    """Return cell number → residents and groups of one class, and where the cell is."""
    people: FloatArray = cells["residents"].to_numpy(dtype=np.float64)
    columns = {"residents": people}
    columns |= {group: people * _share(one, ages) for group, ages in AGES.items()}
    if one.sex != "t":
        own = [who.sex == _SEXED[one.sex] for who in strata()]
        columns |= {
            who.column: people * (_share(one, _decade(who)) if mine else 0.0)
            for who, mine in zip(strata(), own, strict=True)
        }
    where = {"x": cells.geometry.x.to_numpy(), "y": cells.geometry.y.to_numpy()}
    index = cells["source_row"].to_numpy()
    return pd.DataFrame({**columns, **where, "count": 1.0}, index=index)


def _decade(who: Stratum) -> tuple[float, float]:
    """Return the ages of a stratum, from and below; the oldest are with the last one."""
    low, last = who.ages
    return float(low), np.inf if last == strata()[-1].ages[1] else last + 1.0


def _share(one: _Class, ages: tuple[float, float]) -> float:
    """Return which share of a class is of a group; those of the open class are of one group."""
    low, high = one.low, float(one.high if one.high is not None else np.inf)
    if not np.isfinite(high):
        return 1.0 if low >= ages[0] and ages[1] == np.inf else 0.0
    return max(0.0, min(high, ages[1]) - max(low, ages[0])) / (high - low)


def _notes(
    classes: Sequence[_Class], table: gpd.GeoDataFrame, of_each: Mapping[Path, str]
) -> list[Note]:
    file = classes[0].path.name
    people = float(table["residents"].sum())
    cut = [o for o in classes if any(0.0 < _share(o, ages) < 1.0 for ages in AGES.values())]
    texts = [
        LocalizedText(
            f"{len(classes)} 个分年龄栅格：{len(table)} 个格子共 {people:,.1f} 人",
            f"{len(classes)} rasters by age: {people:,.1f} people in {len(table)} cells",
        )
    ]
    texts += [
        LocalizedText(f"数值理解为{PER[per].zh}", f"their values are people per {PER[per].en}")
        for per in dict.fromkeys(of_each.values())
        if per != "cell"
    ]
    held = _ages_held(classes)
    if len(held) > 1 or held[0][0] > 0 or held[0][1] < _ALL:
        ages = [f"{low:g}+" if high == np.inf else f"{low:g}-{high - 1:g}" for low, high in held]
        texts.append(
            LocalizedText(
                f"居民只含这些年龄的人，其余未计入：{'、'.join(ages)}",
                f"residents are those of these ages only, nobody else counts: {', '.join(ages)}",
            )
        )
    if cut:
        shown = ", ".join(f"{o.low:g}-{float(o.high or 0) - 1:g}" for o in cut[:4])
        texts.append(
            LocalizedText(
                f"按年数比例分入各人群的年龄段：{shown}",
                f"ages that a group cuts, shared out by years: {shown}",
            )
        )
    return [Note(file, "residents", text) for text in texts]
