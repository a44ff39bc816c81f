"""What differs between two runs, and which input it comes from."""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from livingcircle._lookup import lazy

if TYPE_CHECKING:
    from livingcircle.compare.comparison import Comparison as Comparison
    from livingcircle.compare.comparison import compare as compare

_NAMES = {
    "Comparison": "livingcircle.compare.comparison:Comparison",
    "compare": "livingcircle.compare.comparison:compare",
}
__all__ = ["Comparison", "compare"]
__getattr__, __dir__ = lazy(__name__, _NAMES)


class _Compare(ModuleType):
    """The room itself can be called: ``livingcircle.compare`` names both it and its function.

    Importing the room binds that name in the package, whatever it was bound to before.
    """

    def __call__(self, before: str, after: str) -> "Comparison":
        from livingcircle.compare.comparison import compare as function

        return function(before, after)


sys.modules[__name__].__class__ = _Compare
