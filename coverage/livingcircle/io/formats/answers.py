"""Answers of map services (JSON of Amap, Tencent, Baidu) and plain lists of objects, as a table."""

from __future__ import annotations

import json
import re

import pandas as pd

from livingcircle.errors import InputError
from livingcircle.io.formats.bounds import check_columns
from livingcircle.io.formats.reader import Layer, Reader, Request
from livingcircle.io.notes import shorten
from livingcircle.localized import LocalizedText

__all__ = ["ANSWERS"]

# Where the services put the places: Amap, Tencent, Baidu, and those who pass their answers on.
_LISTS = ("pois", "data", "results", "result", "items", "list")
_GEOGRAPHIC = re.compile(rb'"(?:Feature|FeatureCollection|Topology|features|geometry|rings)"')
_LIST = re.compile(rb'"(?:' + "|".join(_LISTS).encode() + rb')"\s*:\s*[\[{]')


def _read(asked: Request) -> Layer:
    """Read the objects of an answer, or of several in one list.

    Raises
    ------
    InputError
        It is cut off, or holds no list of objects.
    """
    try:
        rows = _objects(json.loads(asked.path.read_text(encoding="utf-8-sig")))
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"the file cannot be read ({shorten(error, 160)})",
            hint="It may be cut off, damaged or of another format: export it again.",
            file=asked.file,
        ) from error
    if not rows:
        raise InputError("the layer has no rows", hint="Check the export.", file=asked.file)
    frame = pd.DataFrame(rows, dtype=object)
    check_columns(frame.shape[1], asked.file)
    return Layer(frame, asked.file, ())


def _objects(answer: object) -> list[dict[str, object]]:
    """Return the objects of an answer; of a list of answers (pages) those of all of them."""
    if isinstance(answer, list):
        objects = [one for one in answer if isinstance(one, dict)]
        pages = [one for one in objects if any(isinstance(one.get(k), list) for k in _LISTS)]
        return [row for page in pages for row in _objects(page)] if pages else objects
    if isinstance(answer, dict):
        for name in _LISTS:
            found = _objects(answer.get(name))
            if found:
                return found
    return []


def _knows(head: bytes, suffix: str) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix != ".json" or not start.startswith((b"{", b"[")) or _GEOGRAPHIC.search(head):
        return False
    objects = re.match(rb"\[\s*\{", start) is not None
    return objects or _LIST.search(head) is not None


ANSWERS = Reader(
    "answers",
    LocalizedText("地图服务的应答", "an answer of a map service"),
    frozenset({".json"}),
    _read,
    _knows,
)
