"""``livingcircle claim``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livingcircle.cli.options import CityArgument, LanguageOption, NoCacheOption, VerboseOption

__all__ = ["claim_command"]


def claim_command(
    city: CityArgument,
    standard: Annotated[str, typer.Option(help="Id of the requirement, e.g. XM-1a.")],
    share: Annotated[str, typer.Option(help="The figure that is claimed: 0.99, 99 or '99 %'.")],
    meant: Annotated[
        str, typer.Option(help="at_least: the value reaches the figure; rounded: it rounds to it.")
    ] = "at_least",
    part: Annotated[
        int | None, typer.Option(help="Part of the requirement, from 1. Default: its value's.")
    ] = None,
    pack: Annotated[
        list[str] | None,
        typer.Option(help="Where to look for it; may be repeated. Default: city.toml's, then all."),
    ] = None,
    as_of: Annotated[int | None, typer.Option(help="Year that due dates are judged in.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1_000_000, help="Combinations shown.")] = 10,
    out: Annotated[
        Path | None, typer.Option(help="A CSV of all combinations that make it true.")
    ] = None,
    no_cache: NoCacheOption = False,
    language: LanguageOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Tell under which readings a stated figure is true, the least change first."""
    from livingcircle.cli.language import pick_language
    from livingcircle.errors import printable
    from livingcircle.pipeline import assess_claim
    from livingcircle.progress import progress_bar

    lang = pick_language(language, city)
    with progress_bar("claim") as progress:
        found = assess_claim(
            city, standard, share, meant=meant, part=part, packs=pack or (), as_of=as_of, out=out,
            cache=not no_cache, progress=progress,
        )  # fmt: skip
    print("\n".join(map(printable, found.text(lang, most).split("\n"))))
    if out is not None:
        print({"zh": f"已写入 {out}", "en": f"Written to {out}"}[lang])
