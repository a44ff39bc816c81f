"""OpenStreetMap text files as editors leave them: what is deleted, and nodes behind the ways."""

from __future__ import annotations

import bz2
import gzip
import re
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast

import numpy as np
import osmium

from livingcircle._arrays import IntArray

__all__ = ["UNDEFINED", "deleted_ids", "is_text", "opened_text", "places_of"]

UNDEFINED = 2147483647
"""osmium's coordinate of a node that the file does not hold."""
_CHUNK = 1 << 22
_TAG = re.compile(rb"<(node|way|relation)\s[^<>]*?\baction\s*=\s*[\"']delete[\"'][^<>]*>")
_ID = re.compile(rb"\bid\s*=\s*[\"'](-?\d+)[\"']")


def is_text(path: Path) -> bool:
    """Return whether a file is OpenStreetMap XML, packed or not."""
    return not path.name.lower().endswith(".pbf")


def opened_text(path: Path) -> IO[bytes]:
    """Open a file of OpenStreetMap XML, packed or not, as what it unpacks to."""
    name = path.name.lower()
    if name.endswith(".gz"):
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return cast("IO[bytes]", bz2.open(path, "rb")) if name.endswith(".bz2") else path.open("rb")


def deleted_ids(path: Path) -> dict[str, frozenset[int]]:
    """Return the ids by "node", "way" and "relation" that carry ``action="delete"``.

    JOSM writes so what its next upload would delete; osmium reads over it (``visible="false"`` it
    knows itself). Binary files have no such mark.
    """
    found: dict[str, set[int]] = {"node": set(), "way": set(), "relation": set()}
    if is_text(path):
        with opened_text(path) as file:
            rest = b""
            while chunk := file.read(_CHUNK):
                text = rest + chunk
                if b"delete" in text:
                    for tag in _TAG.finditer(text):
                        number = _ID.search(tag[0])
                        if number is not None:
                            found[tag[1].decode()].add(int(number[1]))
                # A tag may be cut by the end of the chunk.
                rest = text[text.rfind(b"<") :] if b"<" in text else b""
    return {kind: frozenset(ids) for kind, ids in found.items()}


def places_of(path: Path, wanted: Iterable[int]) -> IntArray:
    """Return rows ``id, x, y`` (degrees times 1e7) of those nodes that the file holds, by id.

    osmium's own table of places knows positive ids only, and only nodes that come before the ways.
    """
    ids = np.unique(np.fromiter(wanted, dtype=np.int64))
    reader = osmium.FileProcessor(str(path), osmium.osm.NODE)
    if len(ids) and ids[0] > 0:
        reader = reader.with_filter(osmium.filter.IdFilter(ids.tolist()))
    keep = frozenset(ids.tolist())
    rows = [
        (node.id, node.location.x, node.location.y)
        for node in reader
        if node.id in keep and node.visible and node.location.valid()
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return table[np.argsort(table[:, 0], kind="stable")]
