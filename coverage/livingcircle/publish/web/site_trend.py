"""A small line of values over nights, as inline SVG; the figures stand beside it as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

__all__ = ["NIGHTS", "sparkline"]

NIGHTS = 60
"""Nights that a line shows at most: two months at two points per millimetre."""

WIDTH, HEIGHT, EDGE = 120, 28, 4


def sparkline(
    values: Sequence[float | None],
    *,
    high: float | None = None,
) -> Markup:
    """Return the last NIGHTS values as a line with a dot at its end; empty where there are none.

    Parameters
    ----------
    values
        The oldest first; None where a night has none: the line is broken there.
    high
        What the upper edge stands for; the largest value if not given.
    """
    shown = list(values[-NIGHTS:])
    known = [v for v in shown if v is not None and math.isfinite(v)]
    if not known:
        return Markup("")
    bottom = min(known)
    top = max([*known, *([] if high is None else [high])])
    # One night, or a value that never moves, is a level line in the middle.
    span = top - bottom
    step = (WIDTH - 2 * EDGE) / max(len(shown) - 1, 1)
    places = [
        None
        if value is None or not math.isfinite(value)
        else (
            EDGE + k * step if len(shown) > 1 else WIDTH / 2,
            HEIGHT / 2
            if span == 0
            else HEIGHT - EDGE - (value - bottom) / span * (HEIGHT - 2 * EDGE),
        )
        for k, value in enumerate(shown)
    ]
    x, y = [p for p in places if p is not None][-1]
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true" '
        'focusable="false"><path d="{}"/><circle cx="{}" cy="{}" r="3"/></svg>'
    ).format(WIDTH, HEIGHT, WIDTH, HEIGHT, _path(places), f"{x:g}", f"{y:.1f}")


def _path(places: Sequence[tuple[float, float] | None]) -> str:
    """Return a path that is lifted wherever a night has no value; equal steps are left out."""
    out, pen = [], False
    for k, place in enumerate(places):
        if place is None:
            pen = False
            continue
        between = 0 < k < len(places) - 1 and pen
        before, after = (places[k - 1], places[k + 1]) if between else (None, None)
        if before and after and before[1] == place[1] == after[1]:
            continue
        out.append(f"{'L' if pen else 'M'}{place[0]:.4g} {place[1]:.4g}")
        pen = True
    return "".join(out)
