"""suggest_sites: the sites that would close the gaps of one standard, and what then is left."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray
from livingcircle.errors import ConfigError
from livingcircle.gaps.access_test import AccessTest, access_tests
from livingcircle.gaps.links import no_links
from livingcircle.sites.candidates import beside, from_file, generated, tidy
from livingcircle.sites.evaluate import Build, build_plan
from livingcircle.sites.formulate import Setup, Terms, set_up
from livingcircle.sites.link_alternatives import links_for, plan_with_links, with_alternative
from livingcircle.sites.plan import SitePlan
from livingcircle.sites.solver.capacitated import best_with_capacity, fewest_with_capacity
from livingcircle.sites.solver.models import best_cover, center, fewest, median
from livingcircle.sites.solver.partial_cover import fewest_for
from livingcircle.sites.solver.problem import Problem, Solution, nearest_chosen
from livingcircle.sites.solver.tie_break import nearer
from livingcircle.standards.assess import assess_requirement, packs_of
from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding
from livingcircle.standards.loader import load_pack
from livingcircle.standards.model import Requirement
from livingcircle.standards.tables import as_number, middles

if TYPE_CHECKING:
    from livingcircle.city.model import City
    from livingcircle.standards.result import Result

__all__ = ["OBJECTIVES", "propose", "suggest_sites"]

OBJECTIVES = ("cover", "median", "center")
LINKS = ("compare", "use", "no")


def suggest_sites(
    city: City,
    standard_id: str,
    *,
    max_sites: int | None = None,
    budget: float | None = None,
    share: float | None = None,
    objective: str = "cover",
    candidates: str | Path | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
    min_distance_m: float = 0.0,
    least_people: float = 0.0,
    m2_per_100_households: float | None = None,
    links: str = "compare",
    link_cost: float = 1.0,
    max_candidates: int | None = None,
    packs: Sequence[str | Path] = (),
    as_of: int | None = None,
    seconds: float = 45.0,
) -> SitePlan:
    """Propose sites that close the gaps of a standard, existing facilities counted.

    Parameters
    ----------
    city
        A city as ``read_city`` gives it.
    standard_id
        A requirement that measures walks: ``circle`` (by foot) or ``substation``.
    max_sites, budget
        Limits of the plan. With none of them the fewest (cheapest) sites that close every gap a
        candidate can close; with one the sites that serve the most people within it.
    share
        The fewest sites after which so much of everybody is covered (0.95: 95 %), instead of all.
    objective
        ``cover``; ``median``, the least mean walk of everybody; ``center``, the least longest walk.
        The last two need a limit.
    candidates
        A table of places (see :func:`livingcircle.sites.candidates.from_file`) or its path; None:
        places along the streets near the gap, for sub-stations inside the villages.
    weight
        Column of the demand to count by (residents, households, age65, ...); what the standard
        counts where None.
    min_distance_m
        Straight metres between any two sites at least.
    least_people
        A site that would serve fewer is not proposed; whom it would serve stays left out.
    m2_per_100_households
        Candidates' ``area_m2`` limits how many households they carry, at so many m² per 100.
        Otherwise their ``capacity`` does, in the unit of ``weight``.
    links
        ``compare``: say where new links close as much for no more money; ``use``: propose them;
        ``no``: leave them alone.
    link_cost
        Cost of one link, when a site costs 1.
    max_candidates
        Generated candidates at most; 2,000 (for median and center 400).
    packs
        Where to look for the standard; the city's packs, then all that ship.
    seconds
        Time limit of the solver.

    Returns
    -------
    SitePlan
        Assessed again with the sites in place.

    Raises
    ------
    ConfigError
        The standard is unknown, unknown in this city, or none that sites can close.

    Examples
    --------
    >>> import livingcircle as lc
    >>> city = lc.read_city("data/sample/city.toml")  # doctest: +SKIP
    >>> lc.suggest_sites(city, "XM-3a").sites  # doctest: +SKIP
    """
    terms = Terms(
        objective, max_sites, budget, min_distance_m, m2_per_100_households, link_cost, seconds
    )
    _check(terms, links, share, least_people)
    entry = _requirement(city, standard_id, packs)
    year = as_of or city.config.assess.as_of or datetime.datetime.now().astimezone().year
    ctx = Context(city, year)
    access_test = _question(assess_requirement(entry, ctx), ctx)
    if share is not None:
        terms = replace(terms, needed=_needed(access_test, share))
    return _plan(
        access_test,
        terms,
        candidates=candidates,
        weight=weight if m2_per_100_households is None else "households",
        least_people=least_people,
        links=links,
        max_candidates=max_candidates,
    )


def propose(result: Result) -> tuple[SitePlan, ...]:
    """Return the fewest sub-stations for every sub-station rule that leaves villages beyond it.

    They are quick to find, and a map of villages beyond the distance asks for them. Each plan is
    weighed against new links (:attr:`SitePlan.alternative`).
    """
    ctx = result.context or Context(result.city, result.as_of)
    return tuple(
        _plan(access_test, Terms())
        for finding in result.findings
        for access_test in access_tests(finding, ctx)
        if access_test.villages is not None and len(access_test.villages)
    )


def _plan(
    access_test: AccessTest,
    terms: Terms,
    *,
    candidates: str | Path | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
    least_people: float = 0.0,
    links: str = "compare",
    max_candidates: int | None = None,
) -> SitePlan:
    """Propose sites for one access test (see :func:`suggest_sites`)."""
    cover = terms.objective == "cover"
    counted, by = _weights(access_test, weight)
    places = _candidates(access_test, candidates, terms.objective, max_candidates)
    setup = set_up(access_test, places, terms, counted)
    if candidates is None and cover and setup.villages is None:
        places, setup = _completed(access_test, places, setup, terms, counted)
    solution = _worth_it(setup.problem, _solve(setup.problem, terms), least_people)
    found = no_links() if links == "no" else links_for(access_test)
    build = Build(access_test, places, setup, terms, by, counted, found)
    plan = build_plan(build, solution)
    if not cover or not len(found) or least_people > 0 or terms.needed is not None:
        return plan
    other = plan_with_links(build, _solve)
    if other is None:
        return plan
    return other if links == "use" else with_alternative(plan, other)


def _check(terms: Terms, links: str, share: float | None, least_people: float) -> None:
    objective, max_sites, budget = terms.objective, terms.max_sites, terms.budget
    for name, value, allowed in (("objective", objective, OBJECTIVES), ("links", links, LINKS)):
        if value not in allowed:
            near = difflib.get_close_matches(value, allowed, n=1, cutoff=0.4)
            hint = f"Did you mean '{near[0]}'?" if near else f"Say {', '.join(allowed)}."
            raise ConfigError(f"there is no {name} '{value}'", field=name, hint=hint)
    if share is not None and not 0 < share <= 1:
        raise ConfigError(f"the share is {share}", field="share", hint="State 0.95 for 95 %.")
    if share is not None and (objective != "cover" or max_sites is not None or budget is not None):
        raise ConfigError(
            "a share says when to stop, and so does a limit or another objective",
            field="share",
            hint="State one of share, max_sites, budget; share only to cover.",
        )
    if links == "use" and (share is not None or least_people > 0 or objective != "cover"):
        raise ConfigError(
            "links are used to close all gaps, or the most for a limit",
            field="links",
            hint="State links = 'compare', or leave out share, least_people and objective.",
        )
    if max_sites is not None and max_sites < 0:
        raise ConfigError(f"{max_sites} sites cannot be built", field="max_sites")
    if budget is not None and not budget >= 0:
        raise ConfigError(f"the budget is {budget}", field="budget", hint="State a number from 0.")
    if objective == "median" and max_sites is None and budget is None:
        raise ConfigError(
            "the least mean walk has no end without a limit",
            field="max_sites",
            hint="State max_sites or budget.",
        )
    if objective == "center" and (max_sites is None) == (budget is None):
        raise ConfigError(
            "the least longest walk needs one limit",
            field="max_sites",
            hint="State either max_sites or budget.",
        )


def _requirement(city: City, standard_id: str, packs: Sequence[str | Path]) -> Requirement:
    """Find a requirement by id in the packs given, those of the city, or any that ships."""
    names = [*packs] or [*packs_of(city)]
    known: list[str] = []
    for name in dict.fromkeys([*names, *([] if packs else list_packs())]):
        pack = load_pack(name, city.config.vocabulary)
        for entry in pack.requirements:
            if standard_id in (entry.id, f"{pack.id}:{entry.id}"):
                return entry
            known.append(entry.id)
    near = difflib.get_close_matches(standard_id, known, n=3, cutoff=0.3)
    hint = f"Did you mean {' or '.join(near)}?" if near else "See 'livingcircle standards list'."
    raise ConfigError(f"there is no standard '{standard_id}'", field="standard", hint=hint)


def _question(finding: Finding, ctx: Context) -> AccessTest:
    """Return the first part of a finding that sites can close, one with gaps before one without."""
    asked = list(access_tests(finding, ctx))
    if not asked:
        kind = finding.requirement.kind
        if finding.missing:
            raise ConfigError(
                f"{finding.id} cannot be assessed here: missing {', '.join(finding.missing)}",
                field="standard",
                hint="Give the data that it needs.",
            )
        raise ConfigError(
            f"{finding.id} ({kind}) is not about walks that a site could shorten",
            field="standard",
            hint="Name a circle on foot with k = 1, or a sub-station rule.",
        )
    return next((access_test for access_test in asked if access_test.gap.any()), asked[0])


def _needed(access_test: AccessTest, share: float) -> float:
    """Return the weight that must be newly served for a share of everybody to be covered."""
    if access_test.villages is not None:
        raise ConfigError("a sub-station rule counts villages, not a share", field="share")
    total, out = float(access_test.weight.sum()), float(access_test.weight[access_test.gap].sum())
    return max(share * total - (total - out), 0.0)


def _weights(access_test: AccessTest, column: str | None) -> tuple[FloatArray, str]:
    if column is None:
        return access_test.weight, access_test.group
    if column not in access_test.points:
        raise ConfigError(
            f"the demand has no column '{column}'",
            field="weight",
            hint="Name one of residents, households, age65, under3, children.",
        )
    values = as_number(access_test.points[column]).fillna(0.0)
    return np.asarray(values, dtype=np.float64), column


def _candidates(
    access_test: AccessTest,
    given: str | Path | gpd.GeoDataFrame | None,
    objective: str,
    most: int | None,
) -> gpd.GeoDataFrame:
    city = access_test.ctx.city
    if isinstance(given, gpd.GeoDataFrame):
        return tidy(given, city)
    if given is not None:
        return from_file(given, city)
    near = access_test.points[access_test.gap] if objective == "cover" else access_test.points
    if not len(near):
        near = access_test.points
    villages = access_test.villages
    most = most or (2000 if objective == "cover" else 400)
    if villages is None or not len(villages):
        return generated(city, near, access_test.limit_m, most=most)
    # A village without homes is measured from its middle.
    middle = gpd.GeoDataFrame(geometry=middles(villages.geometry, city.network.crs_m))
    where = gpd.GeoDataFrame(
        geometry=pd.concat([near.geometry, middle.geometry.dropna()], ignore_index=True), crs=4326
    )
    places = generated(city, where, access_test.limit_m, most=most, inside=villages.geometry)
    return _beside_villages(access_test, villages.assign(middle=middle.geometry), places)


def _beside_villages(
    access_test: AccessTest, villages: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Add places on the nearest street for villages that no street runs through."""
    held = villages.sindex.query(places.geometry, predicate="intersects")[1]
    lacking = villages.drop(villages.index[np.unique(held)])
    points = access_test.points
    homes = points[points["urban_village"].isin(lacking["unit_id"])].geometry
    bare = ~lacking["unit_id"].isin(points["urban_village"])
    ends = pd.concat([homes, lacking.loc[bare, "middle"]], ignore_index=True)
    if not len(ends):
        return places
    return _joined(places, beside(access_test.ctx.city, gpd.GeoDataFrame(geometry=ends, crs=4326)))


