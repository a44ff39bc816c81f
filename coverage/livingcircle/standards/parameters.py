"""Numbers that a document leaves to the city, or that nobody could read: the planner states them.

In a pack a field that holds such a number is written ``"$name"``, and ``[parameters.name]`` says
what it is. Until ``[assess.parameters]`` of city.toml states it, what rests on it is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from livingcircle._nearest import did_you_mean
from livingcircle.errors import ConfigError
from livingcircle.standards.kind import Kind
from livingcircle.standards.model import Pack, Requirement

__all__ = ["with_parameters"]


def with_parameters(
    chosen: Sequence[Pack], stated: Mapping[str, float], known: Sequence[Pack] = ()
) -> tuple[Pack, ...]:
    """Return packs with the numbers that the planner states in the place of their names.

    Parameters
    ----------
    chosen
        The packs that are assessed.
    stated
        Name of a parameter → its number, as ``[assess.parameters]`` has them.
    known
        Other packs of the city, whose parameters are no mistake.

    Raises
    ------
    ConfigError
        No pack has that parameter, or the number makes no sense where it belongs.
    """
    if not stated:
        return tuple(chosen)
    names = {name for pack in (*chosen, *known) for name in pack.parameters}
    for name in stated:
        if name not in names:
            raise ConfigError(
                f"no pack has the parameter '{name}'",
                hint=did_you_mean(name, sorted(names), "See `livingcircle standards show`"),
                field=f"assess.parameters.{name}",
            )
    return tuple(_stated(pack, stated) for pack in chosen)


def _stated(pack: Pack, stated: Mapping[str, float]) -> Pack:
    if not set(pack.parameters) & set(stated):
        return pack
    entries = tuple(_entry(entry, stated) for entry in pack.requirement)
    return pack.model_copy(update={"requirement": entries})


def _entry(entry: Requirement, stated: Mapping[str, float]) -> Requirement:
    parts = tuple(_part(part, entry, stated) for part in entry.parts)
    return entry.model_copy(update={"parts": parts})


def _part(part: Kind, entry: Requirement, stated: Mapping[str, float]) -> Kind:
    wanted = {f: stated[p.name] for f, p in part.open_parameters().items() if p.name in stated}
    if not wanted:
        return part
    try:
        for field, value in wanted.items():
            # A share of 3 is refused here as it would be in the pack.
            type(part).__pydantic_validator__.validate_assignment(part.model_copy(), field, value)
    except ValidationError as error:
        name = next(iter(part.open_parameters().values())).name
        raise ConfigError(
            f"the parameter of '{entry.id}' makes no sense: {error.errors()[0]['msg']}",
            hint="Correct the number",
            field=f"assess.parameters.{name}",
        ) from None
    return part.model_copy(update=wanted)
