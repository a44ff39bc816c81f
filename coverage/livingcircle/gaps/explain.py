"""Every walking finding of a result explained: reasons, gap areas, the links that would help."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, first_of_each
from livingcircle._memory import give_back
from livingcircle.arguments import check_type
from livingcircle.gaps.access_test import AccessTest, access_tests, doubtful_places
from livingcircle.gaps.areas import forget_drawn, gap_areas
from livingcircle.gaps.draws.uncertainty import Uncertainty, uncertainty
from livingcircle.gaps.link_candidates import LinkSearch, forget_candidates
from livingcircle.gaps.links import find_links, no_links
from livingcircle.gaps.reasons import explain_gaps, named_barriers, numbered_barriers
from livingcircle.gaps.sensitivity import speed_sensitive
from livingcircle.localized import LocalizedText, number
from livingcircle.osm.barriers import barrier_kinds
from livingcircle.progress import Progress
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding
from livingcircle.standards.result import Result
from livingcircle.standards.tables import heaviest

__all__ = ["Explained", "explain", "explain_access_test", "links_for_test", "with_uncertainty"]


@dataclass(frozen=True, eq=False, repr=False)
class Explained:
    """A result whose gaps have reasons, and what lies beside it."""

    result: Result
    """Its findings' ``gaps`` and ``demand`` have ``reason``, ``detour_ratio``, ``barrier`` and
    ``barrier_name``; the gaps ``barrier_zh``, ``barrier_en`` and the best link of each
    (``link_id``, ``link_m``, ``link_people``, ``link_zh``, ``link_en``), the demand ``depends``
    (see ``livingcircle.gaps.sensitivity``)."""
    areas: gpd.GeoDataFrame
    """Gap areas of all standards: ``standard``, ``part`` and the columns of
    ``livingcircle.gaps.areas.gap_areas``."""
    links: gpd.GeoDataFrame
    """Links of all standards: ``standard``, ``part``, ``limit_m`` and the columns of
    ``livingcircle.gaps.links.find_links``, ``text_zh`` and ``text_en``."""
    uncertainty: Uncertainty | None = None
    """Uncertainty of the result where it was asked for; ``result`` then carries it in its notes."""

    def __repr__(self) -> str:
        return f"Explained({len(self.areas)} gap areas, {len(self.links)} links)"


def explain(
    result: Result,
    *,
    links: bool = True,
    search: LinkSearch | None = None,
    barriers: gpd.GeoDataFrame | None = None,
    progress: Progress | None = None,
) -> Explained:
    """Return why each gap on foot is there, and which single link would help most.

    Parameters
    ----------
    result
        As ``assess`` gives it.
    links
        Whether links are looked for (only for standards with one need).
    search
        What counts as a link.
    barriers
        Lines and areas that stop a walk; those of the city's network file where None.
    progress
        Called before each standard with the share done and its id.

    Examples
    --------
    >>> import livingcircle as lc
    >>> from livingcircle.gaps.explain import explain
    >>> result = lc.assess(lc.read_city("data/sample/city.toml"), "xiamen-2025")
    >>> len(explain(result).links) > 0
    True
    """
    check_type(result, "result", Result, "assess")
    ctx = result.context or Context(result.city, result.as_of)
    crossed = ctx.barriers if barriers is None else barriers
    findings: list[Finding] = []
    areas: list[gpd.GeoDataFrame] = []
    found_links: list[gpd.GeoDataFrame] = []
    known: dict[tuple[Hashable, ...], tuple[pd.DataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]] = {}
    try:
        for position, finding in enumerate(result.findings):
            if progress is not None:
                progress(position / len(result.findings), finding.id)
            for access_test in access_tests(finding, ctx):
                # Plans ask the same of the same people: it is answered once.
                asked = (access_test.trips, access_test.limit_m, access_test.group)
                whom = result.city.demand.index.get_indexer(access_test.points.index)
                key = (*asked, whom.tobytes(), access_test.gap.tobytes())
                if key not in known:
                    known[key] = explain_access_test(
                        access_test, links=links, search=search, barriers=crossed
                    )
                table, area, link = known[key]
                finding = _with_reasons(finding, access_test, table, link)
                areas.append(_named(area, access_test))
                found_links.append(_named(link, access_test))
            findings.append(finding)
    finally:
        # Also where it is broken off: a network is kept for long.
        forget_candidates(result.city.network)
        forget_drawn(result.city.network)
    return Explained(
        replace(result, findings=tuple(findings)), _stacked(areas), _stacked(found_links)
    )


def with_uncertainty(
    explained: Explained,
    draws: int | None = None,
    progress: Progress | None = None,
) -> Explained:
    """Return an explained result with its uncertainty, where its city asks for that.

    Parameters
    ----------
    explained
        As ``explain`` gives it.
    draws
        How many, whatever ``[uncertainty]`` of city.toml says; 0: none.
    progress
        Called with the share done and what is being done.
    """
    stated = explained.result.city.config.uncertainty
    terms = {} if stated is None else stated.model_dump()
    if draws is not None:
        terms["draws"] = draws
    if not terms.get("draws"):
        return explained
    found = uncertainty(explained.result, links=explained.links, progress=progress, **terms)
    return replace(explained, result=found.result, uncertainty=found)


def explain_access_test(
    access_test: AccessTest,
    *,
    links: bool = True,
    search: LinkSearch | None = None,
    barriers: gpd.GeoDataFrame | None = None,
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Explain one part: reasons on the index of its points, gap areas, and links."""
    points, network = access_test.points, access_test.ctx.city.network
    gap = access_test.gap
    status = np.where(
        gap, np.where(points["status"] == "covered", "gap", points["status"]), "covered"
    )
    decided = gpd.GeoDataFrame(
        {"metres": points["metres"], "status": status}, geometry=points.geometry
    )
    worst = access_test.worst_need()
    tables = []
    for need in np.unique(worst):
        mine = worst == need
        places = access_test.facilities(int(need))
        tables.append(
            explain_gaps(
                network,
                decided if mine.all() else decided[mine],
                places,
                access_test.limit_m,
                barriers=barriers,
                doubtful=doubtful_places(access_test, places, int(need)),
                timed=access_test.on_slopes,
            )
        )
    if not tables:
        # Nobody is asked, e.g. where the villages beyond a distance hold no home.
        nobody = explain_gaps(network, decided, access_test.facilities(), access_test.limit_m)
        tables.append(nobody)
    table = tables[0] if len(tables) == 1 else pd.concat(tables).loc[points.index]
    told = [name for name in _OF_AREAS if name in points]
    out = decided[gap].join([points.loc[gap, told], table[gap]])
    areas, of_point = gap_areas(network, out, access_test.weight[gap])
    table["area_id"] = of_point.reindex(table.index)
    if not links:
        return table, areas, no_links()
    give_back()
    found = links_for_test(access_test, search=search, barriers=barriers)
    return table, _best_link(areas, found, of_point), found


