"""The whole run of a city, once for every caller: read, assess, explain, propose, write."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Unpack

import pandas as pd

from livingcircle._memory import collected_seldom, give_back
from livingcircle.arguments import check_path, check_type
from livingcircle.city.city_file import read_config
from livingcircle.city.input_files import files_named, files_of
from livingcircle.city.model import City, read_city
from livingcircle.compare.comparison import Comparison
from livingcircle.compare.findings import difference
from livingcircle.errors import WrongTypeError
from livingcircle.gaps.explain import Explained, explain, with_uncertainty
from livingcircle.io.ownership import real_place, refuse_foreign, refuse_overlap
from livingcircle.localized import LocalizedText
from livingcircle.progress import Progress
from livingcircle.publish.credit import osm_credit
from livingcircle.publish.folder import earlier_plan, refuse_other
from livingcircle.publish.gis.difference_layers import write_difference
from livingcircle.publish.office.changes import write_claim
from livingcircle.publish.plan_folder import write_plan
from livingcircle.publish.write import WriteOptions, WriteTerms, write_run
from livingcircle.scenario.apply import apply_scenario
from livingcircle.sites.plan import SitePlan
from livingcircle.sites.suggest import SiteTerms, propose, suggest_sites
from livingcircle.standards.assess import assess, city_packs
from livingcircle.standards.claims import Claim, check_claim, claim
from livingcircle.standards.loader import load_pack
from livingcircle.standards.result import Result

__all__ = ["Run", "assess_claim", "check_city", "plan_sites", "run_city", "write", "write_result"]

# Shares of the work for the progress bar, as measured on the sample city.
_READ, _ASSESSED, _EXPLAINED, _PROPOSED = 0.4, 0.7, 0.8, 0.85
_DRAWN = 0.82


@dataclass(frozen=True, eq=False)
class Run:
    """What a run gives: the result with its reasons, the proposed sites, and where it stands."""

    result: Result
    explained: Explained
    plans: tuple[SitePlan, ...]
    folder: Path


def run_city(
    source: Path | City,
    packs: Sequence[str | Path],
    folder: str | Path,
    *,
    as_of: int | None = None,
    formats: Sequence[str] = (),
    scenario: Path | None = None,
    cache: bool = True,
    draws: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Read a city, assess it, explain its gaps, propose sites, and write everything.

    Parameters
    ----------
    source
        A city.toml, or a city that was read already.
    packs
        Packs to test; those of city.toml if empty.
    folder
        Where to write; replaced whole at the very end, or left as it was.
    as_of
        Year that due dates are judged in; the current one if None.
    formats
        ``"geojson"``, ``"geoparquet"``: besides the GeoPackage.
    scenario
        A scenario file laid over the city; what it changes is written too.
    cache
        Take networks that were read before from the user's cache folder, see ``read_network``.
    draws
        How often what the data do not know is drawn, see ``livingcircle.uncertainty``; as
        ``[uncertainty]`` of city.toml says if None, and not at all without that table.
    progress
        Called with the share done and what is being done.

    Raises
    ------
    LivingCircleError
        If anything given is wrong; the output folder is as it was then.
    """
    packs = _beside(packs, source)
    own = tuple(Path(pack) for pack in packs if Path(pack).is_file())
    refuse_overlap(refuse_other(folder), _files_read(source, scenario) + own)
    # A run moves texts between columns far more often than it computes with them: kept as objects
    # of Python, and not as Arrow, they take an eighth of the whole run less.
    with pd.option_context("mode.string_storage", "python"), collected_seldom():
        report: Progress = progress or (lambda share, text: None)
        started = datetime.datetime.now(datetime.UTC)
        clock = time.perf_counter()
        base = _city_of(source, _part(report, 0.0, _READ), cache)
        read_s = time.perf_counter() - clock
        give_back()
        city = base if scenario is None else apply_scenario(base, scenario)
        result = assess(city, *packs, as_of=as_of, progress=_part(report, _READ, _ASSESSED))
        result.timings["read"] = read_s
        more: Callable[[Path], object] | None = None
        if scenario is not None:
            report(_ASSESSED, "base")
            found = difference(assess(base, *packs, as_of=as_of), result)
            more = partial(write_difference, found, credit=osm_credit(base))
        give_back()
        explained = explain(result, progress=_part(report, _ASSESSED, _EXPLAINED))
        explained = with_uncertainty(explained, draws, _part(report, _EXPLAINED, _DRAWN))
        give_back()
        report(_DRAWN, "sites")
        plans = tuple(propose(explained.result))
        how = WriteOptions(
            formats=formats,
            started=started,
            progress=lambda text: report(_PROPOSED, text),
            more=more,
        )
        place = write_run(result, folder, explained=explained, plans=plans, options=how)
        return Run(explained.result, explained, plans, place)


