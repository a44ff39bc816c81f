"""``livingcircle reach``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from livingcircle.cli.options import LanguageOption, NoCacheOption, VerboseOption

__all__ = ["reach_command"]


def reach_command(
    network: Annotated[Path, typer.Option(help="Walking network: OSM, GraphML or lines.")],
    facilities: Annotated[Path, typer.Option(help="Facilities: a table with lon and lat.")],
    demand: Annotated[Path, typer.Option(help="Demand points: a table with lon and lat.")],
    out: Annotated[Path, typer.Option(help="Result: .csv or .gpkg.")],
    limit_m: Annotated[float | None, typer.Option(help="Limit in metres, inclusive.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Limit in minutes, inclusive.")] = None,
    walker: Annotated[str, typer.Option(help="Who walks.")] = "adult",
    max_access_m: Annotated[float, typer.Option(help="Longest straight leg to the network.")] = 300,
    datum: Annotated[
        str | None,
        typer.Option(
            help="Datum of both tables: wgs84, gcj02, bd09, ... Not stated: what the"
            " file or header says, else what the streets show, else wgs84."
        ),
    ] = None,
    facilities_datum: Annotated[
        str | None, typer.Option(help="Datum of the facilities, if not that of both.")
    ] = None,
    demand_datum: Annotated[
        str | None, typer.Option(help="Datum of the demand, if not that of both.")
    ] = None,
    node: Annotated[
        bool | None,
        typer.Option(
            "--node/--no-node",
            help="Join lines that cross on one level, too; or only at their ends.",
            show_default=False,
        ),
    ] = None,
    snap_m: Annotated[
        float, typer.Option(min=0.0, max=5.0, help="Join ends of lines so many metres apart.")
    ] = 0.0,
    no_cache: NoCacheOption = False,
    terrain: Annotated[
        Path | None,
        typer.Option(
            help="Heights (GeoTIFF or .asc, any CRS): seconds follow the slopes; metres do not."
        ),
    ] = None,
    pace: Annotated[
        str | None,
        typer.Option(
            help="What a slope costs: tobler or irmischer. Not stated: tobler.", show_default=False
        ),
    ] = None,
    delays: Annotated[
        bool, typer.Option("--delays", help="Stairs and crossings cost seconds, by their tags.")
    ] = False,
    language: LanguageOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Find the nearest facility of every demand point: the bare engine."""
    from livingcircle.cli.language import pick_language
    from livingcircle.errors import printable
    from livingcircle.progress import progress_bar
    from livingcircle.routing.reach_files import reach_files

    lang = pick_language(language)
    with progress_bar("reach") as progress:
        reported = reach_files(
            network, facilities, demand, out,
            limit_m=limit_m, minutes=minutes, walker=walker, max_access_m=max_access_m,
            facilities_datum=facilities_datum or datum, demand_datum=demand_datum or datum,
            node=node, snap_m=snap_m, terrain=terrain, pace=pace, delays=delays,
            cache=not no_cache, progress=progress,
        )  # fmt: skip
    for text in reported:
        print(f"livingcircle: {printable(text.pick(lang))}", file=sys.stderr)
