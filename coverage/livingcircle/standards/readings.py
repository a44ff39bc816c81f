"""Readings of a finding: value and verdict under every option, and where the verdict flips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from livingcircle.localized import (
    EMPTY,
    LocalizedText,
    after_chinese,
    beside_target,
    mean_beside_target,
    number,
    percent,
)
from livingcircle.standards.axes import axis_name, option_name
from livingcircle.standards.judge import Verdict, binding_verdict
from livingcircle.standards.kind import Kind
from livingcircle.standards.outcome import Outcome
from livingcircle.standards.space import ReadingSpace
from livingcircle.vocab.amounts import amount_words
from livingcircle.vocab.texts import localized_name

__all__ = ["READING_COLUMNS", "Readings", "value_text"]

READING_COLUMNS = (
    "part", "axis", "option", "chosen", "value", "target", "unit", "status", "flips",
    "numerator", "denominator", "counts", "axis_zh", "axis_en", "option_zh", "option_en",
    "why_zh", "why_en", "text",
)  # fmt: skip
_ENDS = ("met", "short")
_NAMED = 3
"""Flips named in a sentence; the table has them all."""


def value_text(
    value: float | None, unit: str, numerator: float, denominator: float, counts: bool
) -> str:
    """Return a value as a person reads it; a share of units is n/m.

    >>> value_text(36 / 59, "share", 36.0, 59.0, True)
    '36/59'
    >>> value_text(0.875, "share", 7.0, 8.0, False)
    '87.5 %'
    """
    if value is None or np.isnan(value):
        return "–"
    if unit != "share":
        return mean_beside_target(value) if unit == "per_unit" else number(value)
    whole = counts and denominator > 0 and numerator == round(numerator)
    return f"{numerator:,.0f}/{denominator:,.0f}" if whole else percent(value)


@dataclass(frozen=True)
class _Found:
    """What one option gives."""

    value: float
    target: float
    unit: str
    status: str
    numerator: float = np.nan
    denominator: float = np.nan
    counts: bool = False

    @property
    def text(self) -> str:
        return value_text(self.value, self.unit, self.numerator, self.denominator, self.counts)


@dataclass(frozen=True)
class _Row:
    """One option of an axis of a part, as a row of the table."""

    part: int
    axis: str
    option: str
    chosen: bool
    found: _Found
    why: LocalizedText
    flips: bool = False

    @property
    def name(self) -> LocalizedText:
        """The option in words."""
        return option_name(self.axis, self.option)

    @property
    def cells(self) -> tuple[object, ...]:
        """The row as ``READING_COLUMNS`` have it."""
        found, axis, option, why = self.found, axis_name(self.axis), self.name, self.why
        return (
            self.part, self.axis, self.option, self.chosen, found.value, found.target, found.unit,
            found.status, self.flips, found.numerator, found.denominator, found.counts,
            axis.zh, axis.en, option.zh, option.en, why.zh, why.en, found.text,
        )  # fmt: skip


def _answers(space: ReadingSpace) -> tuple[_Found, dict[tuple[str, str], _Found]]:
    """Return what the default gives, and each other option of each axis."""
    codes = space.one_by_one()
    answer, units = space.alone, space.units_of(codes)
    columns = (
        answer.value, answer.asked, answer.ratio, units, answer.status,
        answer.numerator, answer.denominator, answer.counts,
    )  # fmt: skip
    found = [
        _Found(value, asked, "share" if ratio else unit, status, top, base, counts)
        for value, asked, ratio, unit, status, top, base, counts in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]
    if not space.axes:
        return found[0], {}
    at = (codes != space.default).argmax(axis=1)
    names = [(space.axes[k], int(code[k])) for k, code in zip(at, codes, strict=True)]
    keys = [(axis.name, axis.options[option]) for axis, option in names]
    return found[0], dict(zip(keys[1:], found[1:], strict=True))


@dataclass(frozen=True, eq=False)
class Readings:
    """What the parts of one requirement give under every option, one choice at a time."""

    parts: tuple[Kind, ...]
    outcomes: tuple[Outcome, ...]
    encouraged: bool = False
    """What is only encouraged cannot fail: it is not yet general."""

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row per part, axis and option: see ``READING_COLUMNS``.

        ``chosen`` is the option that the finding is judged by. ``flips`` is true where the option
        alone, taken by every part that has it, turns the finding from met to short or back: in the
        rows of the parts that it moves. Options that the city's data cannot answer are ``unknown``.
        """
        return pd.DataFrame([row.cells for row in self._rows], columns=list(READING_COLUMNS))

    @cached_property
    def _rows(self) -> tuple[_Row, ...]:
        pairs = zip(self.parts, self.outcomes, strict=True)
        rows = [row for place, pair in enumerate(pairs, start=1) for row in _part(place, *pair)]
        alike: dict[tuple[str, str], list[_Row]] = {}
        for row in rows:
            if not row.chosen:
                alike.setdefault((row.axis, row.option), []).append(row)
        turning = {key for key, group in alike.items() if self._turns(group)}
        return tuple(
            replace(row, flips=True)
            if not row.chosen and (row.axis, row.option) in turning and self._moves(row)
            else row
            for row in rows
        )

    def _moves(self, row: _Row) -> bool:
        """Return whether an option turns its own part over."""
        own = self.outcomes[row.part - 1].verdict.status
        return row.found.status in _ENDS and row.found.status != own

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict of the finding."""
        return binding_verdict([outcome.verdict for outcome in self.outcomes])

    def _under(self, rows: Sequence[_Row]) -> list[Verdict]:
        """Return the verdicts of all parts, each that is named read as its row says."""
        verdicts = [outcome.verdict for outcome in self.outcomes]
        for row in rows:
            own, found = verdicts[row.part - 1], row.found
            if own.status != "report":
                verdicts[row.part - 1] = replace(
                    own, status=found.status, value=found.value, target=found.target
                )
        return verdicts

    def _turns(self, rows: Sequence[_Row]) -> bool:
        """Return whether one option, taken by each part that has it, turns the finding over."""
        turned = binding_verdict(self._under(rows)).status
        return {turned, self.verdict.status} == set(_ENDS)

    @property
    def _own(self) -> LocalizedText:
        """What the options are called that the finding is judged by."""
        if any(part.read_as for part in self.parts):
            return LocalizedText("所选口径", "as chosen")
        return LocalizedText("默认口径", "by default")

    @property
    def _binding(self) -> int:
        """The part, from 1, whose verdict is that of the finding."""
        own = (self.verdict.status, self.verdict.value)
        verdicts = [(one.verdict.status, one.verdict.value) for one in self.outcomes]
        return verdicts.index(own) + 1 if own in verdicts else 1

    @property
    def depends(self) -> bool:
        """Whether some option alone turns the verdict over."""
        return any(row.flips for row in self._rows)

    @cached_property
    def sentence(self) -> LocalizedText:
        """Where the verdict flips, or within what the value lies; empty where nothing is open."""
        known = [row for row in self._rows if row.found.status in ("met", "short", "report")]
        if all(row.chosen for row in known):
            return EMPTY
        flips = [row for row in known if row.flips]
        if flips:
            return _flipped(known, flips, self.encouraged, self._own, self.parts)
        part = self._comparable(known)
        if all(row.chosen for row in part):
            return EMPTY
        low = min(part, key=lambda row: row.found.value)
        high = max(part, key=lambda row: row.found.value)
        judged = self.verdict.status in ("met", "short")
        stands = _status_name(self.verdict.status, self.encouraged)
        however = LocalizedText("换用任何一种口径，", "whatever the reading")
        if any(r.found.status == "unknown" and not np.isnan(r.found.value) for r in self._rows):
            however = LocalizedText(
                "凡数据足以判定的口径，", "whatever the reading, as far as the data decide"
            )
        if low.found.value == high.found.value:
            if judged:
                return LocalizedText(
                    f"{however.zh}结论都是{stands.zh}", f"{stands.en}, {however.en}"
                )
            return self._same(known, however)
        own = self.parts[self._binding - 1]
        said = _label_of(self.parts, self._binding - 1)
        least, most = _with_option(low, own), _with_option(high, own)
        zh = f"{said.zh}最低为{after_chinese(least.zh)}，最高为{after_chinese(most.zh)}"
        en = f"{said.en}lowest {least.en}, highest {most.en}"
        if not judged:
            return LocalizedText(f"数值随口径而变：{zh}", f"the value depends on the reading: {en}")
        besides = self._held_by_another(high if self.verdict.status == "short" else low)
        return LocalizedText(
            f"{however.zh}结论都是{stands.zh}：{zh}{besides.zh}",
            f"{stands.en}, {however.en}: {en}{besides.en}",
        )

    def _same(self, known: Sequence[_Row], however: LocalizedText) -> LocalizedText:
        """Say that no reading moves the value, but those that give it in another unit."""
        kept = self._comparable(known)
        units = {row.found.unit for row in kept}
        others: dict[str, _Row] = {}
        for row in self._valued(known):
            if row.found.unit not in units:
                others.setdefault(row.found.unit, row)
        if not others:
            return LocalizedText(f"{however.zh}数值都一样", f"the same value, {however.en}")
        part = self.parts[self._binding - 1]
        shown = [_with_option(row, part) for row in others.values()]
        zh = "、".join(one.zh for one in shown)
        en = ", ".join(one.en for one in shown)
        return LocalizedText(
            f"{however.zh}数值都一样，单位不同的除外：{zh}",
            f"the same value, {however.en}, except in another unit: {en}",
        )

    def _valued(self, known: Sequence[_Row]) -> list[_Row]:
        """Return the rows of the part that binds that have a value."""
        return [row for row in known if row.part == self._binding and not np.isnan(row.found.value)]

    def _comparable(self, known: Sequence[_Row]) -> list[_Row]:
        """Return the rows of the part that binds whose values are in the unit of its own."""
        part = self._valued(known)
        units = {row.found.unit for row in part if row.chosen}
        return [row for row in part if row.found.unit in units]

    def _held_by_another(self, row: _Row) -> LocalizedText:
        """Say which part keeps the verdict where a reading turns its own part; else nothing."""
        if not self._moves(row):
            return EMPTY
        key = (row.axis, row.option)
        verdicts = self._under(
            [one for one in self._rows if (one.axis, one.option) == key and not one.chosen]
        )
        others = [n for n, one in enumerate(verdicts, 1) if n != row.part and one.status == "short"]
        names = [self.parts[n - 1].label for n in others]
        if not names or not all(names):
            return EMPTY
        return LocalizedText(
            f"（即使如此，{'、'.join(f'“{one.zh}”' for one in names)}仍未达标）",
            f" (even so, {' and '.join(repr(one.en) for one in names)}"
            f" {'is' if len(names) == 1 else 'are'} not met)",
        )


def _part(place: int, part: Kind, outcome: Outcome) -> list[_Row]:
    """Return the rows of one part, ``place`` from 1."""
    declared = {axis.name: axis for axis in part.axes}
    verdict, space = outcome.verdict, outcome.space
    plain = _Found(np.nan, np.nan, verdict.unit, "unknown")
    chosen = replace(
        plain,
        value=np.nan if verdict.value is None else float(verdict.value),
        target=np.nan if verdict.target is None else float(verdict.target),
        status=verdict.status,
    )
    axes = declared
    answers: dict[tuple[str, str], _Found] = {}
    if space is not None:
        axes = declared | {axis.name: axis for axis in space.axes}
        given, answers = _answers(space)
        chosen = replace(
            chosen,
            numerator=given.numerator,
            denominator=given.denominator,
            counts=given.counts,
        )
    rows = []
    for axis in axes.values():
        stated = declared.get(axis.name, axis)
        reason = replace(stated, default=axis.default).reason
        for option in dict.fromkeys((*axis.options, *stated.options)):
            own = option == axis.default
            found = chosen if own else answers.get((axis.name, option), plain)
            rows.append(_Row(place, axis.name, option, own, found, reason if own else EMPTY))
    return rows


def _label_of(parts: tuple[Kind, ...], place: int) -> LocalizedText:
    """Return the label of one of several parts, as that of a part; else nothing."""
    label = parts[place].label
    if len(parts) == 1 or not label:
        return EMPTY
    return LocalizedText(f"“{label.zh}”一项，", f"in the part '{label.en}', ")


def _share_of_all(row: _Row) -> LocalizedText | None:
    """Return a value that is how much there is, all together, of what is asked; None if not so."""
    together, found = row.axis == "scope" and row.option == "pooled", row.found
    if not together or found.unit != "share" or found.target != 1.0 or found.counts:
        return None
    text = _number(row)
    return LocalizedText(f"应有量的 {text}", f"{text} of what is asked")


def _number(row: _Row) -> str:
    """Return a value as a sentence says it, before what it is counted in: "2/14 = 14.3 %"."""
    found = row.found
    value = beside_target(found.value, found.target, share=found.unit == "share")
    if found.unit == "per_unit":
        value = mean_beside_target(found.value, found.target)
    text = found.text if "/" in found.text else value
    if found.counts and found.value < 1 and "/" in text:
        text = f"{text} = {value}"
    return str(text)


def _in_unit(text: str, row: _Row, part: Kind) -> LocalizedText:
    """Return a number, or two that are compared, with what they count or are measured in."""
    unit = row.found.unit
    if unit == "share":
        return LocalizedText(text, text)
    said = amount_words(text, unit)
    if unit != "count":
        return said
    one, many = part.counted_en
    return LocalizedText(said.zh, f"{said.en} {one if said.en.split()[-1] == '1' else many}")


def _with_option(row: _Row, part: Kind) -> LocalizedText:
    name, value = row.name, _share_of_all(row) or _in_unit(_number(row), row, part)
    return LocalizedText(f"{value.zh}（{name.zh}）", f"{value.en} ({name.en})")


def _status_name(status: str, encouraged: bool) -> LocalizedText:
    return localized_name("status", "short_may" if encouraged and status == "short" else status)


def _clause(row: _Row, name: LocalizedText, encouraged: bool, part: Kind) -> LocalizedText:
    """Return one option as a clause: "all together: 66.9 % ≥ 60 %, met"."""
    held, stands = _held(row, part), _status_name(row.found.status, encouraged)
    return LocalizedText(f"{name.zh}：{held.zh}，{stands.zh}", f"{name.en}: {held.en}, {stands.en}")


def _held(row: _Row, part: Kind) -> LocalizedText:
    """Return a value beside what is asked: "66.9 % ≥ 60 %", "0 < 2 facilities", "36/59"."""
    found, of_all = row.found, _share_of_all(row)
    if of_all is not None:
        return of_all
    share = found.unit == "share"
    whole = share and found.target == 1.0
    text = found.text if whole else _number(row)
    if whole and found.counts:
        return LocalizedText(text, text)
    signs = ("≤", ">") if _is_exclusive(row, part) else ("<", "≥")
    goal = percent(found.target) if share else number(found.target)
    return _in_unit(f"{text} {signs[found.status == 'met']} {goal}", row, part)


def _is_exclusive(row: _Row, part: Kind) -> bool:
    """Return whether a value has to be more than what is asked: so much is not enough."""
    options = {axis.name: axis.default for axis in part.axes} | {row.axis: row.option}
    bounded = options.get("scope", "each") in part.bounded_scopes
    return bounded and options.get("boundary") == "exclusive"


def _flipped(
    known: Sequence[_Row],
    flips: Sequence[_Row],
    encouraged: bool,
    own_name: LocalizedText,
    parts: tuple[Kind, ...],
) -> LocalizedText:
    """Return the default's value and, of the options that turn the verdict, the first few.

    The label of the part stands before the first of its clauses.
    """
    # A part that nobody can judge by default has no value to begin with: another one turns too.
    own = {(row.part, row.axis): row for row in known if row.chosen}
    part, axis = next(key for row in flips if (key := (row.part, row.axis)) in own)
    first = own[part, axis]
    single = all(row.axis == axis for row in flips)
    base = first.name if single else own_name
    clauses = [_clause(first, base, encouraged, parts[part - 1])]
    at = part
    for row in flips[:_NAMED]:
        clause = _clause(row, row.name, encouraged, parts[row.part - 1])
        said = EMPTY if row.part == at else _label_of(parts, row.part - 1)
        clauses.append(LocalizedText(f"{said.zh}{clause.zh}", f"{said.en}{clause.en}"))
        at = row.part
    keys = [(row.axis, row.option) for row in flips]
    more = len(set(keys) - set(keys[:_NAMED]))
    zh = "；".join(one.zh for one in clauses)
    en = "; ".join(one.en for one in clauses)
    if more > 0:
        zh = f"{zh}；另有 {more} 种口径也使结论改变"
        en = f"{en}; {more} more reading{' does' if more == 1 else 's do'} so too"
    said = _label_of(parts, part - 1)
    return LocalizedText(
        f"结论取决于口径：{said.zh}{zh}", f"the verdict depends on the reading: {said.en}{en}"
    )
