"""Strict: the base of the models that TOML files are read into."""

from __future__ import annotations

from functools import cache
from typing import get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

__all__ = ["Strict"]


class Strict(BaseModel):
    """A table of TOML: unknown keys are errors, and nothing is changed after reading.

    ``true`` is no number: pydantic would take it for 1, ``metres = true`` for a walk of one metre.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, bool) and _is_number(cls, info.field_name or ""):
            raise ValueError(f"{str(value).lower()} is no number")
        return value


@cache
def _is_number(model: type[Strict], field: str) -> bool:
    """Return whether a field takes a number, and neither true nor false."""
    plain: set[object] = set()
    left: list[object] = [model.model_fields[field].annotation]
    while left:
        one = left.pop()
        # What a list or a mapping holds is no value of the field itself.
        if get_origin(one) in (list, tuple, dict, set, frozenset):
            continue
        left += get_args(one)
        plain.add(one)
    return bool(plain & {int, float}) and bool not in plain
