"""Results kept as arrays in the cache, under the hash of all that they depend on.

An entry is a set of arrays in the user's cache folder (see ``io.cache``). No entry has to be
invalidated: its key is a hash of its inputs, so that another input has another key, and entries
that were not used for long are dropped.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from typing import IO, TypeAlias, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely
from numpy.typing import NDArray

from livingcircle.io.cache import cached_file, drop_entry, keep_entry
from livingcircle.io.fingerprint import package_hash

__all__ = ["KeptArrays", "cached_arrays", "cached_json", "digest_of", "texts_of", "texts_to_bytes"]

KeptArrays: TypeAlias = dict[str, NDArray[np.generic]]

Made = TypeVar("Made", KeptArrays, KeptArrays | None)

_log = logging.getLogger("livingcircle.kept")
# The metadata of a library are parsed each time.
_version = functools.cache(version)


def digest_of(*values: object) -> str | None:
    """Return 64 hexadecimal digits for the content of some values.

    Parameters
    ----------
    *values
        Numbers, texts, arrays (of numbers, texts or geometries), tables, and dataclasses, tuples
        and mappings of these.

    Returns
    -------
    str or None
        None for anything else, whose content cannot be hashed.

    Examples
    --------
    >>> import numpy as np
    >>> digest_of(np.arange(3)) == digest_of(np.arange(3)), digest_of(1) == digest_of(1.0)
    (True, False)
    >>> digest_of(print) is None
    True
    """
    digest = hashlib.blake2b(digest_size=32)
    try:
        for value in values:
            _feed(digest, value)
    except (_UnknownContentError, pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        return None
    return digest.hexdigest()


class _UnknownContentError(Exception):
    """A value holds something that has no bytes of its own."""


def _feed(digest: hashlib.blake2b, value: object) -> None:
    kind = type(value).__name__.encode()
    if value is None or isinstance(value, bool | int | float | str | np.generic):
        _part(digest, kind, repr(value).encode("utf-8", "surrogatepass"))
    elif isinstance(value, np.ndarray):
        _part(digest, b"array", f"{value.dtype.str}{value.shape}".encode())
        for part in _bytes_of(value):
            _part(digest, b"", part)
    elif isinstance(value, pd.Series | pd.Index):
        _feed(digest, value.to_numpy())
    elif isinstance(value, pd.DataFrame):
        _part(digest, kind, str(len(value.columns)).encode())
        for name in value.columns:
            _feed(digest, str(name))
            _feed(digest, value[name])
    elif isinstance(value, tuple | list):
        _part(digest, kind, str(len(value)).encode())
        for one in value:
            _feed(digest, one)
    elif isinstance(value, Mapping):
        _feed(digest, tuple(value.items()))
    elif isinstance(value, pyproj.CRS):
        _part(digest, b"CRS", value.to_wkt().encode())
    elif is_dataclass(value) and not isinstance(value, type):
        _part(digest, kind, b"")
        for field in fields(value):
            _feed(digest, getattr(value, field.name))
    else:
        raise _UnknownContentError(type(value).__name__)


def _part(digest: hashlib.blake2b, kind: bytes, content: bytes | memoryview) -> None:
    # Lengths keep "ab", "c" apart from "a", "bc".
    digest.update(b"%s %d\0" % (kind, len(content)))
    digest.update(content)


def _bytes_of(array: NDArray[np.generic]) -> list[bytes | memoryview]:
    if not array.dtype.hasobject:
        return [np.ascontiguousarray(array).tobytes()]
    known = array[~pd.isna(array)]
    if len(known) and isinstance(known[0], shapely.Geometry):
        texts = pa.array(shapely.to_wkb(array), pa.binary())
    else:
        texts = pa.array(array, pa.string())
    return [b"" if part is None else memoryview(part) for part in texts.buffers()]


def cached_arrays(
    kind: str, rooms: tuple[str, ...], key: str | None, make: Callable[[], Made]
) -> KeptArrays | Made:
    """Return the arrays that a function makes; from the cache where it has them, else kept there.

    Parameters
    ----------
    kind
        Folder of the entries of one kind, ``"anchors"``.
    rooms
        Folders of the package that the answer depends on: a change of their code asks for another
        entry.
    key
        All else that it depends on, as ``digest_of`` gives it; None: it is made, and not kept.
    make
        Makes arrays without objects; None where it cannot: nothing is kept then.
    """
    if key is None:
        return make()
    name = digest_of(_software(rooms), key)
    entry = None if name is None else cached_file(kind, name)
    if entry is not None:
        try:
            with entry.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
                found = {part: archive[part] for part in archive.files}
            # The names of the parts have no check sum of their own in the archive.
            if found.pop("key").tobytes().decode() == _proof(name, found):
                _log.debug("%s taken", kind)
                return found
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is made anew
            _log.debug("%s damaged", kind)
        drop_entry(entry)
    made = make()
    if made is not None:
        _log.debug("%s made", kind)
    if name is not None and made is not None:
        own = np.frombuffer(_proof(name, made).encode(), dtype=np.uint8)

        def write(stream: IO[bytes]) -> None:
            # Early versions of NumPy take an option of savez for one array more.
            np.savez(stream, key=own, **made)  # type: ignore[arg-type]

        keep_entry(kind, name, write, sum(array.nbytes for array in made.values()))
    return made


def _proof(name: str | None, parts: Iterable[str]) -> str:
    """Return what an entry of that name with those parts holds as its key."""
    return "\n".join([str(name), *sorted(parts)])


def cached_json(
    kind: str, rooms: tuple[str, ...], key: str | None, make: Callable[[], object]
) -> object:
    """Return what a function makes of lists, mappings by text, texts and numbers, kept likewise.

    Parameters
    ----------
    kind, rooms, key
        As of ``cached_arrays``.
    make
        What it makes reads the same from JSON.
    """

    def arrays() -> KeptArrays:
        written = json.dumps(make(), ensure_ascii=False).encode("utf-8", "surrogatepass")
        return {"json": np.frombuffer(written, dtype=np.uint8)}

    held = cached_arrays(kind, rooms, key, arrays)
    assert held is not None  # noqa: S101 - there always is one array
    return json.loads(held["json"].tobytes().decode("utf-8", "surrogatepass"))


def _software(rooms: tuple[str, ...]) -> tuple[str, ...]:
    needs = ("numpy", "scipy", "pandas", "geopandas")
    libraries = (str(shapely.geos_version_string), str(pyproj.proj_version_str))
    return (package_hash(rooms), *map(_version, needs), *libraries)


def texts_to_bytes(texts: NDArray[np.object_]) -> NDArray[np.generic] | None:
    """Return texts (or None) as an array of bytes; None where there is something else in it."""
    listed = texts.tolist()
    if not all(text is None or type(text) is str for text in listed):
        return None
    written = json.dumps(listed, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return np.frombuffer(written, dtype=np.uint8)


def texts_of(array: NDArray[np.generic]) -> NDArray[np.object_]:
    """Return the texts of ``texts_to_bytes``."""
    texts = json.loads(array.tobytes().decode("utf-8", "surrogatepass"))
    made = np.empty(len(texts), dtype=object)
    made[:] = texts
    return made
