"""Work for the pool that goes wrong as a city can: killed, endless, short of memory."""

from __future__ import annotations

import os
import signal
import time

from livingcircle.nightly.work import SHORT_OF_MEMORY, CityJob, CityOutcome

_MIB = 1 << 20


def compute(job: CityJob) -> CityOutcome:
    """Stand in for the real work; what happens is the first word of the city's name."""
    what, _, size = job.slug.partition("-")
    if what == "crash":
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "endless":
        while True:
            time.sleep(60)
    if what == "large":
        try:
            bytearray(int(size) * _MIB)
        except MemoryError:
            return CityOutcome(job.slug, 0.0, SHORT_OF_MEMORY, out_of_memory=True)
    if what == "threads":
        record = {"threads": os.environ.get("OPENBLAS_NUM_THREADS")}
        return CityOutcome(job.slug, 0.0, record=record)
    return CityOutcome(job.slug, 0.0, runs=os.getpid())
