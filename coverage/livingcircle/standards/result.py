"""Result: all findings of a run, as a scorecard, as gaps, and on disk."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from livingcircle._derived import Derives
from livingcircle._lookup import later
from livingcircle._nearest import did_you_mean
from livingcircle.errors import ConfigError
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding
from livingcircle.standards.grid import by_grid
from livingcircle.standards.model import Pack
from livingcircle.standards.uncounted import Uncounted, uncounted

if TYPE_CHECKING:
    import folium

    from livingcircle.city.model import City

__all__ = ["SCORECARD_COLUMNS", "Result"]

SCORECARD_COLUMNS = (
    "id",
    "pack",
    "clause",
    "kind",
    "statement_zh",
    "statement_en",
    "status",
    "value",
    "target",
    "unit",
    "due",
    "is_due",
    "expired",
    "force",
    "numerator",
    "denominator",
    "counts_units",
    "group",
    "people_left_out",
    "households_left_out",
    "gaps",
    "sensitivity",
    "sensitivity_low",
    "sensitivity_high",
    "p_met",
    "band_low",
    "band_high",
    "depends_on_reading",
    "reading_zh",
    "reading_en",
    "verified",
    "missing",
    "note_zh",
    "note_en",
)


@dataclass(frozen=True, eq=False, repr=False)
class Result(Derives):
    """A city assessed against packs."""

    city: City
    findings: tuple[Finding, ...]
    packs: tuple[Pack, ...]
    as_of: int
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds by requirement id."""
    context: Context | None = None
    """What was worked out on the way (searches, circles), so that maps need not do it again."""

    @cached_property
    def scorecard(self) -> pd.DataFrame:
        """One row per requirement, in the order of the packs.

        ``sensitivity`` says what was varied by ±10 % (``speed`` or ``limit``); the share at the
        slower, shorter one is ``sensitivity_low``. ``p_met`` and the band are those of
        ``livingcircle.uncertainty``, empty where nothing was drawn. ``expired`` says that the
        plan's last year lies before that of the assessment.
        """
        over = {pack.id for pack in self.packs if pack.document.expired(self.as_of)}
        rows = [_row(f) | {"expired": f.requirement.pack in over} for f in self.findings]
        return pd.DataFrame(rows, columns=list(SCORECARD_COLUMNS))

    @cached_property
    def outside(self) -> pd.DataFrame:
        """Requirements that no map can test: pack, clause, statement and reason, zh and en."""
        columns = ["pack", "clause", "statement_zh", "statement_en", "reason_zh", "reason_en"]
        rows = [{"pack": p.id, **item.model_dump()} for p in self.packs for item in p.outside]
        return pd.DataFrame(rows, columns=columns)

    def finding(self, standard: str) -> Finding:
        """Return the finding of one requirement.

        Raises
        ------
        ConfigError
            No requirement of the packs has that id; names those that have a similar one.
        """
        for one in self.findings:
            if standard in (one.id, f"{one.requirement.pack}:{one.id}"):
                return one
        ids = [one.id for one in self.findings]
        hint = did_you_mean(standard, ids, "See result.scorecard", count=3)
        raise ConfigError(f"no requirement '{standard}' was assessed", hint=hint, field="standard")

    def readings(self, standard: str) -> pd.DataFrame:
        """Return the choices that a plan leaves open in one requirement, and what each gives.

        Returns
        -------
        DataFrame
            A row per option: ``part`` (from 1), ``axis``, ``option``, ``chosen`` (whether the
            finding was judged with it), ``value``, ``target``, ``unit``, ``status``, ``flips``
            (whether this option alone turns the verdict over), ``numerator``, ``denominator``,
            ``counts`` (they are numbers of units: n of m), the names of axis and option and the
            reason for the chosen one in both languages, and ``text``, the value as one reads it.

        Raises
        ------
        ConfigError
            No requirement of the packs has that id.
        """
        return self.finding(standard).readings.table.copy()

    @property
    def is_short(self) -> bool:
        """Whether a must-standard is short."""
        return any(f.status == "short" and f.requirement.force == "must" for f in self.findings)

    def undecided(self) -> dict[str, list[str]]:
        """Return the units that cannot be judged because data are missing, by requirement id.

        Where a whole finding is unknown its list holds ``*``.
        """
        found: dict[str, list[str]] = {}
        for one in self.findings:
            if one.status == "unknown":
                found[one.id] = ["*"]
                continue
            units = one.units
            if "status" not in units:
                continue
            ids = units.loc[units["status"] == "unknown", "unit_id"].dropna()
            if len(ids):
                found[one.id] = sorted(set(map(str, ids)))
        return found

    def uncounted(self) -> Uncounted:
        """Return the left-out points that state no number of people, see ``uncounted``."""
        return uncounted(self.findings)

    def gaps(self, standard: str) -> gpd.GeoDataFrame:
        """Return the gaps of one requirement (EPSG:4326)."""
        return self.finding(standard).gaps

    def equity(self, standard: str) -> pd.DataFrame:
        """Return who is left out, by group and place, and how unevenly people walk.

        See ``livingcircle.gaps.equity.equity``.
        """
        return pd.DataFrame(later("equity")(self, standard))

    def lorenz(self, standard: str) -> pd.DataFrame:
        """Return the Lorenz curve of the minutes that people walk."""
        return pd.DataFrame(later("lorenz_curve")(self, standard))

    def single_points(self, standard: str, *, most: int = 10) -> pd.DataFrame:
        """Return the facilities and streets that people depend on alone (N-1).

        See ``livingcircle.gaps.single_points.single_points``.
        """
        return pd.DataFrame(later("single_points")(self, standard, most=most))

    def by_grid(
        self, size_m: float | None = None, *, h3: int | None = None, standard: str | None = None
    ) -> gpd.GeoDataFrame:
        """Return the share of people served in each cell of a grid.

        Parameters
        ----------
        size_m
            Metres along a side of a square cell, along the axes of the network's ``crs_m``; 500
            where neither it nor ``h3`` is stated.
        h3
            Resolution of H3 cells instead (0 to 15); needs the extra ``livingcircle[h3]``.
        standard
            One requirement; all that ask who is within a limit if None.

        Returns
        -------
        GeoDataFrame
            A row for each requirement, part and cell that holds a home (EPSG:4326): ``id``,
            ``part`` (from 1), ``group`` (whom it counts), ``cell`` (an H3 index, or the corner
            ``E...N...`` in metres), ``points``, ``unknown`` (points whose people are not known),
            ``people``, ``people_covered``, and their ``share``, NaN where nobody lives.

        Raises
        ------
        WrongTypeError, ConfigError
            The size, the resolution or the id makes no sense.
        InputError
            The package h3 is not installed.
        """
        chosen = self.findings if standard is None else (self.finding(standard),)
        ctx = self.context or Context(self.city, self.as_of)
        tests = (
            (one.id, number, test)
            for one in chosen
            for number, (part, outcome) in enumerate(
                zip(one.requirement.parts, one.parts, strict=True), 1
            )
            for test in part.access_tests(ctx, outcome)
            if test.decided
        )
        return by_grid(tests, self.city.network.crs_m, size_m, h3)

    def write(self, folder: str | Path, **options: object) -> Path:
        """Write everything that a run writes into a folder; whole or not at all."""
        return Path(later("write_result")(self, folder, **options))

    def explore(
        self, standard: str | None = None, *, tiles: str | folium.TileLayer | None = None
    ) -> folium.Map:
        """Return a folium map of the gaps (see ``livingcircle.publish.web.explore``)."""
        chart: folium.Map = later("explore_result")(self, standard, tiles=tiles)
        return chart

    def __repr__(self) -> str:
        """Return the city, the packs and how many requirements stand how."""
        counts = self.scorecard["status"].value_counts()
        shown = ", ".join(f"{count} {status}" for status, count in counts.items())
        return f"Result({self.city.name}, {', '.join(p.id for p in self.packs)}: {shown})"

    def _repr_html_(self) -> str:
        """Return the scorecard for a notebook."""
        columns = ["id", "statement_en", "status", "value", "target", "unit", "people_left_out"]
        shown = [*columns, "depends_on_reading", "reading_en"]
        met = [one.members_met for one in self.findings]
        value = [
            row if of is None else f"{of[0]:,}/{of[1]:,}"
            for row, of in zip(self.scorecard["value"], met, strict=True)
        ]
        table = self.scorecard[shown].assign(value=pd.Series(value, dtype=object))
        overs = [(pack.title.en, pack.document.over(self.as_of).en) for pack in self.packs]
        banners = [html.escape(f"{title}. {over}") for title, over in overs if over]
        head = "".join(f"<p><strong>{banner}</strong></p>" for banner in banners)
        return head + str(table.to_html(index=False))


