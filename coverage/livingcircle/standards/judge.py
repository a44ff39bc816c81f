"""Verdicts: a value against its target, what was due when, and how several verdicts become one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from livingcircle.localized import (
    EMPTY,
    LocalizedText,
    beside_target,
    join,
    mean_beside_target,
    number,
    percent,
)
from livingcircle.standards.base import PartBase, Step, share_of
from livingcircle.vocab.amounts import amount_pattern, amount_words

__all__ = [
    "TARGET_TOLERANCE",
    "VERDICTS",
    "Demanded",
    "Verdict",
    "binding_verdict",
    "demanded",
    "joined_verdicts",
    "judge_amount",
    "judge_between",
    "judge_share",
    "steps_of",
    "tally",
]

TARGET_TOLERANCE = 1e-9
"""A share or figure that misses its target by no more than rounding has reached it."""
VERDICTS = ("met", "short", "unknown", "report")
"""What a finding's status may be; ``report``: a value that nothing is asked of."""


@dataclass(frozen=True)
class Demanded:
    """What counts in the year of the assessment."""

    target: float | None
    """Share asked for; None: report only."""
    at_least: float | None
    """The threshold of a step (so many centres), None where the step states none."""
    year: int | None
    is_due: bool
    """The year has come; else it is the next target that the value is held against."""


def demanded(part: PartBase, as_of: int, district: str | None = None) -> Demanded | None:
    """Return what is due in a year, for one district or for all.

    The last step that is due counts. Before the first step is due the value is held against that
    first one, marked as not yet due. None: the schedule names districts, and not this one.
    """
    steps = steps_of(part, district)
    if part.schedule:
        if not steps:
            return None
        due = [step for step in steps if step.year <= as_of]
        step = due[-1] if due else steps[0]
        target = part.target if step.target is None else step.target
        return Demanded(share_of(target), step.at_least, step.year, bool(due))
    return Demanded(part.target_share, None, part.due, part.due is None or part.due <= as_of)


def steps_of(part: PartBase, district: str | None) -> list[Step]:
    """Return the steps of a schedule for a district: its own, else those that name none."""
    named = {step.year for step in part.schedule if district in step.districts}
    return [
        step
        for step in part.schedule
        if district in step.districts or (not step.districts and step.year not in named)
    ]


@dataclass(frozen=True)
class Verdict:
    """One judged value."""

    status: str
    value: float | None
    target: float | None
    unit: str
    numerator: float | None = None
    denominator: float | None = None
    due: int | None = None
    is_due: bool = True
    label: LocalizedText = EMPTY

    @property
    def ratio(self) -> float:
        """Value over target: the smallest of several is the one that binds."""
        if self.value is None or not self.target:
            return math.inf
        return self.value / self.target

    def words(self, *, of: bool = True) -> LocalizedText:
        """Return the verdict as a clause: "urban: 8 of 10 = 80 % (target 90 %)".

        ``of=False`` leaves out how many of how many.
        """
        if self.unit == "per_unit":
            return self._mean_words()
        show = percent if self.unit == "share" else number
        value = beside_target(self.value, self.target, share=self.unit == "share")
        if of and self.unit == "share" and self.denominator:
            value = f"{number(self.numerator)}/{number(self.denominator)} = {value}"
        plain = LocalizedText(value, value)
        said = plain if self.unit == "share" else amount_words(value, self.unit)
        zh = f"{self.label.zh}：{said.zh}" if self.label.zh else said.zh
        en = f"{self.label.en}: {said.en}" if self.label.en else said.en
        if self.target is not None:
            each = "" if self.unit == "share" else amount_pattern(self.unit).zh.partition("{}")[2]
            zh, en = f"{zh}（目标 {show(self.target)}{each}）", f"{en} (target {show(self.target)})"
        return self._with_due(zh, en)

    def _mean_words(self) -> LocalizedText:
        """Return the verdict on a mean: "villages: 0.29 on average (target 5)"."""
        value = mean_beside_target(self.value, self.target)
        zh, en = amount_words(value, "per_unit")
        if self.label:
            zh, en = f"{self.label.zh}{zh}", f"{self.label.en}: {en}"
        if self.target is not None:
            each = amount_pattern("per_unit").zh.partition("{}")[2]
            zh = f"{zh}（目标 {number(self.target)}{each}）"
            en = f"{en} (target {number(self.target)})"
        return self._with_due(zh, en)

    def _with_due(self, zh: str, en: str) -> LocalizedText:
        if not self.is_due and self.due:
            zh, en = f"{zh}，{self.due} 年到期", f"{en}, due {self.due}"
        return LocalizedText(zh, en)


def judge_share(
    counts: tuple[float, float, float], target: float | None, *, due: Demanded | None = None
) -> Verdict:
    """Judge a share of members: so many are met, short, and undecidable.

    The undecidable ones decide nothing as long as the answer is the same whichever way they fall;
    else the status is unknown. The value is the share among the decidable.
    """
    met, short, unknown = counts
    known, everything = met + short, met + short + unknown
    value = met / known if known else None
    if everything == 0 or target is None:
        status = "report" if known or not everything else "unknown"
    elif met / everything >= target - TARGET_TOLERANCE:
        status = "met"
    elif (met + unknown) / everything < target - TARGET_TOLERANCE:
        status = "short"
    else:
        status = "unknown"
    verdict = Verdict(status, value, target, "share", met, known)
    return verdict if due is None else replace(verdict, due=due.year, is_due=due.is_due)


def tally(status: pd.Series) -> tuple[float, float, float]:
    """Return how many of a column of statuses are met, short and unknown."""
    count = status.value_counts()
    met, short, unknown = (float(count.get(key, 0)) for key in ("met", "short", "unknown"))
    return met, short, unknown


def judge_amount(
    value: float | None, target: float | None, unit: str, *, due: Demanded | None = None
) -> Verdict:
    """Judge a figure that must reach a number."""
    if value is None or math.isnan(value):
        status, value = "unknown", None
    elif target is None:
        status = "report"
    else:
        status = "met" if value >= target - TARGET_TOLERANCE * max(1.0, target) else "short"
    verdict = Verdict(status, value, target, unit)
    return verdict if due is None else replace(verdict, due=due.year, is_due=due.is_due)


def judge_between(verdict: Verdict, low: float, high: float) -> Verdict:
    """Return a verdict that is unknown where its value can be anything from `low` to `high`.

    It stays as it is where the answer is the same at both ends.
    """
    if verdict.target is None or verdict.status not in ("met", "short"):
        return verdict
    least = verdict.target - TARGET_TOLERANCE * max(1.0, verdict.target)
    return replace(verdict, status="unknown") if low < least <= high else verdict


def binding_verdict(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict of several judged together.

    Those that are due are judged, all of them if none is due. One short makes the whole short, else
    one unknown makes it unknown; report-only ones judge nothing. Value and target are those of the
    verdict that binds: the worst of the deciding status, by value over target.
    """
    judged = [v for v in verdicts if v.status != "report"]
    due = [v for v in judged if v.is_due] or judged
    for status in ("short", "unknown", "met"):
        deciding = [v for v in due if v.status == status]
        if deciding:
            return min(deciding, key=lambda v: v.ratio)
    return verdicts[0]


def joined_verdicts(verdicts: Sequence[Verdict]) -> LocalizedText:
    """Return several verdicts as one sentence, empty where there is only one."""
    return join(v.words() for v in verdicts) if len(verdicts) > 1 else EMPTY
