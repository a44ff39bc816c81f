"""Quality findings: what looks wrong about the inputs, where, and how much of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import NotRequired, TypedDict, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle._resources import resource_toml
from livingcircle.io.column_names import ColumnValues
from livingcircle.io.notes import word_in_chinese
from livingcircle.localized import LocalizedText, number
from livingcircle.vocab.categories import normalise
from livingcircle.vocab.groups import AGE_GROUPS

__all__ = [
    "QUALITY_COLUMNS",
    "check_rules",
    "check_title",
    "contradicting_figures",
    "duplicates",
    "folded_issues",
    "issue",
    "issues",
    "land_without_unit",
    "name_twice",
    "no_issues",
    "one_issue",
    "overlaps",
    "points_counted",
    "rows_and_reason",
    "same_point",
]

QUALITY_COLUMNS = [
    "check",
    "severity",
    "text_zh",
    "text_en",
    "count",
    "source_file",
    "source_row",
    "people",
    "geometry",
]
"""``people`` are those whom a finding is about where nobody knows their place, else NaN."""
# Beyond this count in one file, one summary finding.
_MOST_ROWS = 100


_NAME_ZH, _NAME_EN = re.compile("“[^”]*”"), re.compile("'[^']*'")
"""What a sentence names; findings that differ by it alone are told once."""


class Rule(TypedDict):
    """One check of checks.toml; which thresholds it has is its own matter."""

    title: list[str]
    severity: str
    zh: str
    en: str
    metres: NotRequired[float]
    metres_per_ha: NotRequired[float]
    m2: NotRequired[float]
    share: NotRequired[float]
    low: NotRequired[float]
    high: NotRequired[float]
    names: NotRequired[int]
    people: NotRequired[int]
    years: NotRequired[int]


def check_rules() -> Mapping[str, Rule]:
    """Return the checks: name → severity, sentences and thresholds (``checks.toml``)."""
    return cast("Mapping[str, Rule]", resource_toml("livingcircle.city", "checks.toml"))


def check_title(check: str) -> LocalizedText:
    """Return what a check is called where people read it."""
    return LocalizedText(*check_rules()[check]["title"])


def folded_issues(table: pd.DataFrame) -> pd.DataFrame:
    """Return findings of a file that say the same of many things as one row, in their order.

    Parameters
    ----------
    table
        Columns ``QUALITY_COLUMNS`` but the geometry.

    Returns
    -------
    DataFrame
        ``check``, ``severity``, ``text_zh`` and ``text_en`` (the first, and how many more),
        ``source_file``, ``times``, ``source_rows`` (a list).
    """
    names = ["check", "severity", "text_zh", "text_en", "source_file", "times", "source_rows"]
    if not len(table):
        return pd.DataFrame({name: pd.Series(dtype=object) for name in names})
    zh, en = table["text_zh"].astype(str), table["text_en"].astype(str)
    keys = [
        table["check"], table["severity"], zh.str.replace(_NAME_ZH, "", regex=True),
        en.str.replace(_NAME_EN, "", regex=True), table["source_file"].fillna(""),
    ]  # fmt: skip
    number = pd.MultiIndex.from_arrays(keys).factorize()[0]
    groups = table.assign(text_zh=zh, text_en=en).groupby(number, sort=False)
    out = groups[names[:5]].first()
    out["times"] = groups.size()
    known = table["source_row"].dropna()
    rows = known.groupby(number[table["source_row"].notna().to_numpy()]).agg(list)
    out["source_rows"] = [rows.get(n, []) for n in out.index]
    named = (out["times"] > 1) & (groups["text_zh"].nunique() > 1)
    more = out["times"].astype(str)
    out["text_zh"] = out["text_zh"].where(
        ~named,
        [t.replace("”", f"”等 {n} 处", 1) for t, n in zip(out["text_zh"], more, strict=True)],
    )
    rest = (out["times"] - 1).astype(str)
    out["text_en"] = out["text_en"].where(~named, out["text_en"] + " (and " + rest + " more)")
    return out.reset_index(drop=True)


def no_issues() -> gpd.GeoDataFrame:
    """Return a table of findings without a row."""
    return _no_issues().copy()


@cache
def _no_issues() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({c: [] for c in QUALITY_COLUMNS[:-1]}, geometry=[], crs=4326)


def issues(
    check: str, where: gpd.GeoDataFrame, count: int | pd.Series = 1, **words: ColumnValues
) -> gpd.GeoDataFrame:
    """Return one finding per row; those of one file are folded into one where there are very many.

    Parameters
    ----------
    check
        Name in ``checks.toml``.
    where
        EPSG:4326; ``source_file`` and ``source_row`` where known, and the geometry to show.
    count
        How many rows of the input a finding is about.
    **words
        What the sentences name: a value, or a Series aligned with ``where``.
    """
    if where.empty:
        return no_issues()
    rule = check_rules()[check]
    thresholds = {k: v for k, v in rule.items() if k not in ("zh", "en", "severity", "title")}
    frame = pd.DataFrame({"count": count, **thresholds, **words}, index=where.index)
    file = where["source_file"] if "source_file" in where else pd.Series("", index=where.index)
    row = where["source_row"] if "source_row" in where else pd.Series(np.nan, index=where.index)
    parts = []
    for name, rows in frame.groupby(file.fillna("").to_numpy()):
        shown = where.loc[rows.index]
        records = cast("list[dict[str, object]]", rows.head(_MOST_ROWS).to_dict("records"))
        chinese = [r | {"field": word_in_chinese(cast("str", r.get("field", "")))} for r in records]
        zh = [rule["zh"].format_map(_Shown(r)) for r in chinese]
        en = [rule["en"].format_map(_Shown(r)) for r in records]
        if len(rows) > _MOST_ROWS:
            points = shapely.point_on_surface(shown.geometry.dropna().to_numpy())
            first = f"{len(rows)} 处，例如：{zh[0]}", f"{len(rows)} times, for example: {en[0]}"
            all_in_one = shapely.multipoints(points)
            parts.append(one_issue(check, *first, int(rows["count"].sum()), all_in_one, str(name)))
            continue
        table = pd.DataFrame(
            {
                "check": check,
                "severity": rule["severity"],
                "text_zh": zh,
                "text_en": en,
                "count": rows["count"].to_numpy(),
                "source_file": name,
                "source_row": row.loc[rows.index].to_numpy(dtype=np.float64),
            }
        )
        parts.append(gpd.GeoDataFrame(table, geometry=shown.geometry.to_numpy(), crs=4326))
    return pd.concat(parts, ignore_index=True)


class _Shown(dict[str, object]):
    """Values of a sentence as they are shown: whole numbers with thousands, None as a dash."""

    def __getitem__(self, key: str) -> object:
        value = super().__getitem__(key)
        if isinstance(value, (float, np.floating)):
            value = float(value)
            if math.isnan(value):
                return "—"
            return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.1f}"
        return "—" if value is None else value


def _areas(m2: FloatArray) -> dict[str, list[str]]:
    """Return areas as people read them: from 1 km² on in km²."""
    words = [
        (number(a / 1e6), "平方公里", "km²") if a >= 1e6 else (f"{a:,.0f}", "平方米", "m²")
        for a in m2.tolist()
    ]
    return {
        "area_zh": [f"{value} {zh}" for value, zh, _ in words],
        "area_en": [f"{value} {en}" for value, _, en in words],
    }


def rows_and_reason(numbers: pd.Series, zh: str, en: str) -> dict[str, str]:
    """Name up to ten rows, and why: what the sentences of checks.toml add."""
    known = numbers.dropna().astype(int)
    first, more = [str(n) for n in known.head(10)], len(known) - 10
    rows_zh, rows_en = "", ""
    if first:
        rows_zh = f"（第 {'、'.join(first)} 行" + f"，另有 {more} 行" * (more > 0) + "）"
        rows_en = f" ({'row' if len(known) == 1 else 'rows'} {', '.join(first)}"
        rows_en += f", … and {more} more" * (more > 0) + ")"
    return {
        "rows": "1 row" if len(numbers) == 1 else f"{len(numbers)} rows",
        "rows_zh": rows_zh + (f"：{zh}" if zh else ""),
        "rows_en": rows_en + (f": {en}" if en else ""),
    }


def points_counted(count: int) -> str:
    """Return a number of demand points as the English sentences of checks.toml name it.

    >>> points_counted(1), points_counted(2)
    ('1 demand point', '2 demand points')
    """
    return "1 demand point" if count == 1 else f"{count:,} demand points"


def one_issue(
    check: str,
    zh: str,
    en: str,
    count: int,
    geometry: shapely.Geometry | None = None,
    file: str = "",
) -> gpd.GeoDataFrame:
    """Return a single finding with sentences of its own."""
    row = {
        "check": check,
        "severity": check_rules()[check]["severity"],
        "text_zh": zh,
        "text_en": en,
        "count": count,
        "source_file": file,
        "source_row": np.nan,
    }
    return gpd.GeoDataFrame([row], geometry=[geometry], crs=4326)


def issue(
    check: str,
    count: int,
    geometry: shapely.Geometry | None = None,
    file: str = "",
    **words: ColumnValues,
) -> gpd.GeoDataFrame:
    """Return a single finding in the words of ``checks.toml``."""
    where = gpd.GeoDataFrame({"source_file": [file]}, geometry=[geometry], crs=4326)
    return issues(check, where, count, **words)


# -- facilities --------------------------------------------------------------------------------


def duplicates(table: gpd.GeoDataFrame, crs_m: pyproj.CRS) -> gpd.GeoDataFrame:
    """Find facilities that have the same name and stand within 30 m of each other.

    Parameters
    ----------
    table
        ``facility_id``, ``name``, ``categories``, ``source_file``, ``source_row``; EPSG:4326.
    crs_m
        The city's metres.
    """
    named = table[table["name"].notna() & table.geometry.notna()]
    # Two services of one name in one building (a library and a clinic) are two facilities.
    named = named.explode("categories")
    plain = named["name"].map(normalise) + "|" + named["categories"].astype("string").fillna("")
    several = named[plain.duplicated(keep=False).to_numpy()]
    if several.empty:
        return no_issues()
    key = plain[plain.duplicated(keep=False).to_numpy()].to_numpy()
    shapes = several.geometry.to_crs(crs_m).to_numpy()
    metres = check_rules()["duplicate_name"]["metres"]
    one, two = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=metres)
    ids = several["facility_id"].to_numpy()
    pair = (one < two) & (key[one] == key[two]) & (ids[one] != ids[two])
    first = pd.DataFrame({"one": one[pair], "id": ids[two[pair]]}, index=two[pair]).sort_values(
        "one"
    )
    first = first[~first["id"].duplicated()].sort_index()
    where = several.iloc[first.index].reset_index(drop=True)
    one_row = several["source_row"].to_numpy(dtype=np.float64)[first["one"].to_numpy()]
    one_id = ids[first["one"].to_numpy()]
    other = [str(i) if np.isnan(r) else f"{r:.0f}" for r, i in zip(one_row, one_id, strict=True)]
    return issues("duplicate_name", where, 2, name=where["name"], other=other)


def same_point(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Find points that several facilities of different names share to the last decimetre."""
    points = table[table.geometry.geom_type == "Point"]
    key = [points.geometry.x.round(6), points.geometry.y.round(6)]
    names = points["name"].fillna("").map(normalise)
    distinct = names.groupby(key).transform("nunique")
    crowd = points[distinct >= check_rules()["same_point"]["names"]]
    where = crowd[~crowd.duplicated("geometry")]
    rounded = [where.geometry.x.round(6), where.geometry.y.round(6)]
    where = where[~pd.DataFrame(rounded).T.duplicated().to_numpy()]
    return issues("same_point", where, distinct.loc[where.index].astype(int))


