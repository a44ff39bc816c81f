"""Result → plain tables: one tidy frame for each thing that is written, drawn or listed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingcircle._arrays import BoolArray
from livingcircle.city.model import City
from livingcircle.localized import LocalizedText
from livingcircle.network.geodesy import WGS84
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.finding import Finding
from livingcircle.standards.result import Result
from livingcircle.standards.rows import NO_UNIT
from livingcircle.vocab.texts import localized_name, sensitivity_words

__all__ = [
    "circle_findings",
    "column",
    "demand_frame",
    "facilities_frame",
    "findings_frame",
    "gaps_frame",
    "links_frame",
    "opening_finding",
    "per_unit",
    "place_words",
    "plain_columns",
    "quality_frame",
    "sensitivity_rows",
    "sites_frame",
    "unit_frames",
    "villages_frame",
]


GAPS_TABLE_COLUMNS = (
    "standard", "rank", "gap_id", "unit_id", "unit_name", "level", "people", "households",
    "facility_id", "facility_name", "metres", "straight_m", "reason", "barrier", "lon", "lat",
)  # fmt: skip


_VILLAGE_SKIP = {
    "name", "level", "geometry", "village_id", "value_unit", "part", "residents", "households",
    "town", "district", "target",
}  # fmt: skip
_WORST_FIRST = ("short", "unknown", "met", "report")

_SCORECARD_NUMBERS = (
    "value", "target", "due", "numerator", "denominator", "people_left_out",
    "households_left_out", "sensitivity_low", "sensitivity_high", "p_met", "band_low",
    "band_high",
)  # fmt: skip


def column(standard: str, what: str) -> str:
    """Return the name of a standard's column in a layer: ``XM-1a``, ``value`` → ``XM_1a_value``."""
    return f"{standard.replace('-', '_').replace('.', '_')}_{what}"


def circle_findings(result: Result) -> Iterator[Finding]:
    """Yield the findings that were decided home by home (the circles)."""
    return (
        f
        for f in result.findings
        if f.requirement.shows("by_home") and f.demand is not None and len(f.demand)
    )


def findings_frame(result: Result) -> pd.DataFrame:
    """Return one row per standard, in the order of the packs; the scorecard of people and QGIS."""
    frame = result.scorecard.copy()
    for name in _SCORECARD_NUMBERS:
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    return frame


def opening_finding(findings: Sequence[Finding]) -> int:
    """Return the position of the finding that maps open with.

    It is that of the service centres, else the first that asks for a walk, else the first finding.
    """

    def rank(k: int) -> tuple[int, int]:
        of_part = min(part.figures().map_rank for part in findings[k].requirement.parts)
        return of_part if of_part <= 1 and findings[k].status != "unknown" else 2, k

    return min(range(len(findings)), key=rank, default=0)


def sensitivity_rows(finding: Finding) -> list[tuple[tuple[str, str], float]]:
    """Return what was varied, in both languages, and the value it gave."""
    labels = {part.label_en: part.label_zh for part in finding.requirement.parts}
    # How many pass one by one, and what all are together, is told in the note.
    rows = {k: v for k, v in finding.sensitivity.items() if "scope:" not in k}
    return [(sensitivity_words(k, labels), v) for k, v in rows.items()]


def gaps_frame(result: Result, standards: Iterable[str] | None = None) -> gpd.GeoDataFrame:
    """Return every gap of every standard, ranked within its standard by the people left out."""
    if standards is None:
        # Tables, layers, map and report ask for all of them.
        return result.derive(_gaps_of)
    return _gaps_of(result, frozenset(standards))


def _gaps_of(result: Result, wanted: Collection[str] | None = None) -> gpd.GeoDataFrame:
    parts = [
        _ranked(finding)
        for finding in result.findings
        if finding.gaps is not None
        and len(finding.gaps)
        and (wanted is None or finding.id in wanted)
    ]
    if not parts:
        empty = pd.DataFrame({name: pd.Series(dtype=object) for name in GAPS_TABLE_COLUMNS})
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=WGS84))
    table = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
    names = _facility_names(result.city)
    table["facility_name"] = table["facility_id"].map(names) if "facility_id" in table else None
    for name in GAPS_TABLE_COLUMNS:
        if name not in table:
            table[name] = None
    rest = [c for c in table.columns if c not in {*GAPS_TABLE_COLUMNS, "geometry"}]
    table = table[[*GAPS_TABLE_COLUMNS, *rest, "geometry"]]
    return gpd.GeoDataFrame(table, geometry="geometry", crs=WGS84)


