"""Categories, columns and walkers of one city's or one pack's own, beside those that ship.

They are values that travel with the city and the pack: nothing is registered for the whole process,
so that two cities may call different things by the same id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from livingcircle.errors import ConfigError
from livingcircle.localized import localized
from livingcircle.vocab.categories import CategoryId, categories, normalise
from livingcircle.vocab.gait import Sex, Speeds, mean_speed, speeds_of
from livingcircle.vocab.strict import Strict
from livingcircle.vocab.walkers import OwnWalkerName, Walker, walker, walker_names

__all__ = [
    "OwnCategories",
    "OwnCategory",
    "OwnColumn",
    "OwnColumns",
    "OwnWalker",
    "OwnWalkers",
    "Text",
    "Vocabulary",
    "own_ids",
]

Text = Annotated[str, Field(min_length=1)]
"""A text of a TOML file; never empty."""
_ID = r"^[a-z][a-z0-9_]*$"


class OwnCategory(Strict):
    """``[categories.ID]`` of a pack, ``[vocabulary.categories.ID]`` or ``categories.toml``."""

    zh: Text
    en: Text
    aliases: tuple[Text, ...] = ()
    """Further ways in which lists write it."""


class OwnColumn(Strict):
    """``[columns.ID]`` of a pack, ``[vocabulary.columns.ID]`` or ``columns.toml``."""

    zh: Text
    en: Text
    kind: Literal["number", "count", "area", "yes-no", "text"] = "number"
    table: Literal["facilities", "units", "demand"] = "facilities"
    aliases: tuple[Text, ...] = ()
    """Further headers that mean it."""


class OwnWalker(Strict):
    """``[vocabulary.walkers.NAME]`` of city.toml, or ``[NAME]`` of ``walkers.toml``."""

    speed_m_s: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] | None = None
    """None: the mean of the ages."""
    deviation_m_s: Annotated[float, Field(ge=0, le=3, allow_inf_nan=False)] = 0.0
    """How much people differ; 0: all walk alike."""
    ages: tuple[int, int] | None = None
    """First and last year of life: speeds as measured, by sex and decade."""
    sex: Sex = "both"
    stairs: bool = True
    max_slope: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    max_kerb_m: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    min_width_m: Annotated[float, Field(gt=0, le=2, allow_inf_nan=False)] | None = None
    limited: bool = True
    pram: bool = False
    zh: Text
    en: Text
    source: str = ""

    @model_validator(mode="after")
    def _one_speed(self) -> Self:
        if (self.speed_m_s is None) == (self.ages is None):
            raise ValueError("state either speed_m_s or ages")
        if self.ages is not None:
            if self.deviation_m_s:
                raise ValueError("ages have deviations of their own: leave out deviation_m_s")
            try:
                speeds_of(self.ages, self.sex)
            except ConfigError as error:
                raise ValueError(f"{error.problem.en}. {localized(error.hint).en}") from None
        return self

    @property
    def speeds(self) -> Speeds:
        """Mean and deviation of groups of one size; empty where all walk alike."""
        if self.ages is not None:
            return speeds_of(self.ages, self.sex)
        speed = float(self.speed_m_s or 0.0)
        return ((speed, self.deviation_m_s),) if self.deviation_m_s else ()


def _distinct(given: dict[str, OwnCategory]) -> dict[str, OwnCategory]:
    for name in given:
        if name in categories():
            raise PydanticCustomError(
                "taken", "'{name}' is a category that ships. Choose another id", {"name": name}
            )
    said: dict[str, str] = {}
    for name, entry in given.items():
        for text in (name, entry.zh, entry.en, *entry.aliases):
            other = said.setdefault(normalise(text), name)
            if other != name:
                raise PydanticCustomError(
                    "shared",
                    "'{text}' names both '{other}' and '{name}'. Leave it to one of them",
                    {"text": text, "other": other, "name": name},
                )
    return given


def _no_walker_twice(given: dict[str, OwnWalker]) -> dict[str, OwnWalker]:
    for name in given:
        # A city's own survey outranks a figure that nobody could check.
        if name in walker_names() and walker(name).verified:
            raise PydanticCustomError(
                "taken", "'{name}' is a walker that ships. Choose another name", {"name": name}
            )
    return given


OwnCategories = Annotated[
    dict[Annotated[str, Field(pattern=_ID)], OwnCategory], AfterValidator(_distinct)
]


OwnColumns = dict[Annotated[str, Field(pattern=_ID)], OwnColumn]


OwnWalkers = Annotated[
    dict[Annotated[str, Field(pattern=_ID)], OwnWalker], AfterValidator(_no_walker_twice)
]


class Vocabulary(Strict):
    """What one city adds to the vocabulary."""

    categories: OwnCategories = Field(default_factory=dict)
    columns: OwnColumns = Field(default_factory=dict)
    walkers: OwnWalkers = Field(default_factory=dict)

    def walker(self, name: str) -> Walker | None:
        """Return the city's own walker of a name, None where it has none."""
        own = self.walkers.get(name)
        if own is None:
            return None
        speeds = own.speeds
        speed = own.speed_m_s if own.speed_m_s is not None else mean_speed(speeds)
        about = own.stairs, own.zh, own.en, own.source, False, own.max_slope, speeds
        rolling = own.max_kerb_m, own.min_width_m, own.limited, own.pram
        return Walker(
            OwnWalkerName(name, own.zh, own.en), speed, *about, own.ages, own.sex, *rolling
        )


def own_ids(entries: Mapping[str, OwnCategory]) -> dict[str, CategoryId]:
    """Return normalised text → id, which carries its names, of some own categories."""
    found = {}
    for name, entry in entries.items():
        of = CategoryId(name, entry.zh, entry.en)
        for text in (name, entry.zh, entry.en, *entry.aliases):
            found[normalise(text)] = of
    return found
