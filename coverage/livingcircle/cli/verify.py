"""``livingcircle verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livingcircle.cli.options import LanguageOption, VerboseOption

__all__ = ["verify_command"]

EXIT_NOT_PROVEN = 1


def verify_command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What run, nightly or sites wrote.")
    ],
    language: LanguageOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Check the proofs in an output folder; exit code 1 where one fails."""
    from livingcircle.cli.language import pick_language
    from livingcircle.publish.proof.verify import verify

    found = verify(folder)
    print(found.text(pick_language(language)))
    if not found.ok:
        raise typer.Exit(EXIT_NOT_PROVEN)
