"""What chosen plans leave to the city: numbers, shares to judge circles at, and readings."""

from __future__ import annotations

from collections.abc import Sequence

from livingcircle.desk.project import Project
from livingcircle.standards.axes import axis_name, option_name
from livingcircle.standards.loader import load_pack
from livingcircle.standards.model import Requirement

__all__ = ["plan_choices"]


def plan_choices(project: Project, packs: Sequence[str]) -> dict[str, object]:
    """Return what the planner may state for some plans.

    Returns
    -------
    dict
        ``reported``: id and statement of requirements that a plan only wants built, so that a
        share of the city's own decides; ``parameters``: name and meaning of numbers that the
        documents leave to the city; ``readings``: id and statement of every requirement, with its
        ``axes``: ``axis``, ``title``, ``default`` (an option's name) and ``options`` (id and name).

    Raises
    ------
    LivingCircleError
        A pack is unknown or not valid.
    """
    reported, parameters, readings = [], {}, []
    for name in packs:
        pack = load_pack(project.place(name) if name.endswith(".toml") else name)
        for entry in pack.requirements:
            judged = any(p.target == "report" and p.judged_by_share for p in entry.parts)
            if judged and entry.shows("by_home"):
                reported.append({"id": entry.id, "title": list(entry.statement)})
            axes = _axes(entry)
            if axes:
                readings.append({"id": entry.id, "title": list(entry.statement), "axes": axes})
        for key, one in pack.parameters.items():
            parameters[key] = {"name": key, "title": [one.zh, one.en]}
    return {
        "reported": reported,
        "parameters": list(parameters.values()),
        "readings": readings,
    }


def _axes(entry: Requirement) -> list[dict[str, object]]:
    """Return the choices that a requirement leaves open, those of all its parts together."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for axis in (axis for part in entry.parts for axis in part.axes):
        own, options = found.setdefault(axis.name, ([], []))
        own += [axis.default] if axis.default and axis.default not in own else []
        options += [option for option in axis.options if option not in options]
    return [
        {
            "axis": name,
            "title": list(axis_name(name)),
            "default": [list(option_name(name, one)) for one in own],
            "options": [[one, *option_name(name, one)] for one in options],
        }
        for name, (own, options) in found.items()
        if len(options) > 1
    ]