def _joined(places: gpd.GeoDataFrame, more: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    table = pd.concat([places, more], ignore_index=True)
    table["candidate_id"] = [f"c{n}" for n in range(1, len(table) + 1)]
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4326)


def _completed(
    access_test: AccessTest,
    places: gpd.GeoDataFrame,
    setup: Setup,
    terms: Terms,
    counted: FloatArray,
) -> tuple[gpd.GeoDataFrame, Setup]:
    """Add candidates for gap points that none of the generated ones reaches."""
    for _ in range(5):
        lost = access_test.points.loc[setup.rows[setup.problem.unreachable]]
        lost = lost[lost["status"] != "off_network"]
        if not len(lost):
            break
        more = beside(access_test.ctx.city, lost)
        places = _joined(places, more)
        before = len(setup.problem.unreachable)
        setup = set_up(access_test, places, terms, counted)
        if not len(more) or len(setup.problem.unreachable) == before:
            break
    return places, setup


def _solve(problem: Problem, terms: Terms) -> Solution:
    """Choose the model that fits the terms."""
    limits = {"sites": terms.max_sites, "budget": terms.budget}
    seconds = terms.seconds
    if terms.objective == "median":
        return median(problem, **limits, seconds=seconds)  # type: ignore[arg-type]
    if terms.objective == "center":
        return center(problem, **limits, seconds=seconds)  # type: ignore[arg-type]
    no_limit = terms.max_sites is None and terms.budget is None
    if np.isfinite(problem.capacity).any() and terms.needed is None:
        if no_limit:
            return fewest_with_capacity(problem, seconds=seconds)
        return best_with_capacity(problem, **limits, seconds=seconds)  # type: ignore[arg-type]
    if terms.needed is not None:
        found = fewest_for(problem, terms.needed, seconds=seconds)
    elif no_limit:
        found = fewest(problem, seconds=seconds)
    else:
        found = best_cover(problem, **limits, seconds=seconds)  # type: ignore[arg-type]
    return nearer(problem, found)


