"""What a city and a result are, told in plain lines for a terminal, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from livingcircle.city import City
from livingcircle.network.anchor import anchor
from livingcircle.sources.categories import categories
from livingcircle.sources.notes import cut
from livingcircle.standards.result import Result
from livingcircle.words import Words, percent

__all__ = ["account", "summary"]

# A finding may touch thousands of rows; more lines than this a check, nobody reads.
_LINES_A_CHECK = 3
_COLUMN = 26


def account(city: City, lang: str = "en") -> str:
    """Return what was read, how it was understood, and what looks wrong."""
    parts = [
        [_title(city, lang)],
        _read(city, lang),
        _network(city, lang),
        _anchored(city, lang),
        _facilities(city, lang),
        _understood(city, lang),
        _wrong(city, lang),
    ]
    return "\n".join("\n".join(part) for part in parts if part)


def summary(result: Result, folder: Path, lang: str = "en") -> str:
    """Return the findings of a run in a few lines, and where they were written."""
    card = result.scorecard
    words = {
        "met": Words("达标", "met"),
        "short": Words("不足", "short"),
        "unknown": Words("缺数据", "unknown"),
        "report": Words("仅报告", "report only"),
    }
    lines = [_title(result.city, lang)]
    for pack in result.packs:
        own = card[card["pack"] == pack.id]["status"].value_counts()
        counts = ", ".join(f"{own[s]} {w.pick(lang)}" for s, w in words.items() if s in own)
        lines.append(f"  {pack.id:<{_COLUMN}}{counts}")
    short = card[(card["status"] == "short") & card["people_left_out"].gt(0)]
    short = short.sort_values("people_left_out", ascending=False, kind="stable").head(5)
    if len(short):
        lines.append(Words("未达标、影响人口最多的要求：", "Short, by people left out:").pick(lang))
        text = short[f"statement_{lang}"].map(lambda statement: cut(statement, 70))
        people = short["people_left_out"].map(lambda number: f"{number:,.0f}")
        lines += [
            f"  {i:<8}{n:>10}  {t}" for i, n, t in zip(short["id"], people, text, strict=True)
        ]
    issues = int((result.city.issues["severity"] != "info").sum())
    told = Words(
        f"数据说明 {len(result.city.notes)} 条，质量问题 {issues} 条（详见 report.html）。",
        f"{len(result.city.notes)} notes on how the data were understood and {issues} quality"
        " findings (see report.html).",
    )
    place = Words(f"结果在 {folder}，先看 map.html。", f"Written to {folder}; open map.html first.")
    return "\n".join([*lines, told.pick(lang), place.pick(lang)])


def _title(city: City, lang: str) -> str:
    name = city.name if lang == "zh" or not city.name_en else city.name_en
    mark = Words("（合成数据，不是真实城市）", " (synthetic data, no real city)").pick(lang)
    return name + mark * bool(city.synthetic and "ynthetic" not in name and "合成" not in name)


def _head(zh: str, en: str, lang: str) -> str:
    return f"\n{Words(zh, en).pick(lang)}"


def _read(city: City, lang: str) -> list[str]:
    rows = {
        Words("设施", "facilities"): len(city.facilities),
        Words("需求点", "demand points"): len(city.demand),
        Words("城中村", "urban villages"): len(city.urban_villages),
    }
    lines = [_head("读入的行数", "Rows read", lang)]
    lines += [f"  {w.pick(lang):<{_COLUMN}}{n:>10,}" for w, n in rows.items()]
    lines += [f"  {level:<{_COLUMN}}{len(t):>10,}" for level, t in city.units.items()]
    people = city.demand[["residents", "households"]].sum(min_count=1)
    for column, word in (
        ("residents", Words("居民", "residents")),
        ("households", Words("住户", "households")),
    ):
        value = people[column]
        said = Words("未给出", "not given").pick(lang) if pd.isna(value) else f"{value:,.0f}"
        lines.append(f"  {word.pick(lang):<{_COLUMN}}{said:>10}")
    return lines


def _network(city: City, lang: str) -> list[str]:
    network = city.network
    size = np.bincount(network.piece) if network.node_count else np.zeros(1)
    rows = {
        Words("路口与尽端", "junctions and dead ends"): f"{network.node_count:,}",
        Words("路段", "edges"): f"{network.edge_count:,}",
        Words("总长（公里）", "length, km"): f"{network.edge_length_m.sum() / 1000:,.1f}",
        Words("互不相连的片区", "pieces not joined"): f"{len(size):,}",
        Words("最大片区占路口", "junctions in the largest"): percent(size[0] / max(size.sum(), 1)),
    }
    lines = [_head("步行网络", "Walking network", lang)]
    lines += [f"  {w.pick(lang):<{_COLUMN}}{n:>10}" for w, n in rows.items()]
    left_out = network.notes.get("ways_left_out")
    if isinstance(left_out, dict) and left_out:
        said = ", ".join(f"{tag} {n:,}" for tag, n in list(left_out.items())[:8])
        lines.append(
            "  " + Words("不可步行而略去的道路：", "ways not for walking: ").pick(lang) + said
        )
    return lines


def _anchored(city: City, lang: str) -> list[str]:
    lines = [_head("到最近道路的距离（米）", "Metres to the nearest street", lang)]
    lines.append(
        f"  {'':<{_COLUMN}}{'50 %':>10}{'95 %':>10}{'max':>10}{f'> {city.max_access_m:g}':>10}"
    )
    for word, table in (
        (Words("设施", "facilities"), city.facilities.access_points()),
        (Words("需求点", "demand points"), city.demand),
    ):
        points = table.geometry
        leg = anchor(city.network, points.x.to_numpy(), points.y.to_numpy()).access_m
        leg = leg[np.isfinite(leg)]
        if len(leg) == 0:
            continue
        shown = [f"{v:>10,.1f}" for v in (*np.quantile(leg, [0.5, 0.95]), leg.max())]
        far = int((leg > city.max_access_m).sum())
        lines.append(f"  {word.pick(lang):<{_COLUMN}}{''.join(shown)}{far:>10,}")
    return lines


def _facilities(city: City, lang: str) -> list[str]:
    lines = [_head("设施类别", "Facility categories", lang)]
    vocabulary = categories()
    names = {
        key: vocabulary[key].zh if lang == "zh" else vocabulary[key].en
        for key in city.facilities.categories
    }
    lines += [
        f"  {names[key]:<{_COLUMN + 14}}{n:>8,}" for key, n in city.facilities.categories.items()
    ]
    status = city.facilities.table["status"].value_counts()
    unusable = status[status.index != "ok"]
    lines += [f"  ! {name:<{_COLUMN + 12}}{n:>8,}" for name, n in unusable.items()]
    unmapped = city.facilities.unmapped
    if len(unmapped):
        lines.append(
            "  " + Words("未识别的类别文字：", "category texts not understood:").pick(lang)
        )
        lines += list(_unmapped(unmapped, lang))
    return lines


def _unmapped(unmapped: pd.DataFrame, lang: str) -> Iterator[str]:
    for value, count, near in zip(
        unmapped["value"], unmapped["count"], unmapped["near"], strict=True
    ):
        like = ", ".join(near) or "-"
        hint = Words(f"近似：{like}", f"near: {like}").pick(lang)
        yield f"    {cut(value, 40)} × {count}  {hint}"


def _understood(city: City, lang: str) -> list[str]:
    if not city.notes:
        return []
    lines = [_head("如何理解这些数据", "How the data were understood", lang)]
    for note in city.notes:
        overrule = f" [{note.overrule}]" if note.overrule else ""
        file, about, text = (w.pick(lang) for w in (note.where, note.about, note.text))
        lines.append(f"  {Path(file).name}, {about}: {text}{overrule}")
    return lines


def _wrong(city: City, lang: str) -> list[str]:
    lines = [_head("看起来有问题之处", "What looks wrong", lang)]
    if city.issues.empty:
        return [*lines, "  " + Words("没有发现", "nothing was found").pick(lang)]
    for check, group in city.issues.groupby("check", sort=False):
        lines.append(f"  {check} ({group['severity'].iloc[0]}) × {len(group)}")
        shown = group[f"text_{lang}"].head(_LINES_A_CHECK)
        lines += [f"    {text}" for text in shown]
        if len(group) > _LINES_A_CHECK:
            lines.append(f"    ... +{len(group) - _LINES_A_CHECK}")
    return lines
