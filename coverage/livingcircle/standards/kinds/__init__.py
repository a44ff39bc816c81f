"""The kinds of requirement: one file each, with its model and its ``assess``.

An eighth kind is one file more, and one line more in ``Part``, ``MODELS`` and ``ASSESS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field

from livingcircle.standards.base import PartBase
from livingcircle.standards.context import Context
from livingcircle.standards.kinds import (
    capacity,
    circle,
    colocation,
    floor_area,
    provision,
    share,
    substation,
)
from livingcircle.standards.outcome import Outcome

__all__ = ["ASSESS", "MODELS", "Part"]

Part = Annotated[
    circle.Circle
    | substation.Substation
    | provision.Provision
    | floor_area.FloorArea
    | capacity.Capacity
    | share.ShareOf
    | colocation.Colocation,
    Field(discriminator="kind"),
]

MODELS: Mapping[str, type[PartBase]] = {
    "circle": circle.Circle,
    "substation": substation.Substation,
    "provision": provision.Provision,
    "floor_area": floor_area.FloorArea,
    "capacity": capacity.Capacity,
    "share": share.ShareOf,
    "colocation": colocation.Colocation,
}

ASSESS: Mapping[str, Callable[[Any, Context], Outcome]] = {
    "circle": circle.assess,
    "substation": substation.assess,
    "provision": provision.assess,
    "floor_area": floor_area.assess,
    "capacity": capacity.assess,
    "share": share.assess,
    "colocation": colocation.assess,
}
