"""``livingcircle new``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livingcircle.cli.options import LanguageOption, VerboseOption
from livingcircle.localized import LocalizedText

__all__ = ["new_command"]


def new_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new city.")],
    place: Annotated[
        str | None, typer.Option(help="A place to download from OpenStreetMap.")
    ] = None,
    pbf: Annotated[Path | None, typer.Option(help="An OpenStreetMap extract instead.")] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(help="The city's outline, with --pbf. Default: land around its streets."),
    ] = None,
    language: LanguageOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Begin a city: network, boundary, buildings, facilities and a city.toml to go on from."""
    from livingcircle.city.new import new_city
    from livingcircle.cli.language import pick_language
    from livingcircle.progress import progress_bar

    lang = pick_language(language)
    with progress_bar("new") as report:
        made = new_city(folder, place=place, pbf=pbf, boundary=boundary, progress=report)
    line = LocalizedText(
        f"{made} 已建好。下一步：livingcircle check {made}",
        f"{made} is ready. Next: livingcircle check {made}",
    )
    if pbf is not None and boundary is None:
        line = LocalizedText(
            f"未提供边界：以该文件中街道周围的土地为城市范围，见 boundary.gpkg。{line.zh}",
            "No boundary was given: the land around the extract's streets is taken as the city,"
            f" see boundary.gpkg. {line.en}",
        )
    print(line.pick(lang))
