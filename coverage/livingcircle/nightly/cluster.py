"""Cities computed by a Dask cluster; a worker that is lost costs what it was computing only."""

from __future__ import annotations

import logging
import re
import time
import warnings
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, cast

from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText
from livingcircle.nightly.bundle import Bundle, Parcel, compute_bundle, pack, unpack
from livingcircle.nightly.pool import ENDED, over_time
from livingcircle.nightly.work import DISK_FULL, CityJob, Outcome, public_line
from livingcircle.secrets import masked

__all__ = ["cluster_outcomes"]

_CONNECT_S = 30.0
"""Seconds for the scheduler to answer, and for the first worker to be there."""

_LOOK_S = 1.0
"""Between two looks at the clock while cities are computed."""

_ADDRESS = re.compile(r"(?:tcp|tls|ws|wss|ucx)://[^\s@/]+:\d+")
"""Dask waits for ever for some others."""

_log = logging.getLogger("livingcircle.nightly")


class _Future(Protocol):
    """What is used of a future of Dask, whose classes bear no types."""

    status: str
    key: str

    def result(self) -> object: ...
    def exception(self) -> BaseException: ...
    def cancel(self) -> None: ...
    def done(self) -> bool: ...


class _Client(Protocol):
    def submit(self, work: object, *args: object, **how: object) -> _Future: ...
    def scheduler_info(self, n_workers: int = ...) -> dict[str, dict[str, object]]: ...
    def processing(self) -> dict[str, Sequence[str]]: ...
    def restart_workers(self, workers: Sequence[str], **how: object) -> object: ...
    def wait_for_workers(self, n_workers: int, timeout: float) -> None: ...
    def as_current(self) -> AbstractContextManager[object]: ...
    def close(self) -> None: ...


def cluster_outcomes(
    jobs: Sequence[CityJob], address: str, time_limit_s: float | None = None
) -> Generator[Outcome, None, None]:
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
        A city that takes longer has failed, and its worker is started anew; no limit if None.

    Raises
    ------
    ConfigError
        Dask distributed is not installed, or no scheduler or worker answers.
    """
    if not jobs:
        return
    client = _connected(address)
    limit = float("inf") if time_limit_s is None else time_limit_s
    waiting = deque(jobs)
    busy: dict[str, tuple[_Future, CityJob, float]] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < max(1, _workers(client)):
                job = waiting.popleft()
                try:
                    future = _submitted(client, pack(job))
                except OSError as error:
                    line = f"cannot be read ({error.strerror or type(error).__name__})"
                    told = public_line(LocalizedText(line, line), job.city_file)
                    yield Outcome(job.slug, 0.0, told)
                    continue
                busy[future.key] = future, job, time.monotonic()
            _wait(client, [future for future, _, _ in busy.values()])
            for future, job, began in list(busy.values()):
                seconds = round(time.monotonic() - began, 2)
                if future.done():
                    del busy[future.key]
                    yield _outcome(future, job, seconds)
                elif seconds > limit:
                    del busy[future.key]
                    _abandon(client, future)
                    yield Outcome(job.slug, seconds, over_time(limit))
    finally:
        for future, _, _ in busy.values():
            future.cancel()
        client.close()


def _connected(address: str) -> _Client:
    if not _ADDRESS.fullmatch(address):
        raise ConfigError(
            f"{masked(address)} is no address of a scheduler",
            hint="Name it as tcp://HOST:8786",
            field="--cluster",
        )
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError(
            "the package distributed is not installed",
            hint='Install it: pip install "livingcircle[cluster]"',
            field="--cluster",
        ) from error
    try:
        client = cast("_Client", Client(address, timeout=_CONNECT_S, set_as_default=False))
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"no scheduler answers at {masked(address)}",
            hint="Start one (dask scheduler), and name it as tcp://HOST:8786",
            field="--cluster",
        ) from error
    try:
        client.wait_for_workers(1, timeout=_CONNECT_S)
    except TimeoutError as error:
        client.close()
        raise ConfigError(
            f"the scheduler at {masked(address)} has no worker",
            hint=f"Start some: dask worker {masked(address)}",
            field="--cluster",
        ) from error
    return client


def _workers(client: _Client) -> int:
    return len(client.scheduler_info(n_workers=-1)["workers"])


def _submitted(client: _Client, bundle: Bundle) -> _Future:
    with warnings.catch_warnings():
        # The inputs of a city make a large task; they are needed where it is computed, and once.
        warnings.filterwarnings("ignore", message="Sending large graph")
        return client.submit(
            compute_bundle, bundle, pure=False, key=f"{bundle.job.slug}-{time.monotonic_ns()}"
        )


def _wait(client: _Client, futures: Sequence[_Future]) -> None:
    """Wait until one of the cities is done, or for a moment."""
    from distributed import wait

    if not futures:
        return
    try:
        with client.as_current():
            wait(list(futures), timeout=_LOOK_S, return_when="FIRST_COMPLETED")
    except TimeoutError:
        # Time to look at the clock.
        return


def _outcome(future: _Future, job: CityJob, seconds: float) -> Outcome:
    from distributed import KilledWorker

    if future.status == "finished":
        parcel = future.result()
        assert isinstance(parcel, Parcel)  # noqa: S101 - what compute_bundle returns
        try:
            return unpack(parcel, job)
        except OSError:
            return Outcome(job.slug, seconds, DISK_FULL, disk_full=True)
    if future.status == "cancelled":
        return Outcome(job.slug, seconds, ENDED)
    error = future.exception()
    if isinstance(error, KilledWorker):
        return Outcome(job.slug, seconds, ENDED)
    said = " ".join(str(error).split())[:300]
    name = type(error).__name__
    line = LocalizedText(f"意外的 {name}：{said}", f"unexpected {name}: {said}")
    return Outcome(job.slug, seconds, public_line(line, job.city_file))


def _abandon(client: _Client, future: _Future) -> None:
    """Give up a city: a thread cannot be ended, so the worker that computes it is started anew."""
    at = [worker for worker, keys in client.processing().items() if future.key in keys]
    future.cancel()
    if at:
        _log.warning(
            "a worker is started anew: the city that it computed is out of time",
            extra={"event": "restart", "workers": at},
        )
        client.restart_workers(at, timeout=_CONNECT_S, raise_for_error=False)
