"""``livingcircle demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livingcircle.cli.options import Language, Verbose

__all__ = ["demo"]


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("maps/sample"),
    language: Language = None,
    verbose: Verbose = False,
) -> None:
    """Run the sample city, which is synthetic, against all packs."""
    from livingcircle._sample import sample_city
    from livingcircle.cli.run import run_city

    run_city(sample_city(), (), out, lang=language)
