"""Inputs in an object store (S3 and its kin), through fsspec: fetched once, then read as files.

An address is asked for only because city.toml names it, in one of `SCHEMES`, with no chain of
further addresses; logins come from it or from the environment of the driver, and are masked in
whatever is shown. What was fetched is kept in the user's cache until the store says that the object
changed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from livingcircle.errors import InputError, MissingFileError
from livingcircle.io.beside import BESIDE
from livingcircle.io.cache import cache_folder
from livingcircle.localized import LocalizedText
from livingcircle.secrets import masked

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["SCHEMES", "fetched", "folder_of", "is_object", "store_of"]

SCHEMES = {
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
    "file": "",
    "gcs": "gcsfs",
    "gs": "gcsfs",
    "memory": "",
    "oss": "ossfs",
    "s3": "s3fs",
    "s3a": "s3fs",
}
"""Scheme → the package that fsspec needs for it."""

OBJECTS_FOLDER = "objects"
OBJECTS_BYTES = 8 << 30
"""What fetched objects may take together; the ones not used for longest go first."""


def is_object(source: object) -> bool:
    """Return whether a source is the address of an object that fsspec can fetch.

    >>> is_object("s3://bucket/city/homes.parquet"), is_object("https://host/x.csv")
    (True, False)
    >>> is_object("homes.parquet")
    False
    """
    return (
        isinstance(source, str)
        and source.partition("://")[0].lower() in SCHEMES
        and ("://" in source)
    )


def folder_of(address: str) -> Path | None:
    """Return the folder that a text names, as a path or as a ``file:`` address; None of a store.

    >>> folder_of("file:///srv/a%20b").as_posix(), folder_of("s3://bucket/all")
    ('/srv/a b', None)

    Raises
    ------
    InputError
        A ``file:`` address names no path of this machine.
    """
    if address.lower().startswith("file:/"):
        return _path_of(address)
    if is_object(address):
        return None
    place = Path(address)
    with contextlib.suppress(RuntimeError):
        # Of a user that nobody knows, ~name is a folder's name as any other.
        place = place.expanduser()
    return place


def fetched(address: str) -> Path:
    """Return a file of this machine with the content of an object.

    Parameters
    ----------
    address
        ``scheme://...`` of `SCHEMES`. What belongs to a shapefile or a raster is fetched with it.

    Raises
    ------
    MissingFileError
        There is no such object.
    InputError
        fsspec or its driver is not installed, the address is a chain or names no file, the store
        does not answer or refuses, or the disk is full.
    """
    shown = masked(address)
    scheme, name = address.partition("://")[0].lower(), _name(address, shown)
    if scheme == "file":
        return _path_of(address)
    fs, path = _opened(address, scheme, shown)
    try:
        parts = {name: path}
        ending = Path(name).suffix
        stem = path.removesuffix(ending)
        for other in BESIDE.get(ending.lower(), ()):
            # T.SHP has T.DBF beside it, now and then T.dbf.
            both = (other.upper(), other) if ending.isupper() else (other, other.upper())
            if own := next((e for e in both if fs.exists(stem + e)), None):
                parts[Path(name).stem + own] = stem + own
        # The store's own mark of a version: another size, date or tag is another content.
        marks = [address, *(f"{part} {fs.ukey(part)}" for part in parts.values())]
        key = hashlib.sha256("\n".join(marks).encode()).hexdigest()
        place = _root() / key
        if not _is_whole(place, parts):
            _fetch(fs, parts, place)
        with contextlib.suppress(OSError):
            os.utime(place)
        return place / name
    except FileNotFoundError as error:
        raise MissingFileError(
            LocalizedText("存储中没有这个对象", "the store has no such object"),
            hint="Correct the address",
            file=shown,
        ) from error
    except Exception as error:
        reason = " ".join(masked(str(error) or type(error).__name__, address).split())[:160]
        raise InputError(
            LocalizedText(f"无法从存储读取（{reason}）", f"the store gives nothing ({reason})"),
            hint="Check the address, the login and the network",
            file=shown,
        ) from error


def store_of(address: str) -> tuple[AbstractFileSystem, str]:
    """Return the file system of an address, and the path in it.

    Raises
    ------
    InputError
        It is a chain of addresses, or fsspec or its driver is not installed.
    """
    shown = masked(address)
    _refuse_chain(address, shown)
    return _opened(address, address.partition("://")[0].lower(), shown)


def _path_of(address: str) -> Path:
    """Return the path of a ``file:`` address; refuse what names a host, or no path."""
    parts = urlsplit(address)
    if parts.netloc.lower() not in ("", "localhost") or parts.path in ("", "/"):
        raise InputError(
            LocalizedText("地址没有指明本机的文件", "the address names no file of this machine"),
            hint=LocalizedText(
                "写成三条斜线，如 file:///data/homes.csv",
                "Write three slashes, such as file:///data/homes.csv",
            ),
            file=masked(address),
        )
    return Path(url2pathname(parts.path))


def _refuse_chain(address: str, shown: str) -> None:
    if "::" in address or "\0" in address:
        raise InputError(
            LocalizedText("地址不能串联（::）", "an address may not be a chain (::)"),
            hint="Name the object itself",
            file=shown,
        )


def _name(address: str, shown: str) -> str:
    """Return the name of the object's file; refuse what is no plain object."""
    name = address.partition("?")[0].rpartition("/")[2]
    _refuse_chain(address, shown)
    if name in ("", ".", "..") or "\\" in name or ":" in name:
        raise InputError(
            LocalizedText("地址没有指明文件", "the address names no file"),
            hint="Name one object, such as s3://bucket/city/homes.parquet",
            file=shown,
        )
    return name


