"""What the commands do: read a city, assess it, write it, and say in a few lines what came out."""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from livingcircle.account import account, summary
from livingcircle.city import City, read_city
from livingcircle.errors import ConfigError, MissingFileError
from livingcircle.gaps import explain
from livingcircle.progress import progress_bar
from livingcircle.publish.difference import write_difference
from livingcircle.publish.folder import refuse_foreign
from livingcircle.publish.run import write_run
from livingcircle.scenario import difference
from livingcircle.sites import propose
from livingcircle.standards.assess import assess
from livingcircle.standards.result import Result

__all__ = ["check_city", "city_slug", "is_short", "run_city", "sample_city"]

_LANGUAGES = ("zh", "en")


def sample_city() -> Path:
    """Return the city.toml of the sample city: beside the package, or in its repository."""
    package = Path(__file__).resolve().parent
    places = (package / "sample", package.parent.parent / "data" / "sample")
    for place in places:
        if (place / "city.toml").is_file():
            return place / "city.toml"
    raise MissingFileError(
        "the sample city is not there",
        file=places[-1],
        mend="Run 'python data/make_sample.py' in the repository.",
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
    started = datetime.datetime.now(datetime.UTC)
    folder = out or Path("maps") / city_slug(path)
    refuse_foreign(folder)
    with progress_bar(city_slug(path)) as tell:
        city, read_s = _read(path, lambda share, text: tell(0.4 * share, text))
        base = city
        if scenario is not None:
            city = city.with_scenario(scenario)
        result = assess(
            city, *packs, as_of=as_of, progress=lambda share, text: tell(0.4 + 0.3 * share, text)
        )
        result.timings["read"] = read_s
        more = None
        if scenario is not None:
            tell(0.7, "base")
            found = difference(assess(base, *packs, as_of=as_of), result)
            more = partial(write_difference, found)
        explained = explain(result, progress=lambda share, text: tell(0.7 + 0.1 * share, text))
        plans = propose(explained.result)
        write_run(
            result,
            folder,
            started=started,
            formats=formats,
            explained=explained,
            plans=plans,
            progress=lambda text: tell(0.85, text),
            more=more,
        )
    print(summary(result, folder, lang, plans))
    return result


def check_city(path: Path, lang: str = "en") -> str:
    """Return what was read of a city, how it was understood, and what looks wrong."""
    _check_language(lang)
    with progress_bar(city_slug(path)) as tell:
        city, _ = _read(path, tell)
        return account(city, lang)


def is_short(result: Result) -> bool:
    """Return whether a must-standard that is due is short."""
    return any(
        finding.status == "short" and finding.requirement.force == "must"
        for finding in result.findings
    )


def _read(path: Path, tell: object) -> tuple[City, float]:
    begin = time.perf_counter()
    city = read_city(path, tell)  # type: ignore[arg-type]
    return city, time.perf_counter() - begin


def _check_language(lang: str) -> None:
    if lang not in _LANGUAGES:
        raise ConfigError(f"no texts in '{lang}'", field="lang", mend="Say zh or en.")
