"""What the commands do: read a city, assess it, write it, and say in a few lines what came out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from livingcircle import pipeline
from livingcircle.city.model import read_city
from livingcircle.errors import ConfigError, MissingFileError
from livingcircle.progress import progress_bar
from livingcircle.publish.text.city_summary import city_summary, summary
from livingcircle.standards.result import Result

__all__ = ["check_city", "city_slug", "is_short", "run_city", "sample_city"]

_LANGUAGES = ("zh", "en")


def sample_city() -> Path:
    """Return the city.toml of the sample city: beside the package, or in its repository."""
    package = Path(__file__).resolve().parents[1]
    places = (package / "sample", package.parent.parent / "data" / "sample")
    for place in places:
        if (place / "city.toml").is_file():
            return place / "city.toml"
    raise MissingFileError(
        "the sample city is not there",
        file=places[-1],
        hint="Run 'python data/make_sample.py' in the repository.",
    )


def city_slug(path: Path) -> str:
    """Return the short name of a city: of its folder, or of a file not called city.toml."""
    path = path.resolve()
    return path.stem if path.stem != "city" else path.parent.name or "city"


def run_city(
    path: Path,
    packs: Sequence[str],
    out: Path | None,
    *,
    as_of: int | None = None,
    formats: Sequence[str] = (),
    scenario: Path | None = None,
    lang: str = "en",
) -> Result:
    """Read, assess and write a city, and print what came out.

    Raises
    ------
    LivingCircleError
        If anything given is wrong; the output folder is as it was then.
    """
    _check_language(lang)
    folder = out or Path("maps") / city_slug(path)
    with progress_bar(city_slug(path)) as progress:
        done = pipeline.run_city(
            path, packs, folder, as_of=as_of, formats=formats, scenario=scenario, progress=progress
        )
    print(summary(done.result, folder, lang, done.plans))
    return done.result


def check_city(path: Path, lang: str = "en") -> str:
    """Return what was read of a city, how it was understood, and what looks wrong."""
    _check_language(lang)
    with progress_bar(city_slug(path)) as progress:
        return city_summary(read_city(path, progress), lang)


def is_short(result: Result) -> bool:
    """Return whether a must-standard that is due is short."""
    return any(
        finding.status == "short" and finding.requirement.force == "must"
        for finding in result.findings
    )


def _check_language(lang: str) -> None:
    if lang not in _LANGUAGES:
        raise ConfigError(f"no texts in '{lang}'", field="lang", hint="Say zh or en.")