def links_for_test(
    access_test: AccessTest,
    *,
    search: LinkSearch | None = None,
    barriers: gpd.GeoDataFrame | None = None,
    among: BoolArray | None = None,
) -> gpd.GeoDataFrame:
    """Find the links for one part, each with a sentence; none where it has several needs.

    ``among`` (points,) looks at some of the people only.
    """
    points = access_test.points
    gap = access_test.gap if among is None else access_test.gap & among
    if len(access_test.needs) > 1 or not gap.any():
        return no_links().assign(text_zh=[], text_en=[])
    out = gpd.GeoDataFrame(
        {
            "metres": access_test.walked_m[gap],
            "status": points["status"].replace("covered", "gap")[gap],
            "access_m": points["access_m"][gap],
        },
        geometry=points.geometry[gap],
    )
    found = find_links(
        access_test.reach(),
        out,
        access_test.weight[gap],
        access_test.limit_m,
        search=search,
        barriers=barriers,
    )
    return _with_texts(found, access_test)


_OF_AREAS = ("residents", "households", "leaf", "urban_village")
"""What gap areas tell of the homes in them."""
_LENGTH = re.compile(r"，长 \{m\} 米| of \{m\} m")
PATH = LocalizedText("新增连接通道，长 {m} 米", "A path of {m} m")
_OPENED = (
    (
        LocalizedText("增设小区人行通道", "A footpath through"),
        LocalizedText("开放小区内既有的通道", "Opening the way through"),
    ),
    (LocalizedText("增设人行出入口及连通步道", " and a path"), LocalizedText("增设人行出入口", "")),
)
"""What is built, and what is opened where streets meet at a barrier and only the way is shut."""