# -- units -------------------------------------------------------------------------------------


def overlaps(units: gpd.GeoDataFrame, crs_m: pyproj.CRS) -> gpd.GeoDataFrame:
    """Find units of one level that overlap by more than a sliver."""
    rule = check_rules()["units_overlap"]
    shapes = units.geometry.to_crs(crs_m).to_numpy()
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, two = one[one < two], two[one < two]
    shared = shapely.intersection(shapes[one], shapes[two])
    size = shapely.area(shared)
    smaller = np.minimum(shapely.area(shapes[one]), shapely.area(shapes[two]))
    found = (size > rule["m2"]) & (size > rule["share"] * smaller)
    rows = units.iloc[two[found]]
    where = rows.set_geometry(gpd.GeoSeries(shared[found], index=rows.index, crs=crs_m))
    where = where.to_crs(4326).reset_index(drop=True)
    other = units["name"].to_numpy()[one[found]]
    return issues("units_overlap", where, 2, name=where["name"], other=other, **_areas(size[found]))


def land_without_unit(
    units: gpd.GeoDataFrame, whole: shapely.Geometry | None, crs_m: pyproj.CRS
) -> gpd.GeoDataFrame:
    """Find land of the whole that belongs to no unit.

    Parameters
    ----------
    units
        Units of the finest level, EPSG:4326.
    whole
        Polygon of the city, EPSG:4326; holes between the units count without it too.
    """
    covered = shapely.union_all(units.geometry.to_crs(crs_m).to_numpy())
    if shapely.is_empty(covered):
        return no_issues()
    parts = shapely.get_parts(covered)
    filled = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(parts)))
    if whole is not None:
        city = gpd.GeoSeries([whole], crs=4326).to_crs(crs_m).iloc[0]
        filled = shapely.union(filled, city)
    holes = shapely.get_parts(shapely.difference(filled, covered))
    # Opened by two metres: slivers along borders drawn twice are no holes.
    size = shapely.area(holes)
    solid = shapely.area(shapely.buffer(holes, -2.0)) > 0
    found = (size > check_rules()["units_hole"]["m2"]) & solid
    where = gpd.GeoDataFrame(geometry=holes[found], crs=crs_m).to_crs(4326)
    return issues("units_hole", where, 1, **_areas(size[found]))


