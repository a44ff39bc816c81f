"""The commands: thin faces over the rooms, one line of error, exit codes 0, 1 and 2."""

from __future__ import annotations

import logging
import sys
import traceback
import warnings
from pathlib import Path
from typing import Annotated

import typer

from livingcircle.errors import ConfigError, LivingCircleError
from livingcircle.secrets import masked

__all__ = ["app", "main"]

GAP, WRONG = 1, 2

app = typer.Typer(
    name="livingcircle",
    help="Who cannot walk to the services a plan promised, where, why, and what would fix it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_verbose = False


def _set_verbose(on: bool) -> bool:
    global _verbose
    _verbose = _verbose or on
    return on


Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", help="Show more, and the traceback of an error.", callback=_set_verbose
    ),
]
CityFile = Annotated[Path, typer.Argument(metavar="CITY.toml", help="The city's configuration.")]


def main(arguments: list[str] | None = None) -> None:
    """Run a command; a wrong input or call gives one line on stderr and exit code 2."""
    given = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if "--verbose" not in given:
        # Other libraries' warnings are for developers; what a user must know is told in notes.
        warnings.simplefilter("ignore")
        logging.getLogger("pyogrio").setLevel(logging.ERROR)
    try:
        code = app(args=given, prog_name="livingcircle", standalone_mode=False)
    except LivingCircleError as error:
        _fail(error.line())
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except MemoryError:
        _fail("not enough memory for this input")
    except Exception as error:  # noqa: BLE001 - a user never sees a traceback unasked
        _fail(_said(error))
    sys.exit(code if isinstance(code, int) else 0)


def _said(error: Exception) -> str:
    # typer ships click or stands on it, by version; both give wrong calls this method.
    if hasattr(error, "format_message"):
        return " ".join(str(error.format_message()).split()) + " (see livingcircle --help)"
    said = " ".join(str(error).split())[:300]
    return f"unexpected {type(error).__name__}: {said}. Run again with --verbose for details"


def _fail(line: str) -> None:
    if _verbose:
        # The exceptions of libraries repeat addresses with their logins.
        print(masked(traceback.format_exc()), file=sys.stderr)
    print(f"livingcircle: {masked(line)}", file=sys.stderr)
    sys.exit(WRONG)


@app.command()
def reach(
    network: Annotated[Path, typer.Option(help="Walking network: OSM, GraphML or lines.")],
    facilities: Annotated[Path, typer.Option(help="Facilities: a table with lon and lat.")],
    demand: Annotated[Path, typer.Option(help="Demand points: a table with lon and lat.")],
    out: Annotated[Path, typer.Option(help="Result: .csv or .gpkg.")],
    limit_m: Annotated[float | None, typer.Option(help="Limit in metres, inclusive.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Limit in minutes, inclusive.")] = None,
    walker: Annotated[str, typer.Option(help="Who walks.")] = "adult",
    max_access_m: Annotated[float, typer.Option(help="Longest straight leg to the network.")] = 300,
    datum: Annotated[str, typer.Option(help="Datum of both tables: wgs84, gcj02, bd09.")] = "wgs84",
    verbose: Verbose = False,
) -> None:
    """Find the nearest facility of every demand point: the bare engine."""
    from livingcircle.cli.reach import run_reach

    run_reach(
        network, facilities, demand, out,
        limit_m=limit_m, minutes=minutes, walker=walker, max_access_m=max_access_m, datum=datum,
    )  # fmt: skip


@app.command()
def run(
    city: CityFile,
    pack: Annotated[
        list[str] | None, typer.Option(help="Pack to test; may be repeated. Default: city.toml's.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results. Default: maps/<city>.")
    ] = None,
    as_of: Annotated[int | None, typer.Option(help="Year that due dates are judged in.")] = None,
    fail_on_gap: Annotated[
        bool, typer.Option("--fail-on-gap", help="Exit with 1 if a must-standard is short.")
    ] = False,
    also: Annotated[
        list[str] | None, typer.Option(help="Further formats: geojson, geoparquet.")
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option(help="What if: a TOML or GeoPackage laid over the city.")
    ] = None,
    language: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
    verbose: Verbose = False,
) -> None:
    """Test a city against its plans and write the gaps as layers, tables and a map."""
    from livingcircle.cli import run as commands

    result = commands.run_city(
        city, pack or (), out,
        as_of=as_of, formats=also or (), scenario=scenario, lang=language,
    )  # fmt: skip
    if fail_on_gap and commands.is_short(result):
        raise typer.Exit(GAP)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("maps/sample"),
    language: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
    verbose: Verbose = False,
) -> None:
    """Run the sample city, which is synthetic, against all packs."""
    from livingcircle.cli import run as commands

    commands.run_city(commands.sample_city(), (), out, lang=language)


