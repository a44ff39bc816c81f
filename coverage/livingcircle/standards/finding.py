"""Finding: one requirement assessed; its parts are judged together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._derived import Derives
from livingcircle.localized import EMPTY, LocalizedText, join, number, percent
from livingcircle.standards.context import OfPart, OutsideScope
from livingcircle.standards.homes import Decided, joined_homes
from livingcircle.standards.judge import binding_verdict, demanded
from livingcircle.standards.kind import Kind
from livingcircle.standards.model import Requirement
from livingcircle.standards.outcome import Outcome, no_gaps, with_label
from livingcircle.standards.readings import Readings
from livingcircle.vocab.groups import AGE_GROUPS

__all__ = ["Finding", "finding"]

Table = TypeVar("Table", bound=pd.DataFrame)
_SENTENCE = re.compile(r"(?<![.:]); (?='?[A-Z][a-z]* )")
"""Before what is a sentence of its own; other remarks are clauses."""


@dataclass(frozen=True, eq=False, repr=False)
class Finding(Derives):
    """How a city stands against one requirement."""

    requirement: Requirement
    status: str
    """``met``, ``short``, ``unknown`` (see ``missing``) or ``report`` (nothing is judged)."""
    value: float | None
    target: float | None
    unit: str
    """What the value is in: ``share``, ``count``, ``per_unit``, ``per_1000``, ..."""
    numerator: float | None
    denominator: float | None
    measures: dict[str, float]
    units: pd.DataFrame
    """One row per unit, from the finest level judged up to the city."""
    gaps: gpd.GeoDataFrame
    sensitivity: dict[str, float]
    missing: tuple[str, ...]
    note_zh: str
    note_en: str
    due: int | None = None
    """The year that the value was held against."""
    is_due: bool = True
    """False: the year is still to come."""
    years: pd.DataFrame | None = None
    """What was due each year: year, scope_zh, scope_en, target, at_least, is_due."""
    parts: tuple[Outcome, ...] = ()
    """The outcome of each part of the requirement, in their order."""

    @property
    def id(self) -> str:
        """The requirement's id."""
        return self.requirement.id

    @property
    def shown_status(self) -> str:
        """The status as a reader sees it: what is only encouraged cannot fail, ``short_may``."""
        encouraged = self.status == "short" and self.requirement.force == "may"
        return "short_may" if encouraged else self.status

    @cached_property
    def demand(self) -> gpd.GeoDataFrame | None:
        """The homes that the requirement asks about, each as the part that decides it has it."""
        return joined_homes(self._decided)

    @property
    def home_status(self) -> pd.Series | None:
        """The status of each home; where villages are judged, who is beyond the limit is a gap."""
        if len(self._decided) == 1:
            return self._decided[0].status
        return None if self.demand is None else self.demand["status"]

    @property
    def _decided(self) -> list[Decided]:
        return [
            Decided(position, part.demand, part.held)
            for position, part in enumerate(self.parts, start=1)
            if part.demand is not None and len(part.demand) and "status" in part.demand
        ]

    @property
    def people_left_out(self) -> float:
        """People that the requirement leaves out; NaN where unknown.

        Residents, or where it is about a group (65+, under 3, children) people of that group.
        """
        return self._left_out["people"]

    @property
    def households_left_out(self) -> float:
        """Households that the requirement leaves out; NaN where unknown."""
        return self._left_out["households"]

    @property
    def group(self) -> str:
        """Whom ``people_left_out`` counts: ``residents``, or the group that a circle is about."""
        groups = [str(getattr(part.read(), "group", "")) for part in self.requirement.parts]
        judged = [one.verdict.status for one in self.parts]
        named = [g for g, status in zip(groups, judged, strict=True) if status == "short"] or groups
        by_home = self.requirement.shows("by_home")
        return next((g for g in named if by_home and g in AGE_GROUPS), "residents")

    @cached_property
    def members_met(self) -> tuple[int, int] | None:
        """How many units or facilities are met, of how many; None where the value is no such share.

        A share of units is told as 36 of 59 and not as 61 %.
        """
        top, base = self.numerator, self.denominator
        if self.unit != "share" or top is None or not base:
            return None
        if top != round(top) or base != round(base):
            return None
        for part, outcome in zip(self.requirement.parts, self.parts, strict=True):
            own = outcome.verdict
            if (own.value, own.numerator, own.denominator) == (self.value, top, base):
                space = outcome.space
                counted = part.counts_members
                if space is not None:
                    counted = bool(space.alone.counts[0])
                return (round(top), round(base)) if counted else None
        return None

    @cached_property
    def readings(self) -> Readings:
        """Value and verdict under every option of what the plan leaves open."""
        return Readings(self.requirement.parts, self.parts, self.requirement.force == "may")

    @cached_property
    def _left_out(self) -> dict[str, float]:
        """People and households that are left out."""
        columns = ("people", "households")
        if self.status == "met":
            # What its share lets go of is in the gaps, and no shortfall.
            return dict.fromkeys(columns, 0.0)
        if self.status == "unknown" or not any(part.gaps is not None for part in self.parts):
            return dict.fromkeys(columns, float("nan"))
        status = [part.verdict.status for part in self.parts]
        judged = [n for n, one in enumerate(status, 1) if one != "report"]
        # What a part only reports or has reached is no shortfall of a finding that is judged.
        meant = [n for n in judged if status[n - 1] != "met"]
        gaps = self.gaps[self.gaps["part"].isin(meant)] if judged and len(self.gaps) else self.gaps
        if not len(gaps):
            # Where units or people are judged no gap means nobody; a total of the city has no gaps.
            judged_each = self.unit == "share" or (self.unit == "count" and bool(self.denominator))
            return dict.fromkeys(columns, 0.0 if judged_each else float("nan"))
        at = gaps["unit_id"].fillna("").astype(str)
        return {name: _total_once(gaps, at, name) for name in columns}

    @property
    def why_listed(self) -> LocalizedText:
        """Why a finding that is met lists gaps; nothing elsewhere."""
        if self.status != "met" or not len(self.gaps):
            return EMPTY
        return join(_listed_though_met(self.gaps, self.parts))

    def __repr__(self) -> str:
        """Return id, status, value and target."""
        show = percent if self.unit == "share" else number
        target = "" if self.target is None else f" of {show(self.target)}"
        return f"Finding({self.id}: {self.status}, {show(self.value)}{target})"


