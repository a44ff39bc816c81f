"""Kinds of other packages: what fails in them, or comes back wrong, is told by the kind's name."""

from __future__ import annotations

import functools
from collections.abc import Callable

from livingcircle.errors import ConfigError, LivingCircleError, out_of_memory
from livingcircle.io.notes import shorten
from livingcircle.localized import LocalizedText
from livingcircle.standards.base import Needs
from livingcircle.standards.kind import Figures, Kind
from livingcircle.standards.outcome import Outcome

__all__ = ["guarded"]

_RETURNED: dict[str, type] = {
    "assess": Outcome,
    "access_tests": tuple,
    "readings": tuple,
    "figures": Figures,
    "measured": LocalizedText,
    "needs": Needs,
}
"""What each method of a kind has to return."""


def guarded(model: type[Kind]) -> type[Kind]:
    """Return the kind of a plug-in with methods that name it where they fail.

    A plug-in is foreign code: it may raise anything, and return anything.
    """
    for name, wanted in _RETURNED.items():
        method = getattr(model, name)
        ships = method.__module__.startswith("livingcircle.") and name != "assess"
        if not ships and not hasattr(method, "of_plug_in"):
            setattr(model, name, _reporting(method, name, wanted))
    return model


def _reporting(method: Callable[..., object], name: str, wanted: type) -> Callable[..., object]:
    @functools.wraps(method)
    def call(self: Kind, *given: object) -> object:
        try:
            found = method(self, *given)
        except LivingCircleError:
            raise
        except Exception as error:
            if out_of_memory(error):
                raise
            raise ConfigError(
                f"the kind '{self.kind}' of a plug-in failed in '{name}'"
                f" ({type(error).__name__}: {shorten(error, 120)})",
                hint="Update the plug-in, or leave out what asks for it",
            ) from error
        if not isinstance(found, wanted):
            raise ConfigError(
                f"'{name}' of the kind '{self.kind}' of a plug-in returned a"
                f" {type(found).__name__}",
                hint=f"It has to return {wanted.__name__}",
            )
        return found

    call.of_plug_in = True  # type: ignore[attr-defined]
    return call
