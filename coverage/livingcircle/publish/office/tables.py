"""Tables for people: the scorecard, the ranked gaps and the proposed sites as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle.io.csv_safety import escape_formula
from livingcircle.publish.frames import findings_frame, gaps_frame, links_frame, sites_frame
from livingcircle.publish.gap_lists import gap_lists
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.result import Result
from livingcircle.vocab.texts import text_of

__all__ = [
    "GAP_DIGITS",
    "gap_figures",
    "without_infinities",
    "write_checks_csv",
    "write_equity_csv",
    "write_gap_lists",
    "write_gaps_csv",
    "write_hours_csv",
    "write_scorecard_csv",
    "write_sites_csv",
]


GAP_DIGITS = {
    "metres": 1, "straight_m": 1, "link_m": 1, "metres_min": 1, "metres_max": 1,
    "area_m2": 1, "required_m2": 1, "lacking_m2": 1, "detour_ratio": 2,
    "value": 4, "share_beyond": 4, "share_left_out": 4, "lon": 6, "lat": 6,
}  # fmt: skip
"""Digits behind the point of what a list of gaps says: no figure is truer than its data."""
_TOWARDS_GAP = {
    "value": -1, "area_m2": -1, "lacking_m2": 1, "required_m2": 1, "metres": 1,
}  # fmt: skip
"""What shows that something is short is rounded so that it still does: down, or up."""
_GAP_COUNTS = frozenset(
    {"people", "households", "residents", "points", "facilities", "lacking", "link_people",
     "link_id", "staff_low", "staff_high", "functions", "part", "rank"}
)  # fmt: skip
"""What there is a whole number of."""


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write with a byte-order mark, without which Excel reads UTF-8 as the local encoding."""
    texts = frame.select_dtypes(exclude="number").columns
    safe = frame.assign(**{name: frame[name].map(escape_formula) for name in texts})
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def without_infinities(frame: pd.DataFrame) -> pd.DataFrame:
    """Empty the cells of unreachable distances: a table never says ``inf``."""
    return frame.replace([np.inf, -np.inf], np.nan)


def write_scorecard_csv(result: Result, path: Path) -> int:
    """Write one row per standard; return the number of rows."""
    table = findings_frame(result)
    _write_csv(without_infinities(table), path)
    return len(table)


def write_gaps_csv(result: Result, path: Path) -> int:
    """Write every gap, ranked within its standard; return the number of rows."""
    return _write_gaps(gaps_frame(result), path)


def write_gap_lists(result: Result, folder: Path) -> list[str]:
    """Write gaps.csv with the foremost gaps, and all gaps of each district.

    Returns
    -------
    list
        The files that hold all gaps: gaps.csv where it has them all, else those of the districts.
    """
    lists = gap_lists(result)
    _write_gaps(lists.shown, folder / "gaps.csv")
    for name, gaps in lists.by_district:
        _write_gaps(gaps, folder / name)
    return [name for name, _ in lists.by_district] if lists.is_cut else ["gaps.csv"]


def _write_gaps(gaps: pd.DataFrame, path: Path) -> int:
    table = pd.DataFrame(gaps.drop(columns="geometry"))
    for name in table.columns.intersection(list(GAP_DIGITS)):
        table[name] = gap_figures(table[name], name)
    for name in table.columns.intersection(list(_GAP_COUNTS)):
        table[name] = _whole(table[name])
    words = {
        reason: text_of("reason", reason, "zh") for reason in table["reason"].dropna().unique()
    }
    table["reason_zh"] = table["reason"].map(words).fillna("")
    _write_csv(without_infinities(table), path)
    return len(table)


def gap_figures(values: pd.Series, name: str) -> pd.Series:
    """Return a column of a list of gaps with the digits that it is told with."""
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    return _rounded(numbers, GAP_DIGITS[name], _TOWARDS_GAP.get(name, 0))


def _rounded(values: pd.Series, digits: int, towards: int) -> pd.Series:
    """Return numbers with so many digits: the nearest (0), never above (-1) or never below (1)."""
    if not towards:
        return values.round(digits)
    # What misses a digit by no more than the arithmetic has it.
    scaled = values.to_numpy(float) * 10.0**digits - towards * 1e-6
    whole = np.ceil(scaled) if towards > 0 else np.floor(scaled)
    return pd.Series(whole / 10.0**digits, index=values.index).round(digits)


def _whole(values: pd.Series) -> pd.Series:
    """Return numbers of people and things as whole ones; blank where not known."""
    numbers = pd.to_numeric(values, errors="coerce").replace([np.inf, -np.inf], np.nan)
    return numbers.round().astype("Int64")


def write_equity_csv(table: pd.DataFrame, path: Path) -> int:
    """Write the rows of equity, or of single points; return their number."""
    digits = {"share_beyond": 6, "mean_minutes": 2, "gini": 4, "palma": 4, "lon": 6, "lat": 6}
    out = table.copy()
    for name in out.columns.intersection(list(digits)):
        out[name] = pd.to_numeric(out[name], errors="coerce").round(digits[name])
    _write_csv(without_infinities(out), path)
    return len(out)


def write_checks_csv(checks: gpd.GeoDataFrame, path: Path) -> int:
    """Write the field checks that would settle most, most people first; return their number."""
    table = pd.DataFrame(checks.drop(columns="geometry"))
    for name, digits in (("people_decided", 1), ("lon", 6), ("lat", 6)):
        table[name] = pd.to_numeric(table[name], errors="coerce").round(digits)
    _write_csv(table, path)
    return len(table)


def write_hours_csv(hours: pd.DataFrame, path: Path) -> int:
    """Write who has something open, hour by hour; return the number of rows."""
    table = hours.assign(
        **{name: hours[name].round(6) for name in ("share", "share_at_most")},
        people=hours["people"].round(1),
    )
    _write_csv(table, path)
    return len(table)


def write_sites_csv(plans: Sequence[SitePlan], path: Path) -> int:
    """Write the proposed sites, and the links that would do as much; return the number of rows."""
    sites, links = sites_frame(plans), links_frame(plans)
    middle = shapely.line_interpolate_point(links.geometry.to_numpy(), 0.5, normalized=True)
    links = links.assign(
        what="link", name=links["kind_zh"], lon=shapely.get_x(middle), lat=shapely.get_y(middle)
    )
    both_kinds = [pd.DataFrame(sites.assign(what="site")), pd.DataFrame(links)]
    table = pd.concat([part for part in both_kinds if len(part)] or both_kinds)
    table = table.sort_values(["standard", "option"], kind="stable")
    columns = ["standard", "option", "what", "site_id", "name", "unit_name", "people", "length_m"]
    columns += ["mean_m", "farthest_m", "cost", "staff_low", "staff_high", "lon", "lat"]
    table = table.reindex(columns=[*columns, "text_zh", "text_en"])
    for name, digits in (("length_m", 1), ("mean_m", 1), ("farthest_m", 1), ("lon", 6), ("lat", 6)):
        table[name] = pd.to_numeric(table[name], errors="coerce").round(digits)
    _write_csv(without_infinities(table), path)
    return len(table)
