"""Functions of later rooms that earlier objects offer as methods, found when they are called.

Data classes know nothing of what draws, writes or changes them. ``result.write(...)``,
``reach.explore()`` and their like stay as conveniences: one line each, which asks this table.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["later"]

_FUNCTIONS = {
    "apply_scenario": "livingcircle.scenario.apply:apply_scenario",
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

    Raises
    ------
    KeyError
        The table has no such name.
    """
    module, _, function = _FUNCTIONS[name].partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found