def name_twice(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Find units of one level that share a name."""
    plain = units["name"].map(normalise)
    count = plain.groupby(plain).transform("size")
    where = units[(count > 1) & ~plain.duplicated() & (plain != "")]
    return issues("same_unit_name", where, count.loc[where.index], name=where["name"])


# -- figures -----------------------------------------------------------------------------------


def contradicting_figures(
    table: gpd.GeoDataFrame, names: pd.Series, zeros: list[str]
) -> gpd.GeoDataFrame:
    """Find figures that contradict each other, or say nothing.

    Parameters
    ----------
    table
        Units or demand points with ``residents``, ``households`` and groups.
    names
        What to call each row.
    zeros
        Columns where a zero among values is suspicious.
    """
    people, homes = table["residents"], table["households"]

    def found(check: str, rows: BoolArray | pd.Series, **words: ColumnValues) -> gpd.GeoDataFrame:
        which = np.asarray(rows, dtype=bool)
        if not which.any():
            return no_issues()
        where = table[which]
        chosen = {
            k: v.loc[where.index] if isinstance(v, pd.Series) else v for k, v in words.items()
        }
        return issues(check, where, 1, name=names.loc[where.index], **chosen)

    parts = []
    if (people > 0).any() and (homes > 0).any():
        parts.append(found("households_without_residents", (homes > 0) & ~(people > 0)))
        parts.append(found("residents_without_households", (people > 0) & ~(homes > 0)))
        rule, size = check_rules()["persons_per_household"], people / homes.where(homes > 0)
        # One flat may hold ten people; of fifty households that cannot be the mean.
        odd = ((size < rule["low"]) | (size > rule["high"])) & (people > 0) & (homes >= 50)
        parts.append(found("persons_per_household", odd, value=size))
    for field in AGE_GROUPS:
        more = table[field] > people * 1.0000001
        parts.append(
            found("group_exceeds_residents", more, field=field, value=table[field], people=people)
        )
    for field in zeros:
        zero = table[field].eq(0) & bool((table[field] > 0).any())
        parts.append(found("suspicious_zero", zero, field=field))
    return pd.concat(parts, ignore_index=True)