def _total_once(gaps: pd.DataFrame, at: pd.Series, column: str) -> float:
    """Return the sum of a column over the units of gaps, NaN where none of them is known.

    A unit that two parts, or two facilities, find short is left out once, and so is one that
    lies in a town or district which is short itself.
    """
    values = gaps[column].to_numpy(dtype=np.float64)
    unit, ids = pd.factorize(at, sort=True)
    known = set(at[~np.isnan(values) & gaps["level"].isin(("town", "district")).to_numpy()])
    outermost = np.ones(len(gaps), dtype=bool)
    for above in ("town", "district") if known else ():
        holder = gaps[above]
        outermost &= ~(holder.isin(known) & (holder.astype(str) != at)).to_numpy()
    largest = np.full(len(ids), np.nan)
    np.fmax.at(largest, unit[outermost], values[outermost])
    return float(pd.Series(largest).sum(min_count=1))


def _note(requirement: Requirement, part: Kind, outcome: Outcome) -> LocalizedText:
    """Return the note of a part as it stands beside those of the others.

    What lies outside the part is said of it by name; and not at all where another part counts it.
    """
    if len(requirement.parts) == 1:
        return outcome.note
    own = getattr(part, "categories", None)
    others = [one for one in requirement.parts if one is not part]
    counted = any(getattr(one, "categories", None) == own for one in others)
    notes: list[LocalizedText] = []
    for note in outcome.notes:
        if not isinstance(note, OfPart):
            notes.append(note)
        elif not (counted and isinstance(note, OutsideScope)):
            zh, en = part.label_zh, part.label_en
            joint = "" if isinstance(note, OutsideScope) or not zh else "："
            told = LocalizedText(f"{zh}{joint}{note.zh}", f"{en}: {note.en}" if en else note.en)
            notes.append(told)
    return replace(outcome, notes=tuple(notes)).note


def finding(requirement: Requirement, outcomes: list[Outcome], as_of: int) -> Finding:
    """Judge the parts of a requirement together.

    One part that is due and short makes the finding short, else one unknown makes it unknown; parts
    that only report judge nothing, parts not yet due judge nothing as long as another part is.
    """
    verdict = binding_verdict([outcome.verdict for outcome in outcomes])
    several = len(outcomes) > 1
    pairs = list(zip(requirement.parts, outcomes, strict=True))
    notes: list[LocalizedText] = []
    told = several and any(outcome.verdict.status != "unknown" for outcome in outcomes)
    if told:
        notes += [
            with_label(part, outcome, people=part.figures().by_home) for part, outcome in pairs
        ]
    notes += [_note(requirement, part, outcome) for part, outcome in pairs]
    # The clause of each part may have said it already.
    own = [one.verdict for one in outcomes]
    said = told and all(one.due == verdict.due and one.value is not None for one in own)
    if not verdict.is_due and verdict.due and not said:
        notes.append(
            LocalizedText(
                f"{verdict.due} 年到期，截至 {as_of} 年尚未到期",
                f"due in {verdict.due}, not yet in {as_of}",
            )
        )
    notes.append(requirement.reading)
    gaps = _gaps(requirement, pairs)
    if verdict.status == "met" and len(gaps):
        notes += _listed_though_met(gaps, outcomes)
    note = join(notes)
    note = LocalizedText(note.zh, _SENTENCE.sub(". ", note.en))
    return Finding(
        requirement,
        verdict.status,
        verdict.value,
        verdict.target,
        verdict.unit,
        verdict.numerator,
        verdict.denominator,
        _merged(pairs, "measures"),
        _units(pairs),
        gaps,
        _merged(pairs, "sensitivity"),
        tuple(dict.fromkeys(code for o in outcomes for code in o.missing)),
        note.zh,
        note.en,
        verdict.due,
        verdict.is_due,
        _years(requirement, as_of),
        tuple(outcomes),
    )


