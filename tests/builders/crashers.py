"""Work for the pool that ends as no Python code can: killed by the system."""

from __future__ import annotations

import os
import signal
import time

from livingcircle.nightly.work import CityJob, Outcome


def compute(job: CityJob) -> Outcome:
    """Stand in for the real work: cities called ``crash`` take their process with them."""
    if job.slug.startswith("crash"):
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome(job.slug, 0.0)