@app.command()
def check(
    city: CityFile,
    language: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
    verbose: Verbose = False,
) -> None:
    """Tell what was read, how it was understood, and what looks wrong."""
    from livingcircle.cli import run as commands

    print(commands.check_city(city, language))


@app.command()
def sites(
    city: CityFile,
    standard: Annotated[str, typer.Option(help="Id of the requirement, e.g. XM-3a.")],
    max_sites: Annotated[int | None, typer.Option(help="At most so many sites.")] = None,
    budget: Annotated[float | None, typer.Option(help="Most that all sites may cost.")] = None,
    share: Annotated[
        float | None, typer.Option(help="Enough to cover, e.g. 0.95. Default: all.")
    ] = None,
    candidates: Annotated[
        Path | None, typer.Option(help="Places to choose from, e.g. idle public buildings.")
    ] = None,
    objective: Annotated[str, typer.Option(help="cover, median or center.")] = "cover",
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
    scenario: Annotated[Path | None, typer.Option(help="What if: laid over the city.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the plan.")] = None,
    language: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
    verbose: Verbose = False,
) -> None:
    """Propose the fewest or the best new sites that close the gaps of a standard."""
    from livingcircle.cli.sites import run_sites

    run_sites(
        city, standard,
        max_sites=max_sites, budget=budget, share=share, candidates=candidates, out=out,
        objective=objective, links=links, link_cost=link_cost, min_distance_m=min_distance_m,
        least_people=least_people, m2_per_100_households=m2_per_100_households, seconds=seconds,
        scenario=scenario, lang=language,
    )  # fmt: skip


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(metavar="DIR_A", help="Results of an earlier run.")],
    after: Annotated[Path, typer.Argument(metavar="DIR_B", help="Results of a later run.")],
    out: Annotated[Path | None, typer.Option(help="The changes as a CSV.")] = None,
    language: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
    verbose: Verbose = False,
) -> None:
    """Tell what changed between two runs, and because of which input."""
    from livingcircle.cli.compare import run_compare

    print(run_compare(before, after, out=out, lang=language))


@app.command()
def nightly(
    cities: Annotated[Path, typer.Argument(metavar="CITIES_DIR", help="A folder a city.")],
    site: Annotated[Path, typer.Option(help="Where the static site is, or shall be.")],
    jobs: Annotated[int, typer.Option(help="Processes.")] = 1,
    log: Annotated[str, typer.Option(help="Lines on stderr: text or json.")] = "text",
    force: Annotated[bool, typer.Option("--force", help="Also compute unchanged cities.")] = False,
    state: Annotated[Path | None, typer.Option(help="What the job keeps for itself.")] = None,
    verbose: Verbose = False,
) -> None:
    """Assess every city whose inputs changed, and publish the static site in one step."""
    from livingcircle.nightly.job import run_nightly

    raise typer.Exit(run_nightly(cities, site=site, jobs=jobs, log=log, force=force, state=state))


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new city.")],
    place: Annotated[
        str | None, typer.Option(help="A place to download from OpenStreetMap.")
    ] = None,
    pbf: Annotated[Path | None, typer.Option(help="An OpenStreetMap extract instead.")] = None,
    boundary: Annotated[Path | None, typer.Option(help="The city's outline, with --pbf.")] = None,
    verbose: Verbose = False,
) -> None:
    """Begin a city: network, boundary, buildings, facilities and a city.toml to go on from."""
    from livingcircle.city.new import new_city
    from livingcircle.progress import progress_bar

    with progress_bar("new") as report:
        made = new_city(folder, place=place, pbf=pbf, boundary=boundary, progress=report)
    print(f"{made} is ready. Next: livingcircle check {made}")


@app.command()
def standards(
    action: Annotated[str, typer.Argument(help="list, or show.")] = "list",
    pack: Annotated[str | None, typer.Argument(help="The pack to show.")] = None,
    language: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
    verbose: Verbose = False,
) -> None:
    """List the standard packs, or show one for a person to read."""
    from livingcircle.publish.text import pack_text as text

    if action == "list" and pack is None:
        print(text.list_text(language), end="")
    elif action == "show" and pack is not None:
        print(text.show(pack, language), end="")
    else:
        raise ConfigError(
            "the words after 'standards' are not understood",
            hint="Say 'standards list' or 'standards show PACK'.",
        )


if __name__ == "__main__":
    main()
