"""What a scenario changes: the findings of two results side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from livingcircle.city.model import City
    from livingcircle.standards.finding import Finding
    from livingcircle.standards.result import Result

__all__ = ["Difference", "difference", "drawn_units", "finding_units"]

_KEY = ["standard", "part", "level", "unit_id"]


@dataclass(frozen=True, eq=False, repr=False)
class Difference:
    """Before and after, as tables."""

    scorecard: pd.DataFrame
    """One row per standard of either result: ``id``, ``statement_zh``, ``statement_en``, and
    ``status``, ``value``, ``people_left_out``, ``households_left_out`` and ``gaps`` each
    ``_before`` and ``_after``; ``value_change``, ``people_regained``. Units that nobody can judge
    any more (a new facility of unknown floor area) regain nobody: ``people_unknown``."""
    units: gpd.GeoDataFrame
    """One row per standard, part and unit whose value or status changed: ``value_before``,
    ``value_after``, ``status_before``, ``status_after``, ``people_regained`` (EPSG:4326)."""
    points: gpd.GeoDataFrame
    """One row per standard and demand point whose status changed (EPSG:4326)."""

    def __repr__(self) -> str:
        changed = (self.scorecard["value_change"].fillna(0.0).abs() > 0).sum()
        return (
            f"Difference({changed} standards, {len(self.units)} units,"
            f" {len(self.points)} demand points)"
        )


def difference(before: Result, after: Result) -> Difference:
    """Compare two results of one city, with and without a scenario.

    Parameters
    ----------
    before, after
        Results of the same packs.
    """
    columns = ["status", "value", "people_left_out", "households_left_out", "gaps"]
    head = ["id", "pack", "statement_zh", "statement_en"]
    card = before.scorecard[head + columns].merge(
        after.scorecard[head + columns],
        on=head,
        how="outer",
        suffixes=("_before", "_after"),
        sort=False,
    )
    card["value_change"] = card["value_after"].astype(float) - card["value_before"].astype(float)
    pairs = [(f, g) for f in before.findings for g in after.findings if _same(f, g)]
    units = [finding_units(f, g) for f, g in pairs]
    unknown = {
        (f.requirement.pack, f.id): _unknown(u) for (f, _), u in zip(pairs, units, strict=True)
    }
    card["people_unknown"] = [
        unknown.get(key, 0.0) for key in zip(card["pack"], card["id"], strict=True)
    ]
    card["people_regained"] = (
        card["people_left_out_before"] - card["people_left_out_after"] - card["people_unknown"]
    )
    changed = [u[_changed(u)] for u in units]
    points = [frame for frame in (_points(f, g) for f, g in pairs) if len(frame)]
    return Difference(
        card,
        drawn_units(pd.concat(changed, ignore_index=True) if changed else _no_units(), after.city),
        gpd.GeoDataFrame(pd.concat(points, ignore_index=True), crs=4326)
        if points
        else _no_points(),
    )


def finding_units(before: Finding, after: Finding) -> pd.DataFrame:
    """Return all units of a finding with their value and status before and after.

    ``better_by`` is the change of the value, positive where it is an improvement.
    """
    base, new = _unit_table(before), _unit_table(after)
    head = [*_KEY, "name"]
    table = base.merge(new, on=head, how="outer", suffixes=("_before", "_after"), sort=False)
    if "residents_left_out_before" in table:
        regained = table["residents_left_out_before"] - table["residents_left_out_after"]
        table["people_regained"] = regained.mask(table["status_after"] == "unknown", 0.0)
    change = pd.to_numeric(table["value_after"]) - pd.to_numeric(table["value_before"])
    # A village's value is its distance: less is better.
    sign = -1.0 if before.requirement.shows("less_is_better") else 1.0
    return table.assign(better_by=sign * change.astype("float64"))


def _unknown(units: pd.DataFrame) -> float:
    """Return the people left out before whose units cannot be judged after."""
    if "residents_left_out_before" not in units:
        return 0.0
    lost = (units["status_after"] == "unknown") & (units["status_before"] != "unknown")
    people = units["residents_left_out_before"].astype(float).where(lost, 0.0)
    # Levels report of the same people.
    return float(people.groupby(units["level"]).sum().max()) if len(units) else 0.0


def drawn_units(units: pd.DataFrame, city: City) -> gpd.GeoDataFrame:
    """Return units with their areas; people that live in no unit have none."""
    villages = city.urban_villages.rename(columns={"village_id": "unit_id"})
    tables = {**city.units, "urban_village": villages}
    shapes = {
        (level, unit): shape
        for level, table in tables.items()
        for unit, shape in zip(table["unit_id"], table.geometry, strict=True)
    }
    keys = zip(units["level"], units["unit_id"], strict=True)
    geometry = gpd.GeoSeries([shapes.get(key) for key in keys], index=units.index, crs=4326)
    return gpd.GeoDataFrame(units, geometry=geometry)


def _unit_table(finding: Finding) -> pd.DataFrame:
    wanted = ["value", "status", "residents_left_out", "households_left_out"]
    table = finding.units
    kept = [c for c in wanted if c in table]
    part = table.get("part", 1)
    head = table[["level", "unit_id", "name"]].assign(standard=finding.id, part=part)
    return pd.concat([head[[*_KEY, "name"]], table[kept]], axis=1)


def _changed(units: pd.DataFrame) -> pd.Series:
    if not len(units):
        return pd.Series(False, index=units.index)
    value = ~np.isclose(
        units["value_before"].astype(float), units["value_after"].astype(float), equal_nan=True
    )
    status = units["status_before"].fillna("") != units["status_after"].fillna("")
    return pd.Series(value | status.to_numpy(), index=units.index)


def _points(before: Finding, after: Finding) -> gpd.GeoDataFrame:
    if before.demand is None or after.demand is None:
        return _no_points()
    base, new = before.demand, after.demand.reindex(before.demand.index)
    changed = (base["status"] != new["status"]).to_numpy() & new["status"].notna().to_numpy()
    rows = base[changed]
    people = rows.get("residents", np.nan)
    names = rows.get("demand_id", rows.index)
    table = {
        "standard": before.id,
        "demand_id": np.asarray(names),
        "residents": np.asarray(people),
        "status_before": rows["status"].to_numpy(),
        "status_after": new.loc[changed, "status"].to_numpy(),
        "metres_before": rows["metres"].to_numpy(),
        "metres_after": new.loc[changed, "metres"].to_numpy(),
    }
    return gpd.GeoDataFrame(table, geometry=rows.geometry.to_numpy(), crs=4326)


def _same(a: Finding, b: Finding) -> bool:
    return (a.id, a.requirement.pack) == (b.id, b.requirement.pack)


def _no_units() -> pd.DataFrame:
    names = "name value_before value_after status_before status_after better_by"
    return pd.DataFrame({name: [] for name in [*_KEY, *names.split()]})


def _no_points() -> gpd.GeoDataFrame:
    names = "standard demand_id residents status_before status_after metres_before metres_after"
    return gpd.GeoDataFrame({name: [] for name in names.split()}, geometry=[], crs=4326)
