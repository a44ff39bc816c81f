"""Disaggregate totals of units over the points in them; sums are kept to the person."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.city.buildings import homes
from livingcircle.city.config import DemandConfig
from livingcircle.city.inputs import Inputs
from livingcircle.city.units import Units
from livingcircle.errors import ConfigError
from livingcircle.io.notes import shorten, word_in_chinese
from livingcircle.localized import LocalizedText
from livingcircle.vocab.gait import strata
from livingcircle.vocab.groups import GROUPS
from livingcircle.vocab.levels import LEAVES
from livingcircle.vocab.texts import localized_name

__all__ = ["fill_figures", "largest_remainder"]


def largest_remainder(
    total: FloatArray, group: IntArray, weight: FloatArray, *, whole: bool = True
) -> FloatArray:
    """Share the total of each group out over its members in proportion to their weight.

    Parameters
    ----------
    total
        (groups,) totals; NaN for "not given".
    group
        (n,) group of each member; -1 for none.
    weight
        (n,) weights; NaN, negative and infinite ones count as 0. A group whose members all weigh
        nothing is shared out evenly.
    whole
        Give whole numbers by largest remainder (Hare's method) where the total is whole.

    Returns
    -------
    numpy.ndarray
        (n,) shares; NaN for a member of no group and of a group without a total. The shares of a
        group add up to its total: exactly where whole, else to rounding of doubles.

    Examples
    --------
    >>> largest_remainder(np.array([10.0]), np.array([0, 0, 0]), np.array([1.0, 1.0, 1.0]))
    array([4., 3., 3.])
    """
    count = len(total)
    out = np.full(len(group), np.nan)
    member = np.flatnonzero((group >= 0) & np.isfinite(np.append(total, np.nan)[group]))
    if not len(member):
        return out
    at = group[member]
    w = weight[member].astype(np.float64)
    w = np.where(np.isfinite(w) & (w > 0), w, 0.0)
    heavy = np.bincount(at, w, minlength=count)
    w = np.where(heavy[at] > 0, w, 1.0)
    heavy = np.bincount(at, w, minlength=count)
    exact = total[at] * (w / heavy[at])
    if not whole:
        out[member] = exact
        return out
    integral = np.isfinite(total) & (np.rint(total) == total)
    floor = np.floor(exact)
    handed_out = np.bincount(at, floor, minlength=count)
    left = np.where(integral, np.nan_to_num(total) - handed_out, 0.0)
    order = np.lexsort((np.arange(len(at)), -(exact - floor), at))
    first = np.searchsorted(at[order], np.arange(count))
    rank = np.empty(len(at), dtype=np.int64)
    rank[order] = np.arange(len(at)) - first[at[order]]
    out[member] = np.where(integral[at], floor + (rank < left[at]), exact)
    return out


def fill_figures(
    inputs: Inputs, part: DemandConfig, table: gpd.GeoDataFrame, units: Units
) -> gpd.GeoDataFrame:
    """Fill in the figures that the source of the demand lacks, and what each point counts for.

    Residents and households come from the finest units that state them, in proportion to what is
    known of the buildings; groups in proportion to residents. ``spread = "units"`` lets the
    units' figures win over the source's own, which then only say how to share them out.
    """
    if part.spread == "units" or table["residents"].isna().all():
        table = _people(inputs, part, table, units)
    table = _groups(inputs, table, units)
    table = _decades(inputs, table, units)
    return _weigh(inputs, part, table)


@dataclass(frozen=True)
class _Shared:
    """One figure of the units, shared out."""

    values: pd.Series
    level: str
    """Column of the demand that names the holder: ``leaf``, ``town``, ``district``, ``city``."""
    homeless: pd.DataFrame
    """Units that state people but hold no point."""


def _share(
    table: gpd.GeoDataFrame,
    units: Units,
    field: str,
    weight: pd.Series,
    *,
    whole: bool,
    nobody: bool = False,
) -> _Shared | None:
    """Share out a field of the finest level whose units state it; None where none does.

    Units that all state 0 state nothing, unless ``nobody`` says that they may mean it.
    """
    leaves = [units[level] for level in LEAVES if level in units]
    levels = {"leaf": pd.concat(leaves, ignore_index=True)} if leaves else {}
    levels |= {level: units[level] for level in ("town", "district", "city") if level in units}
    given = {level: holders for level, holders in levels.items() if field in holders}
    found = [(level, holders) for level, holders in given.items() if (holders[field] > 0).any()]
    if nobody and not found:
        found = [item for item in given.items() if item[1][field].notna().any()]
    if not found:
        return None
    level, holders = found[0]
    group = np.zeros(len(table), dtype=np.int64)
    if level != "city":
        number = dict(zip(holders["unit_id"], range(len(holders)), strict=True))
        group = table[level].map(number).fillna(-1).to_numpy(dtype=np.int64)
    total = holders[field].to_numpy(dtype=np.float64)
    # By place and not by row: a sorted table shares out what is over as the unsorted one does.
    order = _by_place(table)
    heavy = weight.to_numpy(dtype=np.float64)
    shares = np.empty(len(table))
    shares[order] = largest_remainder(total, group[order], heavy[order], whole=whole)
    empty = np.bincount(group[group >= 0], minlength=len(holders)) == 0
    return _Shared(pd.Series(shares, index=table.index), level, holders[empty & (total > 0)])


def _by_place(table: gpd.GeoDataFrame) -> IntArray:
    """Return the order of rows from south to north and west to east; without a place last."""
    west, south, _, _ = table.geometry.bounds.to_numpy(dtype=np.float64).T
    return np.lexsort((west, south))


def _people(
    inputs: Inputs, part: DemandConfig, table: gpd.GeoDataFrame, units: Units
) -> gpd.GeoDataFrame:
    """Fill in residents and households from the totals of the units."""
    weight, by = _building_weight(table)
    shared = _share(table, units, "residents", weight, whole=True)
    fields = ["residents"]
    if shared is None:
        shared, fields = _share(table, units, "households", weight, whole=True), ["households"]
    if shared is None:
        if part.spread == "units":
            raise ConfigError(
                "spread = 'units', but no unit states residents or households",
                hint="Give them in the table of units, or leave spread out",
                file=inputs.file,
                field="demand.spread",
            )
        return table
    if len(shared.homeless):
        table = _append_units(inputs, table, shared)
        weight, by = _building_weight(table)
    if fields == ["residents"] and (table["households"].isna().all() or part.spread == "units"):
        fields.append("households")
    out = table
    for field in fields:
        found = _share(table, units, field, weight, whole=True)
        if found is not None:
            out = out.assign(**{field: found.values})
            _report(inputs, out, field, found.level, by)
    return out


def _report(
    inputs: Inputs, table: gpd.GeoDataFrame, field: str, level: str, how: LocalizedText
) -> None:
    words = LocalizedText(word_in_chinese(field), field)
    text = _shared_out(words, level, how)
    file = str(table["source_file"].iloc[0])
    inputs.note(file, field, text, f'columns = {{ "..." = "{field}" }}')


def _shared_out(what: LocalizedText, level: str, how: LocalizedText) -> LocalizedText:
    holder = localized_name("level_each", level)
    return LocalizedText(
        f"{holder.zh}的{what.zh}{how.zh}分摊到其中的居民点",
        f"{what.en} of {holder.en} are shared out over its points {how.en}",
    )


def _report_homeless(
    inputs: Inputs, table: gpd.GeoDataFrame, about: str, what: LocalizedText, rows: pd.DataFrame
) -> None:
    """Tell whose figures come to no point, as their unit has none."""
    if rows.empty:
        return
    count, names = len(rows), [shorten(name, 20) for name in rows["name"].head(5)]
    more = count > len(names)
    have = "1 unit has" if count == 1 else f"{count} units have"
    lost = "it counts" if count == 1 else "they count"
    text = LocalizedText(
        f"{count} 个单元有{what.zh}而没有居民点，未计入：{'、'.join(names)}" + "等" * more,
        f"{have} {what.en} but no demand point; {lost} for nothing: {', '.join(names)}"
        + ", ..." * more,
    )
    inputs.note(str(table["source_file"].iloc[0]), about, text)


def _building_weight(table: gpd.GeoDataFrame) -> tuple[pd.Series, LocalizedText]:
    """Return what a unit's people are shared out by, and its name."""
    home, _ = homes(table["use"], file="")
    for column, how in (
        ("residents", LocalizedText("按各点的常住人口", "by their residents")),
        ("households", LocalizedText("按各点的户数", "by their households")),
        ("floor_area_m2", LocalizedText("按各点的建筑面积", "by their floor area")),
    ):
        if (table[column] > 0).any():
            return table[column].where(home, 0.0), how
    equal = LocalizedText("平均", "in equal parts")
    return pd.Series(1.0, index=table.index).where(home, 0.0), equal


def _append_units(inputs: Inputs, table: gpd.GeoDataFrame, shared: _Shared) -> gpd.GeoDataFrame:
    """Add a point for each unit that has people but no point, so that no person is lost."""
    rows = shared.homeless
    extra = pd.DataFrame(
        {
            "demand_id": ("unit-" + rows["unit_id"].astype(str)).to_numpy(object),
            "kind": "unit",
            "floor_area_m2": 1.0,
            "town": rows["town"].to_numpy(object),
            "district": rows["district"].to_numpy(object),
            "urban_rural": rows["urban_rural"].to_numpy(object),
            "source_file": rows["source_file"].to_numpy(object),
        }
    )
    for level in LEAVES:
        extra[level] = rows["unit_id"].where(rows["level"] == level, None).to_numpy(object)
    extra[shared.level] = rows["unit_id"].to_numpy(object)
    points = shapely.point_on_surface(rows.geometry.to_numpy())
    added = gpd.GeoDataFrame(extra, geometry=points, crs=4326).reindex(columns=table.columns)
    names = [shorten(name, 20) for name in rows["name"].head(5)]
    text = LocalizedText(
        f"{len(rows)} 个单元有人口而没有建筑或道路（{'、'.join(names)}），各以一个点代表",
        f"{len(rows)} units have people but no building or street ({', '.join(names)}):"
        " one point each",
    )
    inputs.note(str(table["source_file"].iloc[0]), "residents", text)
    out = pd.concat([table, added], ignore_index=True)
    texts = [column for column in out if pd.api.types.is_object_dtype(out[column])]
    return out.assign(**{column: out[column].where(out[column].notna(), None) for column in texts})


def _groups(inputs: Inputs, table: gpd.GeoDataFrame, units: Units) -> gpd.GeoDataFrame:
    """Fill in households and groups that only the units state, in proportion to residents."""
    base = next((c for c in ("residents", "households") if (table[c] > 0).any()), None)
    if base is None:
        return table
    for field in GROUPS[1:]:
        if table[field].notna().any():
            continue
        weight = table[base]  # of an unknown share the rest of the unit takes its part
        shared = _share(table, units, field, weight, whole=field == "households")
        if shared is not None:
            table = table.assign(**{field: shared.values})
            how = LocalizedText(f"按{word_in_chinese(base)}比例", f"in proportion to {base}")
            _report(inputs, table, field, shared.level, how)
            what = LocalizedText(word_in_chinese(field), field)
            _report_homeless(inputs, table, field, what, shared.homeless)
    return table


def _decades(inputs: Inputs, table: gpd.GeoDataFrame, units: Units) -> gpd.GeoDataFrame:
    """Fill in people by sex and decade that only the units state, in proportion to residents."""
    base = next((c for c in ("residents", "households") if (table[c] > 0).any()), None)
    names = [one.column for one in strata()]
    if base is None or any(name in table for name in names):
        return table
    found = {
        name: _share(table, units, name, table[base], whole=False, nobody=True) for name in names
    }
    shared = {name: one for name, one in found.items() if one is not None}
    file, ages = str(table["source_file"].iloc[0]), LocalizedText("分年龄人口", "people by age")
    how = LocalizedText(f"按{word_in_chinese(base)}比例", f"in proportion to {base}")
    levels = dict.fromkeys(one.level for one in shared.values())
    for level in levels:
        words = ages
        if len(levels) > 1:
            mine = [name for name, one in shared.items() if one.level == level]
            called = [localized_name("column", name) for name in mine]
            zh, en = "、".join(one.zh for one in called), ", ".join(one.en for one in called)
            words = LocalizedText(f"{ages.zh}（{zh}）", f"{ages.en} ({en})")
        inputs.note(file, "ages", _shared_out(words, level, how))
    if shared:
        lost = pd.concat([one.homeless for one in shared.values()])
        lost = lost[~lost.duplicated(["level", "unit_id"])]
        _report_homeless(inputs, table, "ages", ages, lost)
    return table.assign(**{name: one.values for name, one in shared.items()})


def _weigh(inputs: Inputs, part: DemandConfig, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Fill in what each point counts for; NaN where that is not known."""
    for column in ("residents", "households"):
        if (table[column] > 0).any():
            return table.assign(weight=table[column], weight_unit=column)
    home, _ = homes(table["use"], file="")
    kinds = table["kind"].unique()
    names = {"building": "buildings", "edge": "street_points"}
    unit = names.get(str(kinds[0]), "points") if len(kinds) == 1 else "points"
    weight = pd.Series(1.0, index=table.index)
    if part.weight == "floor_area":
        unit, weight = "floor_area_m2", table["floor_area_m2"]
    if part.source is not None:
        each = {
            "buildings": LocalizedText("每栋建筑", "each building"),
            "floor_area_m2": LocalizedText("每平方米建筑面积", "each square metre of floor area"),
        }.get(unit, LocalizedText("每个点", "each point"))
        text = LocalizedText(
            f"居民数未知，{each.zh}计为 1；给出各点的常住人口或各单元的总数即可改变",
            f"residents are not known: {each.en} counts as 1;"
            " give residents, or totals of the units",
        )
        inputs.note(
            inputs.name(part.source), "residents", text, 'columns = { "..." = "residents" }'
        )
    return table.assign(weight=weight.where(home, 0.0), weight_unit=unit)
