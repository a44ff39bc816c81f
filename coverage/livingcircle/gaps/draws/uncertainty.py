"""Uncertainty of a result: random draws of what the data leave open, and what to check on site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.arguments import check_type
from livingcircle.gaps.draws.causes import people_at_home, people_turned
from livingcircle.gaps.draws.chances import PartChances, run_draws, share_met
from livingcircle.gaps.draws.field_checks import field_checks
from livingcircle.gaps.draws.inputs import DrawInputs, draw_inputs
from livingcircle.gaps.draws.terms import DrawTerms
from livingcircle.localized import LocalizedText, join, number, percent
from livingcircle.network.snap import lonlat_of, to_metres
from livingcircle.progress import Progress
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding
from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.standards.result import Result

__all__ = ["DrawOptions", "Uncertainty", "uncertainty"]

LOW, HIGH = 0.05, 0.95
"""Nine tenths of the draws lie between."""
CHECKS = 10


class DrawOptions(TypedDict, total=False):
    """The fields of ``DrawTerms``, as a call names them."""

    draws: int
    seed: int
    speed: float
    facility_m: float
    missing_paths: float
    shut_paths: float
    people: float


@dataclass(frozen=True, eq=False, repr=False)
class Uncertainty:
    """A result with its uncertainty."""

    result: Result
    """Its findings' notes state their uncertainty; ``measures`` have ``p_met``, ``band_low``,
    ``band_high`` and ``share_drawn``, ``demand`` has ``p_covered``, and ``units`` have ``p_met``,
    ``band_low`` and ``band_high``."""
    terms: DrawTerms
    findings: pd.DataFrame
    """One row per finding that asks for walks: ``standard``, ``status``, ``value``, ``target``,
    ``p_met`` (NaN where nothing is judged), ``share_drawn`` (mean of the draws), ``band_low`` and
    ``band_high`` (nine tenths of them lie between)."""
    units: pd.DataFrame
    """The same for every unit: ``standard``, ``level``, ``unit_id``, ``name``, ..."""
    checks: gpd.GeoDataFrame
    """The field checks that would settle most, see ``field_checks``."""
    by_speed: float
    """Expected number of people whose answer the walking speed alone changes."""
    footpaths_known: bool = True
    """False: paths were to be drawn, but the network has no street marked as a footpath, so none
    was drawn missing or shut; ``terms`` says 0 of both."""

    @property
    def sentence(self) -> LocalizedText:
        """What was drawn, and what the first check settles, for a reader."""
        terms = self.terms.words()
        zh = f"对数据未知之处随机抽样 {self.terms.draws} 次（{terms.zh}；种子 {self.terms.seed}）"
        en = (
            f"{self.terms.draws} random draws of what the data do not know ({terms.en}; seed"
            f" {self.terms.seed})"
        )
        judged = self.findings[self.findings["p_met"].notna()]
        unsure = int(((judged["p_met"] > LOW) & (judged["p_met"] < HIGH)).sum())
        many = len(judged)
        if many:
            certain = _certainty(unsure, many)
            zh, en = f"{zh}：{certain.zh}", f"{en}: {certain.en}"
        if not self.footpaths_known:
            zh += "；路网未标明哪些街道是步行路径，因此未抽样步行路径的缺失与不通"
            en += (
                "; the network does not say which streets are footpaths, so none was drawn missing"
                " or shut"
            )
        if len(self.checks):
            people = float(self.checks["people_decided"].sum())
            zh += f"；最先的 {len(self.checks)} 项实地核查预期可确定 {number(round(people))} 人"
            en += (
                f"; the first {len(self.checks)} field checks are expected to decide"
                f" {number(round(people))} people"
            )
        return LocalizedText(zh, en)

    def __repr__(self) -> str:
        return f"Uncertainty({self.terms.draws} draws, {len(self.findings)} findings)"


def _certainty(unsure: int, many: int) -> LocalizedText:
    """Say of how many requirements that are judged it is open whether they are met."""
    sure = LocalizedText("有九成五以上的把握", "at least 95 % certain")
    if unsure:
        sure = LocalizedText("把握不足九成五", "less than 95 % certain")
    if many == 1:
        return LocalizedText(
            f"要判定的步行要求有 1 项，是否达标，{sure.zh}",
            "for the one requirement that asks for walks and is judged it is"
            f" {sure.en} whether it is met",
        )
    of = f"{unsure} of the" if unsure else "all"
    whom = f"中，{unsure} 项是否达标，" if unsure else "是否达标，都"
    return LocalizedText(
        f"{many} 项要判定的步行要求{whom}{sure.zh}",
        f"for {of} {many} requirements that ask for walks and are judged it is"
        f" {sure.en} whether {'it is' if unsure == 1 else 'they are'} met",
    )


def uncertainty(
    result: Result,
    *,
    links: gpd.GeoDataFrame | None = None,
    checks: int = CHECKS,
    progress: Progress | None = None,
    **terms: Unpack[DrawOptions],
) -> Uncertainty:
    """Draw what the data leave open, and report the uncertainty of each finding on foot.

    Requirements on the share of people within a limit on foot take part; what asks for more than
    one facility, for a drive or for villages as a whole does not.

    Parameters
    ----------
    result
        What ``assess`` gave.
    links
        The links of ``explain``: places where a path may be missing from the map.
    checks
        How many field checks are named.
    progress
        Called with the share done and what is being done.
    **terms
        Fields of ``DrawTerms``: ``draws``, ``seed``, ``speed``, ``facility_m``,
        ``missing_paths``, ``shut_paths``, ``people``.

    Returns
    -------
    Uncertainty
        The same for the same seed.

    Raises
    ------
    ConfigError
        A term makes no sense.

    Examples
    --------
    >>> import livingcircle as lc
    >>> result = lc.assess(lc.read_city("data/sample/city.toml"), "zhuhai-2025")
    >>> sure = lc.uncertainty(result, draws=3, speed=0, facility_m=0, missing_paths=0,
    ...                       shut_paths=0, people=0)
    >>> bool((sure.findings["band_low"] == sure.findings["value"]).all())
    True
    """
    check_type(result, "result", Result, "assess")
    how = DrawTerms(**terms)
    ctx = result.context or Context(result.city, result.as_of)
    everything = draw_inputs(result, ctx, how)
    unmarked = bool(how.missing_paths or how.shut_paths) and not _any_footpath(everything)
    if unmarked:
        how = replace(how, missing_paths=0.0, shut_paths=0.0)
    home_xy = to_metres(ctx.city.network, lonlat_of(ctx.city.demand))
    drawn = run_draws(
        everything,
        how,
        home_xy,
        None if progress is None else lambda share: progress(share, "draws"),
    )
    own: dict[str, list[PartChances]] = {}
    for one in drawn:
        own.setdefault(one.asked.test.finding.id, []).append(one)
    units = [row for one in drawn for row in _units(one)]
    found = pd.concat(units, ignore_index=True) if units else pd.DataFrame(columns=_UNIT_COLUMNS)
    rows = [_row(f, own[f.id]) for f in result.findings if f.id in own]
    frame = pd.DataFrame(rows, columns=_FINDING_COLUMNS)
    findings = tuple(
        _with_bands(f, own[f.id], how, frame, found) if f.id in own else f for f in result.findings
    )
    named = field_checks(everything, drawn, how, ctx, links, checks)
    people = people_at_home(result.city.demand)
    speed = people_turned([one.by_speed for one in drawn], people, how.draws)
    drawn_result = replace(result, findings=findings)
    return Uncertainty(drawn_result, how, frame, found, named, speed, footpaths_known=not unmarked)


def _any_footpath(everything: DrawInputs) -> bool:
    """Return whether any street that is searched on is a footpath; so where none is searched on."""
    networks = [one.ground.network for one in everything.searches]
    return not networks or any(bool(network.tags.footpath.any()) for network in networks)


_BAND = ["p_met", "share_drawn", "band_low", "band_high"]
_FINDING_COLUMNS = ["standard", "status", "value", "target", *_BAND]
_UNIT_COLUMNS = [
    "standard",
    "part",
    "level",
    "unit_id",
    "name",
    "status",
    "value",
    "target",
    *_BAND,
]


def _band(share: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return mean and band of draws along the last axis; NaN where no draw has a share."""
    known = np.asarray(np.isfinite(share).any(axis=-1))
    some = np.where(known[..., None], share, 0.0)
    # A further draw lies between them in nine cases of ten: of n draws the quantiles by n + 1.
    low, high = np.nanquantile(some, (LOW, HIGH), axis=-1, method="weibull")
    # A mean of equal numbers is to be that number, to the last digit.
    middle = np.clip(np.nanmean(some, axis=-1), np.nanmin(some, -1), np.nanmax(some, -1))
    nan = np.where(known, 0.0, np.nan)
    return middle + nan, low + nan, high + nan


