"""The night job: many cities, only those that changed, published in one step."""

from __future__ import annotations

import contextlib
import datetime
import errno
import json
import logging
import math
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from livingcircle.arguments import number_from
from livingcircle.city.input_files import files_named
from livingcircle.compare.run_record import gap_files
from livingcircle.errors import ConfigError, LivingCircleError
from livingcircle.io.fingerprint import content_hash
from livingcircle.io.object_store import folder_of, is_object, store_of
from livingcircle.io.ownership import Owned, real_place, refuse_overlap
from livingcircle.localized import LocalizedText
from livingcircle.nightly import lines
from livingcircle.nightly.find import CityFile, find_cities
from livingcircle.nightly.history import night_name, read_nights
from livingcircle.nightly.lock import only_one
from livingcircle.nightly.log import night_log
from livingcircle.nightly.manifest import Manifest, manifest_of
from livingcircle.nightly.night_context import CityProgress, NightContext
from livingcircle.nightly.pool import run_jobs
from livingcircle.nightly.publishing import publish_site
from livingcircle.nightly.state import State
from livingcircle.nightly.swap import (
    SITE_VERSION,
    owned_of,
    read_marker,
    real_site,
    recover_site,
    staged_site,
)
from livingcircle.nightly.work import CityJob, CityOutcome, public_line
from livingcircle.secrets import is_address, masked

__all__ = ["NIGHT_DONE", "NIGHT_FAILED", "run_nightly"]

NIGHT_DONE, NIGHT_FAILED = 0, 2
"""Exit codes. ``NIGHT_FAILED``: a city could not be computed, or the dataset not be written. The
site is published all the same, with what that city had before."""

_YEAR_S = 31_536_000
_SHOWN = ("run.json", "scorecard.csv", "gaps.csv")
"""What a city's page is made from."""


def run_nightly(
    cities_dir: str | Path,
    *,
    site: str | Path,
    jobs: int = 1,
    log: str = "text",
    force: bool = False,
    state: str | Path | None = None,
    time_limit_s: float = 7200.0,
    lang: str = "en",
    no_cache: bool = False,
    verbose: bool = False,
    cluster: str | None = None,
    dataset: str | None = None,
) -> int:
    """Assess every city of a folder whose inputs changed, and publish the site in one step.

    Parameters
    ----------
    cities_dir
        Holds one folder per city, with its city.toml.
    site
        Folder of the static site; created where absent.
    jobs
        Processes to compute cities in.
    log
        ``"text"`` or ``"json"``: the form of the lines on stderr.
    force
        Compute every city, whether its inputs changed or not.
    state
        What the job keeps for itself, copies of the inputs among it; default: ``.nightly`` in
        `cities_dir`.
    time_limit_s
        A city that takes longer has failed, and the others go on.
    lang
        ``"en"`` or ``"zh"``: the language of the log's lines. The site has both.
    no_cache
        Read and work out everything anew, and keep nothing in the user's cache folder; see
        ``read_network``.
    verbose
        Tell in the log which ones were.
    cluster
        Address of a Dask scheduler, ``tcp://host:8786``, whose workers compute the cities instead
        of processes here.
    dataset
        Folder, or address in an object store, of a dataset that every night adds to
        (see ``livingcircle.nightly.dataset``).

    Returns
    -------
    int
        ``NIGHT_DONE``, or ``NIGHT_FAILED`` if a city could not be computed or not be added to the
        dataset.

    Raises
    ------
    LivingCircleError
        The call is wrong, another run is writing the site, or the site cannot be written. The
        site is as it was then.
    """
    number_from(jobs, "jobs", 1.0)
    if not (time_limit_s > 0 and (time_limit_s <= _YEAR_S or math.isinf(time_limit_s))):
        raise ConfigError(
            f"{time_limit_s:g} seconds are no time for a city",
            hint="Give more than 0 and at most a year (31,536,000), or inf for no limit",
            field="--time-limit-s",
        )
    folder = Path(cities_dir).expanduser().resolve()
    place = real_site(site)
    kept = State(real_place(state, "--state"), place) if state else State.beside(folder, place)
    found = find_cities(folder)
    _apart(folder, place, kept.folder, found)
    _check_dataset(dataset, place, kept.folder)
    with night_log(log) as logger, only_one(place.with_name(f".{place.name}.lock")):
        recover_site(place)
        kept.open(_version(place))
        return _run(
            found, place, kept, logger,
            jobs=jobs, force=force, time_limit_s=time_limit_s, lang=lang, cache=not no_cache,
            verbose=verbose, cluster=cluster, dataset=dataset,
        )  # fmt: skip