def _opened(address: str, scheme: str, shown: str) -> tuple[AbstractFileSystem, str]:
    """Return the file system of an address and the path in it."""
    driver = SCHEMES[scheme]
    try:
        from fsspec.core import url_to_fs

        # fsspec knows schemes in small letters only.
        fs, path = url_to_fs(f"{scheme}://{address.partition('://')[2]}")
    except ImportError as error:
        needed = " ".join(filter(None, ("fsspec", driver)))
        raise InputError(
            LocalizedText(
                f"读取 {scheme}:// 需要 {needed}，尚未安装",
                f"reading {scheme}:// needs {needed}, which is not installed",
            ),
            hint=_install(driver),
            file=shown,
        ) from error
    except Exception as error:
        reason = " ".join(masked(str(error), address).split())[:160]
        raise InputError(
            LocalizedText(f"地址无法打开（{reason}）", f"the address cannot be opened ({reason})"),
            hint="Check the address and the login",
            file=shown,
        ) from error
    return fs, str(path)


def _install(driver: str) -> str:
    """Return the command that installs a driver."""
    more = "" if driver in ("", "s3fs") else f" {driver}"
    return f'pip install "livingcircle[cloud]"{more}'


def _fetch(fs: AbstractFileSystem, parts: dict[str, str], place: Path) -> None:
    """Copy objects into a folder, which is there whole or not at all."""
    beside = place.with_name(f"{place.name}.{secrets.token_hex(4)}.part")
    beside.mkdir(parents=True)
    try:
        for name, path in parts.items():
            fs.get_file(path, str(beside / name))
        if place.exists() and not _is_whole(place, parts):
            # Somebody cleared the cache in part.
            shutil.rmtree(place, ignore_errors=True)
        with contextlib.suppress(OSError):
            # Another process may have fetched the same meanwhile.
            beside.replace(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    if not _is_whole(place, parts):
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(place))
    _make_room(place)


def _is_whole(place: Path, parts: dict[str, str]) -> bool:
    """Return whether a folder has everything that belongs to an object."""
    return all((place / name).is_file() for name in parts)


def _make_room(just: Path) -> None:
    """Drop what was not used for longest, while all together is too much."""
    with contextlib.suppress(OSError):
        kept = sorted(
            (p for p in just.parent.iterdir() if p.is_dir() and p != just),
            key=lambda p: p.stat().st_mtime,
            reverse=True,
        )
        total = _bytes(just)
        for folder in kept:
            total += _bytes(folder)
            if total > OBJECTS_BYTES:
                shutil.rmtree(folder, ignore_errors=True)


def _bytes(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.iterdir() if p.is_file())


def _root() -> Path:
    """Return the folder of fetched objects: that of the user's cache, else one of this process."""
    with contextlib.suppress(OSError, RuntimeError):
        root = cache_folder() / OBJECTS_FOLDER
        root.mkdir(parents=True, exist_ok=True)
        if os.access(root, os.W_OK):
            return root
    return Path(_own_folder().name)


@cache
def _own_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="livingcircle-objects-")