def _row(finding: Finding, drawn: Sequence[PartChances]) -> dict[str, object]:
    """Return the row of a finding: its chance of all parts, the band of the part that it shows."""
    shown = [one for one in drawn if one.asked.test.outcome.verdict.value == finding.value]
    none = np.full(1, np.nan)
    middle, low, high = _band(shown[0].share if shown else none)
    return {
        "standard": finding.id,
        "status": finding.status,
        "value": finding.value,
        "target": finding.target,
        "p_met": _chance(finding, drawn),
        "share_drawn": float(middle),
        "band_low": float(low),
        "band_high": float(high),
    }


def _chance(finding: Finding, drawn: Sequence[PartChances]) -> float:
    """Return the share of draws in which all parts that are judged are met together."""
    walked = {one.asked.test.position: one for one in drawn}
    verdicts = [outcome.verdict for outcome in finding.parts]
    judged = [(n, v) for n, v in enumerate(verdicts, 1) if v.status != "report"]
    due = [(n, v) for n, v in judged if v.is_due] or judged
    if not due or any(v.status == "unknown" for _, v in due):
        return float("nan")
    reached: BoolArray = np.ones(len(drawn[0].share), dtype=bool)
    for position, verdict in due:
        one = walked.get(position)
        if one is None or verdict.target is None:
            reached &= verdict.status == "met"
        else:
            reached &= np.asarray(one.share >= verdict.target - TARGET_TOLERANCE, dtype=bool)
    return float(reached.mean())


