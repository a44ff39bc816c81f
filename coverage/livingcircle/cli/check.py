"""``livingcircle check``."""

from __future__ import annotations

from livingcircle.cli.options import CityArgument, LanguageOption, NoCacheOption, VerboseOption
from livingcircle.errors import printable

__all__ = ["check_command"]


def check_command(
    city: CityArgument,
    no_cache: NoCacheOption = False,
    language: LanguageOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Tell what was read, how it was understood, and what looks wrong."""
    from livingcircle.cli.language import pick_language
    from livingcircle.pipeline import check_city
    from livingcircle.progress import progress_bar
    from livingcircle.publish.text.city_summary import city_summary

    lang = pick_language(language, city)
    with progress_bar("check") as progress:
        checked = check_city(city, cache=not no_cache, progress=progress)
    # Names of the data stand in it: none may speak to the terminal.
    print("\n".join(map(printable, city_summary(checked, lang).split("\n"))))
