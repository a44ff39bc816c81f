"""Work for the pool on a disk that is full as soon as a city is written."""

from __future__ import annotations

import errno
import os
from typing import Any

from livingcircle import pipeline
from livingcircle.nightly import work


def compute(job: work.CityJob) -> work.CityOutcome:
    """Compute a city; writing it fails as it does where no space is left."""
    real = pipeline.write_run

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    pipeline.write_run = full
    try:
        return work.compute_city(job)
    finally:
        pipeline.write_run = real