def _worth_it(problem: Problem, solution: Solution, least: float) -> Solution:
    """Drop the sites that serve too few, the smallest first, as long as there is one."""
    if least <= 0 or solution.model not in ("lscp", "mclp", "partial_cover"):
        return solution
    chosen, assigned = solution.chosen, solution.assigned
    while len(chosen):
        served = assigned >= 0
        people = np.bincount(assigned[served], problem.weight[served], problem.shape[1])
        small = chosen[(people[chosen] < least) & ~problem.fixed[chosen]]
        if not len(small):
            break
        chosen = np.setdiff1d(chosen, small[[np.argmin(people[small])]])
        assigned = nearest_chosen(problem, chosen, covering=True)
    if len(chosen) == len(solution.chosen):
        return solution
    # What is left of a best plan is no best plan: nothing is claimed of it.
    covered = float(problem.weight[assigned >= 0].sum())
    by_cost = {"lscp": float(problem.site_cost[chosen].sum()), "partial_cover": float(len(chosen))}
    return replace(
        solution,
        chosen=chosen,
        assigned=assigned,
        objective=by_cost.get(solution.model, covered),
        bound=-np.inf,
        gap=np.inf,
        status="thinned",
        left=np.flatnonzero(~problem.served & (assigned < 0)),
    )
