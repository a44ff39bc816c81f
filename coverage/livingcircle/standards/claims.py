"""Claims: under which readings a stated figure is true, and how near one comes otherwise."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle._nearest import did_you_mean
from livingcircle.arguments import check_type
from livingcircle.city.model import City
from livingcircle.errors import ConfigError
from livingcircle.localized import EMPTY, LocalizedText, after_chinese, percent
from livingcircle.standards.assess import assess_as_read, requirement_of
from livingcircle.standards.axes import Axis, option_name, option_names
from livingcircle.standards.finding import Finding
from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.standards.kind import Kind
from livingcircle.standards.missing import missing_words
from livingcircle.standards.readings import value_text
from livingcircle.standards.result import Result
from livingcircle.standards.space import ReadingAnswer, ReadingSpace
from livingcircle.standards.stated_figure import StatedFigure, read_stated_figure
from livingcircle.vocab.amounts import amount_words

__all__ = ["Claim", "ClaimMeaning", "check_claim", "claim", "claim_about"]

ClaimMeaning = Literal["at_least", "rounded"]
"""How a claim is true: the value is at least the figure, or rounds to it."""

NEAREST = 20
"""Rows of the table where nothing makes the claim true."""


@dataclass(frozen=True, eq=False, repr=False)
class Claim:
    """A figure that somebody states, held against every combination of readings."""

    finding: Finding
    part: int
    """Which part of the requirement, from 1."""
    stated: StatedFigure
    meant: str
    axes: tuple[Axis, ...]
    combinations: int
    """How many were tried."""
    holding: int
    """How many make the claim true."""
    rounding: int
    """How many round to the figure exactly as it is printed."""
    frame: pd.DataFrame
    """The combinations that make it true, the least change first; the nearest ones if none does.

    ``rank`` (from 1; as many changes and the same value are one rank, and an idle row has the rank
    before it), ``changes``, ``value``, ``text``, ``unit``, ``count`` and ``out_of`` (what the value
    divides), ``holds``, ``rounds``,
    ``undecided`` (what is not known decides whether it makes the claim true), ``idle`` (one of the
    changes changes nothing), ``off`` (value minus figure), ``changed_zh``,
    ``changed_en`` and the option of each axis.
    """
    default: pd.Series
    """What the finding's own reading gives: a row as those of ``frame``."""
    undecided: int = 0
    """How many may make the claim true or not: figures of some that are counted are not known."""
    over: LocalizedText = EMPTY
    """The banner of a plan that is over; empty while it runs."""

    @property
    def holds(self) -> bool:
        """Whether some combination makes the claim true."""
        return self.holding > 0

    @property
    def nearest(self) -> pd.Series:
        """The first row: the least change that makes it true, or what comes nearest."""
        return self.frame.iloc[0]

    def text(self, language: str = "en", most: int = 5) -> str:
        """Return the answer in ``"zh"`` or ``"en"``, with the first few combinations."""
        return "\n".join(line.pick(language) for line in _lines(self, most))

    def __str__(self) -> str:
        """Return the answer in English."""
        return self.text()

    def __repr__(self) -> str:
        """Return the requirement, the figure and how many combinations make it true."""
        return (
            f"Claim({self.finding.id} is {self.stated.words}: "
            f"{self.holding:,} of {self.combinations:,} combinations)"
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        columns = ["rank", "changes", "changed_en", "text", "holds", "rounds"]
        head = html.escape(self.text("en", most=0)).replace("\n", "<br>")
        return f"<p>{head}</p>{self.frame[columns].head(20).to_html(index=False)}"


def claim(
    city: City | Result,
    standard: str,
    share: float | str,
    *,
    meant: str = "at_least",
    packs: Sequence[str | Path] = (),
    part: int | None = None,
    as_of: int | None = None,
) -> Claim:
    """Find the readings under which a stated figure is true.

    Every combination of the options that the requirement leaves open is tried, from metres that
    are kept for each home.

    Parameters
    ----------
    city
        A city, or a result that assessed the requirement already.
    standard
        Id of the requirement: ``"XM-1a"`` or ``"xiamen-2025:XM-1a"``.
    share
        0.99, 99, ``"99 %"``; of findings that are no share a number in their unit.
    meant
        ``"at_least"``: the value is at least the figure (at most, where less is better);
        ``"rounded"``: it rounds to the figure as printed, 99 % from 98.5 % to below 99.5 %.
    packs
        Where to look for the standard; the city's packs, then all that ship.
    part
        Which part of the requirement, from 1; the one that its value is of if None.
    as_of
        The year; that of city.toml, else this year.

    Raises
    ------
    ConfigError
        The standard is unknown, cannot be assessed here or leaves nothing open, or the figure is
        no share.

    Examples
    --------
    >>> import livingcircle as lc
    >>> city = lc.read_city("data/sample/city.toml")
    >>> found = lc.claim(city, "XM-1a", share=0.99)
    >>> found.holds, found.nearest["changed_en"]
    (True, 'in a straight line')
    """
    check_claim(share, meant)
    if isinstance(city, Result):
        finding = city.finding(standard)
        own = next(pack for pack in city.packs if pack.id == finding.requirement.pack)
        over = own.document.over(city.as_of)
        return replace(claim_about(finding, share, meant, part), over=over)
    check_type(city, "city", City, "read_city")
    pack, entry = requirement_of(city, standard, packs)
    # What city.toml states of other requirements of the pack is no mistake: it is read already.
    alone = pack.model_copy(update={"requirement": (entry,)})
    result = assess_as_read(city, [alone], as_of=as_of)
    over = pack.document.over(result.as_of)
    return replace(claim_about(result.finding(entry.id), share, meant, part), over=over)


def check_claim(share: float | str, meant: str) -> None:
    """Refuse a claim that makes no sense, before anything is read or searched.

    Raises
    ------
    ConfigError
        The figure is none, or it is meant in a way that there is not.
    """
    read_stated_figure(share, unit="count")
    if meant not in get_args(ClaimMeaning):
        raise ConfigError(
            LocalizedText(f"没有“{meant}”这种含义", f"a claim is not meant as '{meant}'"),
            field="meant",
            hint=did_you_mean(str(meant), get_args(ClaimMeaning), "at_least or rounded"),
        )


def claim_about(
    finding: Finding, share: float | str, meant: str = "at_least", part: int | None = None
) -> Claim:
    """Hold a stated figure against every combination of a finding's readings; see `claim`."""
    place = _part(finding, part)
    outcome = finding.parts[place]
    space = outcome.space
    if space is None:
        missing = missing_words(finding.missing).zh
        named = f": {', '.join(finding.missing)}" if finding.missing else ""
        raise ConfigError(
            LocalizedText(
                f"“{finding.id}”在本市没有可换的口径" + (f"：{missing}" if missing else ""),
                f"{finding.id} has no readings to try here{named}",
            ),
            field="standard",
            hint=LocalizedText(
                "请给出所缺的数据，或换一项要求。", "Give the data, or name another."
            ),
        )
    figure = read_stated_figure(share, unit=outcome.verdict.unit)
    codes = space.every()
    answer = space.answer(codes)
    less = finding.requirement.parts[place].figures().less_is_better
    usable = ~np.isnan(answer.value) & (answer.ratio == figure.is_share)
    sure, possible = _truth(answer, figure, usable, less)
    rounds = sure[1]
    holds = rounds if meant == "rounded" else sure[0]
    undecided = (possible[1] if meant == "rounded" else possible[0]) & ~holds
    changes = (codes != space.default).sum(axis=1)
    off = answer.value - figure.value
    idle = _idle(space, codes, answer.value)
    rows = np.flatnonzero(holds)
    if len(rows):
        rows = rows[np.lexsort((np.abs(off[rows]), idle[rows], changes[rows]))]
    else:
        rows = np.flatnonzero(usable)
        far = np.abs(off[rows]).round(9)
        rows = rows[np.lexsort((idle[rows], changes[rows], far))][:NEAREST]
    frame = _frame(space, codes, answer, rows, changes, figure, idle)
    frame = frame.assign(
        holds=holds[rows], rounds=rounds[rows], undecided=undecided[rows], idle=idle[rows],
        off=off[rows],
    )  # fmt: skip
    own = _frame(space, codes, answer, np.array([0]), changes, figure, idle)
    own = own.assign(
        holds=holds[:1], rounds=rounds[:1], undecided=undecided[:1], idle=False, off=off[:1]
    )
    return Claim(
        finding, place + 1, figure, meant, space.axes, int(usable.sum()), int(holds.sum()),
        int(rounds.sum()), frame, own.iloc[0], int(undecided.sum()),
    )  # fmt: skip


def _part(finding: Finding, part: int | None) -> int:
    """Return the place of the part that a claim is about."""
    count = len(finding.parts)
    if part is not None:
        if isinstance(part, bool) or not isinstance(part, int) or not 1 <= part <= count:
            raise ConfigError(
                LocalizedText(
                    f"“{finding.id}”没有第 {part} 分项", f"{finding.id} has no part {part}"
                ),
                field="part",
                hint=LocalizedText(f"请给出 1 至 {count}。", f"Give 1 to {count}."),
            )
        return part - 1
    own = [k for k, one in enumerate(finding.parts) if one.space is not None]
    same = [k for k in own if finding.parts[k].verdict.value == finding.value]
    return next(iter(same or own), 0)


def _truth(
    answer: ReadingAnswer, figure: StatedFigure, usable: BoolArray, less: bool
) -> tuple[tuple[BoolArray, BoolArray], tuple[BoolArray, BoolArray]]:
    """Return where the value is at least (or at most) the figure, and where it rounds to it.

    First for certain, whatever is not known of some that are counted; then at best.
    """
    slack = TARGET_TOLERANCE * max(1.0, abs(figure.value))
    low, high = answer.bounds
    # As people round: half a step up.
    first, end = figure.value - figure.step / 2, figure.value + figure.step / 2
    # What is short of everybody is never printed as everybody.
    if figure.is_share and figure.value == 1.0:
        first = figure.value
    with np.errstate(invalid="ignore"):
        reached, may = (
            (high <= figure.value + slack, low <= figure.value + slack)
            if less
            else (low >= figure.value - slack, high >= figure.value - slack)
        )
        rounds = (low >= first - slack) & (high < end - slack)
        may_round = (high >= first - slack) & (low < end - slack)
    return (
        (np.asarray(reached & usable), np.asarray(rounds & usable)),
        (np.asarray(may & usable), np.asarray(may_round & usable)),
    )


def _idle(space: ReadingSpace, codes: IntArray, value: FloatArray) -> BoolArray:
    """Return the combinations with a change that changes nothing: without it the value is the same.

    Who claims a figure cannot have meant them rather than the plainer one.
    """
    sides = tuple(len(axis.options) for axis in space.axes)
    lattice = np.full(sides, np.nan)
    lattice[tuple(codes.T)] = value
    found = np.zeros(len(codes), dtype=bool)
    for n, axis in enumerate(space.axes):
        plainer = codes.copy()
        plainer[:, n] = axis.code
        same = np.abs(lattice[tuple(plainer.T)] - value) <= TARGET_TOLERANCE
        found |= same & (codes[:, n] != axis.code)
    return found


def _frame(
    space: ReadingSpace,
    codes: IntArray,
    answer: ReadingAnswer,
    rows: IntArray,
    changes: IntArray,
    figure: StatedFigure,
    idle: BoolArray,
) -> pd.DataFrame:
    """Return rows of combinations as a table; an idle one says nothing new and opens no rank."""
    chosen, value = codes[rows], answer.value[rows]
    same = pd.DataFrame({"changes": changes[rows], "value": value.round(9)})
    telling = same[~idle[rows]]
    new = (telling != telling.shift()).any(axis=1).reindex(same.index, fill_value=False)
    units = space.units_of(chosen) if not figure.is_share else np.full(len(rows), "share")
    zh = np.full(len(rows), "", dtype=object)
    en = np.full(len(rows), "", dtype=object)
    options: dict[str, pd.Categorical[str]] = {}
    for n, axis in enumerate(space.axes):
        names = [option_name(axis.name, option) for option in axis.options]
        turned = chosen[:, n] != axis.code
        for words, picked, joint in ((zh, 0, "，"), (en, 1, ", ")):
            text = np.array([name[picked] for name in names], dtype=object)[chosen[:, n]]
            before = np.where(words == "", "", joint).astype(object)
            words[turned] = (words + before + text)[turned]
        options[axis.name] = pd.Categorical.from_codes(chosen[:, n], pd.Index(axis.options))
    texts = [
        value_text(v, unit, top, base, bool(counts))
        for v, unit, top, base, counts in zip(
            value, units, answer.numerator[rows], answer.denominator[rows], answer.counts[rows],
            strict=True,
        )
    ]  # fmt: skip
    return pd.DataFrame(
        {
            "rank": new.cumsum().clip(lower=1).to_numpy(),
            "changes": changes[rows],
            "value": value,
            "text": texts,
            "unit": units,
            "count": answer.numerator[rows],
            "out_of": answer.denominator[rows],
            "changed_zh": zh,
            "changed_en": en,
            **options,
        }
    )


def _own_reading(part: Kind, own: pd.Series) -> LocalizedText:
    """Return what the reading gives that the finding is judged by."""
    text = _said(str(own["text"]), own["unit"])
    if own["undecided"]:
        own = own.copy()
        own["undecided"] = False
        told = _own_reading(part, own)
        return LocalizedText(
            f"{told.zh}这只是已知部分的数值：缺失的数据可能使之成立，也可能不成立。",
            f"{told.en} That is of what is known: figures that are not given decide whether it"
            " is true.",
        )
    mine = option_names(one for one in part.read_as if one.by_city)
    if mine:
        return LocalizedText(
            f"按本市选定的口径（{mine.zh}）为{after_chinese(text.zh)}。",
            f"By the reading that the city has chosen ({mine.en}) it is {text.en}.",
        )
    return LocalizedText(f"默认口径为{after_chinese(text.zh)}。", f"By default it is {text.en}.")


def _lines(found: Claim, most: int) -> list[LocalizedText]:
    """Return the answer line by line."""
    entry, stated = found.finding.requirement, found.stated.words
    figure = _said(stated, "share" if found.stated.is_share else found.default["unit"])
    own, way = found.default, found.meant
    less = found.finding.requirement.parts[found.part - 1].figures().less_is_better
    told = LocalizedText("四舍五入等于", "rounding to")
    if way == "at_least":
        told = LocalizedText("不大于", "at most") if less else LocalizedText("不小于", "at least")
    several = len(entry.parts) > 1
    label = entry.parts[found.part - 1].label
    zh = f"（{label.zh or f'第 {found.part} 分项'}）" if several else ""
    en = f" ({label.en or f'part {found.part}'})" if several else ""
    lines = [
        LocalizedText(
            f"{entry.id}{zh} 称{after_chinese(figure.zh)}（{told.zh}）：{entry.statement_zh}",
            f"{entry.id}{en} is said to be {figure.en} ({told.en}): {entry.statement_en}",
        ),
        _own_reading(entry.parts[found.part - 1], own),
    ]
    if found.over:
        lines.insert(0, found.over)
    total = f"{found.combinations:,}"
    if not found.holds:
        lines.append(
            LocalizedText(
                f"{total} 种口径组合中没有一种使之成立，最接近的是：",
                f"None of {total} combinations of readings makes it true; the nearest:",
            )
        )
    else:
        least = int(found.frame["changes"].iloc[0])
        lines.append(
            LocalizedText(
                f"{total} 种口径组合中有 {found.holding:,} 种使之成立，最少改动 {least} 项：",
                f"{found.holding:,} of {total} combinations of readings make it true,"
                f" the least with {least} changed:",
            )
        )
    telling = found.frame[~found.frame["idle"]]
    shown_rows = telling.head(most)
    chosen = entry.parts[found.part - 1].read_as
    for place, (_, row) in enumerate(shown_rows.iterrows(), start=1):
        zh = row["changed_zh"] or ("所选口径" if chosen else "默认口径")
        en = row["changed_en"] or ("as chosen" if chosen else "by default")
        lines.append(
            LocalizedText(
                f"  {place}. {zh}：{_exact(row).zh}", f"  {place}. {en}: {_exact(row).en}"
            )
        )
    left = len(telling) - len(shown_rows)
    if found.holds and left and most:
        lines.append(
            LocalizedText(
                f"  …另有 {left:,} 种（不计改了也不变的）",
                f"  ... and {left:,} more, apart from changes that change nothing",
            )
        )
    if found.undecided:
        lines.append(
            LocalizedText(
                f"全部组合中有 {found.undecided:,} 种因部分数据未知而无法判定。",
                f"{found.undecided:,} of all combinations are not decided: some figures are not"
                " known.",
            )
        )
    if found.meant == "at_least" and found.holds and most:
        lines.append(
            LocalizedText(
                f"全部组合中有 {found.rounding:,} 种四舍五入正好等于{after_chinese(figure.zh)}。",
                f"{found.rounding:,} of all combinations round to {figure.en}.",
            )
        )
    return lines


def _exact(row: pd.Series) -> LocalizedText:
    """Return a value with what stands behind n/m, or in its unit."""
    text = str(row["text"])
    text = f"{text} = {percent(float(row['value']))}" if "/" in text else text
    return _said(text, row["unit"])


def _said(text: str, unit: str) -> LocalizedText:
    """Return a value in its unit; a share stands for itself."""
    return LocalizedText(text, text) if unit == "share" else amount_words(text, unit)
