"""Put a site in place in one step: at any moment it is the old one or the new one, whole.

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
import re
from collections.abc import Iterator
from pathlib import Path

from livingcircle.errors import InputError, LivingCircleError
from livingcircle.io.atomic import UNFINISHED, exchange_folders, no_space, put_aside, swap_aside
from livingcircle.io.fingerprint import content_hash
from livingcircle.io.ownership import (
    Owned,
    files_below,
    keep_foreign,
    real_place,
    recognise_owned,
    refuse_foreign,
    write_marker,
)
from livingcircle.publish.folder import earlier_run

__all__ = [
    "SITE_FILE",
    "SITE_VERSION",
    "is_site",
    "owned_of",
    "read_marker",
    "real_site",
    "recover_site",
    "staged_site",
]

REPLACES_LINKS = os.name == "posix"
"""Whether a link can be replaced in one step; on Windows links also need rights."""

SITE_FILE = "site.json"
"""Names the night of a site for whoever reads it."""

SITE_VERSION = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f]{6}")
"""How versions of a site are called; it becomes the name of a file."""

_NIGHT = re.compile(r"nights/\d{4}-\d\d-\d\dT\d{6}Z\.json")
_PAGES = re.compile(
    r"index\.html|site\.json|assets/[\w.-]+|cities/[^/]+/(?:index\.html|changes\.csv)"
)
_DATA = re.compile(
    r"cities/[^/]+/data/"
    r"(?:run\.json|scorecard\.(?:csv|xlsx)|gaps\.csv|sites\.csv|[^/]+\.html|[^/]+\.gpkg)"
)


def read_marker(site: Path) -> dict[str, object] | None:
    """Return the content of site.json; None where `site` is no site of livingcircle."""
    try:
        marker = json.loads((site / SITE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    is_ours = isinstance(marker, dict) and marker.get("program") == "livingcircle site"
    return marker if is_ours else None


def is_site(site: Path) -> bool:
    """Return whether `site` was written by the night job and may be replaced."""
    owned = recognise_owned(site, earlier_site)
    return owned is not None and owned.kind == "site"


def owned_of(site: Path) -> Owned:
    """Return what is ours in a site; nothing where there is none."""
    return recognise_owned(site, earlier_site) or Owned("site", {})


def earlier_site(site: Path) -> Owned | None:
    """Return what is ours in a site of a version that kept no list: what it is known to write."""
    if read_marker(site) is None:
        return None
    files: dict[str, str] = {}
    for name in files_below(site):
        if _NIGHT.fullmatch(name) or _PAGES.fullmatch(name):
            with contextlib.suppress(OSError, LivingCircleError):
                files[name] = content_hash(site / name)
        elif _DATA.fullmatch(name):
            # Not known to be whole, unless its run.json says so.
            files[name] = ""
    for folder in sorted(site.glob("cities/*/data")):
        run = earlier_run(folder)
        if run is not None:
            below = folder.relative_to(site).as_posix()
            files |= {f"{below}/{name}": sha256 for name, sha256 in run.files.items()}
    return Owned("site", files)


def real_site(site: str | Path) -> Path:
    """Return the place to write to: where a user's own link leads, but not where ours does."""
    place = Path(site).expanduser().absolute()
    ours = place.is_symlink() and place.readlink().parent.name == _versions(place).name
    return place if ours else real_place(place, "--site")


def recover_site(site: Path) -> None:
    """Put back a site that a killed run left aside, and remove what killed runs left behind.

    To be called while the lock is held: nobody else is writing then, so all that stands beside
    the site under our names, and says that it is ours, is left over.

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
    refuse_foreign(site, "site", earlier_site, "--site")
    live = site.resolve()
    for link in site.parent.glob(f".{name}.link-*"):
        if link.is_symlink():
            link.unlink()
    leftovers = [
        *site.parent.glob(f".{name}.new-*"),
        *site.parent.glob(f".{name}.old-*"),
        *_versions(site).glob("*"),
    ]
    for path in leftovers:
        if path.resolve() != live and not path.is_symlink():
            put_aside(path, site, earlier_site)


@contextlib.contextmanager
def staged_site(site: Path, version: str) -> Iterator[Path]:
    """Give an empty folder to build the site in; put it in place when the block ends well.

    What somebody laid into the site is in the new one as well.

    Parameters
    ----------
    site
        Where the site belongs; see ``recover_site``.
    version
        A name that no other run uses.
    """
    way = _way(site, version)
    fresh = _versions(site) / version if way == "link" else _beside(site, "new", version)
    try:
        fresh.mkdir(parents=True)
        write_marker(fresh, UNFINISHED, names=())
        yield fresh
        # Somebody may have put files there in the meantime.
        refuse_foreign(site, "site", earlier_site, "--site")
        write_marker(fresh, "site", earlier=site)
        if site.exists():
            keep_foreign(site, fresh, owned_of(site))
        if way == "link":
            _point_to(fresh, site, version)
        elif site.exists():
            _replace(fresh, site, version, swap=way == "exchange")
        else:
            fresh.rename(site)
    except LivingCircleError:
        raise
    except Exception as error:
        if no_space(error, site.parent):
            raise InputError(
                "no space is left on the disk; the site stands as it was",
                hint="Make room, then run again",
                file=site,
            ) from error
        if not isinstance(error, OSError):
            raise
        raise InputError(
            f"the site cannot be written ({error.strerror or error})",
            hint="Look at the free space and the rights of the folder, then run again",
            file=error.filename or site,
        ) from error
    finally:
        # Either it did not become the site, or it was the site before.
        if fresh.exists() and fresh.resolve() != site.resolve():
            put_aside(fresh, site, earlier_site)


def _way(site: Path, version: str) -> str:
    """Return how this system puts a folder in place of another."""
    if site.is_symlink():
        return "link"
    if _can_exchange(site, version):
        return "exchange"
    return "link" if REPLACES_LINKS else "rename"


def _can_exchange(site: Path, version: str) -> bool:
    """Test whether two empty folders can be exchanged; ``recover_site`` knows their names."""
    pair = [_beside(site, "new", f"{version}-probe-{k}") for k in (1, 2)]
    try:
        for folder in pair:
            folder.mkdir()
        return exchange_folders(*pair)
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
        if not exchange_folders(fresh, site):
            raise OSError("the folder cannot be exchanged")
        # `fresh` is now the earlier site, and the caller removes it.
        return
    aside = _beside(site, "old", version)
    swap_aside(fresh, site, aside)
    put_aside(aside, site, earlier_site)


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
            put_aside(old, site, earlier_site)


def _versions(site: Path) -> Path:
    return site.with_name(f".{site.name}.versions")


def _beside(site: Path, what: str, version: str) -> Path:
    return site.with_name(f".{site.name}.{what}-{version}")
