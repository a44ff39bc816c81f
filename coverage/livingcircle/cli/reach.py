"""``livingcircle reach``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livingcircle.cli.options import Language, Verbose

__all__ = ["reach"]


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
    language: Language = None,
    verbose: Verbose = False,
) -> None:
    """Find the nearest facility of every demand point: the bare engine."""
    from livingcircle.cli.language import pick_language
    from livingcircle.progress import progress_bar
    from livingcircle.routing.reach_files import reach_files

    pick_language(language)
    with progress_bar("reach") as progress:
        reach_files(
            network, facilities, demand, out,
            limit_m=limit_m, minutes=minutes, walker=walker, max_access_m=max_access_m,
            datum=datum, progress=progress,
        )  # fmt: skip