def _ranked(finding: Finding) -> gpd.GeoDataFrame:
    """Return the gaps of one finding, most people first; ties by distance, then by id."""
    # Tables, layers, map and report ask for the same ones.
    return finding.derive(_rank)


def _rank(finding: Finding) -> gpd.GeoDataFrame:
    gaps = finding.gaps.to_crs(WGS84)
    order = pd.DataFrame(
        {
            "people": -_numbers(gaps, "people").fillna(-1.0),
            "metres": -_numbers(gaps, "metres").replace(np.inf, 1e12).fillna(-1.0),
            "gap_id": gaps["gap_id"].astype(str),
        }
    )
    gaps = gaps.loc[order.sort_values(["people", "metres", "gap_id"], kind="stable").index]
    gaps = gaps.reset_index(drop=True)
    # The middle of a gap is where its people live; other gaps are where their unit is.
    inside = gaps.geometry.representative_point()
    gaps["lon"] = _numbers(gaps, "lon").fillna(inside.x)
    gaps["lat"] = _numbers(gaps, "lat").fillna(inside.y)
    # Homes that lie in no unit are a gap of their own.
    gaps["unit_name"] = gaps["unit_name"].fillna(NO_UNIT)
    gaps["standard"] = finding.id
    gaps["rank"] = np.arange(1, len(gaps) + 1)
    return gaps


def place_words(name: object, other: object) -> LocalizedText:
    """Return what a gap is called: by the name of its unit, else by something other, its id."""
    if name == NO_UNIT:
        return localized_name("equity", "no_place")
    text = str(name or other)
    return LocalizedText(text, text)


def _numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        return pd.Series(np.nan, index=frame.index)
    return pd.to_numeric(frame[name], errors="coerce")


def _facility_names(city: City) -> dict[str, str]:
    table = city.facilities.table
    return dict(zip(table["facility_id"], table["name"], strict=True))


def unit_frames(result: Result) -> dict[str, gpd.GeoDataFrame]:
    """Return level → units with the status and value of every standard and the counts of each.

    What is only encouraged is not among the counts.
    """
    counted = {f.id for f in result.findings if f.requirement.force != "may"}
    by_level: dict[str, dict[str, pd.DataFrame]] = {}
    for finding in result.findings:
        for level, rows in per_unit(finding).groupby("level"):
            by_level.setdefault(str(level), {})[finding.id] = rows
    return {
        level: _with_findings(units.reset_index(drop=True), by_level.get(level, {}), counted)
        for level, units in result.city.units.items()
        if len(units)
    }


def _with_findings(
    units: gpd.GeoDataFrame, tables: Mapping[str, pd.DataFrame], counted: Collection[str]
) -> gpd.GeoDataFrame:
    """Join the per-unit tables of the findings to the units of one level."""
    ids = pd.Index(units["unit_id"])
    added: dict[str, NDArray[np.generic]] = {}
    for standard, rows in tables.items():
        at = pd.Index(rows["unit_id"]).get_indexer(ids)
        # Capacities also say what is left within reach (see standards.kinds.floating_catchments).
        for what in ("status", "value", "within_reach"):
            if what in rows:
                cells = rows[what].to_numpy()
                taken = pd.api.extensions.take(cells, at, allow_fill=True)
                added[column(standard, what)] = np.asarray(taken)
    found = pd.DataFrame(added, index=units.index)
    status = found[[column(one, "status") for one in tables if one in counted]]
    counts = {s: (status == s).sum(axis=1) for s in ("short", "met", "unknown")}
    plain = units.drop(columns="geometry")
    table = pd.concat([plain, pd.DataFrame(counts, index=units.index), found], axis=1)
    return gpd.GeoDataFrame(table, geometry=units.geometry, crs=units.crs)


