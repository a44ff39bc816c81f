"""Hills, stairs and crossings as tables to look at: what makes a walk slow."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from livingcircle._arrays import FloatArray
from livingcircle.localized import LocalizedText, percent
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.geodesy import WGS84
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.terrain import profile_of
from livingcircle.network.waiting import slowed_by
from livingcircle.standards.result import Result

__all__ = [
    "HILL_SLOPE",
    "TOO_STEEP",
    "MovedCircle",
    "ground_text",
    "moved_circles",
    "moved_circles_text",
    "slopes_frame",
    "steepness",
    "waits_frame",
]

HILL_SLOPE = 0.04
"""Least slope of a street that counts as a hill: half of the steepest wheelchair ramp."""

TOO_STEEP = 1 / 12
"""The steepest ramp for wheelchairs: ADA Standards 405.2, the usual one of GB 50763-2012."""


def steepness(network: WalkNetwork) -> FloatArray:
    """Return (edges,) metres climbed and descended for each metre; NaN without terrain."""
    if network.terrain is None:
        return np.full(network.edge_count, np.nan)
    profile = network.derive(profile_of)
    rise = np.abs(np.diff(profile.height_m, append=0.0))
    rise[profile.start[1:] - 1] = 0.0
    total = np.add.reduceat(rise, profile.start[:-1])
    slope = total / np.maximum(network.edge_length_m, 1e-9)
    return np.asarray(np.where(profile.known, slope, np.nan))


def slopes_frame(network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return the streets that rise or fall 4 % or more on the mean, the steepest last.

    Columns: edge, length_m, slope (rise over run, without a sign), pace_ahead and pace_back: the
    seconds along the line and back, beside those of level ground.
    """
    slope = steepness(network)
    rows = np.flatnonzero(np.nan_to_num(slope) >= HILL_SLOPE)
    rows = rows[np.argsort(slope[rows], kind="stable")]
    table = {
        "edge": rows,
        "length_m": network.edge_length_m[rows].round(1),
        "slope": slope[rows].round(4),
    }
    if network.terrain is not None:
        profile = network.derive(profile_of)
        last, length = profile.start[1:] - 1, np.maximum(network.edge_length_m, 1e-9)
        table["pace_ahead"] = (profile.ahead_m[last] / length)[rows].round(3)
        table["pace_back"] = (profile.back_m[last] / length)[rows].round(3)
    return gpd.GeoDataFrame(table, geometry=edge_lines(network)[rows], crs=WGS84)


def waits_frame(network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return stairs, crossings, escalators and lifts, and the seconds that each costs.

    Columns: edge, length_m, what (``stairs``, ``crossing``, ``signals``, ``escalator``, ``lift``),
    waiting_s (of waiting and riding; of stairs what the steps cost is no waiting). Empty where none
    of it costs time.
    """
    tags = network.tags
    kinds = {
        "lift": tags.lift,
        "escalator": tags.escalator & tags.stairs,
        "stairs": tags.stairs,
        "signals": tags.crossing & tags.signals,
        "crossing": tags.crossing,
    }
    what = np.select(list(kinds.values()), list(kinds), default="")
    rows = np.flatnonzero((what != "") if network.delays is not None else np.zeros(len(what), bool))
    table = {
        "edge": rows,
        "length_m": network.edge_length_m[rows].round(1),
        "what": what[rows].astype(object),
    }
    if network.delays is not None:
        profile = network.derive(profile_of)
        table["waiting_s"] = profile.wait_s[profile.start[1:] - 1][rows].round(1)
    return gpd.GeoDataFrame(table, geometry=edge_lines(network)[rows], crs=WGS84)


@dataclass(frozen=True)
class MovedCircle:
    """The share of a circle in minutes on level ground, with slopes, and with all that counts."""

    standard: str
    name: LocalizedText
    """The requirement, and its part where it has several."""
    level: float
    slopes: float | None
    """With slopes, and without what stairs and crossings cost; None where not both count."""
    share: float


def moved_circles(result: Result) -> list[MovedCircle]:
    """Return the circles in minutes of a city where slopes, stairs or crossings count."""
    out = []
    for finding in result.findings:
        asked = finding.requirement
        for part, outcome in zip(asked.parts, finding.parts, strict=True):
            level, share = outcome.measures.get("share_level"), outcome.verdict.value
            if level is None or share is None:
                continue
            zh, en = asked.statement_zh, asked.statement_en
            if len(asked.parts) > 1 and part.label_en:
                zh, en = f"{zh}（{part.label_zh}）", f"{en} ({part.label_en})"
            slopes = outcome.measures.get("share_slopes")
            out.append(MovedCircle(asked.id, LocalizedText(zh, en), level, slopes, share))
    return out


def moved_circles_text(circles: list[MovedCircle], network: WalkNetwork) -> LocalizedText | None:
    """Return in a sentence how far slopes, stairs and crossings move the circles; None: none."""
    what = slowed_by(network)
    if not circles or what is None:
        return None
    most = max(circles, key=lambda one: abs(one.share - one.level))
    moved = sum(one.share != one.level for one in circles)
    zh = f"按分钟计的生活圈共 {len(circles)} 项，{what.zh}改变其中 {moved} 项的覆盖率"
    en = f"Circles in minutes: {len(circles)}; {what.en} move the share of {moved}"
    if moved:
        zh += (
            f"；变化最大的是 {most.standard}：平地 {percent(most.level)}，"
            f"计入后 {percent(most.share)}"
        )
        en += (
            f", {most.standard} most of all: {percent(most.level)} on level ground,"
            f" {percent(most.share)} with them"
        )
    return LocalizedText(zh, en)


def ground_text(network: WalkNetwork) -> LocalizedText | None:
    """Return in a sentence how much of the streets is steep, and what costs time; None: nothing."""
    zh, en = [], []
    if network.terrain is not None:
        slope, km = np.nan_to_num(steepness(network)), network.edge_length_m / 1000
        some, much = km[slope >= HILL_SLOPE].sum(), km[slope > TOO_STEEP].sum()
        zh.append(
            f"步行道路 {km.sum():,.1f} 公里，其中坡度 4% 及以上 {some:,.1f} 公里，"
            f"超过 1:12（轮椅坡道上限）{much:,.1f} 公里"
        )
        en.append(
            f"Of {km.sum():,.1f} km of streets {some:,.1f} km rise 4 % or more, {much:,.1f} km more"
            " than 1:12, the steepest ramp for wheelchairs"
        )
    if network.delays is not None:
        tags = network.tags
        stairs = int((tags.stairs & ~tags.escalator).sum())
        lit, all_ = int((tags.crossing & tags.signals).sum()), int(tags.crossing.sum())
        zh.append(f"台阶 {stairs:,} 段，过街路段 {all_:,} 段")
        en.append(f"{stairs:,} stretches of stairs, {all_:,} of crossings")
        if lit:
            zh[-1] += f"（有信号灯 {lit:,} 段）"
            en[-1] += f" ({lit:,} with signals)"
    return LocalizedText("；".join(zh), "; ".join(en)) if zh else None
