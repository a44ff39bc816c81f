"""Values derived from an object: computed once, kept as long as the object."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Concatenate, ParamSpec, Self, TypeVar, cast

__all__ = ["Derives"]

T = TypeVar("T")
P = ParamSpec("P")


class Derives:
    """Base class of immutable objects that keep what is derived from them."""

    @cached_property
    def _derived(self) -> dict[Hashable, object]:
        return {}

    def derive(
        self, make: Callable[Concatenate[Self, P], T], *args: P.args, **named: P.kwargs
    ) -> T:
        """Return what a function makes of the object: made once, and kept as long as it.

        Parameters
        ----------
        make
            Takes the object and what follows; a function of a module.
        *args, **named
            Hashable.
        """
        key = (make, args, tuple(named.items()))
        if key not in self._derived:
            self._derived[key] = make(self, *args, **named)
        return cast("T", self._derived[key])

    def forget(self, *makers: Callable[..., object]) -> None:
        """Drop the kept values of some functions; they are made anew when asked for.

        Parameters
        ----------
        *makers
            As they were given to ``derive``.
        """
        for key in list(self._derived):
            if cast("tuple[object, ...]", key)[0] in makers:
                self._derived.pop(key, None)
