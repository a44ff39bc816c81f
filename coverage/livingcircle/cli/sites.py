"""``livingcircle sites``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livingcircle.cli.options import (
    CityArgument,
    LanguageOption,
    NoCacheOption,
    ScenarioOption,
    VerboseOption,
)

__all__ = ["sites_command"]


def sites_command(
    city: CityArgument,
    standard: Annotated[str, typer.Option(help="Id of the requirement, e.g. XM-3a.")],
    pack: Annotated[
        list[str] | None,
        typer.Option(help="Where to look for it; may be repeated. Default: city.toml's, then all."),
    ] = None,
    as_of: Annotated[int | None, typer.Option(help="Year that due dates are judged in.")] = None,
    max_sites: Annotated[int | None, typer.Option(help="At most so many sites.")] = None,
    budget: Annotated[float | None, typer.Option(help="Most that all sites may cost.")] = None,
    share: Annotated[
        float | None, typer.Option(help="Enough to cover, e.g. 0.95. Default: all.")
    ] = None,
    candidates: Annotated[
        Path | None, typer.Option(help="Places to choose from, e.g. idle public buildings.")
    ] = None,
    candidates_datum: Annotated[
        str | None,
        typer.Option(
            help="Their datum: wgs84, gcj02, bd09, ... Not stated: what the file or header says,"
            " else what the streets show, else wgs84."
        ),
    ] = None,
    max_candidates: Annotated[
        int | None,
        typer.Option(help="Most places looked at, where none are given. Default: 2,000."),
    ] = None,
    objective: Annotated[str, typer.Option(help="cover, median or center.")] = "cover",
    weight: Annotated[
        str | None,
        typer.Option(help="What to count by, e.g. residents, age65. Default: as the standard."),
    ] = None,
    min_distance_m: Annotated[float, typer.Option(help="Least metres between two sites.")] = 0.0,
    least_people: Annotated[
        float, typer.Option(help="Propose no site that would serve fewer.")
    ] = 0.0,
    m2_per_100_households: Annotated[
        float | None, typer.Option(help="Capacity from the candidates' area_m2.")
    ] = None,
    links: Annotated[
        str, typer.Option(help="New gates and crossings: compare, use or no.")
    ] = "compare",
    link_cost: Annotated[float, typer.Option(help="A new link costs so many sites.")] = 1.0,
    seconds: Annotated[float, typer.Option(help="Time limit of the solver.")] = 45.0,
    scenario: ScenarioOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the plan. Default: maps/<city>/sites-<standard>.")
    ] = None,
    no_cache: NoCacheOption = False,
    language: LanguageOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Propose the fewest or the best new sites that close the gaps of a standard."""
    from livingcircle.cli.language import pick_language
    from livingcircle.cli.run import default_folder
    from livingcircle.pipeline import plan_sites
    from livingcircle.progress import progress_bar
    from livingcircle.publish.text.plan_summary import plan_summary

    lang = pick_language(language, city)
    folder = out or default_folder(city) / f"sites-{standard}"
    with progress_bar("sites") as progress:
        plan = plan_sites(
            city, standard, folder, scenario=scenario, cache=not no_cache, progress=progress,
            packs=pack or (), as_of=as_of, max_sites=max_sites, budget=budget, share=share,
            candidates=candidates, candidates_datum=candidates_datum, max_candidates=max_candidates,
            objective=objective,
            weight=weight, min_distance_m=min_distance_m, least_people=least_people,
            m2_per_100_households=m2_per_100_households, links=links, link_cost=link_cost,
            seconds=seconds,
        )  # fmt: skip
    print(plan_summary(plan, folder, lang))
