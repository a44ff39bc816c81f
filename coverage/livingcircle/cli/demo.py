"""``livingcircle demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livingcircle.cli.options import LanguageOption, VerboseOption

__all__ = ["demo_command"]


def demo_command(
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("maps/sample"),
    language: LanguageOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Run the sample city, which is synthetic, against all packs."""
    from livingcircle._sample import sample_city
    from livingcircle.cli.run import run_and_print

    run_and_print(sample_city(), (), out, lang=language)