def _listed_though_met(gaps: gpd.GeoDataFrame, outcomes: Sequence[Outcome]) -> list[LocalizedText]:
    """Return why a finding that is met lists gaps: a part is only reported, or a share is asked."""
    reported = [n for n, one in enumerate(outcomes, 1) if one.verdict.status == "report"]
    besides = int(gaps["part"].isin(reported).sum())
    let_go = len(gaps) - besides
    notes = []
    if let_go:
        notes.append(
            LocalizedText(
                f"未达到的 {let_go:,} 处在目标允许之内，仍列入缺口",
                "the one that does not reach it is within what the target allows, and is listed"
                if let_go == 1
                else f"the {let_go:,} that do not reach it are within what the target allows, and"
                " are listed",
            )
        )
    if besides:
        notes.append(
            LocalizedText(
                f"列出的缺口中有 {besides:,} 处属只报告的部分，不影响结论",
                f"{besides:,} listed {'gap is' if besides == 1 else 'gaps are'} of what is only"
                " reported: the verdict does not rest on it",
            )
        )
    return notes


def _merged(pairs: list[tuple[Kind, Outcome]], name: str) -> dict[str, float]:
    """Return a mapping of all parts; with several parts each key names its part."""
    if len(pairs) == 1:
        return dict(getattr(pairs[0][1], name))
    found: dict[str, float] = {}
    for position, (part, outcome) in enumerate(pairs, start=1):
        label = part.label_en or str(position)
        found |= {f"{label}: {key}": value for key, value in getattr(outcome, name).items()}
    return found


def _units(pairs: list[tuple[Kind, Outcome]]) -> pd.DataFrame:
    tables = [
        outcome.units.drop(columns="wanted", errors="ignore").assign(part=position)
        for position, (_, outcome) in enumerate(pairs, start=1)
        if len(outcome.units)
    ]
    if not tables:
        columns = ["unit_id", "name", "level", "status", "value", "numerator", "denominator"]
        return pd.DataFrame({name: [] for name in columns})
    return _one_below_another(tables)


def _one_below_another(tables: list[Table]) -> Table:
    """Return tables as one, its rows numbered from 0."""
    if len(tables) == 1:
        return tables[0].reset_index(drop=True)
    return pd.concat(tables, ignore_index=True)


def _gaps(requirement: Requirement, pairs: list[tuple[Kind, Outcome]]) -> gpd.GeoDataFrame:
    tables = [
        outcome.gaps.assign(part=position, part_zh=part.label_zh, part_en=part.label_en)
        for position, (part, outcome) in enumerate(pairs, start=1)
        if outcome.gaps is not None and len(outcome.gaps)
    ]
    if not tables:
        empty = no_gaps()
        empty.insert(0, "standard", [])
        empty.insert(0, "gap_id", [])
        return empty
    gaps = _one_below_another(tables)
    named = gaps["unit_id"].where(gaps["level"] != "facility", gaps["facility_id"]).fillna("")
    ids = requirement.id + ":" + named.astype(str)
    if ids.duplicated().any():
        nth = ids.groupby(ids).cumcount() + 1
        ids = ids.where(nth == 1, ids + "#" + nth.astype(str))
    gaps.insert(0, "standard", requirement.id)
    gaps.insert(0, "gap_id", ids)
    return gaps


def _years(requirement: Requirement, as_of: int) -> pd.DataFrame:
    """Return what is due each year, part by part."""
    rows: list[tuple[int, LocalizedText, float | None, float | None, bool]] = []
    for part in requirement.parts:
        if not part.schedule:
            due = demanded(part, as_of)
            if due is not None and due.year is not None:
                rows.append((due.year, part.label, due.target, None, due.is_due))
            continue
        for step in part.schedule:
            scope = part.label
            if step.districts:
                names = "、".join(step.districts)
                scope = join([scope, LocalizedText(names, ", ".join(step.districts))])
            target = part.target if step.target is None else step.target
            share = None if target == "report" else 1.0 if target == "all" else float(target)
            rows.append((step.year, scope, share, step.at_least, step.year <= as_of))
    return pd.DataFrame(
        [(year, s.zh, s.en, share, least, due) for year, s, share, least, due in rows],
        columns=["year", "scope_zh", "scope_en", "target", "at_least", "is_due"],
    )
