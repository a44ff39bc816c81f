"""A city and a result as plain lines for a terminal, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from rich.cells import cell_len

from livingcircle.city import quality_findings as checks
from livingcircle.city.model import City
from livingcircle.gaps.draws.uncertainty import Uncertainty
from livingcircle.io.notes import Note, shorten
from livingcircle.localized import LocalizedText, percent
from livingcircle.network.snap import anchor, level_of
from livingcircle.publish.gap_lists import gap_lists
from livingcircle.publish.text.network_summary import (
    compromise_lines,
    network_lines,
    rolling_lines,
)
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.axes import Choice, option_names
from livingcircle.standards.judge import VERDICTS
from livingcircle.standards.result import Result
from livingcircle.vocab.calendar import Calendar
from livingcircle.vocab.categories import categories, category_name
from livingcircle.vocab.groups import group_name
from livingcircle.vocab.levels import level_name
from livingcircle.vocab.opening import open_week
from livingcircle.vocab.texts import text_of

__all__ = ["city_summary", "run_summary"]

# A finding may concern thousands of rows; a check lists at most this many lines.
_LINES_A_CHECK = 3
_MATCHES = 20
"""So many lines of what was taken for what stand in the summary of a run."""
_COLUMN = 26
_WIDE = 50


def city_summary(city: City, lang: str = "en") -> str:
    """Return what was read, how it was understood, and what looks wrong."""
    parts = [
        [_title(city, lang), *_first_of_all(city, lang)],
        _chosen(city, lang),
        _read(city, lang),
        _network(city, lang),
        _anchored(city, lang),
        _facilities(city, lang),
        _understood(city, lang),
        _wrong(city, lang),
    ]
    return "\n".join("\n".join(part) for part in parts if part)


def run_summary(
    result: Result,
    folder: Path,
    lang: str = "en",
    plans: Sequence[SitePlan] = (),
    uncertainty: Uncertainty | None = None,
) -> str:
    """Return the findings of a run in a few lines, and where they were written."""
    card = result.scorecard
    lines = [_title(result.city, lang), *_first_of_all(result.city, lang)]
    lines += _chosen(result.city, lang)
    for pack in result.packs:
        lines.append(f"  {_padded(pack.id)}{_counted(card[card['pack'] == pack.id], lang)}")
        if over := pack.document.over(result.as_of):
            lines.append(f"  ! {over.pick(lang)}")
    short = card[(card["status"] == "short") & card["people_left_out"].gt(0)]
    short = short[short["force"] != "may"]
    short = short.sort_values("people_left_out", ascending=False, kind="stable").head(5)
    if len(short):
        lines.append(
            LocalizedText("未达标、影响人口最多的要求：", "Not met, by people left out:").pick(lang)
        )
        text = short[f"statement_{lang}"].map(lambda statement: shorten(statement, 70))
        people = short["people_left_out"].map(lambda number: f"{number:,.0f}")
        wide = max(8, *(len(i) + 1 for i in short["id"]))
        # People of a group are called by its name; the others are residents.
        groups = short["group"].map(lambda g: "" if g == "residents" else group_name(g).pick(lang))
        brackets = "（{}）" if lang == "zh" else " ({})"
        text = text + groups.map(lambda name: brackets.format(name) if name else "")
        lines += [
            f"  {i:<{wide}}{n:>10}  {t}" for i, n, t in zip(short["id"], people, text, strict=True)
        ]
    colon = LocalizedText("：", ": ").pick(lang)
    for plan in plans:
        note = LocalizedText(plan.note_zh, plan.note_en).pick(lang)
        lines.append(
            LocalizedText("选址建议", "Proposed").pick(lang) + f" {plan.standard}{colon}{note}"
        )
    if uncertainty is not None:
        lines.append(uncertainty.sentence.pick(lang))
    lines += _matches(result.city, lang)
    issues = int((result.city.issues["severity"] != "info").sum())
    summed = LocalizedText(
        f"数据理解说明 {len(result.city.notes)} 条，质量问题 {issues} 条（详见 report.html）。",
        f"{len(result.city.notes)} notes on how the data were understood and {issues} quality"
        " findings (see report.html).",
    )
    place = LocalizedText(
        f"结果在 {folder}，先看 map.html。", f"Written to {folder}; open map.html first."
    )
    cut = gap_lists(result).note
    told = [cut.pick(lang)] if cut else []
    return "\n".join([*lines, *told, summed.pick(lang), place.pick(lang)])


def _counted(card: pd.DataFrame, lang: str) -> str:
    """Return how many requirements have which status; what is only encouraged stands apart."""
    may = card["force"] == "may"
    own = card.loc[~may, "status"].value_counts()
    counts = [
        f"{own[status]} {text_of('status', status, lang)}" for status in VERDICTS if status in own
    ]
    text = _joined(counts, lang)
    if not may.any():
        return text
    apart = f"{int(may.sum())} {text_of('plan', 'may', lang)}"
    return text + ("；" if lang == "zh" else "; ") * bool(text) + apart


def _matches(city: City, lang: str) -> list[str]:
    """Return how the files were understood: a run repeats it, since every count depends on it."""
    notes = [note for note in city.notes if note.match]
    if not notes:
        return []
    head = LocalizedText(
        "认作（方括号内是要改变理解时在 city.toml 中写的设置）：",
        "What was taken for what (in brackets: what to write in city.toml to overrule it):",
    )
    colon = LocalizedText("：", ": ").pick(lang)
    lines = [head.pick(lang)]
    for note in notes[:_MATCHES]:
        name = shorten(Path(note.where.pick(lang)).name, 30)
        lines.append(
            f"  {name} {note.about.pick(lang)}{colon}{note.text.pick(lang)}{_overrule(note)}"
        )
    if len(notes) > _MATCHES:
        rest = len(notes) - _MATCHES
        more = LocalizedText(f"  另有 {rest} 条，见 check", f"  and {rest} more: see check")
        lines.append(more.pick(lang))
    return lines


def _overrule(note: Note) -> str:
    """Return in brackets what to write, whose table is in brackets as it is."""
    said = note.overrule
    return f" {said}" if said.startswith("[") else f" [{said}]" * bool(said)


# What makes every number below it doubtful stands above them all.
_FIRST = (
    "network_part",
    "lines_not_joined",
    "datum_doubtful",
    "datum_unproven",
    "too_few_at_home",
    "too_few_people",
    "residents_unknown",
    "demand_unknown",
)


def _chosen(city: City, lang: str) -> list[str]:
    """Return the readings that city.toml chooses, a line for each requirement."""
    lines = []
    for name, options in city.config.assess.readings.items():
        said = option_names(Choice(axis, option) for axis, option in options.items())
        text = LocalizedText(
            f"  {name}：口径由本市选定：{said.zh}", f"  {name}: chosen by the city: {said.en}"
        )
        lines.append(text.pick(lang))
    return lines


def _first_of_all(city: City, lang: str) -> list[str]:
    """Return the findings without which no number can be read, a line each."""
    if city.issues.empty or "check" not in city.issues:
        return []
    lines = []
    for check in _FIRST:
        rows = city.issues[city.issues["check"] == check]
        for file, text in list(zip(rows["source_file"], rows[f"text_{lang}"], strict=True))[:3]:
            lines.append(f"! {Path(str(file)).name}: {text}")
        if len(rows) > 3:
            lines.append(f"! ... +{len(rows) - 3}")
    return lines


def _title(city: City, lang: str) -> str:
    name = city.name if lang == "zh" or not city.name_en else city.name_en
    mark = LocalizedText("（合成数据，不是真实城市）", " (synthetic data, no real city)").pick(lang)
    return name + mark * bool(city.synthetic and "ynthetic" not in name and "合成" not in name)


def _head(zh: str, en: str, lang: str) -> str:
    return f"\n{LocalizedText(zh, en).pick(lang)}"


def _padded(text: str, width: int = _COLUMN) -> str:
    """Fill a text up with blanks; a Chinese character is as wide as two."""
    return text + " " * (width - cell_len(text))


def _joined(texts: Iterable[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(texts)


def _read(city: City, lang: str) -> list[str]:
    rows = {
        LocalizedText("设施", "facilities"): len(city.facilities),
        LocalizedText("居民点", "demand points"): len(city.demand),
        LocalizedText("城中村", "urban villages"): len(city.urban_villages),
    }
    lines = [_head("读入的数据", "Data read", lang)]
    rows |= {
        level_name(level): len(table) for level, table in city.units.items() if level != "city"
    }
    lines += [f"  {_padded(w.pick(lang))}{n:>10,}" for w, n in rows.items()]
    people = city.demand[["residents", "households"]].sum(min_count=1)
    for column, word in (
        ("residents", LocalizedText("居民", "residents")),
        ("households", LocalizedText("住户", "households")),
    ):
        value = people[column]
        figure_text = (
            LocalizedText("未给出", "not given").pick(lang) if pd.isna(value) else f"{value:,.0f}"
        )
        lines.append(
            f"  {_padded(word.pick(lang))}{' ' * (10 - cell_len(figure_text))}{figure_text}"
        )
    return lines


def _network(city: City, lang: str) -> list[str]:
    network = city.network
    size = np.bincount(network.piece) if network.node_count else np.zeros(1)
    rows = {
        LocalizedText("路口与尽端", "junctions and dead ends"): f"{network.node_count:,}",
        LocalizedText("路段", "edges"): f"{network.edge_count:,}",
        LocalizedText("总长（公里）", "length, km"): f"{network.edge_length_m.sum() / 1000:,.1f}",
        LocalizedText("互不相连的片区", "pieces not joined"): f"{len(size):,}",
        LocalizedText("最大片区占路口", "junctions in the largest"): percent(
            size[0] / max(size.sum(), 1)
        ),
    }
    lines = [_head("步行网络", "Walking network", lang)]
    lines += [f"  {_padded(w.pick(lang))}{n:>10}" for w, n in rows.items()]
    return [*lines, *network_lines(network, lang), *rolling_lines(network, lang)]


def _anchored(city: City, lang: str) -> list[str]:
    lines = [_head("到最近道路的距离（米）", "Metres to the nearest street", lang)]
    summed: list[str] = []
    most = LocalizedText("      最大", "       max").pick(lang)
    lines.append(
        f"  {_padded('')}{'50 %':>10} {'95 %':>10} {most} {f'> {city.max_access_m:g}':>10}"
    )
    for word, table in (
        (LocalizedText("设施", "facilities"), city.facilities.access_points()),
        (LocalizedText("居民点", "demand points"), city.demand),
    ):
        points = table.geometry
        met = anchor(city.network, points.x.to_numpy(), points.y.to_numpy(), level=level_of(table))
        summed += compromise_lines(met, word, lang)
        leg = met.access_m
        leg = leg[np.isfinite(leg)]
        if len(leg) == 0:
            continue
        shown = [f"{v:>10,.1f}" for v in (*np.quantile(leg, [0.5, 0.95]), leg.max())]
        far = int((leg > city.max_access_m).sum())
        # A blank between them: a distance that fills its column must not run into the next.
        lines.append(f"  {_padded(word.pick(lang))}{' '.join(shown)} {far:>10,}")
    return [*lines, *summed]


def _facilities(city: City, lang: str) -> list[str]:
    lines = [_head("设施类别", "Facility categories", lang)]
    names = {key: category_name(key).pick(lang) for key in city.facilities.categories}
    lines += [
        f"  {_padded(names[key], _WIDE)}{n:>8,}" for key, n in city.facilities.categories.items()
    ]
    status = city.facilities.table["status"].value_counts()
    unusable = status[status.index != "ok"]
    lines += [
        f"  ! {_padded(text_of('facility_status', name, lang), _WIDE - 2)}{n:>8,}"
        for name, n in unusable.items()
    ]
    unmapped = city.facilities.unmapped
    if len(unmapped):
        lines.append(
            "  " + LocalizedText("未识别的类别文字：", "category texts not understood:").pick(lang)
        )
        lines += list(_unmapped(unmapped, lang))
    return [*lines, *_opening(city.facilities.table, lang)]


def _opening(table: pd.DataFrame, lang: str) -> list[str]:
    """Return how many facilities state hours, and which words of them are not understood."""
    if "opening" not in table:
        return []
    said = table["opening"].dropna().astype(str).str.strip()
    # A bare number is that of the hours a day.
    counts = said[(said != "") & pd.to_numeric(said, errors="coerce").isna()].value_counts()
    if counts.empty:
        return []
    text = LocalizedText("写明开放时间", "with opening hours")
    lines = [f"  {_padded(text.pick(lang), _WIDE)}{int(counts.sum()):>8,}"]
    unread = counts[[open_week(str(one), Calendar()) is None for one in counts.index]]
    if len(unread):
        text = LocalizedText(
            "未能理解的开放时间（按时间不明计）：", "hours not understood (counted as not known):"
        )
        lines.append("  " + text.pick(lang))
        lines += [
            f"    {shorten(str(one), 40)} × {n}" for one, n in unread[:_LINES_A_CHECK].items()
        ]
        if len(unread) > _LINES_A_CHECK:
            lines.append(f"    ... +{len(unread) - _LINES_A_CHECK}")
    return lines


def _unmapped(unmapped: pd.DataFrame, lang: str) -> Iterator[str]:
    vocabulary = categories()
    for value, count, near in zip(
        unmapped["value"], unmapped["count"], unmapped["near"], strict=True
    ):
        zh = "、".join(f"{vocabulary[key].zh}（{key}）" for key in near)
        like = LocalizedText(f"近似：{zh or '无'}", f"near: {', '.join(near) or '-'}")
        yield f"    {shorten(value, 40)} × {count}  {like.pick(lang)}"


def _understood(city: City, lang: str) -> list[str]:
    if not city.notes:
        return []
    lines = [_head("如何理解这些数据", "How the data were understood", lang)]
    hint = LocalizedText(
        "  （方括号内是要改变理解时在 city.toml 中写的设置）",
        "  (in brackets: what to write in city.toml where it is to be understood otherwise)",
    )
    lines.append(hint.pick(lang))
    of_file: dict[str, list[Note]] = {}
    for note in city.notes:
        of_file.setdefault(Path(note.where.pick(lang)).name, []).append(note)
    colon = LocalizedText("：", ": ").pick(lang)
    for file, notes in of_file.items():
        lines.append(f"  {file}")
        for note in notes:
            said = f"{note.about.pick(lang)}{colon}{note.text.pick(lang)}"
            lines.append(f"    {said}{_overrule(note)}")
    return lines


def _wrong(city: City, lang: str) -> list[str]:
    lines = [_head("看起来有问题之处", "What looks wrong", lang)]
    if city.issues.empty:
        return [*lines, "  " + LocalizedText("没有发现", "nothing was found").pick(lang)]
    for check, group in city.issues.groupby("check", sort=False):
        severity = str(group["severity"].iloc[0])
        title = checks.check_title(str(check))
        head = LocalizedText(
            f"{title.zh}（{text_of('severity', severity, 'zh')}）× {len(group)}",
            f"{title.en} ({text_of('severity', severity, 'en')}) × {len(group)}",
        )
        lines.append(f"  {head.pick(lang)}")
        told = checks.folded_issues(pd.DataFrame(group))
        for text, times in list(zip(told[f"text_{lang}"], told["times"], strict=True))[
            :_LINES_A_CHECK
        ]:
            lines.append(f"    {text}" + f" × {times}" * (times > 1))
        if len(told) > _LINES_A_CHECK:
            lines.append(f"    ... +{len(told) - _LINES_A_CHECK}")
    return lines
