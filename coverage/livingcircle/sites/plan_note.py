"""The sentence that says what a plan does: for how many, how sure, and who is left."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.gaps.access_test import AccessTest
from livingcircle.localized import number
from livingcircle.sites.build import SiteBuild
from livingcircle.sites.solver.problem import Solution
from livingcircle.sites.solver.transport import ROUNDING
from livingcircle.standards.missing import unknown_people

__all__ = ["LEFT_ZH", "plan_note", "with_unknown_people"]

LEFT_ZH = {
    "not_chosen": "方案内的点都够不着",
    "no_candidate": "没有备选点够得着",
    "full": "方案内的点已满",
    "off_network": "远离可步行道路",
    "island": "与设施所在路网不连通",
}

_LEFT_EN = {
    "not_chosen": "not within reach of the plan",
    "no_candidate": "that no candidate can serve",
    "full": "for whom the sites have no room",
    "off_network": "far from any street",
    "island": "on streets cut off from every facility",
}


def plan_note(
    build: SiteBuild,
    solution: Solution,
    sites: gpd.GeoDataFrame,
    links: gpd.GeoDataFrame,
    people: float,
    left: gpd.GeoDataFrame,
    then: AccessTest | None,
    cost: float,
) -> tuple[str, str]:
    """Return one sentence in each language: what, at which cost, for whom, how sure, who is left.

    That each site and link costs 1, as where nothing is stated, is not said.
    """
    who = build.access_test.counted(build.by)
    quality_zh, quality_en = _quality_text(solution)
    if not len(build.candidates):
        quality_zh, quality_en = (
            "附近没有可步行道路，无处可选",
            "no walkable street near to choose from",
        )
    also_zh = f"，并新开 {len(links)} 处连接" if len(links) else ""
    also_en = f" and {_count(len(links), 'new link')}" if len(links) else ""
    made_zh = f"从 {len(build.candidates):,} 个备选点中新设 {len(sites)} 处{also_zh}"
    made_en = (
        f"{_count(len(sites), 'site')}{also_en} of {_count(len(build.candidates), 'candidate')}"
    )
    link_cost = cost - float(sites["cost"].sum())
    if (sites["cost"] != 1).any() or not np.isclose(link_cost, len(links)):
        made_zh += f"（造价合计 {number(cost)}）"
        made_en += f" (cost {number(cost)} in all)"
    rest = float(np.nansum(left["people"])) if len(left) else 0.0
    if build.setup.villages:
        villages = None if then is None else then.villages
        beyond = pd.Series(dtype=object) if villages is None else villages["unit_id"]
        still = len(beyond)
        gone = len(build.setup.rows) - still
        why_zh, why_en = _why(
            left[left["urban_village"].isin(beyond)].drop_duplicates("urban_village")
        )
        rest_zh = f"不再超距，仍有 {still} 个超距{why_zh}" if still else "全部不再超距"
        zh = f"{made_zh}，{gone} 个城中村{rest_zh}；{quality_zh}"
        en = (
            f"{made_en}: {_count(gone, 'urban village')} no longer beyond the distance,"
            f" {still} still beyond it{why_en}; {quality_en}"
        )
        won = ~build.setup.rows.isin(beyond)
        full = float(build.setup.problem.weight[won].sum()) - people
        if full > ROUNDING * people:
            zh += f"；各点仅能容纳 {people:,.0f} {who.zh}，{full:,.0f} {who.zh}无处可容"
            en += f"; the sites have room for {people:,.0f} {who.en}, not for {full:,.0f} more"
        return zh, en
    why_zh, why_en = _why(left)
    zh = f"{made_zh}，新增覆盖 {people:,.0f} {who.zh}，仍有 {rest:,.0f} {who.zh}未覆盖{why_zh}；"
    zh += quality_zh
    en = f"{made_en}: {people:,.0f} {who.en} newly served, {rest:,.0f} still left out{why_en};"
    en += f" {quality_en}"
    return zh, en


def with_unknown_people(build: SiteBuild, zh: str, en: str) -> tuple[str, str]:
    """Add how many of those whom the sites are for state no number of people."""
    test = build.access_test
    unknown = unknown_people(int(test.unknown_people[test.gap].sum()), int(test.gap.sum()))
    return "；".join([zh, *(s.zh for s in unknown)]), "; ".join([en, *(s.en for s in unknown)])


def _why(left: gpd.GeoDataFrame) -> tuple[str, str]:
    """Return how many of those left out have which reason."""
    if not len(left):
        return "", ""
    counts = left["left_because"].value_counts()
    zh = "、".join(f"{LEFT_ZH[code]} {count:,}" for code, count in counts.items())
    en = ", ".join(f"{count:,} {_LEFT_EN[code]}" for code, count in counts.items())
    return f"（{zh}）", f" ({en})"


def _quality_text(solution: Solution) -> tuple[str, str]:
    """How close the plan is to the best possible one, in words."""
    if solution.status == "optimal":
        return "已证明为最优", "proven best"
    if solution.status == "infeasible":
        return (
            "条件互相矛盾，为最接近的方案",
            "the conditions contradict each other: the nearest plan",
        )
    if solution.status == "thinned":
        return "服务人数过少的点已略去", "without the sites that would serve too few"
    gap = f"{100 * solution.gap:.1f} %"
    return f"与理论界限相差至多 {gap}", f"at most {gap} from the best there can be"


def _count(many: int, noun: str) -> str:
    return f"{many:,} {noun}" if many == 1 else f"{many:,} {noun}s"