def check_city(source: Path, *, cache: bool = True, progress: Progress | None = None) -> City:
    """Read a city and the packs that it names, without assessing it.

    Raises
    ------
    LivingCircleError
        An input is wrong, or a pack is unknown or not valid.
    """
    config = read_config(source)
    for pack in config.assess.packs:
        load_pack(source.parent / pack if pack.endswith(".toml") else pack, config.vocabulary)
    city = read_city(source, progress, cache=cache)
    city_packs(city)
    return city


def assess_claim(
    source: Path,
    standard: str,
    share: float | str,
    *,
    meant: str = "at_least",
    part: int | None = None,
    packs: Sequence[str | Path] = (),
    as_of: int | None = None,
    out: Path | None = None,
    cache: bool = True,
    progress: Progress | None = None,
) -> Claim:
    """Read a city and tell under which readings a stated figure is true; see ``lc.claim``.

    Parameters
    ----------
    source
        A city.toml.
    standard, share, meant, part, packs, as_of
        Those of ``livingcircle.claim``.
    out
        A CSV of the combinations that make the claim true, of the nearest ones if none does.
    cache
        Take networks that were read before from the user's cache folder, see ``read_network``.
    progress
        Called with the share done and what is being done.

    Raises
    ------
    LivingCircleError
        If anything given is wrong; nothing is written then.
    """
    check_claim(share, meant)
    packs = _beside(packs, source)
    if out is not None:
        refuse_overlap(real_place(out), _files_read(source))
    report: Progress = progress or (lambda share, text: None)
    city = read_city(source, _part(report, 0.0, 0.7), cache=cache)
    report(0.7, standard)
    found = claim(city, standard, share, meant=meant, packs=packs, part=part, as_of=as_of)
    if out is not None:
        write_claim(found.frame, out)
    report(1.0, "")
    return found


def plan_sites(
    source: Path | City,
    standard: str,
    folder: str | Path,
    *,
    scenario: Path | None = None,
    cache: bool = True,
    progress: Progress | None = None,
    **terms: Unpack[SiteTerms],
) -> SitePlan:
    """Read a city, propose sites for one standard, and write the plan.

    Parameters
    ----------
    source
        A city.toml, or a city that was read already.
    standard
        Id of the requirement.
    folder
        Where to write.
    scenario
        A scenario file laid over the city first.
    cache
        Take networks that were read before from the user's cache folder, see ``read_network``.
    progress
        Called with the share done and what is being done.
    **terms
        Those of ``livingcircle.suggest_sites``.

    Raises
    ------
    LivingCircleError
        If anything given is wrong; nothing is written then.
    """
    terms["packs"] = _beside(terms.get("packs") or (), source)
    given = [*terms["packs"], terms.get("candidates")]
    own = tuple(Path(g) for g in given if isinstance(g, str | Path) and Path(g).exists())
    place = real_place(folder)
    refuse_foreign(place, "plan", earlier_plan)
    refuse_overlap(place, _files_read(source, scenario) + own)
    report: Progress = progress or (lambda share, text: None)
    city = _city_of(source, _part(report, 0.0, 0.5), cache)
    if scenario is not None:
        city = apply_scenario(city, scenario)
    report(0.5, standard)
    plan = suggest_sites(city, standard, **terms)
    report(0.95, "writing")
    write_plan(plan, folder, osm_credit(city))
    return plan


