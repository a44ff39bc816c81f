"""Cities computed by a Dask cluster; a worker that is lost costs what it was computing only."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Generator, Sequence

from livingcircle.io.cluster import (
    CONNECT_S,
    Client,
    Future,
    connected_client,
    first_done,
    large_tasks_unwarned,
    workers_of,
)
from livingcircle.localized import LocalizedText
from livingcircle.nightly.bundle import Bundle, Parcel, compute_bundle, pack_job, unpack_job
from livingcircle.nightly.pool import ENDED, over_time
from livingcircle.nightly.work import DISK_FULL, CityJob, CityOutcome, public_line

__all__ = ["cluster_outcomes"]

_LOOK_S = 1.0
"""Seconds between two checks of the time limit while cities are computed."""

_log = logging.getLogger("livingcircle.nightly")


def cluster_outcomes(
    jobs: Sequence[CityJob], address: str, time_limit_s: float | None = None
) -> Generator[CityOutcome, None, None]:
    """Yield the outcome of each job as it is done, in no particular order.

    The inputs travel with the task and the outputs come back with its result, so scheduler and
    workers need no disk in common. As many cities are under way as there are workers. A city whose
    worker is lost is computed by another one; after three lost workers it has failed, since it may
    be what kills them.

    Parameters
    ----------
    jobs
        The cities.
    address
        Of the scheduler: ``tcp://host:8786``.
    time_limit_s
        A city that takes longer has failed, and its worker is restarted; no limit if None.

    Raises
    ------
    ConfigError
        Dask distributed is not installed, or no scheduler or worker answers.
    """
    if not jobs:
        return
    client = connected_client(address)
    limit = float("inf") if time_limit_s is None else time_limit_s
    waiting = deque(jobs)
    busy: dict[str, tuple[Future, CityJob, float]] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < max(1, workers_of(client)):
                job = waiting.popleft()
                try:
                    future = _submitted(client, pack_job(job))
                except OSError as error:
                    line = f"cannot be read ({error.strerror or type(error).__name__})"
                    message = public_line(LocalizedText(line, line), job.city_file)
                    yield CityOutcome(job.slug, 0.0, message)
                    continue
                busy[future.key] = future, job, time.monotonic()
            first_done(client, [future for future, _, _ in busy.values()], _LOOK_S)
            for future, job, began in list(busy.values()):
                seconds = round(time.monotonic() - began, 2)
                if future.done():
                    del busy[future.key]
                    yield _outcome(future, job, seconds)
                elif seconds > limit:
                    del busy[future.key]
                    _abandon(client, future)
                    yield CityOutcome(job.slug, seconds, over_time(limit))
    finally:
        for future, _, _ in busy.values():
            future.cancel()
        client.close()


def _submitted(client: Client, bundle: Bundle) -> Future:
    with large_tasks_unwarned():
        return client.submit(
            compute_bundle, bundle, pure=False, key=f"{bundle.job.slug}-{time.monotonic_ns()}"
        )


def _outcome(future: Future, job: CityJob, seconds: float) -> CityOutcome:
    from distributed import KilledWorker

    if future.status == "finished":
        parcel = future.result()
        assert isinstance(parcel, Parcel)  # noqa: S101 - what compute_bundle returns
        try:
            return unpack_job(parcel, job)
        except OSError:
            return CityOutcome(job.slug, seconds, DISK_FULL, disk_full=True)
    if future.status == "cancelled":
        return CityOutcome(job.slug, seconds, ENDED)
    error = future.exception()
    if isinstance(error, KilledWorker):
        return CityOutcome(job.slug, seconds, ENDED)
    text = " ".join(str(error).split())[:300]
    name = type(error).__name__
    line = LocalizedText(f"意外的 {name}：{text}", f"unexpected {name}: {text}")
    return CityOutcome(job.slug, seconds, public_line(line, job.city_file))


def _abandon(client: Client, future: Future) -> None:
    """Give up a city: a thread cannot be ended, so the worker that computes it is restarted."""
    at = [worker for worker, keys in client.processing().items() if future.key in keys]
    future.cancel()
    if at:
        _log.warning(
            "a worker is started anew: the city that it computed is out of time",
            extra={"event": "restart", "workers": at},
        )
        client.restart_workers(at, timeout=CONNECT_S, raise_for_error=False)