def per_unit(finding: Finding) -> pd.DataFrame:
    """Return one row per unit of a finding; where several parts judge a unit, the worst of them.

    Columns: those of the finding's own table, with numbers as numbers. A circle's share goes
    before anything that other parts count, since it is what a map colours.
    """
    return finding.derive(_worst_of_parts)


def _worst_of_parts(finding: Finding) -> pd.DataFrame:
    table = finding.units
    if not len(table):
        return pd.DataFrame({name: [] for name in ("unit_id", "level", "status", "value")})
    table = table.assign(value=pd.to_numeric(table["value"], errors="coerce"))
    if "part" not in table:
        return table.drop_duplicates(["level", "unit_id"])
    if not table.duplicated(["level", "unit_id"]).any():
        return table.sort_index()
    measured = [
        k for k, part in enumerate(finding.requirement.parts, start=1) if part.figures().by_home
    ]
    order = pd.DataFrame(
        {
            "other": ~table["part"].isin(measured),
            "better": table["status"].map({s: k for k, s in enumerate(_WORST_FIRST)}),
        },
        index=table.index,
    ).sort_values(["other", "better"], kind="stable")
    rows = table.loc[order.index].drop_duplicates(["level", "unit_id"])
    return rows.sort_index()


def demand_frame(result: Result) -> gpd.GeoDataFrame:
    """Return where people live, with status, metres, seconds and facility of each circle.

    Where several parts decide homes, ``part`` names the one that decides each. Of explained results
    also the reason of a gap, and whether the answer depends on a tenth of walking speed.
    """
    demand = result.city.demand
    added: dict[str, pd.Series] = {}
    for finding in circle_findings(result):
        assert finding.demand is not None  # noqa: S101 - circle_findings gives no others
        for what in (
            "status",
            "part",
            "metres",
            "seconds",
            "probability",
            "p_covered",
            "facility_id",
            "reason",
            "depends",
        ):
            # A standard may apply to part of the demand only; the rest stays empty.
            if what in finding.demand:
                added[column(finding.id, what)] = finding.demand[what].reindex(demand.index)
    table = pd.concat(
        [demand.drop(columns="geometry"), pd.DataFrame(added, index=demand.index)], axis=1
    )
    return gpd.GeoDataFrame(table, geometry=demand.geometry, crs=demand.crs)


def facilities_frame(result: Result) -> gpd.GeoDataFrame:
    """Return every facility row of the inputs, those without coordinates too (empty geometry).

    An area among points is shown by a point inside it, so that the layer holds one kind of shape.
    """
    table = result.city.facilities.table.drop(columns="entrances", errors="ignore").copy()
    ids = [";".join(c) if c is not None else "" for c in table["categories"]]
    table["categories"] = ids
    table.insert(2, "category", [c.split(";")[0] for c in ids])
    return as_points(table)


