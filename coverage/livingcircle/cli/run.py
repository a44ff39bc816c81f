"""``livingcircle run``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livingcircle.cli.options import (
    CityArgument,
    LanguageOption,
    NoCacheOption,
    ScenarioOption,
    VerboseOption,
)
from livingcircle.errors import printable

if TYPE_CHECKING:
    from livingcircle.standards.result import Result

__all__ = ["default_folder", "run_and_print", "run_command"]

EXIT_GAP = 1


def run_command(
    city: CityArgument,
    pack: Annotated[
        list[str] | None, typer.Option(help="Pack to test; may be repeated. Default: city.toml's.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results. Default: maps/<city>.")
    ] = None,
    as_of: Annotated[int | None, typer.Option(help="Year that due dates are judged in.")] = None,
    fail_on_gap: Annotated[
        bool, typer.Option("--fail-on-gap", help="Exit with 1 if a must-standard is not met.")
    ] = False,
    also: Annotated[
        list[str] | None, typer.Option(help="Further formats: geojson, geoparquet.")
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=10_000,
            help="Draw what the data do not know so often, and name field checks; 0: not at all."
            " Default: [uncertainty] of city.toml.",
        ),
    ] = None,
    scenario: ScenarioOption = None,
    no_cache: NoCacheOption = False,
    language: LanguageOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Test a city against its plans and write the gaps as layers, tables and a map."""
    result = run_and_print(
        city, pack or (), out,
        as_of=as_of, formats=also or (), scenario=scenario, cache=not no_cache, draws=draws,
        lang=language,
    )  # fmt: skip
    if fail_on_gap and result.is_short:
        raise typer.Exit(EXIT_GAP)


def run_and_print(
    path: Path,
    packs: Sequence[str],
    out: Path | None,
    *,
    as_of: int | None = None,
    formats: Sequence[str] = (),
    scenario: Path | None = None,
    cache: bool = True,
    draws: int | None = None,
    lang: str | None = None,
) -> Result:
    """Run a city and print what came out; see ``livingcircle.pipeline.run_city``."""
    from livingcircle import pipeline
    from livingcircle.cli.language import pick_language
    from livingcircle.progress import progress_bar
    from livingcircle.publish.text.city_summary import run_summary

    language = pick_language(lang, path)
    folder = out or default_folder(path)
    with progress_bar(folder.name) as progress:
        done = pipeline.run_city(
            path, packs, folder,
            as_of=as_of, formats=formats, scenario=scenario, cache=cache, draws=draws,
            progress=progress,
        )  # fmt: skip
    lines = run_summary(done.result, folder, language, done.plans, done.explained.uncertainty)
    print("\n".join(map(printable, lines.split("\n"))))
    return done.result


def default_folder(city: Path) -> Path:
    """Return ``maps/CITY``: after the folder of a city.toml, or after a file called otherwise."""
    path = city.resolve()
    return Path("maps") / (path.stem if path.stem != "city" else path.parent.name or "city")
