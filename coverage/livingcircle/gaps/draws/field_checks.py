"""Field checks: what to verify on site, so that the answers of most people become certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray
from livingcircle.gaps.draws.causes import (
    LINK_KEY_PREFIX,
    doors_and_paths,
    missing_paths,
    people_at_home,
    shut_table,
    unit_counts,
)
from livingcircle.gaps.draws.chances import PartChances
from livingcircle.gaps.draws.inputs import DrawInputs
from livingcircle.gaps.draws.terms import DrawTerms
from livingcircle.standards.context import Context
from livingcircle.vocab.texts import text_of

__all__ = ["CHECK_COLUMNS", "field_checks"]

CHECK_COLUMNS = (
    "rank", "check", "key", "name", "unit_name", "people_decided", "standards", "text_zh",
    "text_en", "lon", "lat", "geometry",
)  # fmt: skip


def field_checks(
    everything: DrawInputs,
    drawn: Sequence[PartChances],
    terms: DrawTerms,
    ctx: Context,
    links: gpd.GeoDataFrame | None,
    most: int,
) -> gpd.GeoDataFrame:
    """Return the field checks that would settle the answers of most people.

    A home counts for a check with the share of the draws in which the value to be checked, and no
    value drawn before it, changes its answer. It counts once, however many requirements ask for it.

    Parameters
    ----------
    everything, drawn, terms
        The inputs of the draws, their results, and their terms.
    ctx
        The city.
    links
        The links of ``explain``: where homes may gain a path that the map lacks.
    most
        How many checks.

    Returns
    -------
    GeoDataFrame
        Points in WGS 84, most people first: ``rank``, ``check`` (``facility``: where its door is;
        ``path``: whether it is open; ``missing_path``: whether the map lacks one; ``people``: how
        many live there), ``key`` (facility id, edge, link or unit), ``name``, ``unit_name``,
        ``people_decided`` (expected), ``standards`` that hang on it, and what to do in a sentence.
    """
    demand = ctx.city.demand
    people = people_at_home(demand)
    parts: list[pd.DataFrame] = []
    sure: list[pd.DataFrame] = []
    shut = shut_table(everything, terms)
    for one in drawn:
        standard = one.asked.test.finding.id
        for number, flips in one.by_rest:
            parts += [
                found.assign(standard=standard)
                for found in doors_and_paths(everything.searches[number], flips, shut)
            ]
        parts.append(missing_paths(one, demand, links).assign(standard=standard))
        sure.append(unit_counts(one, people).assign(standard=standard))
    table = _summed(parts, people, terms.draws)
    table = pd.concat([table, _best(sure)], ignore_index=True)
    table = table[table["people_decided"] > 0].sort_values(
        ["people_decided", "check", "key"], ascending=[False, True, True], kind="stable"
    )
    return _described(table.head(most).reset_index(drop=True), ctx, people, links)


def _summed(parts: Sequence[pd.DataFrame], people: FloatArray, draws: int) -> pd.DataFrame:
    """Add up the people of each check; each home once, by the part where it changes most."""
    full = [part for part in parts if len(part)]
    columns = ["check", "key", "people_decided", "standards"]
    if not full:
        return pd.DataFrame({name: [] for name in columns})
    every = pd.concat(full, ignore_index=True)
    by = ["check", "key", "home", "standard"]
    count = every.drop_duplicates([*by, "draw"]).groupby(by, sort=True).size()
    per_home = count.reset_index(name="count")
    most = per_home.groupby(["check", "key", "home"])["count"].max().reset_index()
    most["people_decided"] = most["count"] / draws * people[most["home"].to_numpy(dtype=np.int64)]
    found = most.groupby(["check", "key"])["people_decided"].sum().reset_index()
    return found.merge(_standards(per_home), on=["check", "key"])


def _best(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    full = [part[part["people_decided"] > 0] for part in parts]
    full = [part for part in full if len(part)]
    if not full:
        return pd.DataFrame({name: [] for name in ("check", "key", "people_decided", "standards")})
    every = pd.concat(full, ignore_index=True)
    found = every.groupby(["check", "key"])["people_decided"].max().reset_index()
    return found.merge(_standards(every), on=["check", "key"])


def _standards(table: pd.DataFrame) -> pd.DataFrame:
    once = table.drop_duplicates(["check", "key", "standard"])
    joined = once.groupby(["check", "key"])["standard"].agg("; ".join)
    return joined.reset_index(name="standards")


def _described(
    table: pd.DataFrame, ctx: Context, people: FloatArray, links: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """Add places, names and sentences to the checks."""
    if not len(table):
        columns = {name: pd.Series(dtype=object) for name in CHECK_COLUMNS[:-1]}
        return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=4326))
    keys = zip(table["check"].astype(str), table["key"].astype(str), strict=True)
    described = [_one(check, key, ctx, people, links) for check, key in keys]
    found = table.assign(
        rank=np.arange(1, len(table) + 1),
        name=[one.name for one in described],
        unit_name=[one.unit for one in described],
        text_zh=[one.text("zh") for one in described],
        text_en=[one.text("en") for one in described],
    )
    points = gpd.GeoSeries([one.point for one in described], index=table.index, crs=4326)
    found = gpd.GeoDataFrame(found, geometry=points)
    found["lon"], found["lat"] = points.x, points.y
    return found[list(CHECK_COLUMNS)]


@dataclass(frozen=True)
class _Told:
    """Where a check is, and the words that its sentence needs."""

    point: shapely.Point
    kind: str
    name: str = ""
    unit: str = ""
    metres: str = ""

    def text(self, language: str) -> str:
        """Return what to do."""
        name = self.name or self.unit
        kind = self.kind if name or self.metres else f"{self.kind}_here"
        return text_of("field_check", kind, language).format(name=name, m=self.metres)


def _one(
    check: str, key: str, ctx: Context, people: FloatArray, links: gpd.GeoDataFrame | None
) -> _Told:
    if check == "facility":
        table = ctx.city.facilities.table
        at = int(np.flatnonzero(table["facility_id"].astype(str) == key)[0])
        name = table["name"].iloc[at]
        point = table.geometry.iloc[[at]].representative_point().iloc[0]
        return _Told(point, check, name if isinstance(name, str) else "")
    if check == "path":
        lon, lat, metres = key.split(",")
        return _Told(shapely.Point(float(lon), float(lat)), check, metres=metres)
    if key.startswith(LINK_KEY_PREFIX) and links is not None:
        standard, part, number = key.removeprefix(LINK_KEY_PREFIX).rsplit(":", 2)
        mine = links[(links["standard"] == standard) & (links["part"] == int(part))]
        link = mine[mine["link_id"].astype(str) == number].iloc[0]
        middle = shapely.line_interpolate_point(link.geometry, 0.5, normalized=True)
        return _Told(middle, "link", metres=f"{link['length_m']:,.0f}")
    leaves = ctx.tables.get("leaf")
    unit = "" if leaves is None or key not in leaves.index else str(leaves.at[key, "name"])
    return _Told(_middle(ctx.city.demand, key, people), check, unit=unit)


def _middle(demand: gpd.GeoDataFrame, unit: str, people: FloatArray) -> shapely.Point:
    """Return the home that is nearest to where the people of a unit live."""
    leaf = demand["leaf"] if "leaf" in demand else pd.Series(None, index=demand.index)
    middle = demand.geometry.representative_point()
    here = (leaf.astype(object).fillna("").astype(str) == unit) & middle.notna()
    own, weight = middle[here], people[here.to_numpy()] + 1e-9
    x, y = np.average(own.x, weights=weight), np.average(own.y, weights=weight)
    return own.iloc[int(np.argmin(np.hypot(own.x - x, own.y - y)))]
