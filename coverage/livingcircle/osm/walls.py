"""Lines of barriers: those that stop people on foot, and those that stop vehicles alone."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import osmium

from livingcircle.osm.access import invites_walkers, layer_of, way_class, way_words

__all__ = ["WallLines", "append_nodes"]


@dataclass
class WallLines:
    """The lines of a file that no leg from a door leads across."""

    nodes: array[int] = field(default_factory=lambda: array("q"))
    """Id, x and y (1e-7 degrees) of one node after the other, along the lines."""
    counts: list[int] = field(default_factory=list)
    way_id: list[int] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    """Value of ``barrier`` → how many lines stop walkers."""
    passed: Counter[str] = field(default_factory=Counter)
    """Value of ``barrier`` → how many lines do not: low ones, open ones, those off the ground."""
    stated: set[str] = field(default_factory=set)
    """What the user opens, of what the file holds: ``"way/1"``, ``"barrier=hedge"``."""

    def add(self, way: osmium.osm.Way, tags: Mapping[str, str], free: frozenset[str]) -> None:
        """Take a way in, or count it among those that are passed.

        Parameters
        ----------
        way
            Any way.
        tags
            Its tags.
        free
            What the user opens.
        """
        barrier = tags.get("barrier")
        if barrier is None or not way.nodes:
            return
        opened = {f"way/{way.id}", f"barrier={barrier}"} & free
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
        append_nodes(self.nodes, way.nodes)
        self.counts.append(len(way.nodes))
        self.way_id.append(way.id)


def append_nodes(flat: array[int], nodes: osmium.osm.WayNodeList) -> None:
    """Append id, x and y (1e-7 degrees) of each node of a way to a flat array."""
    for node in nodes:
        place = node.location
        flat.extend((node.ref, place.x, place.y))
