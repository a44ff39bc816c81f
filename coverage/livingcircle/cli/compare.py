"""``livingcircle compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livingcircle.cli.options import LanguageOption, VerboseOption

__all__ = ["compare_command", "run_compare"]


def compare_command(
    before: Annotated[Path, typer.Argument(metavar="DIR_A", help="Results of an earlier run.")],
    after: Annotated[Path, typer.Argument(metavar="DIR_B", help="Results of a later run.")],
    out: Annotated[Path | None, typer.Option(help="The changes as a CSV.")] = None,
    language: LanguageOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Tell what changed between two runs, and because of which input."""
    print(run_compare(before, after, out=out, lang=language))


def run_compare(
    before: str | Path, after: str | Path, *, out: str | Path | None = None, lang: str | None = None
) -> str:
    """Compare two output folders; return the text to print, and write the changes to `out`."""
    from livingcircle.cli.language import pick_language
    from livingcircle.compare.comparison import compare
    from livingcircle.io.ownership import refuse_overlap

    language = pick_language(lang)
    if out is not None:
        refuse_overlap(Path(out), (Path(before), Path(after)))
    found = compare(before, after)
    if out is not None:
        found.write(out)
    return found.text(language)
