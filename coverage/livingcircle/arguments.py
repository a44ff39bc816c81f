"""Checks of the arguments of public functions. Errors name the argument as the caller wrote it."""

from __future__ import annotations

import math
from numbers import Real
from os import PathLike

from livingcircle.errors import ConfigError, WrongTypeError
from livingcircle.localized import LocalizedText

__all__ = ["LARGEST_ARGUMENT", "check_path", "check_type", "number_from", "wrong_type"]

LARGEST_ARGUMENT: dict[str, float] = {
    "limit_m": 1e6,
    "minutes": 10_000,  # a week
    "max_access_m": 100_000,
    "walker": 10,  # metres per second
    "speed_m_s": 20,
    "snap_m": 5,
    "half_width_m": 10_000,
    "size_m": 1e6,
    "k": 1000,
    "max_sites": 1_000_000,
    "max_candidates": 1_000_000,
    "budget": 1e12,
    "min_distance_m": 1e6,
    "least_people": 1e9,
    "link_cost": 1e6,
    "m2_per_100_households": 1e6,
    "seconds": 604_800,  # a week
    "jobs": 1024,
    "most": 1_000_000,
}
"""Largest value of an argument or option, by its name; a larger one is a typing error."""


def number_from(value: object, name: str, least: float = 0.0, *, above: bool = False) -> float:
    """Return an argument as a finite number within the bounds of its name.

    Parameters
    ----------
    value
        As the caller gave it.
    name
        Of the argument; ``LARGEST_ARGUMENT`` says what is the most.
    least
        The smallest that is taken.
    above
        The number must be above the least.

    Raises
    ------
    WrongTypeError
        It is no number.
    ConfigError
        It is not finite, or beyond the least or the most.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise wrong_type(value, name, LocalizedText("一个数", "a number"))
    number = float(value)
    most = LARGEST_ARGUMENT.get(name, math.inf)
    low = number > least if above else number >= least
    if math.isfinite(number) and low and number <= most:
        return number
    if math.isinf(most):
        zh, en = f"请给出不小于 {least:g} 的有限的数。", f"Give a finite number from {least:g} up."
    elif above:
        zh = f"请给出大于 {least:g}、不超过 {most:,.10g} 的数。"
        en = f"Give a number above {least:g} and up to {most:,.10g}."
    else:
        zh, en = (
            f"请给出 {least:g} 到 {most:,.10g} 之间的数。",
            f"Give a number from {least:g} to {most:,.10g}.",
        )
    raise ConfigError(
        LocalizedText(f"{name} 的值为 {number:g}", f"{name} is {number:g}"),
        field=name,
        hint=LocalizedText(zh, en),
    )


def check_type(value: object, name: str, wanted: type, source: str) -> None:
    """Refuse an argument that is not of the class `wanted`, which `source` returns.

    Raises
    ------
    WrongTypeError
        It is something else.
    """
    if not isinstance(value, wanted):
        kind = wanted.__name__
        text = LocalizedText(f" {kind}（由 {source} 得到）", f"what {source} returns ({kind})")
        raise wrong_type(value, name, text)


def check_path(value: object, name: str) -> None:
    """Refuse an argument that is no path.

    Raises
    ------
    WrongTypeError
        It is neither text nor a path.
    """
    if not isinstance(value, str | PathLike):
        raise wrong_type(value, name, LocalizedText("路径", "a path"))


def wrong_type(value: object, name: str, wanted: LocalizedText) -> WrongTypeError:
    """Return the error for an argument of a type that is not accepted."""
    given = type(value).__name__
    return WrongTypeError(
        LocalizedText(f"{name} 的类型是 {given}", f"{name} is of type {given}"),
        field=name,
        hint=LocalizedText(f"请给出{wanted.zh}。", f"Give {wanted.en}."),
    )
