"""Cities computed in processes of their own; none can stop, starve or outlive the others."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext

from livingcircle.localized import LocalizedText
from livingcircle.nightly.memory import MEMORY_PER_CITY, available_memory
from livingcircle.nightly.work import CityJob, CityOutcome, begin_worker, compute_city

__all__ = ["ENDED", "over_time", "run_jobs"]

ENDED = LocalizedText(
    "进程被系统终止，可能是内存不足",
    "the process was ended by the system, perhaps for want of memory",
)

_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "GDAL_NUM_THREADS",
    "PYTHON_CPU_COUNT",
)
"""What libraries ask how many threads to start. The processes share the cores already."""

_log = logging.getLogger("livingcircle.nightly")


def run_jobs(
    jobs: Sequence[CityJob], processes: int, time_limit_s: float | None = None
) -> Generator[CityOutcome, None, None]:
    """Yield the outcome of each job as it is done.

    Where memory is short there are fewer processes than asked for, and a city that runs out of it
    while others are computed is computed once more when it is alone.

    Parameters
    ----------
    jobs
        The cities.
    processes
        How many to compute at once, at most.
    time_limit_s
        A city that takes longer has failed; no limit if None.
    """
    waiting, alone = deque(jobs), deque[CityJob]()
    crowd = _affordable(min(processes, len(jobs)))
    share = available_memory() // crowd if crowd > 1 else None
    idle: list[_Worker] = []
    busy: list[_Worker] = []
    try:
        while waiting or alone or busy:
            if not waiting and not busy:
                # What ran out of memory: one after another, with all memory that there is.
                waiting, alone, crowd, share = alone, deque(), 1, None
                _end(idle)
            while waiting and len(busy) < crowd:
                worker = idle.pop() if idle else _Worker(share)
                if not worker.process.is_alive():
                    # Ended by the system while it had nothing to do: no city's fault.
                    worker.end()
                    continue
                busy.append(worker)
                worker.begin(waiting.popleft(), time_limit_s)
            for worker in _done(busy):
                busy.remove(worker)
                outcome = worker.outcome()
                if outcome.out_of_memory:
                    # Its heap is in pieces, or it has died.
                    _end([worker])
                    if crowd > 1:
                        _log.warning(
                            "ran out of memory beside other cities; computed again by itself",
                            extra={"event": "again", "city": outcome.slug},
                        )
                        alone.append(worker.job)
                        continue
                elif worker.alive:
                    idle.append(worker)
                yield outcome
    finally:
        # Also on ^C and where the site cannot be written: nobody will see these cities.
        _end([*busy, *idle])


def over_time(limit_s: float) -> LocalizedText:
    """Return the error of a city that was given up."""
    return LocalizedText(
        f"未能在每座城市的时限 {limit_s:g} 秒内完成",
        f"not done within {limit_s:g} s, the time limit for a city",
    )


class _Worker:
    """One process, and the city that it computes."""

    job: CityJob

    def __init__(self, memory: int | None) -> None:
        # Spawned, not forked: a fork inherits the handle of the lock and outlives a killed parent
        # with it, and GDAL's threads do not survive one.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = _started(context, theirs, memory)
        theirs.close()
        self.alive = True
        self._began = self._until = 0.0

    def begin(self, job: CityJob, time_limit_s: float | None) -> None:
        """Hand a city to the worker and start its time."""
        self.job = job
        self._began = time.monotonic()
        self._until = self._began + (float("inf") if time_limit_s is None else time_limit_s)
        # A process that has died is noticed when its outcome is asked for.
        with contextlib.suppress(OSError):
            self.pipe.send(job)

    def seconds_left(self) -> float:
        """Return what is left of the time limit, 0 at least."""
        return max(0.0, self._until - time.monotonic())

    def outcome(self) -> CityOutcome:
        """Return the worker's report; a failure if it died or ran out of time."""
        seconds = round(time.monotonic() - self._began, 2)
        try:
            if self.pipe.poll():
                found: CityOutcome = self.pipe.recv()
                return found
        except (EOFError, OSError):
            self.end()
            return CityOutcome(self.job.slug, seconds, ENDED, out_of_memory=True)
        self.end()
        return CityOutcome(self.job.slug, seconds, over_time(self._until - self._began))

    def end(self) -> None:
        """Kill the process."""
        self.alive = False
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _started(
    context: SpawnContext, pipe: Connection, memory: int | None
) -> multiprocessing.context.SpawnProcess:
    """Start a process whose libraries keep to one thread each, unless the user says otherwise."""
    process = context.Process(target=_serve, args=(pipe, compute_city, memory), daemon=True)
    # They ask when they are imported, which is before the process runs anything of ours.
    unsaid = [name for name in _ONE_THREAD if name not in os.environ]
    os.environ.update(dict.fromkeys(unsaid, "1"))
    try:
        process.start()
    finally:
        for name in unsaid:
            os.environ.pop(name, None)
    return process


def _serve(pipe: Connection, work: Callable[[CityJob], CityOutcome], memory: int | None) -> None:
    """Compute one city after another until the parent has none, in the worker."""
    begin_worker(memory)
    with contextlib.suppress(EOFError, MemoryError):
        while True:
            pipe.send(work(pipe.recv()))


def _done(busy: Sequence[_Worker]) -> list[_Worker]:
    """Wait for something to happen; return the workers that are done, dead or out of time."""
    soonest = min(worker.seconds_left() for worker in busy)
    # A system cannot wait for more than some weeks at once.
    ready = wait([worker.pipe for worker in busy], min(soonest, 3600.0))
    return [worker for worker in busy if worker.pipe in ready or worker.seconds_left() == 0.0]


def _end(workers: list[_Worker]) -> None:
    for worker in workers:
        worker.end()
    workers.clear()


def _affordable(processes: int) -> int:
    """Return how many processes the free memory allows, at least one."""
    allowed = max(1, min(processes, available_memory() // MEMORY_PER_CITY))
    if allowed < processes:
        _log.warning(
            f"memory is short: {allowed} of {processes} processes",
            extra={"event": "memory", "processes": allowed},
        )
    return allowed
