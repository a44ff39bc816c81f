"""What every kind of requirement shares: facilities, units it applies to, target and years."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    model_validator,
)

from livingcircle._nearest import did_you_mean
from livingcircle.city.facilities import FACILITY_COLUMNS
from livingcircle.city.units import UNIT_COLUMNS
from livingcircle.errors import ConfigError
from livingcircle.localized import EMPTY, LocalizedText, Parameter, join, number, percent
from livingcircle.standards.axes import Choice
from livingcircle.vocab.categories import category_ids, category_name
from livingcircle.vocab.levels import level_name
from livingcircle.vocab.own import Text
from livingcircle.vocab.strict import Strict
from livingcircle.vocab.texts import localized_name
from livingcircle.vocab.walkers import walker

__all__ = [
    "AnyColumn",
    "Applies",
    "Categories",
    "FacilityColumn",
    "FacilityCondition",
    "Metres",
    "Minutes",
    "Need",
    "Needs",
    "Parameter",
    "PartBase",
    "Positive",
    "Share",
    "Step",
    "Target",
    "Text",
    "UnitColumn",
    "UnitCondition",
    "WalkerName",
    "category_words",
    "level_words",
    "share_of",
]

Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


def _target(value: object) -> object:
    words = value in ("all", "report")
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
    if not (words or number):
        raise ValueError(f"must be a share (0.9 for 90 %), 'all' or 'report', not {value!r}")
    return value


Positive = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
Minutes = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]
Metres = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
"""Limits of a walk or a ride: a week, and a thousand kilometres."""
Year = Annotated[int, Field(ge=1900, le=2200)]
Target = Annotated[float | Literal["all", "report"], BeforeValidator(_target)]


def _known(ids: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    own = info.context.get("categories") if info.context else None
    try:
        return category_ids(ids, own)
    except ConfigError as error:
        raise ValueError(f"{error.problem.en}. {error.hint.en}") from None


Categories = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_known)]
"""Vocabulary ids, any of which will do; Chinese names and aliases are understood too."""


class Need(Strict):
    """One of several needs or functions: any of its categories meets it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: Text
    en: Text
    categories: Categories


def _known_walker(name: str, info: ValidationInfo) -> str:
    if info.context and name in info.context.get("walkers", ()):
        return name
    try:
        return walker(name).name
    except ConfigError as error:
        raise ValueError(f"{error.problem.en}. {error.hint.en}") from None


WalkerName = Annotated[str, AfterValidator(_known_walker)]
"""The name of a walker's profile."""


def _column(columns: Collection[str], table: str) -> AfterValidator:
    def checked(name: str, info: ValidationInfo) -> str:
        own = info.context.get("columns", {}) if info.context else {}
        known = [*columns, *(one for one in own if own[one].table in table)]
        if name not in known:
            hint = did_you_mean(name, known, f"Known are {', '.join(known)}")
            raise ValueError(f"{table} have no column '{name}'. {hint}")
        return name

    return AfterValidator(checked)


FacilityColumn = Annotated[str, _column(FACILITY_COLUMNS, "facilities")]
"""A column of ``Facilities.table``."""
UnitColumn = Annotated[str, _column(UNIT_COLUMNS, "units")]
"""A column of the tables of units."""
AnyColumn = Annotated[str, _column((*FACILITY_COLUMNS, *UNIT_COLUMNS), "facilities and units")]


class UnitCondition(Strict):
    """A condition on a figure of the unit, e.g. at least 1,000 children under 3."""

    column: UnitColumn
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> UnitCondition:
        if self.at_least is None and self.at_most is None:
            raise ValueError("state at_least or at_most")
        return self