def _check_dataset(dataset: str | None, site: Path, state: Path) -> None:
    """Refuse a dataset that cannot be opened, or lies in what a night replaces."""
    if dataset is None:
        return
    place = folder_of(dataset)
    if place is None:
        store_of(dataset)
        return
    if is_address(dataset) and not is_object(dataset):
        raise ConfigError(
            f"{masked(dataset)} is no address of an object store",
            hint="Name a folder, or an address such as s3://bucket/dataset",
            field="--dataset",
        )
    place = place.resolve()
    for other in (site, state):
        if place == other or place.is_relative_to(other) or other.is_relative_to(place):
            raise ConfigError(
                "the dataset must have a folder apart from the site and the state",
                hint="Name another folder with --dataset",
                field="--dataset",
            )


def _version(site: Path) -> str | None:
    """Return the version of the site as it stands."""
    version = (read_marker(site) or {}).get("version")
    return version if isinstance(version, str) and SITE_VERSION.fullmatch(version) else None


def _apart(folder: Path, site: Path, state: Path, found: Sequence[CityFile]) -> None:
    """Refuse a site or a state that would replace a city's inputs, or lie among them."""
    inside = [c.path.parent for c in found if c.path.parent != folder]
    inputs = [file for city in found for file in files_named(city.path)]
    for place, option in ((site, "--site"), (state, "--state")):
        if place == folder or place in folder.parents or any(map(place.is_relative_to, inside)):
            raise ConfigError(
                f"the {option.strip('-')} and the cities must have folders of their own",
                hint=f"Name another folder with {option}",
                file=place,
            )
        refuse_overlap(place, inputs, option)
    real = Path(os.path.realpath(site))
    if state in (site, real) or state.is_relative_to(real) or real.is_relative_to(state):
        raise ConfigError(
            "the state is not for publishing, and must have a folder apart from the site",
            hint="Name another folder with --state",
            file=state,
        )


def _run(
    found: Sequence[CityFile],
    site: Path,
    state: State,
    log: logging.Logger,
    *,
    jobs: int,
    force: bool,
    time_limit_s: float,
    lang: str,
    cache: bool,
    verbose: bool,
    cluster: str | None,
    dataset: str | None,
) -> int:
    clock = time.perf_counter()
    started = datetime.datetime.now().astimezone()
    nights = read_nights(site / "nights")
    for file in sorted((site / "nights").glob("*.json")):
        if file.stem not in {n["night"] for n in nights}:
            text = lines.set_aside_line(f"nights/{file.name}")
            log.warning(text.pick(lang), extra={"event": "set-aside"})
            with contextlib.suppress(OSError):
                state.set_aside(file)
    name = night_name(started, [n["night"] for n in nights])
    version = f"{name}-{secrets.token_hex(3)}"
    night = NightContext(site, state, log, lang, started, nights, name, version, cache, verbose)
    published = state.manifests(_version(site) or "")
    owned = owned_of(site)
    night.cities = [_look_at(file, site, owned, published, started.year, force) for file in found]
    to_do = [city for city in night.cities if city.state == "computed"]
    log.info(
        lines.begun_line(len(found), len(to_do)).pick(lang),
        extra={"event": "start", "cities": len(found), "compute": len(to_do), "night": name},
    )
    with staged_site(site, night.version) as fresh:
        tasks = [_job(night, city, fresh) for city in to_do]
        if cluster is not None:
            from livingcircle.nightly.cluster import cluster_outcomes

            done = cluster_outcomes(tasks, cluster, time_limit_s)
        else:
            done = run_jobs(tasks, jobs, time_limit_s)
        _gather(night, to_do, fresh, done)
        manifests = publish_site(night, fresh)
    freed = state.prune(night.version, manifests)
    whole = dataset is None or _add_to(dataset, night)
    code = _end(night, time.perf_counter() - clock, freed)
    return code if whole else NIGHT_FAILED


def _add_to(dataset: str, night: NightContext) -> bool:
    """Add what is published to the dataset; return whether all of it could be written."""
    from livingcircle.nightly.dataset import write_partitions

    whole = True
    for city in night.cities:
        data = night.site / "cities" / city.file.slug / "data"
        if city.state == "failed" or not (data / "run.json").is_file():
            continue
        try:
            write_partitions(dataset, city.file.slug, data, again=city.state == "computed")
        except LivingCircleError as error:
            line = lines.no_dataset_line(LocalizedText(error.line("zh"), error.line("en")))
            extra = {"event": "dataset", "city": city.file.slug}
            night.log.error(line.pick(night.lang), extra=extra)
            whole = False
    return whole


