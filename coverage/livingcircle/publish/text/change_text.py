"""One change between two runs as a sentence: a row of the table of changes."""

from __future__ import annotations

import math

from livingcircle.localized import number, percent
from livingcircle.publish.night_record import ChangeRow
from livingcircle.vocab.texts import text_of

__all__ = ["before_after", "moved_text", "name_causes", "shown_amount"]


def moved_text(row: ChangeRow, lang: str) -> str:
    """Return ``value 96 % → 91 %`` of one row of changes."""
    if row["change"] in ("added", "removed"):
        return text_of("change", row["change"], lang)
    one, other = before_after(row, lang)
    text = f"{text_of('column', row['field'], lang)} {one} → {other}"
    before, after = row["before"], row["after"]
    rose = isinstance(before, float) and isinstance(after, float) and after > before
    if rose and str(row["field"]).endswith("_uncounted"):
        text += f" ({text_of('change', 'no_progress', lang)})"
    return text


def before_after(row: ChangeRow, lang: str) -> tuple[str, str]:
    """Return both sides of a row of changes as a person reads them."""
    one, other = (shown_amount(value, row, lang) for value in (row.get("before"), row.get("after")))
    if one == other and not isinstance(row.get("before"), str):
        # Rounded alike, yet not the same: show the digits that tell them apart.
        one, other = _digits(row.get("before")), _digits(row.get("after"))
    return one, other


def _digits(value: float | str | None) -> str:
    return "–" if value is None else f"{value:.8g}"


def shown_amount(value: object, row: ChangeRow, lang: str) -> str:
    """Return a value of a row of changes as a person reads it."""
    if isinstance(value, str):
        return (text_of(row["field"], value, lang) if value else "") or "–"
    if not isinstance(value, int | float):
        return "–"
    figure = float(value)
    if row["field"] in ("value", "target"):
        return percent(figure) if row.get("unit") == "share" else number(figure)
    # Whole people and metres.
    return f"{figure:,.0f}" if math.isfinite(figure) else "–"


def name_causes(cause: str, lang: str) -> str:
    """Return causes joined by ``;`` as words."""
    words = [text_of("cause", kind, lang) for kind in cause.split(";") if kind]
    return ("、" if lang == "zh" else ", ").join(words)