class FacilityCondition(Strict):
    """A condition on a facility: a number within bounds, one of some texts, or plainly yes."""

    column: FacilityColumn
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _one_test(self) -> FacilityCondition:
        if self.one_of and (self.at_least is not None or self.at_most is not None):
            raise ValueError("state bounds or one_of, not both")
        return self

    def words(self) -> LocalizedText:
        """Return the condition as words for a reader."""
        bounds = ((self.at_least, "≥"), (self.at_most, "≤"))
        parts = [f"{sign} {number(bound)}" for bound, sign in bounds if bound is not None]
        conditions = " ".join(("", *parts, *self.one_of))
        name = localized_name("column", self.column)
        return LocalizedText(f"{name.zh}{conditions}", f"{name.en}{conditions}")


class Applies(Strict):
    """Which units a requirement applies to; everything left out does not narrow it."""

    urban_rural: Literal["urban", "rural"] | None = None
    division: Literal["subdistrict", "town"] | None = None
    """Of units at street level: 街道 only, or 镇 and 乡 only, by the ending of their names."""
    new: bool | None = None
    """True: newly built units only; False: the older ones only."""
    founded_since: Year | None = None
    districts: tuple[Text, ...] = ()
    """Names as the plan writes them; ``[assess.districts]`` of city.toml maps a city's own."""
    exempt_islands: bool = False
    where: tuple[UnitCondition, ...] = ()
    if_unsaid: Literal["unknown", "applies"] = "unknown"
    """What holds for units that do not say whether they are meant."""

    def __bool__(self) -> bool:
        return self != Applies(if_unsaid=self.if_unsaid)

    def words(self) -> LocalizedText:
        """Return the filter as words for a reader, empty when everything is meant."""
        conditions = []
        if self.urban_rural:
            conditions.append(
                LocalizedText("城市", "urban") if self.urban_rural == "urban" else _RURAL
            )
        if self.division:
            conditions.append(_DIVISIONS[self.division])
        if self.new is not None:
            conditions.append(
                LocalizedText("新建", "new")
                if self.new
                else LocalizedText("老旧/已建", "existing (old)")
            )
        if self.founded_since:
            year = self.founded_since
            conditions.append(LocalizedText(f"{year}年以后成立", f"founded in {year} or later"))
        if self.districts:
            conditions.append(
                LocalizedText("、".join(self.districts), "in " + ", ".join(self.districts))
            )
        if self.exempt_islands:
            conditions.append(LocalizedText("海岛除外", "islands exempt"))
        conditions.extend(_where_words(where) for where in self.where)
        return join(conditions)


_DIVISIONS = {
    "subdistrict": LocalizedText("街道", "subdistricts"),
    "town": LocalizedText("乡镇", "towns proper"),
}
_RURAL = LocalizedText("农村", "rural")


def _where_words(where: UnitCondition) -> LocalizedText:
    parts = []
    if where.at_least is not None:
        parts.append(f"≥ {number(where.at_least)}")
    if where.at_most is not None:
        parts.append(f"≤ {number(where.at_most)}")
    said, name = " ".join(parts), localized_name("column", where.column)
    return LocalizedText(f"{name.zh} {said}", f"{name.en} {said}")


class Step(Strict):
    """What is due in a year, for all districts or the named ones."""

    year: Year
    target: Target | None = None
    at_least: Positive | None = None
    districts: tuple[Text, ...] = ()
    """Empty: every district that no other step of that year names."""


@dataclass(frozen=True)
class Needs:
    """What data an entry needs, for `standards show` and the documentation."""

    categories: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """``facilities.places``, ``units.households``, ..."""
    levels: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    """``network``, ``drive``, ``demand``, ``urban_villages``."""

    def __add__(self, other: Needs) -> Needs:
        both = (
            tuple(dict.fromkeys((*getattr(self, name), *getattr(other, name))))
            for name in ("categories", "columns", "levels", "layers")
        )
        return Needs(*both)


class Reason(Strict):
    """Why an option of a reading is the default, in words for a reader."""

    axis: Text
    zh: Text
    en: Text


def _choices(value: object) -> object:
    if isinstance(value, Mapping):
        return tuple(Choice(str(axis), str(option)) for axis, option in value.items())
    return value