def _within(access_test: AccessTest) -> LocalizedText:
    """Return the limit as the requirement states it, minutes with their metres."""
    metres = f"{access_test.limit_m:,.0f}"
    if access_test.basis == "metres":
        return LocalizedText(f"{metres} 米", f"{metres} m")
    minutes = number(access_test.limit / 60)
    return LocalizedText(f"{minutes} 分钟（{metres} 米）", f"{minutes} minutes ({metres} m)")


def _with_texts(links: gpd.GeoDataFrame, access_test: AccessTest) -> gpd.GeoDataFrame:
    """Put each link into a sentence."""
    zh, en = [], []
    kinds = barrier_kinds()
    who = access_test.counted()
    for row in links.itertuples():
        over = kinds.get(str(row.barrier))
        named = row.barrier_name if isinstance(row.barrier_name, str) else ""
        name_zh, name_en = named or (over.zh if over else ""), named or (over.a_en if over else "")
        # What is built answers the barrier that it crosses: a wall is opened, water is bridged.
        built = next((kind for kind in kinds.values() if kind.link_zh == row.kind_zh), None)
        metres, walk = f"{row.length_m:,.0f}", _within(access_test)
        wording = PATH if built is None else LocalizedText(built.link_text_zh, built.link_text_en)
        if row.length_m < 0.5:
            # Streets that meet at the barrier: there is something to open, and nothing to build.
            zh_open, en_open = (_LENGTH.sub("", words) for words in wording)
            for built_words, open_words in _OPENED:
                zh_open = zh_open.replace(built_words.zh, open_words.zh)
                en_open = en_open.replace(built_words.en, open_words.en)
            wording = LocalizedText(zh_open, en_open)
        zh.append(
            f"{wording.zh.format(name=name_zh, m=metres)}，"
            f"可使 {row.people:,.0f} {who.zh}进入 {walk.zh}步行范围"
        )
        en.append(
            f"{wording.en.format(name=name_en, m=metres)} would bring {row.people:,.0f} {who.en}"
            f" within a walk of {walk.en}"
        )
    return links.assign(text_zh=zh, text_en=en)


def _best_link(
    areas: gpd.GeoDataFrame, links: gpd.GeoDataFrame, of_point: pd.Series
) -> gpd.GeoDataFrame:
    """Give each area the link that brings back most of its points."""
    best = _most_regained(links, of_point)
    return areas.assign(**{name: areas["area_id"].map(best[name]) for name in best.columns})


def _most_regained(links: gpd.GeoDataFrame, group: pd.Series) -> pd.DataFrame:
    """Return for each group of points the link that brings back most of them."""
    columns = ["link_id", "link_m", "link_people", "link_zh", "link_en"]
    if not len(links):
        return pd.DataFrame({name: [] for name in columns}, dtype=object)
    row = group.index.get_indexer(pd.Index(np.concatenate(links["regains"].to_numpy())))
    link = np.repeat(np.arange(len(links)), [len(one) for one in links["regains"]])
    code, groups = pd.factorize(group.to_numpy(), sort=True)
    known = (row >= 0) & (code[row] >= 0)
    pair, count = np.unique(code[row[known]] * len(links) + link[known], return_counts=True)
    of_group = pair // len(links)
    best = first_of_each(of_group, -count)
    row_of_link = links.iloc[pair[best] % len(links)]
    told = dict(zip(columns, ("link_id", "length_m", "people", "text_zh", "text_en"), strict=True))
    data = {name: row_of_link[column].to_numpy() for name, column in told.items()}
    return pd.DataFrame(data, index=groups[of_group[best]])


