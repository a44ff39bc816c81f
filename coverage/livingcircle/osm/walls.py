"""Lines of barriers: those that stop people on foot, and those that stop vehicles alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from livingcircle._arrays import IntArray
from livingcircle.osm.access import invites_walkers, layer_of, way_class, way_words
from livingcircle.osm.way_texts import WayTexts

__all__ = ["WallLines"]


@dataclass
class WallLines:
    """The lines of a file that no leg from a door leads across."""

    row: list[int] = field(default_factory=list)
    """Which ways of the file they are."""
    counts: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    nodes: IntArray = field(default_factory=lambda: np.zeros((0, 3), dtype=np.int64))
    """Id, x and y (1e-7 degrees), flat along the lines."""
    way_id: list[int] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    """Value of ``barrier`` → how many lines stop walkers."""
    passed: Counter[str] = field(default_factory=Counter)
    """Value of ``barrier`` → how many lines do not: low ones, open ones, those off the ground."""
    stated: set[str] = field(default_factory=set)
    """What the user opens, of what the file holds: ``"way/1"``, ``"barrier=hedge"``."""

    def add(self, row: int, way_id: int, tags: Mapping[str, str], free: frozenset[str]) -> None:
        """Take a way in, or count it among those that are passed.

        Parameters
        ----------
        row, way_id
            Any way that has nodes: its position in the file, and its id.
        tags
            Its tags.
        free
            What the user opens.
        """
        barrier = tags.get("barrier")
        if barrier is None:
            return
        opened = {f"way/{way_id}", f"barrier={barrier}"} & free
        self.stated |= opened
        on_ground = layer_of(tags) == 0 and tags.get("location") != "underground"
        solid = barrier in way_words()["wall"]["barrier"] and not invites_walkers(tags)
        if opened:
            return
        if not (solid and on_ground):
            # A gate drawn as a line, and a street with a barrier on it, are no walls.
            if not way_class(tags) and barrier not in way_words()["wall"]["opening"]:
                self.passed[barrier] += 1
            return
        self.kinds[barrier] += 1
        self.row.append(row)
        self.way_id.append(way_id)

    def add_nodes(self, texts: WayTexts) -> None:
        """Take the nodes of all lines from the ways of the file."""
        self.counts, self.nodes = texts.nodes_of(np.array(self.row, dtype=np.int64))
