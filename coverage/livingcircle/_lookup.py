"""Lazy names: functions of the rooms above, and modules that are slow to import.

Data classes know nothing of what draws, writes or changes them. ``result.write(...)``,
``reach.explore()`` and their like stay as conveniences: one line each, which asks this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, cast

__all__ = ["later", "lazy"]

_FUNCTIONS = {
    "apply_scenario": "livingcircle.scenario.apply:apply_scenario",
    "equity": "livingcircle.gaps.equity:equity",
    "lorenz_curve": "livingcircle.gaps.equity:lorenz_curve",
    "single_points": "livingcircle.gaps.single_points:single_points",
    "explore_reach": "livingcircle.publish.web.explore:explore_reach",
    "explore_result": "livingcircle.publish.web.explore:explore_result",
    "reach_html": "livingcircle.publish.web.explore:reach_html",
    "write_changes": "livingcircle.publish.office.changes:write_changes",
    "comparison_text": "livingcircle.publish.text.comparison:comparison_text",
    "write_plan": "livingcircle.publish.plan_folder:write_plan",
    "write_result": "livingcircle.pipeline:write_result",
}


def later(name: str) -> Callable[..., Any]:
    """Return a function of a later room by its name in the table.

    Its type is that of the room, which cannot be named here: the caller says what it gives.

    Raises
    ------
    KeyError
        The table has no such name.
    """
    return cast("Callable[..., Any]", _find(_FUNCTIONS[name]))


def lazy(
    package: str, names: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the ``__getattr__`` and ``__dir__`` of a package whose names load on first use.

    Parameters
    ----------
    package
        Its ``__name__``.
    names
        Name → ``"module:attribute"``, or ``"module"`` for a module.
    """

    def get(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name)
        found = _find(names[name])
        setattr(import_module(package), name, found)  # asked once
        return found

    return get, lambda: sorted(names)


def _find(place: str) -> object:
    module, _, attribute = place.partition(":")
    found = import_module(module)
    return getattr(found, attribute) if attribute else found
