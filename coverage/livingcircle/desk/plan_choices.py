"""What chosen plans leave to the city: numbers to state, and shares to judge circles at."""

from __future__ import annotations

from collections.abc import Sequence

from livingcircle.desk.project import Project
from livingcircle.standards.loader import load_pack

__all__ = ["plan_choices"]


def plan_choices(project: Project, packs: Sequence[str]) -> dict[str, object]:
    """Return what the planner may state for some plans.

    Returns
    -------
    dict
        ``reported``: id and statement of requirements that a plan only wants built, so that a
        share of the city's own decides; ``parameters``: name and meaning of numbers that the
        documents leave to the city.

    Raises
    ------
    LivingCircleError
        A pack is unknown or not valid.
    """
    reported, parameters = [], {}
    for name in packs:
        pack = load_pack(project.place(name) if name.endswith(".toml") else name)
        for entry in pack.requirements:
            judged = any(p.target == "report" and p.judged_by_share for p in entry.parts)
            if judged and entry.shows("by_home"):
                reported.append({"id": entry.id, "title": list(entry.statement)})
        for key, one in pack.parameters.items():
            parameters[key] = {"name": key, "title": [one.zh, one.en]}
    return {"reported": reported, "parameters": list(parameters.values())}
