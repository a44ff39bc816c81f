"""Cities computed in several processes; one that crashes takes no other city with it."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from livingcircle.nightly.work import CityJob, Outcome, begin_worker, compute

__all__ = ["outcomes"]

ENDED = "the process was ended by the system, perhaps for want of memory"


def outcomes(jobs: Sequence[CityJob], processes: int) -> Iterator[Outcome]:
    """Yield the outcome of each job as it is done.

    A process that the system kills (out of memory, a crash in a library) breaks the whole pool,
    and nobody knows on whose account. The cities that were not done are then computed one after
    another in a single process: the one that breaks that as well has failed.
    """
    if not jobs:
        return
    left = {job.slug: job for job in jobs}
    with _pool(min(processes, len(jobs))) as pool:
        waiting = [pool.submit(compute, job) for job in jobs]
        for future in as_completed(waiting):
            outcome = _result(future)
            if outcome is None:
                break
            del left[outcome.slug]
            yield outcome
        for future in waiting:
            future.cancel()
    waiting_alone = list(left.values())
    while waiting_alone:
        with _pool(1) as pool:
            while waiting_alone:
                job = waiting_alone.pop(0)
                outcome = _result(pool.submit(compute, job))
                yield outcome or Outcome(job.slug, 0.0, ENDED)
                if outcome is None:
                    break


@contextlib.contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    # Spawned, not forked: a fork inherits the handle of the lock and outlives a killed parent
    # with it, and GDAL's threads do not survive one.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=begin_worker)
    with pool:
        try:
            yield pool
        except BaseException:
            # ^C, or the site cannot be written: do not wait for cities that nobody will see.
            for process in list((pool._processes or {}).values()):
                process.kill()
            raise


def _result(future: Future[Outcome]) -> Outcome | None:
    """Return an outcome; None where the process was ended."""
    try:
        return future.result()
    except BrokenProcessPool:
        return None
