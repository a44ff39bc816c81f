"""The kinds of requirement: one file each, and one registry for those of other packages too."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, get_args

from pydantic import BeforeValidator, SerializeAsAny, ValidationInfo
from pydantic_core import PydanticCustomError

from livingcircle._plugins import plugins
from livingcircle.errors import ConfigError
from livingcircle.standards.kind import Kind
from livingcircle.standards.kinds.capacity import Capacity
from livingcircle.standards.kinds.circle import Circle
from livingcircle.standards.kinds.colocation import Colocation
from livingcircle.standards.kinds.floor_area import FloorArea
from livingcircle.standards.kinds.foreign import guarded
from livingcircle.standards.kinds.growth import Growth
from livingcircle.standards.kinds.provision import Provision
from livingcircle.standards.kinds.radius import Radius
from livingcircle.standards.kinds.share import ShareOf
from livingcircle.standards.kinds.some_of import SomeOf
from livingcircle.standards.kinds.substation import Substation

__all__ = ["Part", "kinds"]

KINDS_GROUP = "livingcircle.kinds"


def _names(model: type[Kind]) -> tuple[str, ...]:
    """Return the values that the field ``kind`` of a model accepts."""
    return tuple(map(str, get_args(model.model_fields["kind"].annotation)))


_OWN: Mapping[str, type[Kind]] = {
    name: model
    for model in (
        Circle,
        Substation,
        Provision,
        FloorArea,
        Capacity,
        ShareOf,
        Colocation,
        Growth,
        SomeOf,
        Radius,
    )
    for name in _names(model)
}


def kinds() -> Mapping[str, type[Kind]]:
    """Return the model of every kind by its name: those that ship, then those of plug-ins.

    Raises
    ------
    ConfigError
        A plug-in is no kind, or takes a name that is taken.
    """
    found = dict(_OWN)
    for point, model in plugins(KINDS_GROUP).items():
        if not (isinstance(model, type) and issubclass(model, Kind) and _names(model)):
            raise ConfigError(
                f"the plug-in '{point}' in {KINDS_GROUP} is no kind",
                hint='It has to name a subclass of Kind with kind: Literal["its_name"]',
            )
        for name in _names(model):
            if found.setdefault(name, guarded(model)) is not model:
                raise ConfigError(
                    f"the plug-in '{point}' takes the name of the kind '{name}'",
                    hint="Rename its kind",
                )
    return MappingProxyType(found)


def _part(value: object, info: ValidationInfo) -> object:
    """Read a part by the model of its kind."""
    if not isinstance(value, Mapping):
        return value
    kind = value.get("kind")
    if kind is None:
        raise PydanticCustomError("union_tag_not_found", "'kind' is missing")
    model = kinds().get(kind) if isinstance(kind, str) else None
    if model is None:
        raise PydanticCustomError("union_tag_invalid", "no such kind")
    known = (info.context or {}).get("parameters", {})
    named = {k: v[1:] for k, v in value.items() if isinstance(v, str) and v.startswith("$")}
    for name in named.values():
        if name not in known:
            raise ValueError(
                f"the pack has no parameter '{name}'. Describe it under [parameters.{name}]"
            )
    # Every rule of the kind is held to with a number in its place; then the name takes it again.
    part = model.model_validate({**value, **dict.fromkeys(named, 1.0)}, context=info.context)
    return part.model_copy(update={field: known[name] for field, name in named.items()})


Part = Annotated[SerializeAsAny[Kind], BeforeValidator(_part)]
"""A part of a requirement, read by the model of its kind."""
