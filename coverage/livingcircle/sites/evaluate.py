"""From a solution to a plan: the sites described, and the city assessed again with them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array

from livingcircle._arrays import IntArray
from livingcircle.compare.findings import drawn_units, finding_units
from livingcircle.gaps.access_test import AccessTest, access_tests
from livingcircle.localized import LocalizedText
from livingcircle.scenario.apply import apply_scenario
from livingcircle.scenario.model import Scenario
from livingcircle.sites.build import SiteBuild
from livingcircle.sites.plan import SitePlan
from livingcircle.sites.plan_note import LEFT_ZH, plan_note, with_unknown_people
from livingcircle.sites.solved import Solved
from livingcircle.sites.solver.problem import Solution
from livingcircle.sites.solver.report import metres_at
from livingcircle.sites.solver.transport import ROUNDING
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.vocab.levels import HOLDERS

__all__ = ["build_plan"]


def build_plan(
    build: SiteBuild,
    solution: Solution,
    built: gpd.GeoDataFrame | None = None,
    solved: Solved | None = None,
) -> SitePlan:
    """Describe the sites of a solution, and assess the city with them.

    Parameters
    ----------
    built
        Links of the plan.
    solved
        What was asked where that is more than the sites of ``build``: links stand behind them.
    """
    access_test, terms = build.access_test, build.terms
    links = build.links.iloc[:0] if built is None else built
    sites = _sites(build, solution)
    scenario = _scenario(build, sites, links)
    city = apply_scenario(access_test.ctx.city, scenario)
    entry = access_test.finding.requirement
    ctx = Context(city, access_test.ctx.as_of)
    after = assess_requirement(entry, ctx)
    then = next((q for q in access_tests(after, ctx) if q.position == access_test.position), None)
    carried = _carried(build, solution)
    left = _left(build, then, solution.chosen, carried)
    people = _regained(build, then, carried)
    cost = float(sites["cost"].sum()) + terms.link_cost * len(links)
    zh, en = plan_note(build, solution, sites, links, people, left, then, cost)
    zh, en = with_unknown_people(build, zh, en)
    return SitePlan(
        standard=entry.id,
        objective=terms.objective,
        sites=sites,
        built_links=links,
        before=access_test.finding,
        after=after,
        units=drawn_units(finding_units(access_test.finding, after), city),
        left=left,
        solution=solution,
        people=people,
        links=build.links,
        alternative=None,
        scenario=scenario,
        cost=cost,
        note_zh=zh,
        note_en=en,
        city=city,
        solved=solved or build.solved(build.setup.problem, solution),
    )


def _sites(build: SiteBuild, solution: Solution) -> gpd.GeoDataFrame:
    """One row per chosen candidate with what it does."""
    access_test, chosen = build.access_test, solution.chosen
    table = build.candidates.iloc[chosen].reset_index(drop=True)
    table = table.assign(**_figures(build, solution))
    # The sites that serve most come first; of equals the first candidate.
    order = np.lexsort((np.arange(len(table)), -table["people"].to_numpy()))
    table = table.iloc[order].reset_index(drop=True)
    total = float(table["people"].sum())
    table["share_so_far"] = table["people"].cumsum() / (total if total > 0 else 1.0)
    ids = [f"{access_test.finding.id}-{n}" for n in range(1, len(table) + 1)]
    within, what = _places(build, table)
    names, names_en = (_names(table["name"], within, kind) for kind in what)
    areas = access_test.areas
    staff = (areas.staff if areas is not None else None) or (np.nan, np.nan)
    sites = table.assign(
        site_id=ids,
        name=names,
        name_en=names_en,
        standard=access_test.finding.id,
        category=_categories(access_test),
        lon=table.geometry.x,
        lat=table.geometry.y,
        staff_low=float(staff[0]),
        staff_high=float(staff[1]),
    )
    who = build.access_test.counted(build.by)
    # A row that is a village has one distance, the one that the standard measures.
    far_zh, far_en = ("最远步行", "farthest walk")
    if build.setup.villages:
        far_zh, far_en = ("各村距离（按所选口径）最大", "largest distance of a village")
    rows = list(sites[["site_id", "name", "people", "farthest_m"]].itertuples(index=False))
    sites["text_zh"] = [
        f"{row.name}：新增服务 {row.people:,.0f} {who.zh}，{far_zh} {row.farthest_m:,.0f} 米"
        for row in rows
    ]
    sites["text_en"] = [
        f"{row.site_id}: newly serves {row.people:,.0f} {who.en}, {far_en} {row.farthest_m:,.0f} m"
        for row in rows
    ]
    first = (
        "site_id name name_en standard category lon lat unit_name cost points people share_so_far"
        " load capacity mean_m farthest_m staff_low staff_high fixed source candidate_id leaf town"
        " district text_zh text_en geometry"
    )
    return sites[first.split()]


def _names(own: pd.Series, within: pd.Series, kind: str) -> list[str]:
    """Return the name that each candidate has, else one after the place that it lies in."""
    return [
        name
        if isinstance(name, str) and name
        else f"{place if isinstance(place, str) else ''} {kind} {n}".strip()
        for n, (name, place) in enumerate(zip(own, within, strict=True), 1)
    ]


def _places(build: SiteBuild, table: gpd.GeoDataFrame) -> tuple[pd.Series, LocalizedText]:
    """Return what each site lies in, for its name; a sub-station is called after its village."""
    villages = build.access_test.villages
    if villages is None or not len(villages):
        return table["unit_name"], LocalizedText("新增点", "new site")
    row, village = villages.sindex.query(table.geometry, predicate="intersects")
    names = villages["unit_name"].to_numpy()[village]
    found = pd.Series(names, index=table.index[row]).groupby(level=0).first()
    within = found.reindex(table.index).fillna(table["unit_name"])
    return within, LocalizedText("分站", "sub-station")


def _figures(build: SiteBuild, solution: Solution) -> dict[str, NDArray[np.generic]]:
    """Points, people, load and walks of each chosen candidate."""
    setup, chosen = build.setup, solution.chosen
    place = np.full(len(build.candidates), -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    matrix = coo_array(setup.problem.metres)
    mine = solution.assigned[matrix.row] == matrix.col
    row, metres = matrix.row[mine], matrix.data[mine]
    at = place[matrix.col[mine]]
    weight, count = setup.problem.weight[row], len(chosen)
    people = np.bincount(at, weight, minlength=count)
    share = weight if weight.sum() > 0 else np.ones(len(weight))
    total = np.bincount(at, share * metres, minlength=count)
    below = np.bincount(at, share, minlength=count)
    farthest = np.full(count, np.nan)
    np.fmax.at(farthest, at, metres)
    if solution.shares is not None:
        # A full site serves whom it carries, not everybody who comes.
        people = np.asarray(solution.shares.T @ setup.problem.weight)[chosen]
    return {
        "points": np.bincount(at, minlength=count),
        "people": people,
        "load": people,
        "capacity": setup.problem.capacity[chosen],
        "cost": setup.problem.site_cost[chosen],
        "mean_m": np.divide(total, below, out=np.full(count, np.nan), where=below > 0),
        "farthest_m": farthest,
    }


def _categories(access_test: AccessTest) -> str:
    """Category of a new facility, so that the standard counts it; of several needs all."""
    return ";".join(dict.fromkeys(trip.categories[0] for trip in access_test.trips))


def _scenario(build: SiteBuild, sites: gpd.GeoDataFrame, links: gpd.GeoDataFrame) -> Scenario:
    access_test = build.access_test
    added = gpd.GeoDataFrame(
        {"id": sites["site_id"], "name": sites["name"], "category": sites["category"]},
        geometry=sites.geometry,
        crs=4326,
    )
    level = access_test.trips[0].level
    if level:
        added["level"] = level
    lines = gpd.GeoDataFrame(
        {"name": links["kind_zh"] if len(links) else [], "stairs": False},
        geometry=links.geometry,
        crs=4326,
    )
    return Scenario(f"{access_test.finding.id} 选址方案", add_facility=added, add_link=lines)


def _carried(build: SiteBuild, solution: Solution) -> pd.Series:
    """Return the part of each point that the sites have room for within the limit.

    A standard measures distances and knows no room, so what it counts as served may be too many.
    """
    access_test, setup = build.access_test, build.setup
    part = pd.Series(1.0, index=access_test.points.index)
    if solution.shares is None:
        return part
    shares = coo_array(solution.shares)
    sent = shares.data
    if setup.villages is None:
        metres = metres_at(setup.problem.metres, shares.row, shares.col)
        near = metres <= access_test.limit_m * (1 + 1e-9)
        sent = np.where(near, sent, 0.0)
    got = np.bincount(shares.row, sent, minlength=len(setup.rows))
    # The linear programme that sends people rounds.
    whole = pd.Series(np.where(got > 1 - ROUNDING, 1.0, got), index=setup.rows)
    asked = access_test.gap & (build.weight > 0)
    points = access_test.points[asked]
    keys = points["urban_village"] if setup.villages else pd.Series(points.index, points.index)
    part[points.index] = whole.reindex(keys).fillna(0.0).to_numpy()
    return part


def _left(
    build: SiteBuild, then: AccessTest | None, chosen: IntArray, carried: pd.Series
) -> gpd.GeoDataFrame:
    """Demand, and villages without demand, that the plan leaves out, and why."""
    if then is None:
        return build.access_test.points.iloc[:0]
    missing = 1.0 - carried.reindex(then.points.index).fillna(1.0)
    missing[then.gap] = 1.0
    rows = then.points[missing > 0]
    people = pd.Series(build.weight, index=build.access_test.points.index).reindex(rows.index)
    people *= missing[rows.index]
    keys = rows["urban_village"] if build.setup.villages else pd.Series(rows.index, rows.index)
    table = rows.assign(people=people, left_because=_reasons(build, chosen, keys))
    for status in ("off_network", "island"):
        table.loc[rows["status"] == status, "left_because"] = status
    if build.setup.villages and then.villages is not None:
        bare = then.villages[~then.villages["unit_id"].isin(rows["urban_village"])]
        if len(bare):
            counts = pd.Series(build.setup.problem.weight, index=build.setup.rows)
            own = gpd.GeoDataFrame(
                {
                    "urban_village": bare["unit_id"].to_numpy(),
                    "people": counts.reindex(bare["unit_id"]).to_numpy(),
                    "left_because": _reasons(build, chosen, bare["unit_id"]),
                },
                geometry=bare.geometry.representative_point().to_numpy(),
                crs=4326,
            )
            table = pd.concat([table, own], ignore_index=True)
    wanted = ("demand_id", *HOLDERS, "urban_village", "metres")
    kept = [name for name in (*wanted, "geometry", "people", "left_because") if name in table]
    table = table[kept].assign(left_because_zh=table["left_because"].map(LEFT_ZH))
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4326).reset_index(drop=True)


def _reasons(build: SiteBuild, chosen: IntArray, keys: pd.Series) -> np.ndarray:
    """Why the plan leaves out some rows of the problem, by their labels."""
    problem = build.setup.problem
    reach = problem.metres
    place = build.setup.rows.get_indexer(pd.Index(keys))
    reason = np.full(len(keys), "not_chosen", dtype=object)
    near = np.zeros(reach.shape[0], dtype=bool)
    at = coo_array(reach[:, chosen])
    # The models of walks hold walks beyond the limit, too.
    limit_m = np.inf if build.setup.villages else build.access_test.limit_m * (1 + 1e-9)
    near[at.row[at.data <= limit_m]] = True
    known = place >= 0
    if np.isfinite(problem.capacity).any():
        reason[known & near[place]] = "full"
    reason[known & (np.diff(reach.indptr) == 0)[place]] = "no_candidate"
    return reason


def _regained(build: SiteBuild, then: AccessTest | None, carried: pd.Series) -> float:
    """Weight that was left out before and is not now; of villages those no longer short.

    Where sites can be full, only what they have room for.
    """
    if then is None:
        return float("nan")
    if build.setup.villages:
        before, after = build.access_test.villages, then.villages
        assert before is not None and after is not None  # noqa: S101, PT018 - both are of villages
        gone = ~build.setup.rows.isin(after["unit_id"])
        room = carried.groupby(build.access_test.points["urban_village"]).min()
        part = room.reindex(build.setup.rows).fillna(1.0).to_numpy()
        return float(build.setup.problem.weight[gone] @ part[gone])
    gap = pd.Series(then.gap, index=then.points.index).reindex(build.access_test.points.index)
    won = build.access_test.gap & ~gap.fillna(True).to_numpy(dtype=bool)
    return float(build.weight[won] @ carried.to_numpy()[won])
