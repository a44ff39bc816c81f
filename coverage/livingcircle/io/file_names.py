"""Names of files that every system takes."""

from __future__ import annotations

import re

__all__ = ["file_stem"]

# The last two: geopandas takes what follows them for another file's name.
_NOT_IN_A_FILE_NAME = re.compile(r'[\x00-\x1f<>:"/\\|?*!;]')
_MOST_BYTES = 240
"""A name of a file takes 255 bytes, and a Chinese character is three or four of them."""
# Windows takes these for devices, with any ending.
_DEVICES = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)$")


def file_stem(city: str, most_bytes: int = _MOST_BYTES) -> str:
    """Return a city's name as the stem of a file that every system takes.

    >>> file_stem("样例市"), file_stem("a/b: c"), file_stem("..")
    ('样例市', 'a_b_ c', 'city')
    """
    stem = _NOT_IN_A_FILE_NAME.sub("_", city).strip(". ")[:80]
    stem = stem.encode("utf-8", "ignore")[:most_bytes].decode("utf-8", "ignore").rstrip(". ")
    return "city" if not stem or _DEVICES.match(stem) else stem
