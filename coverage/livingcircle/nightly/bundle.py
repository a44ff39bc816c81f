"""A city as it is sent: what a worker elsewhere needs to compute it, and what it sends back."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from livingcircle.city.input_files import files_named
from livingcircle.compare.run_record import gap_files
from livingcircle.errors import LivingCircleError
from livingcircle.localized import LocalizedText
from livingcircle.nightly.manifest import Manifest, files_of_input, manifest_of, software_versions
from livingcircle.nightly.store import Store
from livingcircle.nightly.work import CityJob, CityOutcome, compute_city, public_line

__all__ = ["Bundle", "Parcel", "compute_bundle", "pack_job", "unpack_job"]

_SHOWN = ("run.json", "scorecard.csv", "gaps.csv")
"""What tonight is compared with."""

_MACHINE = ("platform", "python")
"""May differ between machines of a cluster: no number is known to depend on them."""

_ONE_AT_A_TIME = threading.Lock()
"""A worker of several threads computes one city after the other: GDAL's and matplotlib's settings
belong to the process."""


@dataclass(frozen=True)
class Bundle:
    """The task of a worker that may stand on another machine."""

    job: CityJob
    """Its paths are those of the sender and mean nothing elsewhere."""
    files: Mapping[str, bytes]
    """The city's folder as far as it is read: path relative to it → content."""
    dates: Mapping[str, int]
    """When each was changed last, in nanoseconds: run.json tells how old the inputs are."""
    before: Mapping[str, bytes]
    """The published tables that tonight is compared with."""
    blobs: Mapping[str, bytes]
    """SHA-256 → content of the inputs of the night before that are no longer those of tonight."""


@dataclass(frozen=True)
class Parcel:
    """What a worker sends back: its report, and the city's folder in the site."""

    outcome: CityOutcome
    files: Mapping[str, bytes]


def pack_job(job: CityJob) -> Bundle:
    """Gather what a worker needs.

    Files that city.toml names by an absolute path are not sent along: a worker must find them
    under that path.

    Raises
    ------
    OSError
        A file cannot be read.
    """
    folder = job.city_file.parent
    own = {path.relative_to(folder).as_posix(): path for path in _own_files(job.city_file)}
    files = {name: path.read_bytes() for name, path in own.items()}
    dates = {name: path.stat().st_mtime_ns for name, path in own.items()}
    before, blobs = {}, {}
    if job.before is not None and job.old is not None:
        run = json.loads((job.before / "run.json").read_text(encoding="utf-8"))
        names = dict.fromkeys((*_SHOWN, *gap_files(run)))
        before = {name: (job.before / name).read_bytes() for name in names}
        store = Store(job.state / "store")
        gone = Manifest.from_json(job.old).blobs - Manifest.from_json(job.new).blobs
        # What is no longer kept costs the causes of a change, and no more.
        blobs = {sha256: store.path(sha256).read_bytes() for sha256 in gone if store.holds(sha256)}
    return Bundle(job, files, dates, before, blobs)


def _own_files(city_file: Path) -> Iterator[Path]:
    folder, seen = city_file.parent, set()
    named = [*files_named(city_file), *sorted(folder.glob("*.toml"))]
    for path in named:
        for file, _ in files_of_input(path):
            inside = file.resolve().is_relative_to(folder.resolve())
            if inside and file.is_relative_to(folder) and file not in seen:
                seen.add(file)
                yield file


def compute_bundle(bundle: Bundle) -> Parcel:
    """Compute a city in a folder of its own, in the worker."""
    job = bundle.job
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="livingcircle-") as name:
        # Names of folders may be shown: the city's own stays what it is.
        city_file = Path(name, "city", job.city_file.parent.name, job.city_file.name)
        _write(city_file.parent, bundle.files)
        for file, date in bundle.dates.items():
            os.utime(city_file.parent / file, ns=(date, date))
        differ = _other_software(job)
        if differ is not None:
            return Parcel(CityOutcome(job.slug, 0.0, public_line(differ, city_file)), {})
        state, site = Path(name, "state"), Path(name, "site")
        before = Path(name, "before") if bundle.before else None
        if before is not None:
            _write(before, bundle.before)
        store = Store(state / "store")
        _write(store.folder, {f"{sha[:2]}/{sha}": data for sha, data in bundle.blobs.items()})
        _keep_inputs(store, city_file, job.year)
        here = replace(job, city_file=city_file, target=site / "data", before=before, state=state)
        outcome = compute_city(here)
        files = {} if outcome.error is not None else _read(site)
        return Parcel(outcome, files)


def unpack_job(parcel: Parcel, job: CityJob) -> CityOutcome:
    """Move what a worker sent back into its place; return its report.

    Raises
    ------
    OSError
        It cannot be written.
    """
    if parcel.outcome.error is not None:
        return parcel.outcome
    _write(job.target.parent, parcel.files)
    try:
        _keep_inputs(Store(job.state / "store"), job.city_file, job.year, job.new)
    except LivingCircleError as error:
        return CityOutcome(job.slug, parcel.outcome.seconds, public_line(error, job.city_file))
    return parcel.outcome


def _keep_inputs(
    store: Store, city_file: Path, year: int, wanted: Mapping[str, object] | None = None
) -> None:
    """Keep the inputs of a city, which are those of a manifest if one is given."""
    try:
        _, places = manifest_of(city_file, year)
    except LivingCircleError:
        if wanted is not None:
            raise
        # Whoever computes the city says what is wrong.
        return
    for sha256, file in places.files.items():
        store.put(file, sha256)


def _other_software(job: CityJob) -> LocalizedText | None:
    """Return in what the software here is not that of the sender; results would differ."""
    here, there = dict(software_versions()), Manifest.from_json(job.new).software
    names = [n for n in there if n not in _MACHINE and here.get(n) != there[n]]
    if not names:
        return None
    one = names[0]
    return LocalizedText(
        f"工作节点的软件不同：{one} 为 {here.get(one)}，而非 {there[one]}",
        f"the worker has other software: {one} {here.get(one)}, not {there[one]}",
    )


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise OSError(f"a file outside its folder: {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _read(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
