"""The way of a city file through `run`: which rooms each of the five stages enters, and climbs.

A function that calls one of a room below it goes down; one of a room above it climbs. Climbs are
callbacks (a reader that reports its progress to the pipeline) or an import that runs upwards. Run

    python benchmarks/journey.py data/sample/city.toml zhuhai-2025

It prints a Markdown table: a row for each stage.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import tomllib
from collections import Counter
from pathlib import Path
from types import FrameType

import livingcircle
from livingcircle.pipeline import run_city

HOME = Path(livingcircle.__file__).parent
STAGES = {
    "read_city": "read", "assess": "judge", "explain": "explain", "propose": "propose",
    "write_run": "write",
}  # fmt: skip


def layers() -> dict[str, int]:
    """Return room → its height, as the contract of import-linter says."""
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    (contract,) = (
        one
        for one in tomllib.loads(text)["tool"]["importlinter"]["contracts"]
        if one["type"] == "layers"
    )
    high = len(contract["layers"])
    return {
        name.strip(): high - level
        for level, row in enumerate(contract["layers"])
        for name in row.split("|")
    }


class Journey:
    """Steps from room to room, seen from the calls."""

    def __init__(self) -> None:
        self.height = layers()
        self.rooms: dict[str, str | None] = {}
        self.stage = ""
        self.entered: list[tuple[str, str]] = []
        self.steps: dict[str, Counter[tuple[str, str]]] = {}

    def room(self, file: str) -> str | None:
        """Return the room of a source file; None outside of the package."""
        if file not in self.rooms:
            path = Path(file)
            inside = HOME in path.parents
            self.rooms[file] = (
                path.relative_to(HOME).parts[0].removesuffix(".py") if inside else None
            )
        return self.rooms[file]

    def look(self, frame: FrameType, event: str, _: object) -> None:
        """Take note of a call."""
        if event != "call":
            return
        code = frame.f_code
        here = self.room(code.co_filename)
        if here is None or here not in self.height:
            return
        back = frame.f_back
        while back is not None and self.room(back.f_code.co_filename) not in self.height:
            back = back.f_back
        there = self.room(back.f_code.co_filename) if back is not None else None
        if there == "pipeline" and code.co_name in STAGES:
            self.stage = STAGES[code.co_name]
            self.entered.append((self.stage, here))
        if there is not None and here != there:
            self.steps.setdefault(self.stage, Counter())[there, here] += 1


def main() -> None:
    """Run a city and print its journey."""
    seen = Journey()
    with tempfile.TemporaryDirectory() as folder:
        threading.setprofile(seen.look)
        sys.setprofile(seen.look)
        try:
            run_city(Path(sys.argv[1]), sys.argv[2:], Path(folder) / "out", cache=False)
        finally:
            sys.setprofile(None)
    height = seen.height
    print("order:", " → ".join(f"{stage} ({room})" for stage, room in seen.entered))
    print("| stage | rooms below the pipeline | climbs | of them callbacks to |")
    print("| --- | --- | --- | --- |")
    for stage, steps in seen.steps.items():
        rooms = {here for _, here in steps if height[here] < height["pipeline"]}
        climbs = {pair: n for pair, n in steps.items() if height[pair[1]] > height[pair[0]]}
        pairs = ", ".join(f"{a} → {b} ({n})" for (a, b), n in sorted(climbs.items()))
        print(f"| {stage or 'before'} | {len(rooms)} | {len(climbs)} | {pairs} |")


if __name__ == "__main__":
    main()
