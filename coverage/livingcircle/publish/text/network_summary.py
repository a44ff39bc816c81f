"""What the notes of a network hold: what is shut, what was joined, and how to overrule it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from livingcircle.localized import LocalizedText, percent
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.rolling import rolling_share
from livingcircle.network.snap import ONLY_ACROSS, ONLY_OFF_LEVEL, Anchors
from livingcircle.vocab.calendar import Calendar
from livingcircle.vocab.opening import open_week

__all__ = ["compromise_lines", "network_lines", "rolling_lines"]

_MOST = 8
# Notes of the readers: (zh, en, what to write in city.toml where it is to be otherwise).
_NOTES = {
    "ways_left_out": ("不可步行而略去的道路", "ways not for walking", '[network] open = ["way/…"]'),
    "places_shut": (
        "不能穿行之处（门、墙）",
        "places shut to those who pass",
        '[network] open = ["node/…", "way/…"]',
    ),
    "walls_by_kind": (
        "步行不能越过的屏障",
        "barriers that no one walks across",
        '[network] open = ["way/…", "barrier=hedge"]',
    ),
    "barriers_passed_on_foot": (
        "不挡步行的屏障（护栏、路缘等）",
        "barriers in no walker's way (guard rails, kerbs, ...)",
        "",
    ),
    "ways_private": (
        "只供住户出入、不穿行的道路",
        "private streets, for those who live or go there",
        '[network] private = "open" | "closed"',
    ),
    "segments_inside_shut_places": (
        "只经关闭之处才能到达、按内部道路处理的路段",
        "segments behind shut places, taken as private",
        '[network] open = ["node/…"]',
    ),
    "opened_not_found": (
        "open 中列出而路网中没有的对象",
        "objects stated as open that the network does not hold",
        "[network] open",
    ),
    "tags_ignored": ("未采用的标签", "tags not taken into account", ""),
    "nodes_at_one_place": ("同一位置而合并的节点", "nodes at one place, joined", ""),
    "squares_outline_only": ("只沿边缘步行的广场", "squares walked along their outline only", ""),
    "nodes_missing_from_file": ("文件中缺少的节点", "nodes missing from the file", ""),
    "rows_twice": ("重复而略去的线", "lines given twice, one kept", ""),
    "edges_partly_stairs": ("部分为台阶的路段", "edges that are stairs in part", ""),
    "joined_at_shared_vertices": (
        "在共用顶点处连通",
        "joined at vertices that lines share",
        "[network] node = false",
    ),
    "joined_at_crossings": ("在交叉处连通", "joined where lines cross", "[network] node = false"),
    "ends_snapped": ("移到一起的端点", "ends moved together", "[network] snap_m = 0"),
    "ends_in_the_middle_of_lines": (
        "同层的线共用而未连通的顶点",
        "vertices that lines of one level share, not joined",
        "[network] node = true",
    ),
    "lines_that_cross": (
        "同层相交而未连通的线",
        "pairs of lines of one level that cross and are not joined",
        "[network] node = true",
    ),
    "ends_that_miss_by_centimetres": (
        "相差几厘米而未接上的端点",
        "ends that miss another line by centimetres",
        "[network] snap_m = 0.1",
    ),
}
_WAIVED = {
    ONLY_OFF_LEVEL: (
        "附近只有高架、隧道或机动车专用路",
        "only a viaduct, tunnel or motorroad is near",
        "",
    ),
    ONLY_ACROSS: (
        "须越过围墙才能接到道路",
        "every way to a street leads across a wall",
        '[network] open = ["way/…"]',
    ),
}
_ROLLING = {
    "kerb": LocalizedText("路缘高度", "height of a kerb"),
    "width": LocalizedText("宽度", "width"),
    "incline": LocalizedText("坡度（incline）", "slope (incline)"),
    "ramp": LocalizedText("台阶旁坡道", "ramp beside stairs"),
    "wheelchair": LocalizedText("轮椅、婴儿车可否通行", "wheelchair or stroller: yes, limited, no"),
}
_ROLLING_NODES = {
    "barriers": LocalizedText(
        "路上使部分人不能通过的门或路障", "gates and barriers on ways that keep some out"
    ),
    "junction_barriers": LocalizedText(
        "路口上的这类门或路障（不知拦哪条路，按可通行计）",
        "such gates and barriers at junctions (which street they bar is unknown: passable)",
    ),
}
_TAGS = {
    "wall": LocalizedText("围墙", "wall"),
    "fence": LocalizedText("围栏（fence）", "fence"),
    "hedge": LocalizedText("绿篱（hedge）", "hedge"),
    "city_wall": LocalizedText("城墙（city_wall）", "city_wall"),
    "retaining_wall": LocalizedText("挡土墙（retaining_wall）", "retaining_wall"),
    "ditch": LocalizedText("沟渠（ditch）", "ditch"),
    "guard_rail": LocalizedText("护栏（guard_rail）", "guard_rail"),
    "handrail": LocalizedText("扶手（handrail）", "handrail"),
    "kerb": LocalizedText("路缘（kerb）", "kerb"),
}
"""Barriers by their OpenStreetMap tag, which ``[network] open`` takes."""


def network_lines(network: WalkNetwork, lang: str) -> list[str]:
    """Return a line for each note that counts something, with the setting that overrules it."""
    lines = []
    for name, (zh, en, overrule) in _NOTES.items():
        shown = _shown(network.notes.get(name), lang)
        if shown:
            lines.append(_line(LocalizedText(zh, en), shown, overrule, lang))
    return [*lines, *_timed_lines(network, lang)]


def _timed_lines(network: WalkNetwork, lang: str) -> list[str]:
    """Return how many gates and ways are open at times, and how many of their hours are unknown."""
    ways = network.hours[network.tags.hours[network.tags.hours > 0] - 1]
    lines = []
    for words, said in (
        (LocalizedText("有开放时间的门", "gates with opening hours"), network.timed.why),
        (LocalizedText("有开放时间的路段", "edges with opening hours"), ways),
    ):
        if not len(said):
            continue
        unknown = sum(open_week(str(one), Calendar()) is None for one in said)
        shown = f"{len(said):,}"
        if unknown:
            more = LocalizedText(
                f"，其中 {unknown:,} 处的时间未能理解", f", of which {unknown:,} are not understood"
            )
            shown += more.pick(lang)
        lines.append(_line(words, shown, "", lang))
    return lines


def rolling_lines(network: WalkNetwork, lang: str) -> list[str]:
    """Return what verdicts for wheelchairs and prams rest on: the ways that tell something."""
    head = LocalizedText(
        "  轮椅、婴儿车的结论所依据的标签：",
        "  tags that verdicts for wheelchairs and prams rest on:",
    )
    told = network.notes.get("rolling")
    counts = told if isinstance(told, Mapping) else {}
    lines = [head.pick(lang)]
    for name, words in _ROLLING.items():
        ways, metres = counts.get(f"{name}_ways", 0), counts.get(f"{name}_m", 0)
        text = LocalizedText(f"{ways:,} 条，{metres:,} 米", f"{ways:,} ways, {metres:,} m")
        if name == "kerb" and counts.get("kerb_nodes"):
            nodes = counts["kerb_nodes"]
            text = LocalizedText(f"{text.zh}；{nodes:,} 个节点", f"{text.en}; {nodes:,} nodes")
        lines.append(f"  {_line(words, text.pick(lang), '', lang)}")
    for name, words in _ROLLING_NODES.items():
        if counts.get(name):
            lines.append(f"  {_line(words, f'{counts[name]:,}', '', lang)}")
    unknown = percent(1.0 - rolling_share(network))
    rest = LocalizedText(
        f"    路网长度的 {unknown} 没有任何这类标签：属未知，并非已证实可通行",
        f"    on {unknown} of the metres there is no such tag: unknown, and not known to be"
        " passable",
    )
    return [*lines, rest.pick(lang)]


def compromise_lines(met: Anchors, what: LocalizedText, lang: str) -> list[str]:
    """Return how many doors open off level or across a wall, for want of another."""
    if met.compromise is None:
        return []
    lines = []
    for value, (zh, en, overrule) in _WAIVED.items():
        count = int(np.sum(met.compromise == value))
        if count:
            words = LocalizedText(f"{what.zh}：{zh}", f"{what.en}: {en}")
            lines.append(_line(words, f"{count:,}", overrule, lang))
    return lines


def _shown(value: object, lang: str) -> str:
    if isinstance(value, Mapping):
        kinds = list(value.items())
        parts = [
            f"{_TAGS[k].pick(lang) if k in _TAGS else k}{'' if n is None else f' {n:,}'}"
            for k, n in kinds[:_MOST]
        ]
        parts = [one.replace("） ", "）") for one in parts]
        parts += [f"... +{len(kinds) - _MOST}"] * (len(kinds) > _MOST)
        return ("、" if lang == "zh" else ", ").join(parts)
    if isinstance(value, list):
        return _shown(dict.fromkeys(value), lang)
    return f"{value:,}" if isinstance(value, int | np.integer) and value else ""


def _line(words: LocalizedText, shown: str, overrule: str, lang: str) -> str:
    colon = LocalizedText("：", ": ").pick(lang)
    return f"  {words.pick(lang)}{colon}{shown}" + (f"  → {overrule}" if overrule else "")
