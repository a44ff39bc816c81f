"""report.html: the scorecard, maps and gaps for reading and printing, in Chinese and English."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from livingcircle._resources import resource_text
from livingcircle.city import quality_findings as checks
from livingcircle.city.inputs import InputFile
from livingcircle.city.model import City
from livingcircle.gaps.draws.uncertainty import Uncertainty
from livingcircle.localized import (
    beside_target,
    close_up_per_cent,
    mean_beside_target,
    percent,
)
from livingcircle.publish.credit import osm_credit
from livingcircle.publish.equity import EquityView
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.frames import (
    gaps_frame,
    opening_finding,
    place_words,
    quality_frame,
    sensitivity_rows,
)
from livingcircle.publish.gap_lists import gap_lists
from livingcircle.publish.hills import ground_text, moved_circles, moved_circles_text
from livingcircle.publish.hours import MOMENTS, hours_frame, open_circles, which_week
from livingcircle.publish.web.first_page import first_page
from livingcircle.publish.web.pictures import finding_picture
from livingcircle.publish.web.small_rooms import small_rooms
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.finding import Finding
from livingcircle.standards.judge import VERDICTS
from livingcircle.standards.missing import missing_words
from livingcircle.standards.model import Pack
from livingcircle.standards.result import Result
from livingcircle.vocab.amounts import amount_words
from livingcircle.vocab.groups import counted_name
from livingcircle.vocab.texts import localized_name, text_of

__all__ = ["amount_text", "page_environment", "shown_findings", "write_report"]

PICTURES = 12
"""Maps in the report at most; map.html has them all."""

GAPS_IN_REPORT = 10
EQUITY, EQUITY_ROWS = 6, 5
"""Circles whose equity the report shows, and the towns, facilities and streets of each."""
QUALITY_ROWS = 60
ROWS_NAMED = 12
"""Rows of a file named beside a quality finding that is true of many; the GeoPackage has all."""

SEVERITIES = ("error", "warning", "info")


def write_report(
    result: Result,
    path: Path,
    *,
    evidence: Evidence | None = None,
    plans: Sequence[SitePlan] = (),
    fair: EquityView | None = None,
    uncertainty: Uncertainty | None = None,
    hours: pd.DataFrame | None = None,
) -> None:
    """Write the report as one page with its pictures inside.

    The same result gives the same bytes: the page states the dates of the data, and run.json the
    time of the run.
    """
    evidence = evidence if evidence is not None else Evidence(result)
    city = result.city
    shown = shown_findings(result, evidence)
    drawn = _Pictures(result, evidence)
    fair = EquityView(result, tuple(f.id for f in shown)) if fair is None else fair
    gaps = gaps_frame(result, [f.id for f in shown])
    proposed = {plan.standard: plan for plan in plans}
    quality = _quality(result)
    moved = moved_circles(result)
    text = (
        page_environment()
        .get_template("report.html.j2")
        .render(
            city=city,
            credit=osm_credit(city),
            title=f"{city.name} 社区服务设施可达性评估 / service coverage report",
            as_of=result.as_of,
            first=first_page(result, plans),
            first_picture=drawn.first(),
            plans=[_plan(pack, result) for pack in result.packs],
            statuses=VERDICTS,
            pictures=[{"finding": one, "data": drawn.of(one)} for one in shown],
            gaps=_top_gaps(shown, gaps, proposed),
            gaps_cut=gap_lists(result).note,
            rooms=small_rooms(result, GAPS_IN_REPORT),
            fair=fair.sections(shown[:EQUITY], EQUITY_ROWS),
            uncertainty=uncertainty,
            checks=[] if uncertainty is None else list(uncertainty.checks.itertuples(index=False)),
            ground=ground_text(city.network),
            moved=moved,
            moments=[(localized_name("weekday", day), hour) for day, hour in MOMENTS],
            hours=open_circles(result, hours_frame(result) if hours is None else hours),
            hours_week=which_week(result),
            moved_words=moved_circles_text(moved, city.network),
            unknowns=_unknowns(result),
            inputs=_files(city),
            rows=_rows(city),
            notes=list(city.notes),
            quality=quality[:QUALITY_ROWS],
            quality_left=sum(row["times"] for row in quality[QUALITY_ROWS:]),
            who=city.config.walker_of(city.walker),
            css=resource_text("livingcircle.publish.web", "static/report.css"),
            script=resource_text("livingcircle.publish.web", "static/report.js"),
        )
    )
    path.write_text(text, encoding="utf-8", newline="\n")


def page_environment() -> Environment:
    """Return the environment of the pages: two languages side by side, amounts with units."""
    pages = Environment(
        loader=PackageLoader("livingcircle.publish.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals.update(t=_two, word=_word, role=_role, left=_left, place=_place)
    pages.globals.update(group_words=lambda finding: localized_name("group", finding.group))
    pages.filters.update(
        bare=_bare, whole=_whole, amount=amount_text, percent=_share, value=_value, ratio=_ratio
    )
    return pages


def _two(zh: object, en: object) -> Markup:
    """Return a text in both languages, of which the page shows one or both."""
    zh = close_up_per_cent(zh) if isinstance(zh, str) and not isinstance(zh, Markup) else zh
    if isinstance(en, str) and not isinstance(en, Markup):
        en = en.replace(" %", "\u00a0%")  # a number and its sign stay on one line
    if not en or zh == en:
        return Markup("<span>{}</span>").format(zh)
    return Markup(
        '<span class="zh" lang="zh-Hans">{}</span><span class="en" lang="en">{}</span>'
    ).format(zh, en)


def _word(table: str, key: str) -> Markup:
    return _two(text_of(table, key, "zh"), text_of(table, key, "en"))


def _place(name: object, other: object) -> Markup | str:
    """Return what a gap is called; the name of a unit is the same in both languages."""
    words = place_words(name, other)
    return words.zh if words.zh == words.en else _two(words.zh, words.en)


def _left(finding: Finding) -> Markup:
    """Return what stands behind a number of people left out: a group is called by its name."""
    if finding.group == "residents":
        return _two("人未覆盖", "people left out")
    who = counted_name(finding.group)
    return _two(f"{who.zh}未覆盖", f"{who.en} left out")


def _role(role: str) -> Markup:
    """Return what an input is for: its key in city.toml, numbered where there are several."""
    parts = role.split(".")
    zh, en = ([text_of("input", part, lang) for part in parts] for lang in ("zh", "en"))
    return _two(" ".join(zh).replace(" （", "（").replace(" 的", "的"), " ".join(en))


def _share(value: float) -> Markup:
    return _two(percent(value), percent(value))


def _whole(value: float | None) -> str:
    if value is None or not np.isfinite(value):
        return "–"
    return f"{value:,.0f}"


def _ratio(value: float, digits: int = 2) -> str:
    """Return a ratio with so many digits; infinite is a sign, unknown a dash."""
    if np.isnan(value):
        return "–"
    return f"{value:.{digits}f}" if np.isfinite(value) else "∞"


def amount_text(value: float | None, unit: str, target: float | None = None) -> Markup:
    """Return a value with what it is counted in; below its target it does not read as that."""
    if value is None or not np.isfinite(value):
        return Markup("–")
    if unit == "share":
        text = beside_target(value, target, share=True)
        return _two(close_up_per_cent(text), text)
    text = (mean_beside_target if unit == "per_unit" else beside_target)(value, target)
    return _two(*amount_words(text, unit))


def _value(finding: Finding) -> Markup:
    """Return the value of a finding: a share of units or facilities is n/m."""
    met = finding.members_met
    if met is not None:
        return Markup("{}/{}").format(f"{met[0]:,}", f"{met[1]:,}")
    return amount_text(finding.value, finding.unit, finding.target)


def _bare(value: float, unit: str) -> Markup:
    """Return a value of a sensitivity: a share as per cent, anything else in its unit."""
    return amount_text(value, unit)


def _plan(pack: Pack, result: Result) -> dict[str, object]:
    """Return one plan with its findings and how many have which status.

    What is only encouraged is counted apart: it is no shortfall of a city.
    """
    own = [f for f in result.findings if f.requirement.pack == pack.id]
    asked = [f for f in own if f.requirement.force != "may"]
    counts = {status: sum(f.status == status for f in asked) for status in VERDICTS}
    rows = [
        {
            "finding": f,
            "asked": f.requirement,
            "varied": sensitivity_rows(f),
        }
        for f in own
    ]
    return {
        "pack": pack,
        "rows": rows,
        "counts": counts,
        "may": len(own) - len(asked),
        "expired": pack.document.over(result.as_of),
        "unverified": any(not f.requirement.verified for f in own),
    }


def shown_findings(result: Result, evidence: Evidence) -> list[Finding]:
    """Return the findings that get a map and a list of gaps.

    Sub-station rules come first, then circles of one category on foot, then lists of needs, each
    in the order of the plans; of those that ask the same, the first.
    """

    def rank(k: int) -> tuple[int, int]:
        return min(part.figures().picture_rank for part in result.findings[k].requirement.parts), k

    able = [
        k
        for k, f in enumerate(result.findings)
        if f.demand is not None and f.status != "unknown" and len(f.demand)
    ]
    out: dict[object, Finding] = {}
    for k in sorted(able, key=rank):
        finding = result.findings[k]
        out.setdefault(evidence.same(finding.id), finding)
    return list(out.values())[:PICTURES]


class _Pictures:
    """The pictures of a report, each drawn once: that of the first page stands further down too."""

    def __init__(self, result: Result, evidence: Evidence) -> None:
        self._result, self._evidence = result, evidence
        self._drawn: dict[Finding, str] = {}

    def of(self, finding: Finding) -> str:
        """Return the PNG of a finding in base64."""
        if finding not in self._drawn:
            drawn = finding_picture(self._result, finding, self._evidence)
            self._drawn[finding] = base64.b64encode(drawn).decode("ascii")
        return self._drawn[finding]

    def first(self) -> str | None:
        """Return that of the first page; None where the main requirement has none."""
        if not self._result.findings:
            return None
        main = self._result.findings[opening_finding(self._result.findings)]
        if main.demand is None or main.status == "unknown" or not len(main.demand):
            return None
        return self.of(main)


def _top_gaps(
    shown: Sequence[Finding], gaps: pd.DataFrame, proposed: Mapping[str, SitePlan]
) -> list[dict[str, object]]:
    """Return the first gaps of each finding, most people first, and what is proposed."""
    out = []
    for finding in shown:
        own = gaps[gaps["standard"] == finding.id]
        if len(own):
            top = own.head(GAPS_IN_REPORT).drop(columns="geometry")
            rows = top.astype(object).where(top.notna(), None).to_dict("records")
            plan = proposed.get(finding.id)
            options = [] if plan is None else [_option(option) for option in plan.options]
            told = {"finding": finding, "why": finding.why_listed, "options": options}
            out.append({**told, "rows": rows, "count": len(own)})
    return out


def _option(plan: SitePlan) -> dict[str, object]:
    """Return a proposal as the page shows it."""
    return {
        "note": (plan.note_zh, plan.note_en),
        "sites": list(plan.sites.itertuples(index=False)),
        "links": list(plan.built_links.itertuples(index=False)),
    }


def _unknowns(result: Result) -> list[dict[str, object]]:
    """Return what data are missing, and which standards wait for them."""
    waiting: dict[str, list[str]] = {}
    for finding in result.findings:
        for code in finding.missing:
            waiting.setdefault(code, []).append(finding.id)
    return [
        {"words": missing_words([code]), "standards": ids}
        for code, ids in sorted(waiting.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _rows(city: City) -> list[tuple[str, str, int]]:
    """Return how many rows of each kind there are."""
    out = [
        ("layer", "facilities", len(city.facilities.table)),
        ("layer", "demand", len(city.demand)),
    ]
    out += [("level", level, len(u)) for level, u in city.units.items() if level != "city"]
    if len(city.urban_villages):
        out.append(("level", "urban_village", len(city.urban_villages)))
    return out


def _files(city: City) -> list[InputFile]:
    """Return the inputs; a file read for several levels or layers of one thing is named once."""
    kept: dict[tuple[str, str, str | None], InputFile] = {}
    for entry in city.inputs:
        role = re.sub(r"\.\d+$", "", entry.role)
        key = (role, entry.source, entry.sha256)
        kept[key] = replace(entry, role=role) if key in kept else entry
    return list(kept.values())


def _quality(result: Result) -> list[dict[str, object]]:
    """Return the quality findings, the gravest first; alike ones of a file are one row."""
    out: list[dict[str, object]] = []
    for row in checks.folded_issues(pd.DataFrame(quality_frame(result))).to_dict("records"):
        rows = [f"{one:.0f}" for one in row.pop("source_rows")]
        more = " …" if len(rows) > ROWS_NAMED else ""
        title = checks.check_title(str(row["check"]))
        own = {str(name): value for name, value in row.items()}
        out.append(own | {"title": title, "rows": ", ".join(rows[:ROWS_NAMED]) + more})
    return sorted(out, key=lambda row: SEVERITIES.index(row["severity"]))
