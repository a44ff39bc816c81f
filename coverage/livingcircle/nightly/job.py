"""The night job: many cities, only those that changed, published in one step."""

from __future__ import annotations

import datetime
import json
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from livingcircle.errors import ConfigError, LivingCircleError
from livingcircle.nightly.find import CityFile, find_cities
from livingcircle.nightly.history import night_name, read_nights, timeline, write_nights
from livingcircle.nightly.lock import only_one
from livingcircle.nightly.log import NightLog
from livingcircle.nightly.manifest import Manifest, manifest_of
from livingcircle.nightly.pool import outcomes
from livingcircle.nightly.state import State
from livingcircle.nightly.swap import MARKER, link_tree, read_marker, real_site, recover, staged
from livingcircle.nightly.work import CityJob, Outcome, one_line
from livingcircle.publish.web.site import CityView, NightView, write_site
from livingcircle.publish.web.site_model import record_of

__all__ = ["DONE", "FAILED", "run_nightly"]

DONE, FAILED = 0, 2
"""FAILED: a city could not be computed. The site is published all the same, with what that city
had before."""

OURS = {"index.html", MARKER, "assets", "cities", "nights"}
"""What the job writes at the top of the site; anything else there stays as it is."""


_SHOWN = ("run.json", "scorecard.csv", "gaps.csv")
"""What a city's page is made from."""


@dataclass
class _City:
    """One city in the course of the night."""

    file: CityFile
    manifest: Manifest | None = None
    """Of what is computed now; None where the inputs cannot be read."""
    old: Manifest | None = None
    """Of what is published."""
    before: Path | None = None
    """The folder of the city in the published site; None where there is no result yet."""
    state: str = "computed"
    error: str | None = None
    record: dict[str, Any] | None = None
    changes: dict[str, Any] | None = None
    seconds: float = 0.0

    def fail(self, line: str) -> None:
        """Say that the city could not be computed."""
        self.state, self.error = "failed", line


@dataclass
class _Night:
    """What every step of the night needs."""

    site: Path
    state: State
    log: NightLog
    started: datetime.datetime
    nights: list[dict[str, Any]]
    name: str
    version: str
    """Names this version of the site; no other run has it."""
    cities: list[_City] = field(default_factory=list)