def as_points(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a table with a point for each shape, unless all shapes are of one kind."""
    kinds = table.geometry.geom_type.dropna().str.removeprefix("Multi").unique()
    if len(kinds) <= 1:
        return table
    return table.set_geometry(table.geometry.representative_point())


def villages_frame(result: Result) -> gpd.GeoDataFrame:
    """Return the urban villages with what the first sub-station rule found about each.

    Further sub-station rules add their status and value only.
    """
    out = result.city.urban_villages.copy()
    rules = [f for f in result.findings if f.requirement.shows("by_village") and len(f.units)]
    for k, finding in enumerate(rules):
        table = finding.units.drop_duplicates("unit_id").set_index("unit_id")
        names = [c for c in table.columns if c not in _VILLAGE_SKIP] if k == 0 else []
        for name in names:
            target = name if name not in out else column(finding.id, name)
            out[target] = out["village_id"].map(table[name])
        for name in ("status", "value"):
            out[column(finding.id, name)] = out["village_id"].map(table[name])
    return out


_SITE_COLUMNS = (
    "standard", "option", "site_id", "name", "category", "unit_name", "people", "points", "mean_m",
    "farthest_m", "cost", "staff_low", "staff_high", "source", "candidate_id", "text_zh", "text_en",
    "lon", "lat", "geometry",
)  # fmt: skip
_LINK_COLUMNS = (
    "standard", "option", "link_id", "length_m", "people", "barrier", "barrier_name", "kind_zh",
    "kind_en", "text_zh", "text_en", "geometry",
)  # fmt: skip


def sites_frame(plans: Sequence[SitePlan]) -> gpd.GeoDataFrame:
    """Return the proposed sites; ``option`` 1 is sites alone, 2 sites with new links."""
    return _of_options(plans, lambda option: option.sites, _SITE_COLUMNS)


def links_frame(plans: Sequence[SitePlan]) -> gpd.GeoDataFrame:
    """Return the new links that options 2 build."""
    return _of_options(plans, lambda option: option.built_links, _LINK_COLUMNS)


def _of_options(
    plans: Sequence[SitePlan],
    table: Callable[[SitePlan], gpd.GeoDataFrame],
    columns: Sequence[str],
) -> gpd.GeoDataFrame:
    parts = [
        pd.DataFrame(table(option)).assign(standard=plan.standard, option=k)
        for plan in plans
        for k, option in enumerate(plan.options, start=1)
        if len(table(option))
    ]
    if not parts:
        empty = pd.DataFrame({name: pd.Series(dtype=object) for name in columns[:-1]})
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=WGS84))
    rows = pd.concat(parts, ignore_index=True).reindex(columns=list(columns))
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=WGS84)


def quality_frame(result: Result) -> gpd.GeoDataFrame:
    """Return the quality findings about the inputs and the notes of what was guessed."""
    # How many people a finding is about stands in its sentence, where it is known.
    return as_points(result.city.issues.drop(columns="people", errors="ignore"))


def plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Make a frame that every format can hold: no tuples, no infinities, one type per column."""
    geometry = getattr(frame, "_geometry_column_name", None)
    columns = [
        frame.iloc[:, k] if name == geometry else _plain(frame.iloc[:, k])
        for k, name in enumerate(frame.columns)
    ]
    out = pd.concat(columns, axis=1) if columns else frame.copy()
    if geometry is None or geometry not in frame:
        return out
    placed: pd.DataFrame = gpd.GeoDataFrame(out, geometry=geometry, crs=getattr(frame, "crs", None))
    return placed


def _plain(values: pd.Series) -> pd.Series:
    """Return a column as float, integer, boolean or text, missing values kept missing."""
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_integer_dtype(values.dtype):
        return values
    if pd.api.types.is_float_dtype(values.dtype):
        infinite = np.isinf(values.to_numpy(dtype=float, na_value=np.nan)).any()
        return values.replace([np.inf, -np.inf], np.nan) if infinite else values
    if values.dtype != object:
        return _texts(values)
    known = values.notna().to_numpy()
    present = values[known]
    kinds = set(map(type, present.to_numpy()))
    if kinds == {str}:
        return _cells(values, known)
    if not kinds:
        return _texts(values)
    if kinds <= {bool, np.bool_}:
        return values.astype("boolean")
    if kinds <= {int, float, np.int64, np.float64, np.bool_, bool}:
        return pd.to_numeric(values).astype("float64").replace([np.inf, -np.inf], np.nan)
    text = present.map(lambda v: "; ".join(map(str, v)) if isinstance(v, tuple | list) else str(v))
    return _texts(text.reindex(values.index))


def _texts(values: pd.Series) -> pd.Series:
    """Return texts as objects with None where one is missing, in every version of pandas.

    Before pandas 3 a cast to text turns a missing value into the words "nan" or "None".
    """
    known = values.notna().to_numpy()
    if isinstance(values.dtype, pd.StringDtype) or not known.any():
        return _cells(values, known)
    return _cells(values.where(known, None).astype(str), known)


def _cells(texts: pd.Series, known: BoolArray) -> pd.Series:
    cells = np.full(len(texts), None, dtype=object)
    cells[known] = texts.to_numpy(dtype=object)[known]
    return pd.Series(cells, index=texts.index, name=texts.name, dtype=object)
