"""An example plug-in: an eighth kind of requirement, in a package of its own."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from livingcircle.localized import LocalizedText
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.access import Access
from livingcircle.standards.base import Categories, Needs, Positive, category_words
from livingcircle.standards.context import Context
from livingcircle.standards.judge import demanded, judge_share
from livingcircle.standards.kind import Axis, Figures, Kind
from livingcircle.standards.kinds.circle_tables import circle_gaps, circle_rows
from livingcircle.standards.outcome import Outcome, unknown
from livingcircle.standards.travel import Trip, walker_of


class Stroll(Kind):
    """The share of residents who walk there and back within so many metres."""

    kind: Literal["stroll"]
    title: ClassVar[LocalizedText] = LocalizedText("往返步行", "there and back")
    categories: Categories
    metres: Positive

    def measured(self) -> LocalizedText:
        what = category_words(self.categories)
        return LocalizedText(f"往返{what.zh}", f"there and back to {what.en}")

    def needs(self) -> Needs:
        return super().needs() + Needs(self.categories, ("demand.residents",), (), ("network",))

    def assess(self, ctx: Context) -> Outcome:
        missing = ctx.missing_categories(self.categories)
        if missing:
            return unknown(self, "share", missing)
        trip = self._trip(ctx)
        cost, crow = ctx.travel.cost(trip), ctx.travel.straight(trip)
        points = ctx.city.demand.assign(**cost, straight_m=crow["straight_m"])
        inside = (points["metres"] <= self.metres / 2 + COST_TOLERANCE).to_numpy()
        points["status"] = np.where(
            inside, "covered", points["status"].replace("covered", "gap")
        ).astype(object)
        points["reason"] = np.where(inside, None, "no_facility")
        weight = points["residents"].to_numpy(dtype=float)
        due = demanded(self, ctx.as_of)
        counts = (float(weight[inside].sum()), float(weight[~inside].sum()), 0.0)
        return Outcome(
            (judge_share(counts, self.target_share, due=due),),
            units=circle_rows(ctx, points, weight, self.target_share),
            gaps=circle_gaps(ctx, points[~inside], weight[~inside], "residents"),
            demand=points,
        )

    def access_tests(self, ctx: Context, outcome: Outcome) -> tuple[Access, ...]:
        weight = np.zeros(0)
        if outcome.demand is not None:
            weight = outcome.demand["residents"].to_numpy(dtype=float)
        test = Access(
            ctx=ctx,
            outcome=outcome,
            needs=("any",),
            trips=(self._trip(ctx),),
            limit=self.metres / 2,
            basis="metres",
            group="residents",
            weight=weight,
        )
        return (test,)

    def readings(self) -> tuple[Axis, ...]:
        return (Axis("path", ("network", "straight"), "network"),)

    def figures(self) -> Figures:
        return Figures(by_home=True, map_rank=1, picture_rank=1)

    def _trip(self, ctx: Context) -> Trip:
        return Trip(self.categories, walker_of(None, ctx.city))
