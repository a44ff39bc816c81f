"""Readings of a finding: value and verdict under every option, and where the verdict flips."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
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


def _answers(space: ReadingSpace) -> tuple[_Found, dict[tuple[str, str], _Found]]:
    """Return what the default gives, and each other option of each axis."""
    codes = space.one_by_one()
    answer, units = space.alone, space.units_of(codes)
    found = [
        _Found(
            float(answer.value[row]),
            float(answer.asked[row]),
            "share" if answer.ratio[row] else str(units[row]),
            str(answer.status[row]),
            float(answer.numerator[row]),
            float(answer.denominator[row]),
            bool(answer.counts[row]),
        )
        for row in range(len(codes))
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
        tables = [
            self._part(place, part, outcome)
            for place, (part, outcome) in enumerate(
                zip(self.parts, self.outcomes, strict=True), start=1
            )
        ]
        tables = [table for table in tables if len(table)]
        if not tables:
            return pd.DataFrame({name: [] for name in READING_COLUMNS})
        table = pd.concat(tables, ignore_index=True)[list(READING_COLUMNS)]
        table = table.astype({"chosen": bool, "flips": bool, "counts": bool})
        own = np.array([outcome.verdict.status for outcome in self.outcomes])
        moved = (table["status"] != own[table["part"] - 1]) & table["status"].isin(_ENDS)
        for _, rows in table[~table["chosen"]].groupby(["axis", "option"], sort=False):
            if self._turns(rows):
                table.loc[rows.index, "flips"] = moved.loc[rows.index]
        return table

    def _part(self, place: int, part: Kind, outcome: Outcome) -> pd.DataFrame:
        space = outcome.space
        declared = part.axes
        axes = {axis.name: axis for axis in declared}
        verdict = outcome.verdict
        plain = _Found(np.nan, np.nan, verdict.unit, "unknown")
        chosen = replace(
            plain,
            value=np.nan if verdict.value is None else verdict.value,
            target=np.nan if verdict.target is None else verdict.target,
            status=verdict.status,
        )
        answers: dict[tuple[str, str], _Found] = {}
        if space is not None:
            axes |= {axis.name: axis for axis in space.axes}
            given, answers = _answers(space)
            chosen = replace(
                chosen,
                numerator=given.numerator,
                denominator=given.denominator,
                counts=given.counts,
            )
        rows = []
        for axis in axes.values():
            stated = next((a for a in declared if a.name == axis.name), axis)
            reason = replace(stated, default=axis.default).reason
            for option in dict.fromkeys((*axis.options, *stated.options)):
                own = option == axis.default
                found = chosen if own else answers.get((axis.name, option), plain)
                words, name = option_name(axis.name, option), axis_name(axis.name)
                rows.append(
                    asdict(found)
                    | {
                        "part": place, "axis": axis.name, "option": option, "chosen": own,
                        "flips": False,
                        "axis_zh": name.zh, "axis_en": name.en,
                        "option_zh": words.zh, "option_en": words.en,
                        "why_zh": reason.zh if own else "", "why_en": reason.en if own else "",
                        "text": found.text,
                    }
                )  # fmt: skip
        return pd.DataFrame(rows)

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict of the finding."""
        return binding_verdict([outcome.verdict for outcome in self.outcomes])

    def _under(self, rows: pd.DataFrame) -> list[Verdict]:
        """Return the verdicts of all parts, each that is named read as its row says."""
        verdicts = [outcome.verdict for outcome in self.outcomes]
        named = rows[["part", "status", "value", "target"]]
        for part, status, value, target in named.itertuples(index=False):
            if verdicts[part - 1].status != "report":
                found = replace(verdicts[part - 1], status=status, value=value, target=target)
                verdicts[part - 1] = found
        return verdicts

    def _turns(self, rows: pd.DataFrame) -> bool:
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
        return bool(self.table["flips"].any())

    @cached_property
    def sentence(self) -> LocalizedText:
        """Where the verdict flips, or within what the value lies; empty where nothing is open."""
        table = self.table
        known = table[table["status"].isin(("met", "short", "report"))]
        if known["chosen"].all() or not len(known):
            return EMPTY
        flips = known[known["flips"]]
        if len(flips):
            return _flipped(known, flips, self.encouraged, self._own, self.parts)
        part = self._comparable(known)
        if part["chosen"].all():
            return EMPTY
        low = part.iloc[int(part["value"].argmin())]
        high = part.iloc[int(part["value"].argmax())]
        judged = self.verdict.status in ("met", "short")
        stands = _status_name(self.verdict.status, self.encouraged)
        however = LocalizedText("换用任何一种口径，", "whatever the reading")
        if (table["status"].eq("unknown") & table["value"].notna()).any():
            however = LocalizedText(
                "凡数据足以判定的口径，", "whatever the reading, as far as the data decide"
            )
        if low["value"] == high["value"]:
            if judged:
                return LocalizedText(
                    f"{however.zh}结论都是{stands.zh}", f"{stands.en}, {however.en}"
                )
            return LocalizedText(f"{however.zh}数值都一样", f"the same value, {however.en}")
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

    def _comparable(self, known: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the part that binds whose values are in the unit of its own."""
        part = known[(known["part"] == self._binding) & known["value"].notna()]
        return part[part["unit"].isin(part.loc[part["chosen"], "unit"])]

    def _held_by_another(self, row: pd.Series) -> LocalizedText:
        """Say which part keeps the verdict where a reading turns its own part; else nothing."""
        place = int(row["part"]) - 1
        if row["status"] == self.outcomes[place].verdict.status or row["status"] not in _ENDS:
            return EMPTY
        alike = (self.table["axis"] == row["axis"]) & (self.table["option"] == row["option"])
        verdicts = self._under(self.table[alike & ~self.table["chosen"]])
        others = [n for n, one in enumerate(verdicts) if n != place and one.status == "short"]
        names = [self.parts[n].label for n in others]
        if not names or not all(names):
            return EMPTY
        return LocalizedText(
            f"（即使如此，{'、'.join(f'“{one.zh}”' for one in names)}仍未达标）",
            f" (even so, {' and '.join(repr(one.en) for one in names)}"
            f" {'is' if len(names) == 1 else 'are'} not met)",
        )


def _label_of(parts: tuple[Kind, ...], place: int) -> LocalizedText:
    """Return the label of one of several parts, as that of a part; else nothing."""
    label = parts[place].label
    if len(parts) == 1 or not label:
        return EMPTY
    return LocalizedText(f"“{label.zh}”一项，", f"in the part '{label.en}', ")


def _whole_of_it(row: pd.Series) -> bool:
    """Return whether a value is how much there is, all together, of what is asked for."""
    together = row["axis"] == "scope" and row["option"] == "pooled"
    return bool(together and row["unit"] == "share" and row["target"] == 1.0 and not row["counts"])


def _number(row: pd.Series) -> str:
    """Return a value as a sentence says it, before what it is counted in: "2/14 = 14.3 %"."""
    value = beside_target(row["value"], row["target"], share=row["unit"] == "share")
    if row["unit"] == "per_unit":
        value = mean_beside_target(row["value"], row["target"])
    text = row["text"] if "/" in row["text"] else value
    if row["counts"] and row["value"] < 1 and "/" in text:
        text = f"{text} = {value}"
    return str(text)


def _in_unit(text: str, row: pd.Series, part: Kind) -> LocalizedText:
    """Return a number, or two that are compared, with what they count or are measured in."""
    if row["unit"] == "share":
        return LocalizedText(text, text)
    said = amount_words(text, row["unit"])
    if row["unit"] != "count":
        return said
    one, many = part.counted_en
    return LocalizedText(said.zh, f"{said.en} {one if said.en.split()[-1] == '1' else many}")


def _with_option(row: pd.Series, part: Kind) -> LocalizedText:
    text = _number(row)
    value = _in_unit(text, row, part)
    if _whole_of_it(row):
        value = LocalizedText(f"应有量的 {text}", f"{text} of what is asked")
    return LocalizedText(f"{value.zh}（{row['option_zh']}）", f"{value.en} ({row['option_en']})")


def _status_name(status: str, encouraged: bool) -> LocalizedText:
    return localized_name("status", "short_may" if encouraged and status == "short" else status)


def _clause(row: pd.Series, name: LocalizedText, encouraged: bool, part: Kind) -> LocalizedText:
    """Return one option as a clause: "all together: 66.9 % ≥ 60 %, met"."""
    stands = _status_name(row["status"], encouraged)
    return LocalizedText(
        f"{name.zh}：{_held(row, part).zh}，{stands.zh}",
        f"{name.en}: {_held(row, part).en}, {stands.en}",
    )


def _held(row: pd.Series, part: Kind) -> LocalizedText:
    """Return a value beside what is asked: "66.9 % ≥ 60 %", "0 < 2 facilities", "36/59"."""
    text = _number(row)
    if _whole_of_it(row):
        return LocalizedText(f"应有量的 {text}", f"{text} of what is asked")
    share = row["unit"] == "share"
    whole = share and row["target"] == 1.0
    text = row["text"] if whole else text
    if whole and row["counts"]:
        return LocalizedText(text, text)
    signs = ("≤", ">") if row["option"] == "exclusive" else ("<", "≥")
    goal = percent(row["target"]) if share else number(row["target"])
    return _in_unit(f"{text} {signs[row['status'] == 'met']} {goal}", row, part)


def _flipped(
    known: pd.DataFrame,
    flips: pd.DataFrame,
    encouraged: bool,
    own_name: LocalizedText,
    parts: tuple[Kind, ...],
) -> LocalizedText:
    """Return the default's value and, of the options that turn the verdict, the first few.

    The label of the part stands before the first of its clauses.
    """
    part = flips["part"].iloc[0]
    own = known[known["chosen"] & (known["part"] == part)]
    first = own[own["axis"] == flips["axis"].iloc[0]].iloc[0]
    single = flips["axis"].nunique() == 1
    base = LocalizedText(first["option_zh"], first["option_en"]) if single else own_name
    clauses = [_clause(first, base, encouraged, parts[int(part) - 1])]
    at = part
    for _, row in flips.head(_NAMED).iterrows():
        option = LocalizedText(row["option_zh"], row["option_en"])
        clause = _clause(row, option, encouraged, parts[int(row["part"]) - 1])
        said = EMPTY if row["part"] == at else _label_of(parts, int(row["part"]) - 1)
        clauses.append(LocalizedText(f"{said.zh}{clause.zh}", f"{said.en}{clause.en}"))
        at = row["part"]
    keys = list(zip(flips["axis"], flips["option"], strict=True))
    more = len(set(keys) - set(keys[:_NAMED]))
    zh = "；".join(one.zh for one in clauses)
    en = "; ".join(one.en for one in clauses)
    if more > 0:
        zh = f"{zh}；另有 {more} 种口径也使结论改变"
        en = f"{en}; {more} more reading{' does' if more == 1 else 's do'} so too"
    said = _label_of(parts, int(part) - 1)
    return LocalizedText(
        f"结论取决于口径：{said.zh}{zh}", f"the verdict depends on the reading: {said.en}{en}"
    )
