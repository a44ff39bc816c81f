"""suggest_sites: the sites that would close the gaps of one standard, and what then is left."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import geopandas as gpd
import numpy as np

from livingcircle._arrays import FloatArray
from livingcircle.arguments import check_type, wrong_type
from livingcircle.city.model import City
from livingcircle.errors import ConfigError
from livingcircle.gaps.access_test import AccessTest, access_tests
from livingcircle.gaps.links import no_links
from livingcircle.localized import LocalizedText
from livingcircle.network.coordinates import lonlat_of
from livingcircle.sites.build import SiteBuild
from livingcircle.sites.candidates import complete_candidates, from_file
from livingcircle.sites.conditions import Terms, check_terms
from livingcircle.sites.evaluate import build_plan
from livingcircle.sites.formulate import set_up
from livingcircle.sites.link_alternatives import links_for, plan_with_links, with_alternative
from livingcircle.sites.model_choice import solve_for_terms
from livingcircle.sites.places import candidates_for, complete_places
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.assess import assess_requirement, check_year, requirement_of
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding
from livingcircle.standards.missing import missing_words
from livingcircle.standards.pack_walking import with_pack_walking
from livingcircle.standards.tables import as_number
from livingcircle.vocab.groups import GROUPS

if TYPE_CHECKING:
    from livingcircle.standards.result import Result

__all__ = ["SiteTerms", "propose", "suggest_sites"]


class SiteTerms(TypedDict, total=False):
    """What ``suggest_sites`` takes by name."""

    max_sites: int | None
    budget: float | None
    share: float | None
    objective: str
    candidates: str | Path | gpd.GeoDataFrame | None
    weight: str | None
    min_distance_m: float
    least_people: float
    m2_per_100_households: float | None
    links: str
    link_cost: float
    max_candidates: int | None
    candidates_datum: str | None
    packs: Sequence[str | Path]
    as_of: int | None
    seconds: float


def suggest_sites(
    city: City,
    standard: str,
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
    candidates_datum: str | None = None,
    packs: Sequence[str | Path] = (),
    as_of: int | None = None,
    seconds: float = 45.0,
) -> SitePlan:
    """Propose sites that close the gaps of a standard, existing facilities counted.

    Parameters
    ----------
    city
        A city as ``read_city`` gives it.
    standard
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
        A table of places (see ``livingcircle.sites.candidates.from_file``) or its path; None:
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
    candidates_datum
        Of a file of candidates; None: what it says, else what the streets show, else WGS 84.
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
    >>> city = lc.read_city("data/sample/city.toml")
    >>> plan = lc.suggest_sites(city, "XM-3a")
    >>> plan.before.value, plan.after.value
    (4.0, 0.0)
    """
    check_type(city, "city", City, "read_city")
    terms = Terms(
        objective=objective,
        max_sites=max_sites,
        budget=budget,
        share=share,
        min_distance_m=min_distance_m,
        least_people=least_people,
        m2_per_100_households=m2_per_100_households,
        links=links,
        link_cost=link_cost,
        seconds=seconds,
        max_candidates=max_candidates,
    )
    check_terms(terms)
    check_year(as_of)
    pack, entry = requirement_of(city, standard, packs)
    city, (pack,) = with_pack_walking(city, [pack])
    entry = pack[entry.id]
    year = as_of or city.config.assess.as_of or datetime.datetime.now().astimezone().year
    ctx = Context(city, year)
    given, notes = _given(candidates, city, candidates_datum)
    access_test = _access_test_of(assess_requirement(entry, ctx), ctx)
    by = weight if m2_per_100_households is None else "households"
    return replace(_plan(access_test, terms, candidates=given, weight=by), notes=notes)


def _given(
    candidates: str | Path | gpd.GeoDataFrame | None, city: City, datum: str | None
) -> tuple[gpd.GeoDataFrame | None, tuple[LocalizedText, ...]]:
    """Return the user's candidates, if any, and how a file of them was understood."""
    if isinstance(candidates, str | Path):
        return from_file(candidates, city, datum=datum)
    if datum is not None:
        raise ConfigError(
            "candidates_datum is about a file of candidates",
            field="candidates_datum",
            hint="Give the file as candidates, or leave it out.",
        )
    if candidates is None:
        return None, ()
    if not isinstance(candidates, gpd.GeoDataFrame):
        wanted = LocalizedText("路径或 GeoDataFrame", "a path or a GeoDataFrame")
        raise wrong_type(candidates, "candidates", wanted)
    lonlat_of(candidates, "candidate")  # refuses a table without places
    return complete_candidates(candidates, city), ()


