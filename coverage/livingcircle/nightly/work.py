"""One city of the night, in a process of its own: read, assess, write, compare."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

from livingcircle._warnings import quiet_libraries
from livingcircle.errors import InputError, LivingCircleError, out_of_memory
from livingcircle.io.atomic import no_space
from livingcircle.io.public_names import public_names
from livingcircle.localized import LocalizedText
from livingcircle.nightly.memory import limit_memory
from livingcircle.publish.night_record import NightChanges, ResultRecord
from livingcircle.publish.office.changes import write_changes
from livingcircle.secrets import masked

T = TypeVar("T")

__all__ = [
    "SHORT_OF_MEMORY",
    "CityJob",
    "CityOutcome",
    "begin_worker",
    "compute_city",
    "one_line",
    "public_line",
]

DISK_FULL = LocalizedText("磁盘空间不足", "no space is left on the disk")
SHORT_OF_MEMORY = LocalizedText("内存不足，无法计算该城市", "not enough memory for this city")


@dataclass(frozen=True)
class CityJob:
    """The task of a worker."""

    slug: str
    city_file: Path
    target: Path
    """Folder to write the data of the city to."""
    before: Path | None
    """The data that are published now."""
    before_night: str
    old: Mapping[str, object] | None
    """Manifest of the published data."""
    new: Mapping[str, object]
    year: int
    state: Path
    """Folder of the store and of scratch files."""
    cache: bool = True
    """Take networks that were read before from the user's cache folder."""


@dataclass(frozen=True)
class CityOutcome:
    """The report of a worker."""

    slug: str
    seconds: float
    error: LocalizedText | None = None
    record: ResultRecord | None = None
    """What the night's JSON keeps of the results; None where there are none."""
    changes: NightChanges | None = None
    """What it keeps of the changes; None in a first night."""
    runs: int = 0
    out_of_memory: bool = False
    """It may be done where no other city is computed at the same time."""
    disk_full: bool = False
    """Nothing more can be written, for any city."""
    cache_lines: tuple[LocalizedText, ...] = ()
    """For --verbose: what was taken from the cache."""


def begin_worker(memory: int | None = None) -> None:
    """Prepare a worker process: it ends when its parent ends, and leaves ^C to the parent.

    Parameters
    ----------
    memory
        Bytes that it may take, where other processes need the rest.
    """
    if memory is not None:
        limit_memory(memory)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    quiet_libraries()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def compute_city(job: CityJob) -> CityOutcome:
    """Compute one city; what goes wrong comes back as one line, never as an exception."""
    start = time.perf_counter()
    with _cache_lines() as cache_lines:
        outcome = _outcome(job, start)
    return replace(outcome, cache_lines=tuple(cache_lines))


@contextlib.contextmanager
def _cache_lines() -> Iterator[list[LocalizedText]]:
    """Gather what is logged of the cache while the block runs."""
    cache_lines: list[LocalizedText] = []

    class Gather(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if isinstance(record.msg, LocalizedText):
                cache_lines.append(record.msg)

    logger, gather = logging.getLogger("livingcircle.cache"), Gather()
    level = logger.level
    logger.addHandler(gather)
    logger.setLevel(logging.INFO)
    try:
        yield cache_lines
    finally:
        logger.removeHandler(gather)
        logger.setLevel(level)


def _outcome(job: CityJob, start: float) -> CityOutcome:
    try:
        return _compute(job, start)
    except Exception as error:  # noqa: BLE001 - one city must not stop the others
        if no_space(error, job.target):
            return CityOutcome(job.slug, _since(start), DISK_FULL, disk_full=True)
        if out_of_memory(error):
            return CityOutcome(job.slug, _since(start), SHORT_OF_MEMORY, out_of_memory=True)
        if isinstance(error, LivingCircleError):
            return CityOutcome(job.slug, _since(start), public_line(error, job.city_file))
        message = " ".join(str(error).split())[:300]
        name = type(error).__name__
        line = LocalizedText(f"意外的 {name}：{message}", f"unexpected {name}: {message}")
        return CityOutcome(job.slug, _since(start), public_line(line, job.city_file))


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 2)


def public_line(error: LivingCircleError | LocalizedText, city_file: Path) -> LocalizedText:
    """Return an error for a public page in both languages; see ``one_line``."""
    if isinstance(error, LivingCircleError):
        error = LocalizedText(error.line("zh"), error.line("en"))
    return LocalizedText(*(one_line(line, city_file) for line in error))


def one_line(line: str, city_file: Path) -> str:
    """Return an error for a public page: one line, without folders and logins of this machine."""
    return masked(str(_public(" ".join(line.split()), city_file)))


def _public(value: T, city_file: Path) -> T:
    try:
        named = tomllib.loads(city_file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        # Nothing else is known of the files that it names.
        named = {}
    return public_names(value, city_file.parent, named)


def _compute(job: CityJob, start: float) -> CityOutcome:
    # Imported here: the parent process starts its workers before it needs any of this.
    from livingcircle.city.model import read_city
    from livingcircle.compare.tables import read_tables
    from livingcircle.nightly.changes import changes_since, night_changes
    from livingcircle.nightly.manifest import Manifest, manifest_of
    from livingcircle.nightly.store import Store
    from livingcircle.pipeline import run_city
    from livingcircle.publish.web.site_model import record_of

    new = Manifest.from_json(job.new)
    city = read_city(job.city_file, cache=job.cache)
    again, places = manifest_of(job.city_file, job.year)
    if not again.same_inputs(new):
        raise InputError(
            "an input changed while it was being read",
            hint="It is read anew the next night, or run the job again",
            file=job.city_file,
        )
    run_city(city, tuple(places.packs.values()), job.target, as_of=new.year)
    store = Store(job.state / "store")
    for sha256, file in places.files.items():
        store.put(file, sha256)
    record = record_of(job.target)
    if job.before is None or job.old is None:
        return CityOutcome(job.slug, _since(start), None, record)
    scratch = job.state / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        before = read_tables(job.before)
    except LivingCircleError:
        # What was published is damaged: as on a first night, nothing is compared.
        return CityOutcome(job.slug, _since(start), None, record)
    after = read_tables(job.target)
    found = changes_since(
        before, after, Manifest.from_json(job.old), new, store, scratch, cache=job.cache
    )
    if len(found.table):
        write_changes(found.table, job.target.parent / "changes.csv")
    changes = _public(night_changes(found, job.before_night), job.city_file)
    return CityOutcome(job.slug, _since(start), None, record, changes, found.runs)