def _look_at(
    file: CityFile,
    site: Path,
    owned: Owned,
    published: Mapping[str, Manifest],
    year: int,
    force: bool,
) -> CityProgress:
    """Return a city with what it is made of, and whether it has to be computed."""
    folder = site / "cities" / file.slug
    city = CityProgress(file)
    head = f"cities/{file.slug}/"
    ours = [name for name in owned.files if name.startswith(head)]
    whole = [name for name in ours if _is_whole(site / name, owned.files[name])]
    city.whole = tuple(name.removeprefix(head) for name in whole)
    if all(f"data/{name}" in city.whole for name in _shown(folder)):
        city.before, city.old = folder, published.get(file.slug)
    if file.problem:
        city.fail(file.problem)
        return city
    try:
        city.manifest, _ = manifest_of(file.path, year)
    except LivingCircleError as error:
        city.fail(public_line(error, file.path))
        return city
    # Nobody knows beforehand whether a database or a download changed.
    known = city.old is not None and city.old.key == city.manifest.key and not city.manifest.live
    if known and not force and city.before is not None and len(whole) == len(ours):
        city.state = "unchanged"
    return city


def _shown(folder: Path) -> tuple[str, ...]:
    """Return the files that a city's page is made from, relative to its ``data``."""
    try:
        run = json.loads((folder / "data" / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return _SHOWN
    return (*_SHOWN, *gap_files(run if isinstance(run, dict) else {}))


def _is_whole(path: Path, sha256: str) -> bool:
    """Return whether a file is there and unchanged since it was written."""
    try:
        return not path.is_symlink() and content_hash(path) == sha256
    except (OSError, LivingCircleError):
        return False


def _gather(
    night: NightContext,
    to_do: Sequence[CityProgress],
    fresh: Path,
    outcomes: Generator[CityOutcome, None, None],
) -> None:
    """Take what is computed into the folder of the new site."""
    by_slug = {city.file.slug: city for city in to_do}
    with contextlib.closing(outcomes) as results:
        for outcome in results:
            if outcome.disk_full:
                # The site of tonight could not be written either; `staged` says so.
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            city = by_slug[outcome.slug]
            city.seconds, city.record = outcome.seconds, outcome.record
            city.changes = outcome.changes
            for text in outcome.cache_lines if night.verbose else ():
                extra = {"event": "cache", "city": outcome.slug}
                night.log.info(text.pick(night.lang), extra=extra)
            if outcome.error is not None:
                city.fail(outcome.error)
                shutil.rmtree(fresh / "cities" / outcome.slug, ignore_errors=True)
            else:
                _log_outcome(night, outcome)


def _job(night: NightContext, city: CityProgress, fresh: Path) -> CityJob:
    if city.manifest is None:
        raise ValueError(f"{city.file.slug} has no manifest")
    return CityJob(
        slug=city.file.slug,
        city_file=city.file.path,
        target=fresh / "cities" / city.file.slug / "data",
        before=None if city.before is None else city.before / "data",
        before_night=night.nights[-1]["night"] if night.nights else "",
        old=None if city.old is None else city.old.to_json(),
        new=city.manifest.to_json(),
        year=night.started.year,
        state=night.state.folder,
        cache=night.cache,
    )


def _log_outcome(night: NightContext, outcome: CityOutcome) -> None:
    found = outcome.changes or {}
    night.log.info(
        lines.computed_line(outcome.seconds, outcome.changes).pick(night.lang),
        extra={
            "event": "computed",
            "city": outcome.slug,
            "seconds": outcome.seconds,
            "causes": found.get("how"),
            "note": found.get("note") or None,
            **{name: found.get(name) for name in lines.MOVES},
        },
    )


def _end(night: NightContext, seconds: float, freed: int) -> int:
    counts = Counter(city.state for city in night.cities)
    failed = [city.file.slug for city in night.cities if city.state == "failed"]
    states = (counts[state] for state in ("computed", "unchanged", "failed"))
    night.log.info(
        lines.ended_line(seconds, *states).pick(night.lang),
        extra={
            "event": "end",
            "site": str(night.site),
            "failed": failed,
            "seconds": round(seconds, 2),
            "freed": freed,
        },
    )
    return NIGHT_FAILED if failed else NIGHT_DONE