def write(
    what: Result | SitePlan | Comparison, place: str | Path, **options: Unpack[WriteTerms]
) -> Path:
    """Write a result or a plan of sites into a folder, or a comparison as a CSV.

    Parameters
    ----------
    what
        What ``livingcircle.assess``, ``suggest_sites`` or ``compare`` gave.
    place
        Where to; an earlier output there is replaced whole at the very end, or left as it was.
    **options
        For a result: those of ``write_result``.

    Returns
    -------
    Path
        The folder or file.

    Raises
    ------
    WrongTypeError
        It is none of the three.
    LivingCircleError
        Something else stands there, or it cannot be written.
    """
    check_path(place, "place")
    if isinstance(what, Explained):
        return write_result(what.result, place, explained=what, **options)
    if isinstance(what, Result):
        return write_result(what, place, **options)
    if isinstance(what, SitePlan):
        return write_plan(what, place)
    if isinstance(what, Comparison):
        return what.write(place)
    raise WrongTypeError(
        LocalizedText(
            f"不知道如何写出 {type(what).__name__}",
            f"something of type {type(what).__name__} cannot be written",
        ),
        hint=LocalizedText(
            "请传入 assess、explain、suggest_sites 或 compare 的结果。",
            "Give what assess, explain, suggest_sites or compare returned.",
        ),
    )


def write_result(
    result: Result,
    folder: str | Path,
    *,
    explained: Explained | None = None,
    plans: Sequence[SitePlan] | None = None,
    **options: Unpack[WriteTerms],
) -> Path:
    """Explain a result's gaps and propose sites where that was not done yet, and write everything.

    Parameters
    ----------
    result
        What ``livingcircle.assess`` gives.
    folder
        Where to write; replaced whole at the very end, or left as it was.
    explained, plans
        What ``livingcircle.explain`` and ``livingcircle.sites.propose`` gave for
        this result; asked for here if None.
    **options
        Fields of ``livingcircle.publish.write.WriteOptions``: ``formats``, ``basemap``,
        ``started``, ``progress``, ``more``.
    """
    check_type(result, "result", Result, "assess")
    check_path(folder, "folder")
    refuse_overlap(refuse_other(folder), _files_read(result.city))
    how = WriteOptions(**options)
    step = how.progress or (lambda text: None)
    if explained is None:
        step("reasons")
        explained = with_uncertainty(explain(result))
    if plans is None:
        step("sites")
        plans = propose(explained.result)
    return write_run(result, folder, explained=explained, plans=plans, options=how)


def _city_of(source: Path | City, progress: Progress, cache: bool) -> City:
    return source if isinstance(source, City) else read_city(source, progress, cache=cache)


def _beside(packs: Sequence[str | Path], source: Path | City) -> list[str | Path]:
    """Return packs; a file that is not there and lies beside city.toml is that one."""
    folder = source.folder if isinstance(source, City) else source.parent
    return [
        folder / pack
        if str(pack).endswith(".toml") and not Path(pack).exists() and (folder / pack).is_file()
        else pack
        for pack in packs
    ]


def _files_read(source: Path | City, scenario: Path | None = None) -> tuple[Path, ...]:
    """Return the files that a city, and a scenario, are read from: no output may replace them."""
    more = files_named(scenario) if scenario else ()
    if not isinstance(source, City):
        return files_named(source) + more
    file = source.folder / "city.toml"
    named = files_of(source.folder, source.config.model_dump(mode="json"))
    return (*([file] if file.is_file() else []), *named, *more)


def _part(progress: Progress, begin: float, end: float) -> Progress:
    """Return a progress callback for one stretch of the whole."""
    return lambda share, text: progress(begin + (end - begin) * share, text)
