"""Dask distributed: a connection to a scheduler, and a function mapped over its workers."""

from __future__ import annotations

import re
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar, cast

from livingcircle.errors import ConfigError
from livingcircle.secrets import masked

__all__ = [
    "Client",
    "Future",
    "connected_client",
    "first_done",
    "large_tasks_unwarned",
    "map_tasks",
    "workers_of",
]

T = TypeVar("T")
R = TypeVar("R")

CONNECT_S = 30.0
"""Seconds for the scheduler to answer, and for the first worker to be there."""

_ADDRESS = re.compile(r"(?:tcp|tls|ws|wss|ucx)://[^\s@/]+:\d+")
"""Other kinds of address are refused: some Dask calls have no timeout."""


class Future(Protocol):
    """The part of a Dask future that is used; Dask's own classes are not typed."""

    status: str
    key: str

    def result(self) -> object:
        """Return the result, or raise what went wrong."""

    def exception(self) -> BaseException:
        """Return what went wrong."""

    def cancel(self) -> None:
        """Cancel the task."""

    def done(self) -> bool:
        """Return whether the task has finished, failed or was cancelled."""


class Client(Protocol):
    """The part of a Dask client that is used."""

    def submit(self, work: object, *args: object, **how: object) -> Future:
        """Hand a task to the workers."""

    def scheduler_info(self, n_workers: int = ...) -> dict[str, dict[str, object]]:
        """Return what the scheduler knows."""

    def processing(self) -> dict[str, Sequence[str]]:
        """Return the tasks of each worker."""

    def restart_workers(self, workers: Sequence[str], **how: object) -> object:
        """Restart some workers."""

    def wait_for_workers(self, n_workers: int, timeout: float) -> None:
        """Wait until so many workers are connected."""

    def as_current(self) -> AbstractContextManager[object]:
        """Make this the current client within a ``with`` block."""

    def close(self) -> None:
        """Close the connection."""


def connected_client(address: str) -> Client:
    """Return a client of the scheduler at an address, which has a worker at least.

    Raises
    ------
    ConfigError
        Dask distributed is not installed, or no scheduler or worker answers.
    """
    if not _ADDRESS.fullmatch(address):
        raise ConfigError(
            f"{masked(address)} is no address of a scheduler",
            hint="Name it as tcp://HOST:8786",
            field="--cluster",
        )
    try:
        from distributed import Client as DaskClient
    except ImportError as error:
        raise ConfigError(
            "the package distributed is not installed",
            hint='Install it: pip install "livingcircle[cluster]"',
            field="--cluster",
        ) from error
    try:
        client = cast("Client", DaskClient(address, timeout=CONNECT_S, set_as_default=False))
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"no scheduler answers at {masked(address)}",
            hint="Start one (dask scheduler), and name it as tcp://HOST:8786",
            field="--cluster",
        ) from error
    try:
        client.wait_for_workers(1, timeout=CONNECT_S)
    except TimeoutError as error:
        client.close()
        raise ConfigError(
            f"the scheduler at {masked(address)} has no worker",
            hint=f"Start some: dask worker {masked(address)}",
            field="--cluster",
        ) from error
    return client


def workers_of(client: Client) -> int:
    """Return how many workers there are."""
    return len(client.scheduler_info(n_workers=-1)["workers"])


def large_tasks_unwarned() -> AbstractContextManager[object]:
    """Silence Dask's warning of large tasks: their data are needed once, by one worker."""
    return warnings.catch_warnings(action="ignore", category=UserWarning)


def first_done(client: Client, futures: Sequence[Future], timeout_s: float | None = None) -> None:
    """Wait until one of some futures is done, or the time is over."""
    from distributed import wait

    if not futures:
        return
    try:
        with client.as_current():
            wait(list(futures), timeout=timeout_s, return_when="FIRST_COMPLETED")
    except TimeoutError:
        return


def map_tasks(work: Callable[[T], R], tasks: Iterable[T], address: str | None) -> Iterator[R]:
    """Yield what a function makes of each task: here in their order, on a cluster as it is done.

    No more tasks are made than there are workers, so that a province need not be held in parts.

    Raises
    ------
    ConfigError
        The cluster does not answer.
    """
    if address is None:
        yield from map(work, tasks)
        return
    client = connected_client(address)
    coming, busy = iter(tasks), deque[Future]()
    try:
        more = True
        while more or busy:
            while more and len(busy) < max(1, workers_of(client)):
                task = next(coming, None)
                if task is None:
                    more = False
                    break
                with large_tasks_unwarned():
                    busy.append(client.submit(work, task, pure=False))
            first_done(client, list(busy))
            for future in [future for future in busy if future.done()]:
                busy.remove(future)
                yield cast("R", future.result())
    finally:
        for future in busy:
            future.cancel()
        client.close()
