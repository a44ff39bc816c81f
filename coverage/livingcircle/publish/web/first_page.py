"""The first page of the report: five sentences that sum it up, and what to do first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from livingcircle.localized import (
    LocalizedText,
    after_chinese,
    beside_target,
    mean_beside_target,
    number,
    percent,
)
from livingcircle.publish.frames import gaps_frame, opening_finding, place_words
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.axes import option_names
from livingcircle.standards.finding import Finding
from livingcircle.standards.missing import missing_words
from livingcircle.standards.result import Result
from livingcircle.vocab.amounts import amount_words
from livingcircle.vocab.categories import CategoryId
from livingcircle.vocab.groups import counted_name
from livingcircle.vocab.texts import localized_name

__all__ = ["FirstPage", "first_page"]

_NEXT = 3
"""The most things to do first that are listed."""


@dataclass(frozen=True)
class FirstPage:
    """What stands on the first page."""

    headline: Finding
    sentences: tuple[LocalizedText, ...]
    """Five: all requirements, the main one, where gaps are, the largest gap, and what is
    unknown."""
    to_do: tuple[LocalizedText, ...]


def first_page(result: Result, plans: Sequence[SitePlan] = ()) -> FirstPage | None:
    """Return the first page; None where nothing was assessed."""
    if not result.findings:
        return None
    main = result.findings[opening_finding(result.findings)]
    gaps = gaps_frame(result, [main.id])
    sentences = (
        _counts(result),
        _main(main),
        _where(main, gaps),
        _heaviest(result),
        _lacking_data(result),
    )
    return FirstPage(main, sentences, tuple(_to_do(result, main, gaps, plans))[:_NEXT])


def _counts(result: Result) -> LocalizedText:
    asked = [f for f in result.findings if f.requirement.force != "may"]
    may = [f for f in result.findings if f.requirement.force == "may"]
    count = Counter(f.status for f in asked)
    plans = len(result.packs)
    zh = (
        f"对照 {plans} 部规划和标准，须落实和力争的要求共 {len(asked)} 项："
        f"达标 {count['met']} 项，未达标 {count['short']} 项，"
        f"数据不足 {count['unknown']} 项，仅报告 {count['report']} 项"
    )
    en = (
        f"Of the {len(asked)} requirements of {plans} plans and standards that have to be met or"
        f" striven for, {count['met']} are met, {count['short']} are not met,"
        f" {count['unknown']} cannot be judged for lack of data and {count['report']} are only"
        " reported"
    )
    if may:
        reached = sum(f.status == "met" for f in may)
        zh += f"；另有鼓励类 {len(may)} 项，其中达标 {reached} 项"
        stand = f"{reached} {'is' if reached == 1 else 'are'}" if reached else "none is"
        en += f"; of the {len(may)} that are only encouraged {stand} reached everywhere"
    return LocalizedText(zh + "。", en + ".")


def _main(one: Finding) -> LocalizedText:
    entry, words = one.requirement, localized_name("status", one.shown_status)
    if one.value is None:
        missing = missing_words(one.missing)
        return LocalizedText(
            f"{entry.statement_zh}：数据不足（{missing.zh}）。",
            f"{_lead(entry.statement_en)}: unknown ({missing.en}).",
        )
    share = one.unit == "share"
    value = beside_target(one.value, one.target, share=share)
    if one.unit == "per_unit":
        value = mean_beside_target(one.value, one.target)
    now = LocalizedText(value, value) if share else amount_words(value, one.unit)
    zh = f"{entry.statement_zh}：现状{after_chinese(now.zh)}"
    en = f"{_lead(entry.statement_en)}: {now.en}"
    if one.target is not None:
        goal = percent(one.target) if share else number(one.target)
        zh, en = f"{zh}，目标 {goal}，{words.zh}", f"{en} (target {goal}), {words.en}"
    mine = option_names(c for part in entry.parts for c in part.read_as if c.by_city)
    if mine:
        zh, en = f"{zh}（口径由本市选定：{mine.zh}）", f"{en} (as the city reads it: {mine.en})"
    left = one.people_left_out
    if left > 0:
        who = _who(one)
        zh, en = (
            f"{zh}，尚有 {left:,.0f} {who.zh}未覆盖",
            f"{en}; {left:,.0f} {who.en} are left out",
        )
    return LocalizedText(f"{zh}。", f"{en}.")


def _who(one: Finding) -> LocalizedText:
    groups = {str(getattr(part, "group", "residents")) for part in one.requirement.parts}
    return counted_name(groups.pop() if len(groups) == 1 else "residents")


def _lead(text: str) -> str:
    return text.rstrip(".")


def _where(one: Finding, gaps: pd.DataFrame) -> LocalizedText:
    known = gaps[gaps["people"].gt(0)] if len(gaps) else gaps
    if not len(known):
        return LocalizedText("未发现未覆盖的片区。", "No place is left out.")
    top = known.sort_values("people", ascending=False, kind="stable").iloc[0]
    who = _who(one)
    name = place_words(top["unit_name"], top["gap_id"])
    zh = f"未覆盖人口最集中的是{name.zh}（{top['people']:,.0f} {who.zh}）"
    en = f"The place with most of them is {name.en} ({top['people']:,.0f} {who.en})"
    if isinstance(top["reason"], str):
        why = localized_name("reason", top["reason"])
        zh, en = f"{zh}，原因：{why.zh}", f"{en}: {why.en}"
    return LocalizedText(f"{zh}。", f"{en}.")


def _short_musts(result: Result) -> list[Finding]:
    """Return what must be and is not met, most people left out first."""
    found = [f for f in result.findings if f.status == "short" and f.requirement.force == "must"]
    return sorted(found, key=lambda f: -(f.people_left_out if f.people_left_out > 0 else 0.0))


def _heaviest(result: Result) -> LocalizedText:
    short = _short_musts(result)
    if not short:
        return LocalizedText("必达要求没有未达标的。", "No must requirement is unmet.")
    one = short[0]
    zh = f"未达标的必达要求中影响人口最多的是“{one.requirement.statement_zh}”（{one.id}）"
    own = f"{one.id} ({_lead(one.requirement.statement_en)})"
    en = f"Of what must be met and is not, {own} affects most people"
    if one.people_left_out > 0:
        who = _who(one)
        zh += f"，涉及 {one.people_left_out:,.0f} {who.zh}"
        en += f": {one.people_left_out:,.0f} {who.en}"
    return LocalizedText(f"{zh}。", f"{en}.")


def _lacking_data(result: Result) -> LocalizedText:
    lacking = _lacking(result)
    unknown = sum(f.status == "unknown" for f in result.findings)
    if not unknown or not lacking:
        return LocalizedText(
            "数据齐全，每项要求都能判断。", "All data were given: nothing is unknown."
        )
    words, wait = _plainly(lacking[0]), _waiting(result, lacking[0])
    return LocalizedText(
        f"{unknown} 项因缺少数据不能判断，首先是：{words.zh}（{wait.zh}）。",
        f"{unknown} cannot be judged for lack of data; what is missing first of all: {words.en}"
        f" ({wait.en}).",
    )


def _waiting(result: Result, code: str) -> LocalizedText:
    """Return which requirements wait for something that is missing, by name."""
    names = [f.id for f in result.findings if f.status == "unknown" and code in f.missing]
    first = next(f for f in result.findings if f.id == names[0]).requirement
    zh = f"“{first.statement_zh}”"
    more = len(names) - 1
    return LocalizedText(
        f"{zh}等 {len(names)} 项须用" if more else f"{zh}须用",
        f"for {first.id}, {_lead(first.statement_en)}" + (f", and {more} more" if more else ""),
    )


def _lacking(result: Result) -> list[str]:
    """Return what is missing, what most requirements wait for first."""
    codes = [code for f in result.findings if f.status == "unknown" for code in f.missing]
    count = Counter(codes)
    return sorted(dict.fromkeys(codes), key=lambda code: (-count[code], codes.index(code)))


def _plainly(code: str) -> LocalizedText:
    """Return what is missing for somebody who does not know the files."""
    if code.startswith("parameter:") and isinstance(code, CategoryId):
        return LocalizedText(f"由城市确定{code.zh}", f"the city has to set {code.en}")
    return missing_words([code])


def _to_do(
    result: Result, main: Finding, gaps: pd.DataFrame, plans: Sequence[SitePlan]
) -> list[LocalizedText]:
    found: list[LocalizedText] = []
    if len(gaps) and "link_zh" in gaps:
        helped = gaps[gaps["link_zh"].notna()].sort_values("people", ascending=False, kind="stable")
        if len(helped):
            row = helped.iloc[0]
            at = place_words(row["unit_name"], row["gap_id"])
            found.append(
                LocalizedText(f"{at.zh}：{row['link_zh']}。", f"{at.en}: {row['link_en']}.")
            )
    of_main = [plan for plan in plans if plan.standard == main.id]
    found += [
        LocalizedText(
            f"按选址建议新设 {len(plan.sites)} 处站点（{plan.standard}"
            f" {result.finding(plan.standard).requirement.statement_zh}），位置见第三部分。",
            f"Build the {len(plan.sites)} proposed sites of {plan.standard}"
            f" ({_lead(result.finding(plan.standard).requirement.statement_en)}); see part 3.",
        )
        for plan in (of_main or list(plans))[:1]
        if len(plan.sites)
    ]
    lacking = _lacking(result)
    if lacking:
        words, wait = _plainly(lacking[0]), _waiting(result, lacking[0])
        found.append(
            LocalizedText(
                f"补齐数据：{words.zh}（{wait.zh}）。",
                f"Complete the data: {words.en} ({wait.en}).",
            )
        )
    short = [f for f in _short_musts(result) if f is not main]
    if short:
        one = short[0].requirement
        found.append(
            LocalizedText(
                f"逐一安排“{one.statement_zh}”（{one.id}）的缺口，名单见第三部分和 gaps.csv。",
                f"Plan for the gaps of {one.id} one by one (listed in part 3 and gaps.csv).",
            )
        )
    kept = LocalizedText("保持现状，按年度更新数据。", "Keep what is reached; renew the data.")
    return found or [kept]