def _units(one: PartChances) -> list[pd.DataFrame]:
    """Return the rows of the units of one part, level by level."""
    test = one.asked.test
    table = test.outcome.units
    if not len(table):
        return []
    out = []
    for column, keys in one.keys.items():
        named = table[table["unit_id"].isin(keys)].drop_duplicates("unit_id")
        levels = ("community", "village") if column == "leaf" else (column,)
        named = named[named["level"].isin(levels)].set_index("unit_id")
        at = pd.Index(keys).get_indexer(named.index)
        share = one.of_units[column][at]
        if not len(named):
            continue
        middle, low, high = _band(share)
        target = pd.to_numeric(named["target"], errors="coerce").to_numpy(dtype=float)
        out.append(
            pd.DataFrame(
                {
                    "standard": test.finding.id,
                    "part": test.position,
                    "level": named["level"].to_numpy(),
                    "unit_id": named.index.to_numpy(),
                    "name": named["name"].to_numpy(),
                    "status": named["status"].to_numpy(),
                    "value": pd.to_numeric(named["value"], errors="coerce").to_numpy(dtype=float),
                    "target": target,
                    "p_met": share_met(share, target),
                    "share_drawn": middle,
                    "band_low": low,
                    "band_high": high,
                }
            )
        )
    return out


def _with_bands(
    finding: Finding,
    drawn: Sequence[PartChances],
    terms: DrawTerms,
    rows: pd.DataFrame,
    units: pd.DataFrame,
) -> Finding:
    """Add the uncertainty to a finding: note, measures, homes and units."""
    row = rows[rows["standard"] == finding.id].iloc[0]
    figures = {name: float(row[name]) for name in _BAND if np.isfinite(row[name])}
    notes = [LocalizedText(finding.note_zh, finding.note_en), *_notes(row, terms)]
    parts = list(finding.parts)
    for one in drawn:
        at = one.asked.test.position - 1
        parts[at] = replace(parts[at], demand=one.asked.test.points.assign(p_covered=one.covered))
    own = units[units["standard"] == finding.id]
    table = finding.units
    if len(own) and "part" in table:
        band = own[["part", "unit_id", "level", "p_met", "band_low", "band_high"]]
        table = table.drop(columns=["p_met", "band_low", "band_high"], errors="ignore")
        table = table.merge(band, on=["part", "unit_id", "level"], how="left")
    said = join(notes)
    return replace(
        finding,
        measures={k: v for k, v in finding.measures.items() if k not in _BAND} | figures,
        parts=tuple(parts),
        units=table,
        note_zh=said.zh,
        note_en=said.en,
    )


def _notes(row: pd.Series, terms: DrawTerms) -> list[LocalizedText]:
    """Return one sentence on the draws of a finding; none where nothing can be said."""
    found = []
    if np.isfinite(row["band_low"]):
        low, high = percent(row["band_low"]), percent(row["band_high"])
        found.append(
            (f"九成的结果在 {low} 至 {high} 之间", f"nine tenths lie from {low} to {high}")
        )
    if np.isfinite(row["p_met"]):
        share = percent(row["p_met"])
        found.append((f"达标概率 {share}", f"met in {share} of them"))
    if not found:
        return []
    zh = f"数据未知之处抽样 {terms.draws} 次：" + "，".join(one for one, _ in found)
    en = f"{terms.draws} draws of what the data do not know: " + ", ".join(one for _, one in found)
    return [LocalizedText(zh, en)]
