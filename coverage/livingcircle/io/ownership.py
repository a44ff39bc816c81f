"""Which files of an output folder are ours: a hidden list, made when they were written.

Only a file on the list is ever removed or replaced. What a user laid into an output folder stays,
and so does a file of ours that was edited, under a name of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from livingcircle.errors import ConfigError, InputError
from livingcircle.io.fingerprint import content_hash

__all__ = [
    "OWNED_LIST",
    "Owned",
    "discard",
    "dismantle",
    "files_below",
    "keep_foreign",
    "link_tree",
    "list_owned",
    "real_place",
    "recognise_owned",
    "refuse_foreign",
    "refuse_overlap",
    "remove_empty",
    "write_marker",
]

OWNED_LIST = ".livingcircle.json"
"""The list of our files in a folder that we wrote."""

_PROGRAM = "livingcircle"
_SIDECARS = ("-wal", "-shm", "-journal")
"""What SQLite lays beside a GeoPackage that is open."""


@dataclass(frozen=True)
class Owned:
    """The files of an output folder that are ours."""

    kind: str
    """``run``, ``plan``, ``site`` or ``state``."""
    files: Mapping[str, str]
    """Path relative to the folder, with ``/`` → ``livingcircle.io.fingerprint.content_hash``;
    empty where only the folder is marked."""
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def edited_stays(self) -> bool:
        """Whether a file of ours that somebody changed is kept under another name.

        People work in the output of a run; in a site a changed page is a damaged one.
        """
        return self.kind in ("run", "plan")


Recognise = Callable[[Path], Owned | None]
"""Tells what a folder without a list holds of ours: outputs of an earlier version."""


def list_owned(folder: Path) -> Owned | None:
    """Return what the list of a folder says; None where there is none that can be read."""
    try:
        data = json.loads((folder / OWNED_LIST).read_text(encoding="utf-8"))
        if data["program"] != _PROGRAM or not isinstance(data["kind"], str):
            return None
        files = {str(name): str(sha256) for name, sha256 in data["files"].items()}
        about = {str(name): str(value) for name, value in data.get("about", {}).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Owned(data["kind"], files, about)


def recognise_owned(folder: Path, recognise: Recognise | None = None) -> Owned | None:
    """Return which files of a folder are ours: by its list, else by what earlier versions wrote."""
    return list_owned(folder) or (recognise(folder) if recognise is not None else None)


def write_marker(
    folder: Path,
    kind: str,
    *,
    names: Iterable[str] | None = None,
    about: Mapping[str, str] | None = None,
    earlier: Path | None = None,
) -> Owned:
    """List the files of a folder as ours.

    Parameters
    ----------
    folder
        Where they are.
    kind
        See ``Owned``.
    names
        Relative paths; all files in the folder if not given.
    about
        What else the list says.
    earlier
        The folder's earlier version: a file that is linked from there is what it was, and is not
        read again.
    """
    before = (list_owned(earlier) if earlier is not None else None) or Owned(kind, {})
    files: dict[str, str] = {}
    for name in sorted(files_below(folder) if names is None else names):
        path = folder / name
        if name == OWNED_LIST or path.is_symlink():
            continue
        known = before.files.get(name)
        if known is not None and earlier is not None and _linked(path, earlier / name):
            files[name] = known
            continue
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
        files[name] = content_hash(path)
    data = {"program": _PROGRAM, "kind": kind, "about": dict(about or {}), "files": files}
    text = json.dumps(data, ensure_ascii=False, indent=0)
    # Never written in place: a half-written list would make our files look like somebody else's.
    fresh = folder / f"{OWNED_LIST}.part"
    fresh.write_text(text + "\n", encoding="utf-8", newline="\n")
    fresh.replace(folder / OWNED_LIST)
    return Owned(kind, files, dict(about or {}))


def files_below(folder: Path) -> list[str]:
    """Return all that is no folder below a folder, relative and sorted; links are not followed."""
    found = []
    for base, folders, names in os.walk(folder):
        here = Path(base).relative_to(folder)
        links = [name for name in folders if Path(base, name).is_symlink()]
        found += [(here / name).as_posix() for name in [*names, *links]]
    return sorted(found)


def real_place(path: str | Path, option: str = "--out") -> Path:
    """Return where an output really goes: links are followed.

    Raises
    ------
    InputError
        The links lead in a circle, the name cannot be one, or it is the root of a drive.
    """
    given = Path(path)
    try:
        place = Path(os.path.realpath(given.expanduser()))
        with contextlib.suppress(FileNotFoundError):
            place.stat()
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"cannot be an output ({reason})", hint=f"Name another place with {option}", file=given
        ) from None
    if place.name == "":
        raise InputError(
            "the root of a drive cannot be an output folder",
            hint=f"Name a folder of its own with {option}",
            file=given,
        )
    return place


def refuse_foreign(
    place: Path, kind: str, recognise: Recognise | None = None, option: str = "--out"
) -> None:
    """Refuse a place that holds anything but an earlier output of this kind.

    A folder that holds nothing but plans of sites is taken as well: they are laid into the
    folder of the city before its first run, and stay.

    Raises
    ------
    InputError
        It is a file, or a folder with files and no list of ours.
    """
    try:
        if not place.exists():
            return
        if not place.is_dir():
            raise InputError(
                "is a file, not a folder", hint=f"Name a folder with {option}", file=place
            )
        inside = list(place.iterdir())
    except OSError as error:
        raise InputError(
            f"cannot be looked into ({error.strerror})",
            hint=f"Name another folder with {option}",
            file=place,
        ) from error
    owned = recognise_owned(place, recognise)
    if owned is not None and owned.kind == kind:
        return
    if owned is None and all(_is_plan(path) for path in inside):
        return
    what = f"a {owned.kind}" if owned is not None else "files that livingcircle did not write"
    raise InputError(
        f"the folder holds {what}, so it is not replaced",
        hint=f"Name another folder with {option}, or empty this one",
        file=place,
    )


def _is_plan(path: Path) -> bool:
    if path.is_symlink() or not path.is_dir():
        return False
    owned = list_owned(path)
    return owned is not None and owned.kind == "plan"


def _in_plan(place: Path, source: Path) -> bool:
    below = (p for p in source.parents if p.is_relative_to(place) and p != place)
    return any(_is_plan(folder) for folder in below)


def refuse_overlap(output: Path, inputs: Iterable[Path], option: str = "--out") -> None:
    """Refuse an output that is an input, holds one, or lies in one.

    Raises
    ------
    ConfigError
        It does; the message names the input.
    """
    place = real_place(output, option)
    for given in inputs:
        source = Path(os.path.realpath(given))
        same = place == source or _is_same(place, source)
        if place in source.parents and _in_plan(place, source):
            # A plan in the folder of the city stays there, and so does its scenario.
            continue
        if same or place in source.parents or source in place.parents:
            how = "is" if same else "holds" if place in source.parents else "lies in"
            raise ConfigError(
                f"the output {how} the input {source.name}",
                hint=f"Name another place with {option}: an input is never written to",
                file=output,
            )


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def keep_foreign(earlier: Path, fresh: Path, owned: Owned) -> None:
    """Let a fresh folder hold what is not ours in its earlier version.

    Parameters
    ----------
    earlier
        The folder as it stands, which is only read.
    fresh
        What shall replace it; it has its own list already.
    owned
        What is ours in `earlier`.
    """
    written = (list_owned(fresh) or Owned(owned.kind, {})).files
    for name in files_below(earlier):
        target = _destination(earlier, name, owned, written)
        if target is not None and not os.path.lexists(fresh / target):
            link_tree(earlier / name, fresh / target)
    for base, folders, names in os.walk(earlier):
        if not folders and not names:
            # An empty folder of the user.
            (fresh / Path(base).relative_to(earlier)).mkdir(parents=True, exist_ok=True)


def dismantle(earlier: Path, place: Path, owned: Owned) -> None:
    """Remove an earlier version that was set aside; what is not ours goes to its place first.

    What came in while the new version was made is not lost thus, and what cannot be moved stays
    where it is.
    """
    written = (list_owned(place) or Owned(owned.kind, {})).files
    # The marker goes last: a folder that a kill leaves half removed is still known as ours.
    for name in sorted(files_below(earlier), key=lambda name: name == OWNED_LIST):
        path = earlier / name
        with contextlib.suppress(OSError, InputError):
            target = _destination(earlier, name, owned, written)
            if target is None or _alike(path, place / target):
                path.unlink()
            elif not os.path.lexists(place / target):
                (place / target).parent.mkdir(parents=True, exist_ok=True)
                path.rename(place / target)
    remove_empty(earlier)


def discard(folder: Path) -> None:
    """Remove a folder that is ours whole; its list goes last, as in ``dismantle``."""
    for name in sorted(files_below(folder), key=lambda name: name == OWNED_LIST):
        with contextlib.suppress(OSError):
            (folder / name).unlink()
    remove_empty(folder)


def remove_empty(folder: Path) -> None:
    """Remove the folders below `folder`, and itself, that hold no file."""
    for base, _, _ in sorted(os.walk(folder), reverse=True):
        with contextlib.suppress(OSError):
            Path(base).rmdir()


def _destination(folder: Path, name: str, owned: Owned, written: Mapping[str, str]) -> str | None:
    """Return under which name a file is to be found in the new version, None for one of ours."""
    if name in (OWNED_LIST, f"{OWNED_LIST}.part"):
        return None
    base = next((name.removesuffix(end) for end in _SIDECARS if name.endswith(end)), name)
    if base in owned.files:
        if not owned.edited_stays or not _is_edited(folder, base, owned):
            return None
        return _kept(folder, base) + name[len(base) :]
    return _kept(folder, name) if name in written else name


def _is_edited(folder: Path, name: str, owned: Owned) -> bool:
    log = folder / f"{name}-wal"
    if log.is_file() and log.stat().st_size:
        return True
    path = folder / name
    return path.is_symlink() or not path.is_file() or content_hash(path) != owned.files[name]


def _kept(folder: Path, name: str) -> str:
    """Return the name to keep an edited file under; equal content gives the same name."""
    path = folder / name
    regular = path.is_file() and not path.is_symlink()
    mark = content_hash(path)[:8] if regular else "link"
    plain = Path(name)
    return plain.with_name(f"{plain.stem}.kept-{mark}{plain.suffix}").as_posix()


def _linked(one: Path, other: Path) -> bool:
    try:
        a, b = one.lstat(), other.lstat()
    except OSError:
        return False
    return (a.st_ino, a.st_dev) == (b.st_ino, b.st_dev) and a.st_ino != 0


def _alike(one: Path, other: Path) -> bool:
    """Return whether two names hold the same: one file, one target of links, one content."""
    if not os.path.lexists(other):
        return False
    if _linked(one, other):
        return True
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    return one.is_file() and other.is_file() and content_hash(one) == content_hash(other)


def link_tree(source: Path, target: Path) -> None:
    """Let `target` be the same tree as `source`: hard links where possible, else copies.

    Nothing in an output is ever written in place, so a link is as good as a copy. Pipes and
    sockets are left out.
    """
    for name in files_below(source) if source.is_dir() and not source.is_symlink() else [""]:
        path, place = source / name, target / name
        if stat.S_IFMT(path.lstat().st_mode) in (stat.S_IFREG, stat.S_IFLNK):
            place.parent.mkdir(parents=True, exist_ok=True)
            _same_file(path, place)


def _same_file(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target, follow_symlinks=False)
