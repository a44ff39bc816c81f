"""Equity and single points of a whole result, worked out once for tables and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from livingcircle.gaps.equity import EQUITY_COLUMNS, equity, lorenz_curve, walking_tests
from livingcircle.gaps.single_points import SINGLE_COLUMNS, single_points
from livingcircle.localized import LocalizedText
from livingcircle.standards.finding import Finding
from livingcircle.standards.result import Result
from livingcircle.vocab.groups import counted_name, group_name
from livingcircle.vocab.texts import text_of

__all__ = ["EquityView"]

STREETS_OF = 4
"""Circles whose streets are closed one by one in the outputs of a run; ``result.single_points``
does it for any."""

_PLACES = ("town", "district")


@dataclass(frozen=True)
class EquityView:
    """Who is left out of the circles of a result, and the single facilities they depend on."""

    result: Result
    first: tuple[str, ...]
    """Ids of the findings that the report shows, in its order."""

    @cached_property
    def _circles(self) -> list[Finding]:
        found = (f for f in self.result.findings if walking_tests(self.result, f.id))
        return [one for one in found if not one.requirement.shows("by_village")]

    @cached_property
    def table(self) -> pd.DataFrame:
        """The rows of ``result.equity`` for every circle, with names in both languages."""
        parts = [equity(self.result, one.id) for one in self._circles]
        table = pd.concat(parts, ignore_index=True) if parts else _none(EQUITY_COLUMNS)
        keys = zip(table["by"], table["key"], table["name"], table["group"], strict=True)
        names = [_name(*key) for key in keys]
        return _named(table, names)

    @cached_property
    def single(self) -> pd.DataFrame:
        """The rows of ``result.single_points``: facilities of every circle, streets of the first.

        Circles of several levels or groups that walk alike have the same streets.
        """
        ids = [one.id for one in self._circles]
        streets = [name for name in self.first if name in ids][:STREETS_OF]
        parts = [single_points(self.result, name, streets=name in streets) for name in ids]
        full = [part for part in parts if len(part)]
        table = pd.concat(full, ignore_index=True) if full else _none(SINGLE_COLUMNS)
        kinds = [
            LocalizedText(*(text_of("single", w, to) for to in ("zh", "en"))) for w in table["what"]
        ]
        return table.assign(what_zh=[k.zh for k in kinds], what_en=[k.en for k in kinds])

    def curve(self, standard: str) -> str:
        """Return the Lorenz curve of a circle as the points of an SVG line, 100 by 100 high."""
        curve = lorenz_curve(self.result, standard)
        curve = curve[curve["part"] == curve["part"].min()].dropna()
        if len(curve) < 2:
            return ""
        # As fine as a page can show, and the same bytes for the same walks.
        people = np.linspace(0.0, 1.0, 51)
        minutes = np.interp(people, curve["people"], curve["minutes"])
        pairs = zip(people * 100, 100 - minutes * 100, strict=True)
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)

    def sections(self, findings: Sequence[Finding], points: int) -> list[dict[str, object]]:
        """Return what the report says of each of some findings: rows, curve, single points."""
        out: list[dict[str, object]] = []
        for finding in findings:
            own = self.table[(self.table["standard"] == finding.id) & (self.table["part"] == 1)]
            if not len(own):
                continue
            single = self.single[self.single["standard"] == finding.id].head(0)
            mine = self.single[self.single["standard"] == finding.id]
            for what in (mine["what"] == "facility", mine["what"] != "facility"):
                single = pd.concat([single, mine[what].head(points)]) if len(mine) else single
            whom = str(own["group"].iloc[0])
            own = own[(own["by"] != "group") | (own["key"] != whom)]  # said of all already
            towns = own["by"].isin(_PLACES)
            worst = own[towns].sort_values("share_beyond", ascending=False, kind="stable")
            rows = pd.concat([own[~towns], worst.head(points)])
            out.append(
                {
                    "finding": finding,
                    "counted": counted_name(whom),
                    "rows": list(rows.itertuples(index=False)),
                    "towns_left": max(len(worst) - points, 0),
                    "curve": self.curve(finding.id),
                    "single": list(single.itertuples(index=False)),
                }
            )
        return out


def _none(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})


def _name(by: str, key: str, name: str, group: str) -> LocalizedText:
    """Return what a row is about."""
    if by == "group":
        return group_name(key)
    if by in _PLACES:
        if name or key:
            return LocalizedText(name or key, name or key)
        key = "no_place"
    if by == "all":
        who = group_name(group)
        zh, en = (text_of("equity", "everybody", to) for to in ("zh", "en"))
        return LocalizedText(f"{zh}{who.zh}", f"{en} {who.en}")
    return LocalizedText(text_of("equity", key, "zh"), text_of("equity", key, "en"))


def _named(table: pd.DataFrame, names: Sequence[LocalizedText]) -> pd.DataFrame:
    place = list(table.columns).index("name")
    table = table.drop(columns="name")
    table.insert(place, "name_en", [name.en for name in names])
    table.insert(place, "name_zh", [name.zh for name in names])
    return table
