"""What differs between two runs, and which input it comes from."""

from livingcircle.compare.comparison import Comparison, compare

__all__ = ["Comparison", "compare"]
