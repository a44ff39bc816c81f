"""The readings of a circle: its share under every combination, from metres that are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from livingcircle._arrays import BoolArray, IntArray, distinct
from livingcircle.localized import LocalizedText
from livingcircle.standards.axes import Axis, usable_axes
from livingcircle.standards.kinds.circle_figures import Case, CirclePart
from livingcircle.standards.kinds.circle_metres import CircleMetres, limit_names
from livingcircle.standards.kinds.circle_reader import SCOPES, CombinationReader, OptionsByAxis
from livingcircle.standards.ratio_space import LEVELS
from livingcircle.standards.space import ReadingAnswer, ReadingSpace
from livingcircle.standards.travel import walker_of
from livingcircle.vocab.walkers import walker_names
from livingcircle.vocab.wide_categories import with_wide_categories

__all__ = ["circle_axes", "circle_space"]

_PATHS, _STARTS = ("network", "straight"), ("home", "community_middle", "community_boundary")
_GOALS, _WIDTHS = ("nearest", "own_community"), ("strict", "wide")


def circle_axes(part: CirclePart) -> tuple[Axis, ...]:
    """Return the choices that a circle leaves open."""
    on_foot = part.mode == "walk"
    limits = limit_names(part)
    weights = (
        part.group,
        "residents",
        "households",
        "buildings",
        "residential_land",
        "land",
        "units",
    )
    axes = [
        Axis("limit", limits, limits[0]),
        Axis("walker", walker_names(), part.walker or ""),
        Axis("path", _PATHS, "network"),
        Axis("from", _STARTS, "home"),
        Axis("to", _GOALS, "nearest"),
        Axis("denominator", tuple(dict.fromkeys(weights)), part.group),
        Axis("scope", SCOPES, "pooled", _ALL_PEOPLE),
        Axis("boundary", ("inclusive", "exclusive"), part.boundary),
        Axis("level", LEVELS, "leaf", _EVERYBODY),
        Axis("facilities", _WIDTHS, "strict"),
    ]
    if not on_foot:
        axes = [one for one in axes if one.name not in ("walker", "path", "from", "to")]
    return tuple(axes)


_ALL_PEOPLE = LocalizedText("覆盖率按全部人群合计", "coverage is that of all the people together")
_EVERYBODY = LocalizedText(
    "条文适用范围内的全部住户", "everybody who lives where the clause applies"
)


@dataclass(frozen=True, eq=False)
class _Answers:
    """What combinations of a circle's options give, and which of them are worth naming."""

    of: CircleMetres

    def words(self, codes: IntArray) -> OptionsByAxis:
        """Return the option of each axis of each combination."""
        at = {axis.name: codes[:, n] for n, axis in enumerate(self.of.axes)}
        plain = {"walker": "", "path": "network", "from": "home", "to": "nearest"}
        plain |= {axis.name: axis.default for axis in circle_axes(self.of.part)}
        return {
            name: np.array(self.of.options(name), dtype=object)[at[name]]
            if name in at
            else np.full(len(codes), value, dtype=object)
            for name, value in plain.items()
        }

    def answer(self, codes: IntArray) -> ReadingAnswer:
        """Return what combinations give: each distance is sorted into the limits once."""
        return CombinationReader(self.of, self.words(codes), len(codes)).read()

    def distinct(self, codes: IntArray) -> BoolArray:
        """Return which combinations say something of their own.

        A walker changes nothing where neither the limit nor the walks depend on one; units are
        counted one by one and have no other scope.
        """
        words, of = self.words(codes), self.of
        default = next((axis.default for axis in of.axes if axis.name == "walker"), "")
        walks = {name: of.walks_of(of.who(name or None)) for name in {default, *words["walker"]}}
        same = np.array([walks[name] == walks[default] for name in words["walker"]], dtype=bool)
        idle = (words["walker"] != default) & (words["limit"] != "walker")
        idle &= same | (words["path"] == "straight")
        odd = (words["denominator"] == "units") & (words["scope"] != SCOPES[0])
        return np.asarray(~(idle | odd), dtype=bool)


def circle_space(part: CirclePart, case: Case, target: float | None) -> ReadingSpace:
    """Return the readings of a circle that a city's data can answer."""
    ctx = case.ctx
    declared = circle_axes(part)
    city_walker = walker_of(part.walker, ctx.city).name
    declared = tuple(
        replace(
            axis, default=city_walker, options=tuple(dict.fromkeys((city_walker, *axis.options)))
        )
        if axis.name == "walker"
        else axis
        for axis in declared
    )
    circle = CircleMetres(part, case, target, declared)
    leaves = ctx.origins.leaves
    in_units = bool(len(leaves)) and bool((circle.unit < circle.units).any())
    plain = part.mode == "walk" and part.k == 1
    levels = set(leaves["level"].to_numpy()[distinct(circle.unit[circle.unit < circle.units])])
    near = in_units and plain
    able = {
        "limit": limit_names(part),
        "walker": declared[1].options if part.mode == "walk" else (),
        "path": _PATHS if plain else (),
        "from": _STARTS if near else (),
        "to": _GOALS if near else (),
        "denominator": (
            *circle.weights,
            *(("units",) if in_units else ()),
            *(circle.grounds if in_units else ()),
        ),
        "scope": SCOPES if in_units else (),
        "boundary": ("inclusive", "exclusive"),
        "level": LEVELS if len(levels) > 1 else (),
        "facilities": _WIDTHS if _has_wider(case) else (),
    }
    axes = usable_axes(declared, able)
    read = _Answers(replace(circle, axes=axes))
    return ReadingSpace(axes, read.answer, distinct=read.distinct)


def _has_wider(case: Case) -> bool:
    known = case.ctx.known_categories
    return any(
        known & (set(with_wide_categories(trip.categories)) - set(trip.categories))
        for trip in case.trips.values()
    )
