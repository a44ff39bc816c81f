"""New links instead of new sites: whether gates or crossings close a gap for less."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.gaps.access_test import AccessTest
from livingcircle.gaps.explain import links_for_test
from livingcircle.gaps.link_candidates import LinkSearch
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.sites.build import SiteBuild
from livingcircle.sites.evaluate import build_plan
from livingcircle.sites.formulate import served_by_links, with_links
from livingcircle.sites.model_choice import solve_for_terms
from livingcircle.sites.plan import SitePlan

__all__ = ["links_for", "plan_with_links", "with_alternative"]

LINK_SEARCH = LinkSearch(most=20)
FOR_ONE_VILLAGE = LinkSearch(most=2)


def links_for(access_test: AccessTest) -> gpd.GeoDataFrame:
    """Return the links that would bring back most of the people who are left out.

    For a sub-station rule links are searched for each village by itself as well: those that bring
    back most people of all may miss a small village that one gate would serve.
    """
    barriers = access_test.ctx.barriers
    found = links_for_test(access_test, search=LINK_SEARCH, barriers=barriers)
    if access_test.villages is None:
        return found
    inside, straight = access_test.points["urban_village"], access_test.points["straight_m"]
    # No way is shorter than the straight one: where nobody is near in a straight line, no link
    # helps.
    near = set(inside[straight <= access_test.limit_m + COST_TOLERANCE])
    tables = [found] + [
        links_for_test(
            access_test, search=FOR_ONE_VILLAGE, barriers=barriers, among=(inside == one).to_numpy()
        )
        for one in access_test.villages["unit_id"]
        if one in near
    ]
    full = [table for table in tables if len(table)]
    if not full:
        return found
    links = gpd.GeoDataFrame(pd.concat(full, ignore_index=True), crs=4326)
    links["link_id"] = np.arange(1, len(links) + 1)
    return links


def plan_with_links(build: SiteBuild) -> SitePlan | None:
    """Solve again with the links as candidates; None where the best plan has none."""
    setup, terms = build.setup, build.terms
    served = served_by_links(build.access_test, setup, build.links)
    problem = with_links(setup, served, terms.link_cost)
    scaled = None if terms.budget is None else terms.budget * 1000
    solution = solve_for_terms(problem, replace(terms, budget=scaled))
    sites = len(build.candidates)
    stated = np.append(setup.problem.site_cost, np.full(problem.shape[1] - sites, terms.link_cost))
    solved = build.solved(replace(problem, site_cost=stated), solution)
    picked = solution.chosen[solution.chosen >= sites] - sites
    if not len(picked):
        return None
    # Stated in the unit of cost that the user gave.
    chosen = solution.chosen[solution.chosen < sites]
    if solution.model.endswith("lscp"):
        own = setup.problem.site_cost[chosen].sum() + terms.link_cost * len(picked)
        solution = replace(solution, objective=float(own), bound=float(solution.bound / 1000))
    assigned = np.where(solution.assigned < sites, solution.assigned, -1)
    solution = replace(solution, chosen=chosen, assigned=assigned)
    return build_plan(build, solution, built=build.links.iloc[picked], solved=solved)


def with_alternative(plan: SitePlan, other: SitePlan) -> SitePlan:
    """Return a plan that names the one with links, where that does as much for no more money."""
    if other.cost > plan.cost + 1e-9 or other.people < plan.people - 1e-6:
        return plan
    links, sites = len(other.built_links), len(other.sites)
    each_counts_one = plan.cost == len(plan.sites) and other.cost == links + sites
    zh = f"若同时新开 {links} 处连接（门、通道或桥），只需新设 {sites} 处，效果相同："
    en = (
        f"{links} new link{'' if links == 1 else 's'} (gate, crossing, bridge) and {sites}"
        f" site{'' if sites == 1 else 's'} do as much: "
    )
    if each_counts_one:
        zh += f"共 {other.cost:g} 处工程，只设点则为 {plan.cost:g} 处"
        en += f"{other.cost:g} works in all, with sites alone {plan.cost:g}"
    else:
        zh += f"按所给的单处成本合计 {other.cost:g}，只设点则为 {plan.cost:g}"
        en += f"at the costs that were stated {other.cost:g} in all, with sites alone {plan.cost:g}"
    return replace(
        plan,
        alternative=other,
        note_zh=f"{plan.note_zh}。{zh}",
        note_en=f"{plan.note_en}. {en}",
    )
