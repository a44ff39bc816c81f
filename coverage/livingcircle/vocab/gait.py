"""Walking speeds as distributions, by sex and age: the table ``gait.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from livingcircle._resources import resource_toml
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText

__all__ = ["Sex", "Speeds", "Stratum", "mean_speed", "speeds_of", "strata", "strata_of"]

Sex = Literal["men", "women", "both"]
Speeds = tuple[tuple[float, float], ...]
"""Mean and standard deviation (m/s) of groups of equal size; 0: all of a group walk alike."""


@dataclass(frozen=True)
class Stratum:
    """People of one sex and some ages, and how fast they walk."""

    sex: Literal["men", "women"]
    ages: tuple[int, int]
    """First and last year of life."""
    mean: float
    """Metres per second, as ``deviation``."""
    deviation: float

    @property
    def column(self) -> str:
        """Name of the column that counts them: ``men_20_29``."""
        return f"{self.sex}_{self.ages[0]}_{self.ages[1]}"


@cache
def strata() -> tuple[Stratum, ...]:
    """Return the measured strata, men first, the youngest first."""
    rows = resource_toml("livingcircle.vocab", "gait.toml")["stratum"]
    return tuple(
        Stratum(
            row["sex"],
            (row["ages"][0], row["ages"][1]),
            float(row["mean"]),
            float(row["deviation"]),
        )
        for row in rows
    )


def strata_of(ages: tuple[int, int], sex: Sex = "both") -> tuple[Stratum, ...]:
    """Return those of a sex whose decade has some of the ages; as ``speeds_of`` counts them."""
    first, last = ages
    return tuple(
        one
        for one in strata()
        if sex in ("both", one.sex) and one.ages[0] <= last and one.ages[1] >= first
    )


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
    found = tuple((one.mean, one.deviation) for one in strata_of(ages, sex))
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
