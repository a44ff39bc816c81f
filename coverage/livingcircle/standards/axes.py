"""Axes of a reading (口径): the choices that a plan leaves open, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.vocab.texts import localized_name, texts
from livingcircle.vocab.walkers import OwnWalkerName, walker, walker_names

__all__ = [
    "Axis",
    "Choice",
    "axis_name",
    "chosen_axes",
    "option_name",
    "option_names",
    "read_as",
    "usable_axes",
]


class Choice(NamedTuple):
    """An option that a pack, or the city, judges by instead of the kind's default."""

    axis: str
    option: str
    by_city: bool = False
    """Chosen in city.toml, and not by the pack."""


@dataclass(frozen=True)
class Axis:
    """One choice that a plan leaves open, with its options."""

    name: str
    """``limit``, ``walker``, ``path``, ``from``, ``to``, ``denominator``, ``scope``, ..."""
    options: tuple[str, ...]
    default: str
    """The option that the part states."""
    why: LocalizedText = EMPTY
    """The reason for the default: a clause, a convention, a standard."""

    @property
    def reason(self) -> LocalizedText:
        """The reason for the default, that of the vocabulary where none is stated."""
        if self.why:
            return self.why
        table, own = texts()["reading_why"], f"{self.name}:{self.default}"
        return localized_name("reading_why", own if own in table else self.name)

    @property
    def code(self) -> int:
        """The place of the default among the options, 0 where it is none of them."""
        return self.options.index(self.default) if self.default in self.options else 0


def axis_name(axis: str) -> LocalizedText:
    """Return what an axis is called."""
    return localized_name("axis", axis)


def option_name(axis: str, option: str) -> LocalizedText:
    """Return an option as words that stand before a value.

    >>> option_name("path", "straight").en, option_name("walker", "postman").zh
    ('in a straight line', '步行者为postman')
    """
    key = f"{axis}:{option}"
    if key in texts()["reading"]:
        return localized_name("reading", key)
    if axis == "walker":
        who = walker(option) if option in walker_names() else None
        called = option if isinstance(option, OwnWalkerName) else who
        zh, en = (called.zh, called.en) if called else (option, option)
        return LocalizedText(f"步行者为{zh}", f"walker: {en}")
    if axis == "as_of":
        return LocalizedText(f"截至{option}年", f"as of {option}")
    if axis == "denominator" and option in texts()["column"]:
        held = localized_name("column", option)
        return LocalizedText(f"按{held.zh}计", f"by {held.en}")
    return LocalizedText(option.removesuffix("_m") + "米" if axis == "limit" else option, option)


def usable_axes(axes: Iterable[Axis], able: Mapping[str, Sequence[str]]) -> tuple[Axis, ...]:
    """Return the axes with the options that a city's data can answer, if more than one.

    Parameters
    ----------
    axes
        As a kind declares them.
    able
        Options that can be answered, by axis; an axis that is absent has its default only.
    """
    found = []
    for axis in axes:
        can = able.get(axis.name, ())
        options = tuple(one for one in axis.options if one in can or one == axis.default)
        if len(options) > 1:
            found.append(replace(axis, options=options))
    return tuple(found)


def chosen_axes(axes: Iterable[Axis], reasons: Mapping[str, LocalizedText]) -> tuple[Axis, ...]:
    """Return axes with the reasons that a pack gives for its choices."""
    return tuple(replace(axis, why=reasons.get(axis.name, axis.why)) for axis in axes)


def read_as(axes: Iterable[Axis], choices: Iterable[Choice]) -> tuple[Axis, ...]:
    """Return axes with the options that a pack or the city judges by as their defaults."""
    chosen = {one.axis: one for one in choices}
    return tuple(_read_as(axis, chosen.get(axis.name)) for axis in axes)


def _read_as(axis: Axis, choice: Choice | None) -> Axis:
    if choice is None:
        return axis
    why = LocalizedText("由本市选定", "chosen by the city") if choice.by_city else axis.why
    return replace(axis, default=choice.option, why=why)


def option_names(choices: Iterable[Choice]) -> LocalizedText:
    """Return chosen options one after the other.

    >>> option_names([Choice("path", "straight"), Choice("denominator", "households")]).en
    'in a straight line, by households'
    """
    names = [option_name(one.axis, one.option) for one in choices]
    return LocalizedText("，".join(one.zh for one in names), ", ".join(one.en for one in names))