def run_nightly(
    cities_dir: str | Path,
    *,
    site: str | Path,
    jobs: int = 1,
    log: str = "text",
    force: bool = False,
    state: str | Path | None = None,
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

    Returns
    -------
    int
        DONE, or FAILED if a city could not be computed.

    Raises
    ------
    LivingCircleError
        The call is wrong, another run is writing the site, or the site cannot be written. The
        site is as it was then.
    """
    told = NightLog(log)
    if jobs < 1:
        raise ConfigError(f"{jobs} processes are too few", hint="Give 1 or more", field="--jobs")
    folder = Path(cities_dir).expanduser().resolve()
    place = real_site(site)
    found = find_cities(folder)
    _apart(folder, place, found)
    with only_one(place.with_name(f".{place.name}.lock")):
        recover(place)
        kept = State(Path(state).expanduser().resolve()) if state else State.beside(folder, place)
        kept.open()
        return _run(found, place, kept, told, jobs=jobs, force=force)


def _apart(folder: Path, site: Path, found: Sequence[CityFile]) -> None:
    """Refuse a site that would replace a city's inputs, or lie among them."""
    inside = [c.path.parent for c in found if c.path.parent != folder]
    if site == folder or site in folder.parents or any(site.is_relative_to(p) for p in inside):
        raise ConfigError(
            "the site and the cities must have folders of their own",
            hint="Name another folder with --site",
            file=site,
        )


def _run(
    found: Sequence[CityFile],
    site: Path,
    state: State,
    log: NightLog,
    *,
    jobs: int,
    force: bool,
) -> int:
    clock = time.perf_counter()
    started = datetime.datetime.now().astimezone()
    nights = read_nights(site / "nights")
    name = night_name(started, [n["night"] for n in nights])
    night = _Night(site, state, log, started, nights, name, f"{name}-{secrets.token_hex(3)}")
    marker = read_marker(site) or {}
    published = state.manifests(str(marker.get("version")))
    night.cities = [_look_at(file, site, published, started.year, force) for file in found]
    to_do = [city for city in night.cities if city.state == "computed"]
    log.info(
        "start",
        f"{len(found)} cities, {len(to_do)} to compute",
        cities=len(found),
        compute=len(to_do),
        night=name,
    )
    with staged(site, night.version) as fresh:
        _compute(night, to_do, fresh, jobs)
        manifests = _publish(night, fresh)
    freed = state.prune(night.version, manifests)
    return _end(night, time.perf_counter() - clock, freed)


def _look_at(
    file: CityFile, site: Path, published: Mapping[str, Manifest], year: int, force: bool
) -> _City:
    """Return a city with what it is made of, and whether it has to be computed."""
    folder = site / "cities" / file.slug
    city = _City(file)
    if all((folder / "data" / name).is_file() for name in _SHOWN):
        city.before, city.old = folder, published.get(file.slug)
    try:
        city.manifest, _ = manifest_of(file.path, year)
    except LivingCircleError as error:
        city.fail(one_line(error.line(), file.path))
        return city
    # Nobody knows beforehand whether a database or a download changed.
    known = city.old is not None and city.old.key == city.manifest.key and not city.manifest.live
    if known and not force and _whole(folder / "data"):
        city.state = "unchanged"
    return city


def _whole(data: Path) -> bool:
    """Tell whether every file that a run wrote is still there."""
    try:
        run = json.loads((data / "run.json").read_text(encoding="utf-8"))
        return all((data / f["file"]).stat().st_size == f["bytes"] for f in run["outputs"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _compute(night: _Night, to_do: Sequence[_City], fresh: Path, processes: int) -> None:
    """Compute cities into the folder of the new site."""
    by_slug = {city.file.slug: city for city in to_do}
    for outcome in outcomes([_job(night, city, fresh) for city in to_do], processes):
        city = by_slug[outcome.slug]
        city.seconds, city.record, city.changes = outcome.seconds, outcome.record, outcome.changes
        if outcome.error is not None:
            city.fail(outcome.error)
            shutil.rmtree(fresh / "cities" / outcome.slug, ignore_errors=True)
        else:
            _say(night.log, outcome)


def _job(night: _Night, city: _City, fresh: Path) -> CityJob:
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
    )


def _say(log: NightLog, outcome: Outcome) -> None:
    found = outcome.changes or {}
    counts = {name: found.get(name) for name in ("opened", "closed", "moved")}
    text = ", ".join(f"{count} gaps {name}" for name, count in counts.items() if count)
    if outcome.changes is not None and not text:
        text = "no gap moved"
    log.info(
        "computed",
        f"computed in {outcome.seconds:.1f} s; {text or 'for the first time'}",
        city=outcome.slug,
        seconds=outcome.seconds,
        causes=found.get("how"),
        note=found.get("note") or None,
        **counts,
    )


def _publish(night: _Night, fresh: Path) -> dict[str, Manifest]:
    """Fill the folder of the new site; return the manifests of what it shows."""
    (fresh / "cities").mkdir(exist_ok=True)
    entries, manifests = {}, {}
    for city in night.cities:
        folder = fresh / "cities" / city.file.slug
        entries[city.file.slug] = _entry(night, city, folder)
        shown = city.manifest if city.state == "computed" else city.old
        if shown is not None:
            manifests[city.file.slug] = shown
        if city.state == "failed":
            stays = "yesterday's page stays" if city.before else "there is no page yet"
            night.log.error(
                "failed", f"{city.error} ({stays})", city=city.file.slug, stale=bool(city.before)
            )
    removed = sorted(set(night.nights[-1]["cities"]) - set(entries)) if night.nights else []
    for slug in removed:
        night.log.warning("removed", "is no longer among the cities", city=slug)
    started, software = night.started.isoformat(timespec="seconds"), version_of("livingcircle")
    tonight: dict[str, Any] = {
        "night": night.name,
        "started": started,
        "software": software,
        "removed": removed,
        "cities": entries,
    }
    nights = write_nights(night.site / "nights", fresh / "nights", tonight)
    if night.site.is_dir():
        for other in night.site.iterdir():
            if other.name not in OURS:
                link_tree(other, fresh / other.name)
    views = [
        CityView(
            city.file.slug,
            city.file.name,
            city.state,
            city.error,
            timeline(nights, city.file.slug),
        )
        for city in night.cities
    ]
    write_site(fresh, views, NightView(night.name, started, software))
    marker = {"program": "livingcircle site", "version": night.version, "night": night.name}
    (fresh / MARKER).write_text(json.dumps(marker) + "\n", encoding="utf-8", newline="\n")
    night.state.keep(night.version, manifests)
    return manifests


def _entry(night: _Night, city: _City, folder: Path) -> dict[str, Any]:
    """Put a city's data in place; return what the night's JSON says of it."""
    entry: dict[str, Any] = {"state": city.state}
    if city.before is not None:
        if city.state != "computed":
            link_tree(city.before / "data", folder / "data")
        if (city.before / "changes.csv").is_file() and not (folder / "changes.csv").exists():
            # What changed last stays until something changes again.
            link_tree(city.before / "changes.csv", folder / "changes.csv")
    told = any(moment.plans for moment in timeline(night.nights, city.file.slug))
    if city.record is not None:
        entry |= city.record
    elif city.before is not None and not told:
        # The history was lost, the results were not.
        entry |= record_of(folder / "data")
    if city.state == "computed":
        entry["seconds"] = city.seconds
        if city.changes is not None:
            entry["changes"] = city.changes
    if city.error is not None:
        entry["error"] = city.error
    return entry


def _end(night: _Night, seconds: float, freed: int) -> int:
    counts = Counter(city.state for city in night.cities)
    failed = [city.file.slug for city in night.cities if city.state == "failed"]
    night.log.info(
        "end",
        f"published in {seconds:.1f} s: {counts['computed']} computed, "
        f"{counts['unchanged']} unchanged, {counts['failed']} failed",
        site=str(night.site),
        failed=failed,
        seconds=round(seconds, 2),
        freed=freed,
    )
    return FAILED if failed else DONE
