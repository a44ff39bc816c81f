"""Parameters that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["CityArgument", "LanguageOption", "NoCacheOption", "ScenarioOption", "VerboseOption"]

CityArgument = Annotated[
    Path, typer.Argument(metavar="CITY.toml", help="The city's configuration.")
]
LanguageOption = Annotated[
    str | None,
    typer.Option("--lang", help="zh or en. Default: the city's language, else the system's."),
]
ScenarioOption = Annotated[
    Path | None, typer.Option(help="What if: a TOML or GeoPackage laid over the city.")
]
NoCacheOption = Annotated[
    bool,
    typer.Option(
        "--no-cache",
        help="Work out everything anew, and keep nothing in the user's cache.",
    ),
]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", help="Show more, and the traceback of an error.")
]