ReadAs = Annotated[tuple[Choice, ...], BeforeValidator(_choices)]
"""Axis → option, as a table of TOML."""


class PartBase(Strict):
    """Fields that every kind has; a kind adds its own."""

    label_zh: str = ""
    label_en: str = ""
    """What this part of an entry is about, where the entry has several."""
    applies: Applies = Applies()
    target: Target = "all"
    """The share that must be reached, ``"all"`` (1.0), or ``"report"``: nothing is judged."""
    due: Year | None = None
    schedule: tuple[Step, ...] = ()
    why: tuple[Reason, ...] = ()
    """Why the default of an axis is what it is, where the plan gives a reason."""
    read_as: ReadAs = ()
    """The options of readings that the part is judged by, where they are not the kind's own."""

    @model_validator(mode="after")
    def _sorted(self) -> PartBase:
        years = [step.year for step in self.schedule]
        if years != sorted(years):
            raise ValueError("schedule: the years must not go down")
        return self

    @property
    def label(self) -> LocalizedText:
        """The label in both languages."""
        return LocalizedText(self.label_zh, self.label_en)

    @property
    def reasons(self) -> dict[str, LocalizedText]:
        """The reasons that the pack gives for its readings, by axis."""
        return {one.axis: LocalizedText(one.zh, one.en) for one in self.why}

    @property
    def target_share(self) -> float | None:
        """The share asked for, None where the value is only reported."""
        return share_of(self.target)

    @property
    def goal(self) -> float | None:
        """What the value is held against; a share unless the kind measures something else."""
        return self.target_share

    def open_parameters(self) -> dict[str, Parameter]:
        """Return the fields whose number the planner has not stated yet."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in fields.items() if isinstance(value, Parameter)}

    def measured(self) -> LocalizedText:
        """Return what is measured, in one line; every kind says its own."""
        raise NotImplementedError

    def needs(self) -> Needs:
        """Return what data the part needs; every kind adds its own."""
        columns = []
        if self.applies.urban_rural:
            columns.append("units.urban_rural")
        if self.applies.new is not None:
            columns.append("units.is_new")
        if self.applies.founded_since:
            columns.append("units.founded_year")
        if self.applies.exempt_islands:
            columns.append("units.is_island")
        columns.extend(f"units.{where.column}" for where in self.applies.where)
        districts = self.applies.districts or any(step.districts for step in self.schedule)
        return Needs(columns=tuple(columns), levels=("district",) if districts else ())

    def asked(self) -> LocalizedText:
        """Return the target in words."""
        share = self.target_share
        if share is None:
            return LocalizedText("仅报告", "reported only")
        if self.goal is not None and self.goal != share and self.goal < 1:
            return LocalizedText(f"≥ {percent(self.goal)}", f"≥ {percent(self.goal)}")
        if self.goal is not None and self.goal != share:
            return LocalizedText(f"≥ {number(self.goal)}", f"≥ {number(self.goal)}")
        if share == 1:
            return LocalizedText("全部", "all")
        return LocalizedText(f"≥ {percent(share)}", f"≥ {percent(share)}")


def share_of(target: Target) -> float | None:
    """Return a target as a share; None: report only."""
    if target == "report":
        return None
    return 1.0 if target == "all" else float(target)


def category_words(ids: tuple[str, ...]) -> LocalizedText:
    """Return the names of categories, any of which will do."""
    names = [category_name(i) for i in ids]
    return LocalizedText("/".join(n.zh for n in names), " / ".join(n.en for n in names))


def level_words(level: str, applies: Applies | None = None) -> LocalizedText:
    """Return the name of a level with its filter, e.g. "communities and villages (urban)"."""
    name = level_name(level)
    if applies and applies.division:
        # 街道, and not 镇（街道）（街道）.
        name = _DIVISIONS[applies.division]
        applies = applies.model_copy(update={"division": None})
    only = applies.words() if applies else EMPTY
    if not only:
        return name
    return LocalizedText(f"{name.zh}（{only.zh}）", f"{name.en} ({only.en})")
