"""substation: urban villages so far from a service centre that they may get a sub-station."""

from __future__ import annotations

from typing import ClassVar, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import model_validator

from livingcircle.io.column_names import ColumnValues
from livingcircle.localized import LocalizedText, number
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.access import Access, AreaRule
from livingcircle.standards.axes import Axis, chosen_axes
from livingcircle.standards.base import (
    Categories,
    Metres,
    Needs,
    Share,
    WalkerName,
    category_words,
)
from livingcircle.standards.context import Context
from livingcircle.standards.homes import Held
from livingcircle.standards.judge import Verdict, demanded
from livingcircle.standards.kind import Figures, Kind
from livingcircle.standards.kinds.substation_chosen import points_as_chosen, villages_as_chosen
from livingcircle.standards.kinds.substation_space import substation_space
from livingcircle.standards.kinds.village_distances import (
    SHARE_TOLERANCE,
    cut_off_by,
    is_far,
    village_points,
    village_table,
    weights,
)
from livingcircle.standards.missing import unknown_people
from livingcircle.standards.outcome import OUTCOME_GAP_COLUMNS, Outcome, no_gaps, unknown
from livingcircle.standards.tables import as_number
from livingcircle.standards.travel import Trip, walker_of
from livingcircle.vocab.levels import UnitLevel

__all__ = ["Substation"]

Measure = Literal["mean", "nearest_edge", "centre", "share"]
MEASURES: dict[str, LocalizedText] = {
    "mean": LocalizedText("村内各居民点步行距离的平均值", "mean walk of the homes of the village"),
    "nearest_edge": LocalizedText(
        "村界最近处的步行距离", "walk from the nearest point of the outline"
    ),
    "centre": LocalizedText("村中心的步行距离", "walk from the middle of the village"),
    "share": LocalizedText("超限人口比例", "share of people beyond the distance"),
}
_BY_LAW = LocalizedText(
    "法律用语中“以上”含本数", "in legal usage 以上 (at or above) includes the number"
)


class Substation(Kind):
    """Every urban village ``metres`` or farther from the nearest facility is a candidate."""

    judged_by_share: ClassVar[bool] = False
    kind: Literal["substation"]
    categories: Categories
    metres: Metres
    measure: Measure = "mean"
    share_beyond: Share = 0.5
    """``measure = "share"``: a candidate has more than this share of its demand beyond;
    ``"mean"``: a village with more than this share unreached is a candidate whatever the mean."""
    staff: tuple[int, int] | None = None
    """From, to: staff proposed for a sub-station."""
    walker: WalkerName | None = None
    facility_level: UnitLevel | None = None
    boundary: Literal["inclusive", "exclusive"] = "inclusive"
    """Whether exactly ``metres`` is a candidate: 以上 includes the number, as laws use it."""

    @model_validator(mode="after")
    def _report(self) -> Substation:
        if self.target != "report":
            raise ValueError("target: candidates are reported, not judged; state target = 'report'")
        return self

    @property
    def counted_en(self) -> tuple[str, str]:
        """What the value counts, one and many."""
        return "urban village", "urban villages"

    def measured(self) -> LocalizedText:
        """Return what is measured, in one line."""
        what, how, far = (
            category_words(self.categories),
            MEASURES[self.measure],
            number(self.metres),
        )
        inclusive = self.boundary == "inclusive"
        zh = f"达到或超过 {far} 米" if inclusive else f"超过 {far} 米"
        en = f"{far} m or more" if inclusive else f"farther than {far} m"
        return LocalizedText(
            f"每个城中村到最近{what.zh}的步行距离（口径：{how.zh}），{zh}即为候选",
            f"walk from every urban village to the nearest {what.en} ({how.en}): "
            f"{en} is a candidate",
        )

    def needs(self) -> Needs:
        """Return what data the part needs."""
        layers = ("network", "demand", "urban_villages")
        return super().needs() + Needs(self.categories, (), (), layers)

    def assess(self, ctx: Context) -> Outcome:
        """Return how the city stands against this part."""
        return _assess(self, ctx)

    def access_tests(self, ctx: Context, outcome: Outcome) -> tuple[Access, ...]:
        """Return the walk from the villages to a service centre; none where no walk decides."""
        if not _walks(self):
            return ()
        part = self.read()
        group, weight = "points", np.zeros(0)
        if outcome.demand is not None:
            column, group = weights(outcome.demand)
            weight = column.to_numpy(dtype=np.float64)
        test = Access(
            ctx=ctx,
            outcome=outcome,
            needs=("any",),
            trips=(_trip(part, ctx),),
            limit=float(part.metres),
            basis="metres",
            group=group,
            weight=weight,
            areas=_rule(part),
        )
        return (test,)

    def readings(self) -> tuple[Axis, ...]:
        """Return the ways to measure a village, which the plans leave open."""
        axes = (
            Axis("measure", tuple(MEASURES), self.measure),
            Axis("path", ("network", "straight"), "network"),
            Axis("to", ("nearest", "own_community"), "nearest"),
            Axis("boundary", ("inclusive", "exclusive"), self.boundary, _BY_LAW),
            Axis("facilities", ("strict", "wide"), "strict"),
        )
        return chosen_axes(axes, self.reasons)

    def figures(self) -> Figures:
        """Return that villages are judged, by a distance."""
        return Figures(by_village=True, picture_rank=0, less_is_better=True)


