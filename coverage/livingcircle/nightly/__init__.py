"""nightly: many cities, incremental, published in one step; what changed, and why."""

from livingcircle.nightly.job import DONE, FAILED, run_nightly

__all__ = ["DONE", "FAILED", "run_nightly"]
