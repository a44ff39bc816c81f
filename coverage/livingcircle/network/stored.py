"""Networks that were read before, kept by the content of their files (see ``io.cache``)."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import IO

import numpy as np
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from livingcircle.io.array_cache import texts_of, texts_to_bytes
from livingcircle.io.beside import files_beside
from livingcircle.io.cache import cached_file, drop_entry, keep_entry
from livingcircle.io.fingerprint import content_hash, package_hash
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import Closures, EdgeTags, WalkNetwork

__all__ = ["ROOMS", "keep_network", "key_of", "stored_network"]

NETWORKS_FOLDER = "networks"
ROOMS = ("network", "osm", "sources", "io", "vocab")
"""The rooms that a network depends on: its own and those below it."""

_ALONE = (".pbf", ".osm", ".graphml", ".geojson", ".json", ".fgb", ".parquet", ".geoparquet")
"""Endings of formats that are one file."""

_BESIDE = {
    ".shp": (".shx", ".dbf", ".prj", ".cpg", ".qpj"),
    ".gpkg": (".gpkg-wal",),
}
"""What belongs to a file of this ending: the log of SQLite holds what is not in the file yet."""

_ARRAYS = ("node_id", "node_lonlat", "edge_u", "edge_v", "edge_start", "coords", "offset_m")
_log = logging.getLogger("livingcircle.cache")

Arrays = dict[str, NDArray[np.generic]]


def key_of(path: Path, options: Mapping[str, object]) -> str | None:
    """Return the key of the network that a file gives: its content, its name, and how it is read.

    Parameters
    ----------
    path
        A file.
    options
        Those of ``read_network``: what JSON holds.

    Returns
    -------
    str or None
        64 hexadecimal digits; None for a format that may depend on more than these files.
    """
    try:
        files = [[file.name, content_hash(file)] for file in _files(path)]
    except OSError:
        return None
    if not files:
        return None
    described = json.dumps([_reader(), files, dict(options)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(described.encode("utf-8", "surrogateescape")).hexdigest()


def stored_network(key: str, path: Path) -> WalkNetwork | None:
    """Return the network that was kept under a key; None where there is none, or a damaged one."""
    entry = cached_file(NETWORKS_FOLDER, key)
    if entry is None:
        return None
    try:
        with entry.open("rb") as stream:
            network = _load(stream, key)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the source is read instead
        drop_entry(entry)
        _log.info(
            LocalizedText(
                f"{path.name}：缓存 {entry} 已损坏，重新读取",
                f"{path.name}: {entry} in the cache is damaged; read anew",
            )
        )
        return None
    _log.info(
        LocalizedText(
            f"{path.name}：路网取自缓存 {entry}", f"{path.name}: network from the cache, {entry}"
        )
    )
    return network


def keep_network(network: WalkNetwork, key: str, path: Path) -> None:
    """Keep a network that was read from a file."""
    arrays = _arrays_of(network, key)
    if arrays is None:
        return

    def write(stream: IO[bytes]) -> None:
        np.savez(stream, **arrays)  # type: ignore[arg-type]

    size = sum(array.nbytes for array in arrays.values())
    entry = keep_entry(NETWORKS_FOLDER, key, write, size)
    if entry is not None:
        _log.info(
            LocalizedText(
                f"{path.name}：路网已存入缓存 {entry}",
                f"{path.name}: network kept in the cache, {entry}",
            )
        )


@cache
def _reader() -> tuple[str, ...]:
    """Return the versions of all that a network depends on besides its file."""
    gdal = ".".join(map(str, pyogrio.__gdal_version__))
    described = [version(name) for name in ("osmium", "numpy", "scipy", "geopandas", "networkx")]
    return (
        version("livingcircle"),
        package_hash(ROOMS),
        *described,
        gdal,
        str(shapely.geos_version_string),
        str(pyproj.proj_version_str),
    )


def _files(path: Path) -> Iterator[Path]:
    ending = path.suffix.lower()
    if ending not in (*_ALONE, *_BESIDE):
        return
    yield path
    yield from files_beside(path, _BESIDE)


def _arrays_of(network: WalkNetwork, key: str) -> Arrays | None:
    """Return a network as arrays without objects; None where that would lose something."""
    known = {*_ARRAYS, "tags", "speed_m_s", "walls", "closures", "timed", "hours", "notes", "keeps"}
    rest = {field.name for field in fields(WalkNetwork)} - known
    if any(getattr(network, name) is not None for name in rest):
        # Heights, say: what is not a matter of the file of streets is laid over them later.
        return None
    try:
        about = json.dumps({"key": key, "notes": network.notes}, ensure_ascii=False)
    except (TypeError, ValueError):
        return None
    if json.loads(about)["notes"] != network.notes:
        return None
    arrays: Arrays = {name: getattr(network, name) for name in (*_ARRAYS, "walls")}
    for tag in fields(EdgeTags):
        arrays[f"tags.{tag.name}"] = getattr(network.tags, tag.name)
    if network.speed_m_s is not None:
        arrays["speed_m_s"] = network.speed_m_s
    for kind, shut in (("closures", network.closures), ("timed", network.timed)):
        arrays[f"{kind}.lonlat"] = shut.lonlat
        for name, texts in (("osm", shut.osm), ("why", shut.why)):
            listed = texts_to_bytes(texts)
            if listed is None:
                return None
            arrays[f"{kind}.{name}"] = listed
    words = texts_to_bytes(network.hours)
    if words is None:
        return None
    arrays["hours"] = words
    arrays["about"] = _bytes(about)
    return None if any(array.dtype.hasobject for array in arrays.values()) else arrays


def _bytes(text: str) -> NDArray[np.generic]:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _text(array: NDArray[np.generic]) -> str:
    return array.tobytes().decode("utf-8", "surrogatepass")


def _load(stream: IO[bytes], key: str) -> WalkNetwork:
    """Read what ``keep_network`` wrote.

    Raises
    ------
    Exception
        It is damaged: of any kind that numpy, zipfile and json raise.
    """
    with np.load(stream, allow_pickle=False) as archive:
        held = {name: archive[name] for name in archive.files}
    about = json.loads(_text(held["about"]))
    if about["key"] != key:
        raise ValueError("the entry of another key")
    tags = EdgeTags(**{tag.name: held[f"tags.{tag.name}"] for tag in fields(EdgeTags)})
    closures, timed = (
        Closures(
            held[f"{kind}.lonlat"], texts_of(held[f"{kind}.osm"]), texts_of(held[f"{kind}.why"])
        )
        for kind in ("closures", "timed")
    )
    network = WalkNetwork(
        **{name: held[name] for name in _ARRAYS},
        tags=tags,
        speed_m_s=held.get("speed_m_s"),
        walls=held["walls"],
        closures=closures,
        timed=timed,
        hours=texts_of(held["hours"]),
        notes=about["notes"],
    )
    if network.edge_start[-1] != len(network.coords) or len(network.edge_u) != len(tags.stairs):
        raise ValueError("arrays of different lengths")
    return network