def _assess(part: Substation, ctx: Context) -> Outcome:
    """Measure every village and name the candidates."""
    missing = list(ctx.missing_categories(part.categories))
    if not ctx.has("urban_village"):
        missing.append("layer:urban_villages")
    if missing:
        return unknown(part, "count", missing)
    villages = ctx.units("urban_village")
    selection = ctx.select("urban_village", part.applies)
    if selection.missing:
        return unknown(part, "count", selection.missing, notes=selection.notes)
    villages = villages[selection.chosen]
    trip = _trip(part, ctx)
    points, weight, weighed = village_points(ctx, trip, villages)
    if not _walks(part):
        points = points_as_chosen(part, ctx, points, trip)
    table = village_table(part, ctx, villages, points, weight, trip)
    if len(villages) and not _walks(part):
        table = villages_as_chosen(part, ctx, table, villages, points, weight, trip)
    table = _candidates(part, ctx, table)
    candidate = table["candidate"].astype(bool)
    due = demanded(part, ctx.as_of)
    value = table[f"by_{part.measure}"]
    # A village that is not decided is no candidate, and none that is not one.
    decided = value.notna()
    count, total = float(candidate.sum()), float(decided.sum())
    nothing = len(table) > 0 and not total
    verdict = Verdict(
        "unknown" if nothing else "report",
        None if nothing else count,
        None,
        "count",
        count,
        total,
        due=due.year if due else part.due,
        is_due=due.is_due if due else True,
    )
    units = table.assign(
        status=np.select([candidate, ~decided], ["short", "unknown"], "met"),
        value=value,
        target=part.metres if part.measure != "share" else part.share_beyond,
        value_unit="metres" if part.measure != "share" else "share",
    )
    return Outcome(
        (verdict,),
        measures=_measures(table, candidate, decided, part),
        units=units.drop(columns="geometry"),
        gaps=_gaps(part, table[candidate], cut_off_by(points, weight)),
        demand=points,
        held=_held(part),
        sensitivity=_sensitivity(part, table),
        notes=(*selection.notes, *_notes(part, table, weighed), *_unknown(points, weighed)),
        space=substation_space(part, part.readings(), ctx, villages, points, weight, trip),
    )


def _held(part: Substation) -> Held:
    by_line = part.chosen.get("path") == "straight"
    return Held("straight_m" if by_line else "metres", _rule(part).within_m(part.metres))


def _walks(part: Substation) -> bool:
    """Return whether villages are judged by walks to the nearest facility."""
    own = {"path": "network", "to": "nearest"}
    return all(part.chosen.get(axis, option) == option for axis, option in own.items())


def _rule(part: Substation) -> AreaRule:
    inclusive = part.boundary == "inclusive"
    return AreaRule(
        "urban_village", part.measure, part.share_beyond, inclusive=inclusive, staff=part.staff
    )


def _trip(part: Substation, ctx: Context) -> Trip:
    return Trip(part.categories, walker_of(part.walker, ctx.city), level=part.facility_level)


