"""Draw docs/rooms.svg from the layers that import-linter holds: python docs/draw_rooms.py."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "rooms.svg"
PACKAGE = ROOT / "coverage" / "livingcircle"
WIDTH, ROW, GAP, LEFT = 860, 34, 6, 40


def layers() -> list[list[str]]:
    """Return the rooms, the highest first; what stands beside each other shares a row."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (found,) = [contract for contract in contracts if contract["type"] == "layers"]
    return [[room.strip() for room in row.split("|")] for row in found["layers"]]


def purpose(room: str) -> str:
    """Return the first sentence of a room's docstring."""
    path = PACKAGE / room / "__init__.py"
    source = path if path.is_file() else PACKAGE / f"{room}.py"
    text = ast.get_docstring(ast.parse(source.read_text("utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def picture() -> str:
    """Return the picture: a row per layer, read from the top down, imports point down."""
    rows = layers()
    height = len(rows) * (ROW + GAP) + GAP
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="13" role="img">',
        "<title>The rooms of livingcircle; each imports only from those below it</title>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="5" refY="9" markerWidth="7" '
        'markerHeight="7" orient="0"><path d="M0 0h10L5 10z" fill="#78909c"/></marker></defs>',
        f'<path d="M20 {GAP}V{height - GAP - 4}" stroke="#78909c" stroke-width="2" '
        'marker-end="url(#tip)"/>',
    ]
    for number, rooms in enumerate(rows):
        y = GAP + number * (ROW + GAP)
        width = (WIDTH - LEFT - GAP - GAP * (len(rooms) - 1)) / len(rooms)
        for column, room in enumerate(rooms):
            x = LEFT + column * (width + GAP)
            shown = purpose(room) if len(rooms) == 1 else ""
            whole = f"<title>{escape(purpose(room))}</title>"
            out.append(
                f'<g>{whole}<rect x="{x:g}" y="{y}" width="{width:g}" height="{ROW}" rx="4" '
                'fill="#eceff1" stroke="#90a4ae"/>'
                f'<text x="{x + 10:g}" y="{y + 22}" font-weight="bold" fill="#263238">'
                f"{escape(room)}</text>"
                f'<text x="{x + 110:g}" y="{y + 22}" fill="#37474f">{escape(shorten(shown))}</text>'
                "</g>"
            )
    return "\n".join([*out, "</svg>", ""])


def shorten(text: str, most: int = 104) -> str:
    """Return a text that fits in its row."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
