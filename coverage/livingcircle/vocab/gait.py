"""Walking speeds as distributions, by sex and age: the table ``gait.toml``."""

from __future__ import annotations

from typing import Literal

from livingcircle._resources import resource_toml
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText

__all__ = ["Sex", "Speeds", "mean_speed", "speeds_of"]

Sex = Literal["men", "women", "both"]
Speeds = tuple[tuple[float, float], ...]
"""Mean and deviation (m/s) of groups that are as many; one of deviation 0 all walk alike."""


def speeds_of(ages: tuple[int, int], sex: Sex = "both") -> Speeds:
    """Return the speeds of people of some ages, the decades of each sex counted alike.

    Parameters
    ----------
    ages
        First and last year of life; every decade that they touch counts.
    sex
        ``"men"``, ``"women"`` or ``"both"``.

    Raises
    ------
    ConfigError
        Nobody of those ages stands in the table.

    Examples
    --------
    >>> speeds_of((70, 79), "women")
    ((1.132, 0.211),)
    """
    first, last = ages
    found = tuple(
        (float(row["mean"]), float(row["deviation"]))
        for row in resource_toml("livingcircle.vocab", "gait.toml")["stratum"]
        if sex in ("both", row["sex"]) and row["ages"][0] <= last and row["ages"][1] >= first
    )
    if not found:
        raise ConfigError(
            LocalizedText(
                f"没有 {first} 至 {last} 岁的步速", f"no speeds are known of ages {first} to {last}"
            ),
            field="ages",
            hint=LocalizedText("表中为 20 至 99 岁。", "The table holds ages of 20 to 99."),
        )
    return found


def mean_speed(speeds: Speeds) -> float:
    """Return the mean speed of all groups together, m/s."""
    return sum(mean for mean, _ in speeds) / len(speeds)