def _with_reasons(
    finding: Finding, access_test: AccessTest, table: pd.DataFrame, links: gpd.GeoDataFrame
) -> Finding:
    """Put reasons, barriers and links into the finding's demand and gaps."""
    names = ["reason", "straight_m", "detour_ratio", "barrier", "barrier_name", "crossed"]
    points, gap = access_test.points, access_test.gap
    told_of_homes = {name: table[name] for name in names}
    homes = points.assign(**told_of_homes, depends=speed_sensitive(access_test))
    parts = list(finding.parts)
    parts[access_test.position - 1] = replace(parts[access_test.position - 1], demand=homes)
    finding = replace(finding, parts=tuple(parts))
    gaps = finding.gaps
    if not len(gaps):
        return finding
    out = table[gap]
    weight = pd.Series(access_test.weight[gap], index=out.index)
    weight = weight.where(weight > 0, 1e-9)
    at = _unit_of_points(access_test)[gap]
    mine = gaps["part"].eq(access_test.position).to_numpy() if "part" in gaps else True
    code, distinct = numbered_barriers(out)
    crossed = named_barriers(heaviest(code, at, weight), distinct)
    ratio = out["detour_ratio"]
    told = {
        "reason": heaviest(out["reason"], at, weight),
        "barrier": crossed["barrier"],
        "barrier_name": crossed["barrier_name"],
        "detour_ratio": (ratio * weight).groupby(at).sum(min_count=1)
        / weight.where(ratio.notna()).groupby(at).sum(min_count=1),
    }
    told |= _barrier_words(told["barrier"], told["barrier_name"])
    facts = pd.DataFrame(told).join(_most_regained(links, at), how="outer").astype(object)
    row = facts.index.get_indexer(gaps["unit_id"].fillna(""))
    updated = gaps.copy()
    for name in facts:
        new = np.array([*facts[name], None], dtype=object)[row]
        old = np.full(len(gaps), None, dtype=object)
        if name in gaps:
            old = gaps[name].to_numpy(dtype=object)
        kept = np.where(mine & pd.notna(new), new, old)
        if name in ("detour_ratio", "link_m", "link_people"):
            updated[name] = pd.to_numeric(pd.Series(kept, gaps.index))
        else:
            kept[pd.isna(kept)] = None
            updated[name] = pd.Series(kept, gaps.index, dtype=object)
    return replace(finding, gaps=updated)


def _barrier_words(kind: pd.Series, name: pd.Series) -> dict[str, pd.Series]:
    """Return what is crossed in words, with its name where it has one."""
    kinds = barrier_kinds()
    pairs = [(kinds.get(k), n) for k, n in zip(kind, name.reindex(kind.index), strict=True)]
    zh = [k and k.zh + (f"“{n}”" if isinstance(n, str) else "") for k, n in pairs]
    en = [k and k.en + (f" {n}" if isinstance(n, str) else "") for k, n in pairs]
    words = {"barrier_zh": zh, "barrier_en": en}
    return {key: pd.Series(text, index=kind.index, dtype=object) for key, text in words.items()}


def _unit_of_points(access_test: AccessTest) -> pd.Series:
    points = access_test.points
    column = access_test.unit_column
    at = points[column] if column in points else pd.Series(None, index=points.index, dtype=object)
    return at.fillna("")


def _named(table: gpd.GeoDataFrame, access_test: AccessTest) -> gpd.GeoDataFrame:
    table = table.copy()
    table.insert(0, "limit_m", access_test.limit_m)
    table.insert(0, "part", access_test.position)
    table.insert(0, "standard", access_test.finding.id)
    return table


def _stacked(tables: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    full = [table for table in tables if len(table)]
    if not full:
        return gpd.GeoDataFrame({"standard": []}, geometry=[], crs=4326)
    return gpd.GeoDataFrame(pd.concat(full, ignore_index=True), geometry="geometry", crs=4326)
