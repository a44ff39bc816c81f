"""Write docs/demands.md: every demand of the five plans, with its clause and its entry or reason.

python docs/make_demands.py
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from livingcircle.standards.loader import load_pack
from livingcircle.standards.model import Pack, Requirement

PAGE = Path(__file__).with_name("demands.md")
PLANS = ("zhuhai-2025", "xiamen-2025", "yangzhou-2025", "shenyang-2025", "panyu-2020")


def page() -> str:
    """Return the page."""
    packs = [load_pack(name) for name in PLANS]
    entries = sum(len(pack.requirements) for pack in packs)
    outside = sum(len(pack.outside) for pack in packs)
    head = [
        "# What the plans demand",
        "Every demand of the five plans stands here once: as an entry of its pack, or with the"
        " reason why no map can test it. The page is written from the packs by"
        " `python docs/make_demands.py`.",
        f"{entries} entries are assessed, {outside} demands lie outside a spatial assessment.",
    ]
    return "\n\n".join([*head, *(_plan(pack) for pack in packs)]) + "\n"


def _plan(pack: Pack) -> str:
    measured = [
        (entry.clause, entry.statement_zh, entry.statement_en, f"**{entry.id}** {_asked(entry)}")
        for entry in pack.requirements
    ]
    other = [
        (one.clause, one.statement_zh, one.statement_en, f"{one.reason_zh} / {one.reason_en}")
        for one in pack.outside
    ]
    return "\n\n".join(
        [
            f"## {pack.document.title_zh}",
            f"`{pack.id}`: {pack.document.title_en}. {pack.document.source}.",
            _table("entry", measured),
            _table("outside, since", other),
        ]
    )


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
