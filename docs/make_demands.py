"""Write docs/demands.md: every demand of plans and standards, with its clause and entry or reason.

python docs/make_demands.py
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.loader import load_pack
from livingcircle.standards.model import Pack, Requirement

PAGE = Path(__file__).with_name("demands.md")
PLANS = ("zhuhai-2025", "xiamen-2025", "yangzhou-2025", "shenyang-2025", "panyu-2020")


def others() -> list[str]:
    """Return the other packs that ship: standards of the state."""
    return [name for name in list_packs() if name not in PLANS]


def page() -> str:
    """Return the page."""
    plans = [load_pack(name) for name in PLANS]
    standards = [load_pack(name) for name in others()]
    head = [
        "# What the plans demand",
        "Every demand of the five plans and of the other packs stands here once: as an entry of its"
        " pack, or with the reason why no map can test it. The page is written from the packs by"
        " `python docs/make_demands.py`.",
        f"The plans: {_counts(plans)}. The other packs: {_counts(standards)}.",
        "**†** marks a number that was taken from second hand, or could not be read in the"
        " original: the entry has `verified = false`, and the scorecard says so.",
    ]
    return "\n\n".join([*head, *(_plan(pack) for pack in (*plans, *standards))]) + "\n"


def _counts(packs: Iterable[Pack]) -> str:
    """Return how many entries and other demands some packs have."""
    known = list(packs)
    entries = [entry for pack in known for entry in pack.requirements]
    doubt = sum(not entry.verified for entry in entries)
    outside = sum(len(pack.outside) for pack in known)
    said = f"{len(entries)} entries are assessed ({doubt} of them not verified)" if doubt else ""
    said = said or f"{len(entries)} entries are assessed, all of them verified against the text"
    return f"{said}, {outside} demands lie outside a spatial assessment"


def _plan(pack: Pack) -> str:
    measured = [
        (
            entry.clause,
            entry.statement_zh,
            entry.statement_en,
            f"**{entry.id}**{'' if entry.verified else ' †'} {_asked(entry)}",
        )
        for entry in pack.requirements
    ]
    other = [
        (one.clause, one.statement_zh, one.statement_en, f"{one.reason_zh} / {one.reason_en}")
        for one in pack.outside
    ]
    return "\n\n".join(
        [
            f"## {pack.document.title_zh}",
            f"`{pack.id}`: {pack.document.title_en}. {pack.document.source.rstrip('.')}."
            f" {_checked(pack)}",
            _table("entry", measured),
            _table("outside, since", other),
        ]
    )


def _name(entry: Requirement) -> str:
    return f"**{entry.id}**" + ("" if entry.verified else " †")


def _checked(pack: Pack) -> str:
    """Return how much of a pack was held against the original."""
    count = len(pack.requirements)
    doubt = sum(not entry.verified for entry in pack.requirements)
    if not doubt:
        return "Verified against the text."
    return f"Verified against the text: {count - doubt} of {count} entries; the others bear a †."


def _asked(entry: Requirement) -> str:
    targets = dict.fromkeys(part.asked().en for part in entry.parts)
    due = f", due {entry.due}" if entry.due else ""
    return f"({entry.kind}, {entry.force}{due}: {'; '.join(targets)})"


def _table(last: str, rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| clause | 要求 | demand | {last} |", "| --- | --- | --- | --- |"]
    cells = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)
    return "\n".join([*lines, *(f"| {row} |" for row in cells)])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
