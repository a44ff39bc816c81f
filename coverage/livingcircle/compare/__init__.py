"""compare: what differs between two runs, and which input it comes from."""

from livingcircle.compare.comparison import Comparison, compare, run_compare

__all__ = ["Comparison", "compare", "run_compare"]
