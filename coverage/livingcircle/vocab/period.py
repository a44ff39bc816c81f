"""The remark on a plan whose last year lies before the year of the assessment."""

from __future__ import annotations

from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.vocab.texts import localized_name

__all__ = ["period_over"]


def period_over(until: int | None, as_of: int | None) -> LocalizedText:
    """Return the banner of a plan that is over; empty where it is not, or has no last year.

    Every page, table and answer that shows findings of a plan shows it.

    >>> period_over(2025, 2026).zh
    '规划期已满：按期末目标评估（至 2025 年）'
    >>> period_over(2025, 2025).en, period_over(None, 2026).en
    ('', '')
    """
    if until is None or as_of is None or until >= as_of:
        return EMPTY
    said = localized_name("plan", "expired")
    return LocalizedText(f"{said.zh}（至 {until} 年）", f"{said.en} (to {until})")
