"""Checks of the arguments of public functions. Errors name the argument as the caller wrote it."""

from __future__ import annotations

import math
from numbers import Real

from livingcircle.errors import ConfigError, WrongTypeError
from livingcircle.localized import LocalizedText

__all__ = ["check_type", "number_from", "wrong_type"]


def number_from(value: object, name: str, least: float = 0.0) -> float:
    """Return an argument as a finite number that is at least `least`.

    Raises
    ------
    WrongTypeError
        It is no number.
    ConfigError
        It is not finite, or below the least.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise wrong_type(value, name, LocalizedText("一个数", "a number"))
    number = float(value)
    if not (math.isfinite(number) and number >= least):
        raise ConfigError(
            LocalizedText(f"{name} 的值为 {number:g}", f"{name} is {number:g}"),
            field=name,
            hint=LocalizedText(
                f"请给出不小于 {least:g} 的有限的数。", f"Give a finite number from {least:g} up."
            ),
        )
    return number


def check_type(value: object, name: str, wanted: type, source: str) -> None:
    """Refuse an argument that is no `wanted`, which `source` gives.

    Raises
    ------
    WrongTypeError
        It is something else.
    """
    if not isinstance(value, wanted):
        kind = wanted.__name__
        text = LocalizedText(f" {kind}（由 {source} 得到）", f"what {source} returns ({kind})")
        raise wrong_type(value, name, text)


def wrong_type(value: object, name: str, wanted: LocalizedText) -> WrongTypeError:
    """Return the error for an argument that is of no type that is taken."""
    given = type(value).__name__
    return WrongTypeError(
        LocalizedText(f"{name} 的类型是 {given}", f"{name} is of type {given}"),
        field=name,
        hint=LocalizedText(f"请给出{wanted.zh}。", f"Give {wanted.en}."),
    )