def propose(result: Result) -> tuple[SitePlan, ...]:
    """Return the fewest sub-stations for every sub-station rule that leaves villages beyond it.

    They are quick to find, and a map of villages beyond the distance asks for them. Each plan is
    weighed against new links (``SitePlan.alternative``).
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
    candidates: gpd.GeoDataFrame | None = None,
    weight: str | None = None,
) -> SitePlan:
    """Propose sites for one access test (see ``suggest_sites``)."""
    cover = terms.objective == "cover"
    counted, by = _weights(access_test, weight)
    access_test = replace(access_test, group=by, weight=counted)
    needed = None if terms.share is None else _needed(access_test, counted, terms.share)
    places = candidates_for(access_test, candidates, terms)
    setup = set_up(access_test, places, terms, counted)
    if candidates is None:
        places, setup = complete_places(access_test, places, setup, terms, counted)
    solution = solve_for_terms(setup.problem, terms, needed)
    found = no_links() if terms.links == "no" else links_for(access_test)
    build = SiteBuild(access_test, places, setup, terms, by, counted, found, needed or 0.0)
    plan = build_plan(build, solution)
    if not cover or not len(found) or terms.least_people > 0 or needed is not None:
        return plan
    other = plan_with_links(build)
    if other is None:
        return plan
    return other if terms.links == "use" else with_alternative(plan, other)


def _access_test_of(finding: Finding, ctx: Context) -> AccessTest:
    """Return the first part of a finding that sites can close, one with gaps before one without."""
    asked = list(access_tests(finding, ctx))
    if not asked:
        kind = finding.requirement.kind
        if finding.missing:
            raise ConfigError(
                LocalizedText(
                    f"此处无法评估 {finding.id}：{missing_words(finding.missing).zh}",
                    f"{finding.id} cannot be assessed here: missing {', '.join(finding.missing)}",
                ),
                field="standard",
                hint=LocalizedText("请提供所需数据。", "Give the data that it needs."),
            )
        raise ConfigError(
            f"{finding.id} ({kind}) is not about walks that a site could shorten",
            field="standard",
            hint="Name a circle on foot with k = 1, or a sub-station rule.",
        )
    return next((access_test for access_test in asked if access_test.gap.any()), asked[0])


def _needed(access_test: AccessTest, counted: FloatArray, share: float) -> float:
    """Return the weight that must be newly served for a share of everybody to be covered."""
    if access_test.villages is not None:
        raise ConfigError(
            "a sub-station rule counts villages, not a share",
            field="share",
            hint="State max_sites or budget, or nothing to serve every village.",
        )
    if counted.sum() <= 0:
        counted = np.ones(len(counted))
    total, out = float(counted.sum()), float(counted[access_test.gap].sum())
    return max(share * total - (total - out), 0.0)


def _weights(access_test: AccessTest, column: str | None) -> tuple[FloatArray, str]:
    if column is None:
        return access_test.weight, access_test.group
    if column not in access_test.points:
        raise ConfigError(
            f"the demand has no column '{column}'",
            field="weight",
            hint=f"Name one of {', '.join(GROUPS)}.",
        )
    values = as_number(access_test.points[column])
    if values.isna().all():
        raise ConfigError(
            f"no demand point states a number in the column '{column}'",
            field="weight",
            hint="Give the column, or name another one.",
        )
    # Unknown is not zero: the plan's note names who states no number.
    return np.asarray(values.fillna(0.0), dtype=np.float64), column