def _row(one: Finding) -> dict[str, object]:
    entry = one.requirement
    varied = next((k[:-4] for k in one.sensitivity if k.endswith("-10%")), None)
    return {
        "id": entry.id,
        "pack": entry.pack,
        "clause": entry.clause,
        "kind": entry.kind,
        "statement_zh": entry.statement_zh,
        "statement_en": entry.statement_en,
        "status": one.status,
        "value": one.value,
        "target": one.target,
        "unit": one.unit,
        "due": one.due,
        "is_due": one.is_due,
        "force": entry.force,
        "numerator": one.numerator,
        "denominator": one.denominator,
        "counts_units": one.members_met is not None,
        "group": one.group,
        "people_left_out": one.people_left_out,
        "households_left_out": one.households_left_out,
        "gaps": len(one.gaps),
        "sensitivity": None if varied is None else varied.rpartition(": ")[2],
        "sensitivity_low": one.sensitivity.get(f"{varied}-10%"),
        "sensitivity_high": one.sensitivity.get(f"{varied}+10%"),
        **{name: one.measures.get(name) for name in ("p_met", "band_low", "band_high")},
        "depends_on_reading": one.readings.depends,
        "reading_zh": one.readings.sentence.zh,
        "reading_en": one.readings.sentence.en,
        "verified": entry.verified,
        "missing": "; ".join(one.missing),
        "note_zh": one.note_zh,
        "note_en": one.note_en,
    }
