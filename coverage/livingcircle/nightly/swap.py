"""The site is put in place in one step: at any moment it is the old one or the new one, whole.

Three ways, the first that the system can do:

exchange
    The kernel lets the new folder and the old one change places (Linux). The site is a plain
    folder.
link
    The site is a symbolic link to ``.SITE.versions/<id>``, and the link is replaced (other
    POSIX systems, network file systems). A plain folder that stands there at first is
    moved aside once.
rename
    The old folder is renamed aside and the new one into its place (Windows). Between the two
    renames there is no site for some microseconds; a job killed just there leaves the old one
    aside, and the next run puts it back.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from livingcircle.errors import InputError
from livingcircle.publish.folder import exchange

__all__ = ["MARKER", "is_site", "link_tree", "read_marker", "real_site", "recover", "staged"]

LINKS = os.name == "posix"
"""Whether a link can be replaced in one step; on Windows links also need rights."""

MARKER = "site.json"
"""The file by which a site is known."""


def read_marker(site: Path) -> dict[str, object] | None:
    """Return the content of site.json; None where `site` is no site of livingcircle."""
    try:
        marker = json.loads((site / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    is_ours = isinstance(marker, dict) and marker.get("program") == "livingcircle site"
    return marker if is_ours else None


def is_site(site: Path) -> bool:
    """Tell whether `site` was written by the night job and may be replaced."""
    return read_marker(site) is not None


def real_site(site: str | Path) -> Path:
    """Return the place to write to: where a user's own link leads, but not where ours does."""
    place = Path(site).expanduser().absolute()
    ours = place.is_symlink() and place.readlink().parent.name == _versions(place).name
    return place if ours else place.resolve()


def recover(site: Path) -> None:
    """Put back a site that a killed run left aside, and remove what killed runs left behind.

    To be called while the lock is held: nobody else is writing then, so all that stands beside
    the site under our names is left over.

    Raises
    ------
    InputError
        `site` holds something that the night job did not write.
    """
    site.parent.mkdir(parents=True, exist_ok=True)
    name = glob.escape(site.name)
    if not site.exists():
        for aside in sorted(site.parent.glob(f".{name}.old-*"), reverse=True):
            if is_site(aside):
                if site.is_symlink():
                    site.unlink()
                aside.rename(site)
                break
    _refuse_foreign(site)
    live = site.resolve()
    leftovers = [
        *site.parent.glob(f".{name}.new-*"),
        *site.parent.glob(f".{name}.old-*"),
        *site.parent.glob(f".{name}.link-*"),
        *_versions(site).glob("*"),
    ]
    for path in leftovers:
        if path.resolve() != live or path.is_symlink():
            _remove(path)


def _refuse_foreign(site: Path) -> None:
    if not site.exists():
        return
    if not site.is_dir():
        raise InputError("is a file, not a folder", hint="Name a folder with --site", file=site)
    if not is_site(site) and next(site.iterdir(), None) is not None:
        raise InputError(
            "the folder holds files that the night job did not write, so it is not replaced",
            hint="Name another folder with --site, or empty this one",
            file=site,
        )


@contextlib.contextmanager
def staged(site: Path, version: str) -> Iterator[Path]:
    """Give an empty folder to build the site in; put it in place when the block ends well.

    Parameters
    ----------
    site
        Where the site belongs; see :func:`recover`.
    version
        A name that no other run uses.
    """
    way = _way(site, version)
    fresh = _versions(site) / version if way == "link" else _beside(site, "new", version)
    fresh.mkdir(parents=True)
    try:
        yield fresh
        # Somebody may have put files there in the meantime.
        _refuse_foreign(site)
        if way == "link":
            _point_to(fresh, site, version)
        elif site.exists():
            _replace(fresh, site, version, swap=way == "exchange")
        else:
            fresh.rename(site)
    except OSError as error:
        raise InputError(
            f"the site cannot be written ({error.strerror or error})",
            hint="Look at the free space and the rights of the folder, then run again",
            file=error.filename or site,
        ) from error
    finally:
        if fresh.resolve() != site.resolve():
            _remove(fresh)


def _way(site: Path, version: str) -> str:
    """Return how this system puts a folder in place of another."""
    if site.is_symlink():
        return "link"
    if _can_exchange(site, version):
        return "exchange"
    return "link" if LINKS else "rename"


def _can_exchange(site: Path, version: str) -> bool:
    """Try it with two empty folders; :func:`recover` knows their names."""
    pair = [_beside(site, "new", f"{version}-probe-{k}") for k in (1, 2)]
    try:
        for folder in pair:
            folder.mkdir()
        return exchange(*pair)
    except OSError as error:
        raise InputError(
            f"cannot write here ({error.strerror})",
            hint="Choose a folder that you may write to with --site",
            file=site.parent,
        ) from error
    finally:
        for folder in pair:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _replace(fresh: Path, site: Path, version: str, *, swap: bool) -> None:
    if swap:
        if not exchange(fresh, site):
            raise OSError("the folder cannot be exchanged")
        # `fresh` is now the earlier site, and the caller removes it.
        return
    aside = _beside(site, "old", version)
    site.rename(aside)
    try:
        fresh.rename(site)
    except OSError:
        aside.rename(site)
        raise
    _remove(aside)


def _point_to(fresh: Path, site: Path, version: str) -> None:
    """Let the link `site` point to `fresh`."""
    earlier = site.resolve() if site.is_symlink() else None
    link = _beside(site, "link", version)
    link.symlink_to(Path(fresh.parent.name, fresh.name), target_is_directory=True)
    aside = None
    if site.exists() and not site.is_symlink():
        aside = _beside(site, "old", version)
        site.rename(aside)
    link.replace(site)
    for old in (earlier, aside):
        if old is not None:
            _remove(old)


def _versions(site: Path) -> Path:
    return site.with_name(f".{site.name}.versions")


def _beside(site: Path, what: str, version: str) -> Path:
    return site.with_name(f".{site.name}.{what}-{version}")


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_symlink() or path.is_file():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)


def link_tree(source: Path, target: Path) -> None:
    """Let `target` be the same tree as `source`: hard links where possible, else copies.

    Nothing in a site is ever written in place, so a link is as good as a copy, and a night on
    which nothing changed takes no room.
    """
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, copy_function=_same)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    _same(source, target)


def _same(source: str | Path, target: str | Path) -> str:
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target, follow_symlinks=False)
    return str(target)
