"""A plan of sites in a few lines, for the terminal."""

from __future__ import annotations

from pathlib import Path

from livingcircle.errors import printable
from livingcircle.sites.plan import SitePlan

__all__ = ["plan_summary"]

_MOST_SITES, _MOST_LINKS = 20, 10


def plan_summary(plan: SitePlan, folder: Path, lang: str = "en") -> str:
    """Return what is proposed, in ``"zh"`` or ``"en"``, and the folder that holds it."""
    note = plan.note_zh if lang == "zh" else plan.note_en
    rows = [f"{plan.standard}: {note}"]
    rows += [f"  {text}" for text in plan.sites[f"text_{lang}"].head(_MOST_SITES)]
    if len(plan.sites) > _MOST_SITES:
        rows.append(f"  ... ({len(plan.sites) - _MOST_SITES})")
    shown = plan.alternative or plan
    if len(shown.built_links):
        rows += [f"  {text}" for text in shown.built_links[f"text_{lang}"].head(_MOST_LINKS)]
    rows += [f"  {printable(note.pick(lang))}" for note in plan.notes]
    rows.append(str(folder))
    return "\n".join(rows)
