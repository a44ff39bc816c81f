"""The body of ``livingcircle sites``."""

from __future__ import annotations

from pathlib import Path

from livingcircle.city.model import read_city
from livingcircle.errors import ConfigError
from livingcircle.progress import progress_bar
from livingcircle.sites.plan import SitePlan
from livingcircle.sites.suggest import suggest_sites

__all__ = ["run_sites", "summary"]


def run_sites(
    path: Path,
    standard: str,
    *,
    max_sites: int | None = None,
    budget: float | None = None,
    share: float | None = None,
    candidates: Path | None = None,
    out: Path | None = None,
    objective: str = "cover",
    links: str = "compare",
    link_cost: float = 1.0,
    min_distance_m: float = 0.0,
    least_people: float = 0.0,
    m2_per_100_households: float | None = None,
    seconds: float = 45.0,
    scenario: Path | None = None,
    lang: str = "en",
) -> SitePlan:
    """Read a city, propose sites for one standard, write the plan and print a summary.

    Parameters
    ----------
    path
        The city.toml.
    standard
        Id of the requirement.
    out
        Folder of the plan; ``maps/CITY/sites-STANDARD`` where None.
    lang
        ``zh`` or ``en``.

    Raises
    ------
    LivingCircleError
        If anything given is wrong; nothing is written then.
    """
    if lang not in ("zh", "en"):
        raise ConfigError(f"no texts in '{lang}'", field="lang", hint="Say zh or en.")
    with progress_bar("sites") as report:
        city = read_city(path, lambda share, text: report(0.5 * share, text))
        if scenario is not None:
            city = city.with_scenario(scenario)
        report(0.5, standard)
        plan = suggest_sites(
            city,
            standard,
            max_sites=max_sites,
            budget=budget,
            share=share,
            candidates=candidates,
            objective=objective,
            links=links,
            link_cost=link_cost,
            min_distance_m=min_distance_m,
            least_people=least_people,
            m2_per_100_households=m2_per_100_households,
            seconds=seconds,
        )
        report(0.95, "writing")
        resolved = path.resolve()
        name = resolved.stem if resolved.stem != "city" else resolved.parent.name
        folder = out or Path("maps") / name / f"sites-{standard}"
        plan.write(folder)
    print(summary(plan, folder, lang))
    return plan


def summary(plan: SitePlan, folder: Path, lang: str = "en") -> str:
    """Return the plan in a few lines."""
    note = plan.note_zh if lang == "zh" else plan.note_en
    rows = [f"{plan.standard}: {note}"]
    rows += [f"  {text}" for text in plan.sites[f"text_{lang}"].head(20)]
    if len(plan.sites) > 20:
        rows.append(f"  ... ({len(plan.sites) - 20})")
    shown = plan.alternative or plan
    if len(shown.built_links):
        rows += [f"  {text}" for text in shown.built_links[f"text_{lang}"].head(10)]
    rows.append(str(folder))
    return "\n".join(rows)
