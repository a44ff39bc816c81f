"""Ways of an OpenStreetMap file, which osmium writes as lines of text, as arrays."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import osmium
import pyarrow as pa
from pyarrow import csv

from livingcircle._arrays import BoolArray, IntArray, ranges, starts_of
from livingcircle.osm.edits import UNDEFINED

__all__ = ["WayTexts", "read_way_texts", "tags_of"]

_FORMAT = "opl,locations_on_ways=true,add_metadata=version"
"""https://osmcode.org/opl-file-format/: ``w1 v1 dV Tkey=value,... Nn1x1.0y2.0,...``."""
_NODE_SIGNS = bytes.maketrans(b"xy,", b",,\n")
_CODE = re.compile("%([0-9a-f]+)%")


@dataclass(frozen=True)
class WayTexts:
    """The ways of a file that are there, in its order; nodes flat, ``start[i]:start[i + 1]``."""

    way_id: list[int]
    tags: list[str]
    """For each way what `tags_of` reads."""
    start: IntArray
    node: IntArray
    """(nodes, 3) id, x and y (1e-7 degrees; `UNDEFINED` where osmium does not know the place)."""

    @property
    def counts(self) -> IntArray:
        """(ways,) how many nodes each has."""
        return np.diff(self.start)

    @property
    def closed(self) -> BoolArray:
        """(ways,) whether the last node is the first."""
        first, last = self.start[:-1], self.start[1:] - 1
        there = last >= first
        closed = np.zeros(len(first), dtype=bool)
        closed[there] = self.node[first[there], 0] == self.node[last[there], 0]
        return closed

    def nodes_of(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """Return how many nodes each of some ways has, and their rows ``id, x, y``, flat."""
        counts = self.counts[rows]
        return counts, self.node[ranges(self.start[rows], counts)]


def read_way_texts(
    path: Path,
    wanted: osmium.filter.KeyFilter | osmium.filter.IdFilter,
    passed_over: tuple[str, ...] = (),
) -> tuple[WayTexts, str]:
    """Read the ways that pass a filter of osmium, and the date of the data.

    osmium gives Python one object a node, which takes ten times as long as writing all ways as
    text and parsing that. Ways that are not visible are left out, and of their tags
    those whose keys begin with a text that is passed over.

    Raises
    ------
    RuntimeError
        The file is broken.
    """
    with TemporaryDirectory(prefix="livingcircle-") as folder:
        place = Path(folder) / "ways.opl"
        places = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
        places.ignore_errors()
        source = osmium.io.Reader(str(path), osmium.osm.NODE | osmium.osm.WAY)
        writer = osmium.SimpleWriter(osmium.io.File(str(place), _FORMAT))
        try:
            ways = osmium.filter.EntityFilter(osmium.osm.WAY)
            osmium.apply(source, places, ways, wanted, writer)
            date = source.header().get("osmosis_replication_timestamp", "")
        finally:
            writer.close()
            source.close()
        text = place.read_bytes()
    return _parsed(text, passed_over), date


def _parsed(text: bytes, passed_over: tuple[str, ...]) -> WayTexts:
    fields = [line.split(b" ") for line in text.split(b"\n") if line]
    fields = [one for one in fields if one[2] == b"dV"]
    runs = [one[4][1:] for one in fields]
    counts = np.array([run.count(b",") + bool(run) for run in runs], dtype=np.int64)
    tags = b"\n".join(b"," + one[3][1:] for one in fields)
    if passed_over:
        begins = "|".join(map(re.escape, passed_over)).encode()
        # Commas of keys and values are written as numbers.
        tags = re.sub(rb",(?:%b)[^,\n]*" % begins, b"", tags)
    return WayTexts(
        way_id=[int(one[0][1:]) for one in fields],
        tags=tags.decode().split("\n") if fields else [],
        start=starts_of(counts),
        node=_nodes(b",".join(filter(None, runs))),
    )


def _nodes(run: bytes) -> IntArray:
    """Return rows ``id, x, y`` of ``n1x1.0y2.0,n2xy``."""
    if not run:
        return np.zeros((0, 3), dtype=np.int64)
    names = ["id", "lon", "lat"]
    kinds = dict(zip(names, (pa.int64(), pa.float64(), pa.float64()), strict=True))
    table = csv.read_csv(
        io.BytesIO(run.translate(_NODE_SIGNS, b"n")),
        read_options=csv.ReadOptions(column_names=names, use_threads=False),
        convert_options=csv.ConvertOptions(column_types=kinds),
    )
    rows = np.full((len(table), 3), UNDEFINED, dtype=np.int64)
    rows[:, 0] = table["id"].to_numpy()
    degrees = np.column_stack([table["lon"].to_numpy(), table["lat"].to_numpy()])
    known = ~np.isnan(degrees[:, 0])
    rows[known, 1:] = np.rint(degrees[known] * 1e7)
    return rows


def tags_of(text: str) -> dict[str, str]:
    """Return the tags of a way from ``,key=value,key=value``."""
    pairs = dict(pair.split("=") for pair in text.split(",")[1:])
    if "%" in text:
        return {_decoded(key): _decoded(value) for key, value in pairs.items()}
    return pairs


def _decoded(text: str) -> str:
    """Return a text whose signs are given by their numbers, as in ``%20%``."""
    return _CODE.sub(lambda found: chr(int(found[1], 16)), text) if "%" in text else text