def _candidates(part: Substation, ctx: Context, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Mark the candidates by the chosen measure and by every other, and name the centre."""
    flags = {f"candidate_{name}": _beyond(part, table, name, 1.0) for name in MEASURES}
    names = ctx.city.facilities.table.drop_duplicates("facility_id").set_index("facility_id")
    known = names["name"] if "name" in names else pd.Series(dtype=object)
    low, high = part.staff or (np.nan, np.nan)
    chosen = flags[f"candidate_{part.measure}"]
    return table.assign(
        facility_name=table["facility_id"].map(known),
        candidate=chosen,
        staff_low=np.where(chosen, low, np.nan),
        staff_high=np.where(chosen, high, np.nan),
        **flags,
    )


def _beyond(part: Substation, table: pd.DataFrame, measure: str, factor: float) -> pd.Series:
    if measure == "share":
        return table["by_share"] > part.share_beyond + SHARE_TOLERANCE
    return is_far(part, table[f"by_{measure}"], factor)


def _measures(
    table: gpd.GeoDataFrame, candidate: pd.Series, decided: pd.Series, part: Substation
) -> dict[str, float]:
    found: dict[str, float] = {
        "limit_m": part.metres,
        "villages": float(len(table)),
        "villages_undecided": float((~decided).sum()),
    }
    if len(table) and not decided.any():
        return found
    found["candidates"] = float(candidate.sum())
    if len(table):
        found["share_candidates"] = float(candidate[decided].mean())
    for name in MEASURES:
        found[f"candidates_{name}"] = float(table[f"candidate_{name}"].sum())
    for name in ("residents", "households"):
        if table[name].notna().any():
            found[f"{name}_of_candidates"] = float(table.loc[candidate, name].sum())
    if part.staff:
        found["staff_low"] = float(part.staff[0] * candidate.sum())
        found["staff_high"] = float(part.staff[1] * candidate.sum())
    return found


def _sensitivity(part: Substation, table: gpd.GeoDataFrame) -> dict[str, float]:
    """Return the candidates at a distance 10 % shorter and longer, and by each measure."""
    if table[f"by_{part.measure}"].isna().all():
        return {}
    found = {
        f"limit{sign}10%": float(_beyond(part, table, part.measure, factor).sum())
        for sign, factor in (("-", 0.9), ("+", 1.1))
        if part.measure != "share"
    }
    other = "exclusive" if part.boundary == "inclusive" else "inclusive"
    turned = part.model_copy(update={"boundary": other})
    if part.measure != "share":
        found[f"boundary:{other}"] = float(_beyond(turned, table, part.measure, 1.0).sum())
    return found | {f"measure:{n}": float(table[f"candidate_{n}"].sum()) for n in MEASURES}


def _gaps(part: Substation, rows: gpd.GeoDataFrame, lost_by: pd.Series) -> gpd.GeoDataFrame:
    """Return one row per candidate."""
    if not len(rows):
        return no_gaps()
    by_line = part.chosen.get("path") == "straight"
    far = (rows["straight_m"] > part.metres + COST_TOLERANCE) | by_line
    reason = pd.Series(np.where(far, "no_facility", "detour"), index=rows.index)
    measured = "mean" if part.measure == "share" else part.measure
    cut_off = ~np.isfinite(rows[f"by_{measured}"])
    # Where there is no facility anywhere, or no street is asked for, no piece of the network is to
    # blame.
    blamed = cut_off & np.isfinite(rows["straight_m"]) & (not by_line)
    reason = reason.mask(blamed, lost_by.reindex(rows.index).fillna(rows["status_points"]))
    data: dict[str, ColumnValues] = {
        "unit_id": rows["unit_id"],
        "unit_name": rows["name"],
        "level": "urban_village",
        "town": rows["town"],
        "district": rows["district"],
        "people": rows["residents"],
        "households": rows["households"],
        "facility_id": rows["facility_id"],
        "metres": rows["metres"],
        "straight_m": rows["straight_m"],
        "reason": reason,
    }
    extra = ("metres_min", "metres_max", "share_beyond", "facility_name", "staff_low", "staff_high")
    data |= {name: rows[name] for name in extra}
    columns = [*OUTCOME_GAP_COLUMNS, *extra]
    return gpd.GeoDataFrame(
        pd.DataFrame(data, index=rows.index)[columns], geometry=rows.geometry, crs=rows.crs
    )


def _unknown(points: gpd.GeoDataFrame, weighed: str) -> tuple[LocalizedText, ...]:
    if weighed not in points:
        return ()
    return unknown_people(int(as_number(points[weighed]).isna().sum()), len(points))


def _notes(part: Substation, table: gpd.GeoDataFrame, weighed: str) -> list[LocalizedText]:
    by = {
        "residents": LocalizedText("居民数", "residents"),
        "households": LocalizedText("户数", "households"),
        "points": LocalizedText("居民点（每点计 1）", "demand points (1 each)"),
    }[weighed]
    far, how = number(part.metres), MEASURES[part.measure]
    inclusive = part.boundary == "inclusive"
    zh = f"恰好 {far} 米也是候选（“以上”含本数）" if inclusive else f"恰好 {far} 米不是候选"
    en = f"exactly {far} m is a candidate" if inclusive else f"a candidate is farther than {far} m"
    notes = [
        LocalizedText(
            f"口径：{how.zh}，按{by.zh}加权；{zh}",
            f"measured is the {how.en}, weighted by {by.en}; {en}",
        )
    ]
    lost = int((table["share_unreached"] > 0).sum())
    if lost:
        notes.append(
            LocalizedText(
                f"{lost} 个城中村有居民步行到不了任何设施，按超过距离计",
                f"in {lost} urban village{'' if lost == 1 else 's'} some people reach no facility"
                " on foot: they count as beyond the distance",
            )
        )
    own = part.chosen.get("to") == "own_community"
    empty = int((table["points"] == 0).sum())
    if empty:
        of = ("及其所在社区（村）", ", and of the community that it lies in") if own else ("", "")
        notes.append(
            LocalizedText(
                f"{empty} 个城中村没有居民点，以村中心{of[0]}计",
                f"1 urban village holds no demand point: measured from its middle{of[1]}"
                if empty == 1
                else f"{empty} urban villages hold no demand point: each is measured from its"
                f" middle{of[1]}",
            )
        )
    nowhere = int(table[f"by_{part.measure}"].isna().sum())
    if nowhere:
        notes.append(
            LocalizedText(
                f"{nowhere} 个城中村不在任何社区（村）内，没有本社区（村）的设施可言，未判定",
                "1 urban village lies in no community, and so has no facility of its own: not"
                " decided"
                if nowhere == 1
                else f"{nowhere} urban villages lie in no community, and so have no facility of"
                " their own: not decided",
            )
        )
    return notes
