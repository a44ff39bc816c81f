"""What the night job keeps for itself, apart from the site: manifests, inputs, scratch files.

It holds copies of the inputs, which need not be public, so it stands with the cities and not with
the site. All of it can be deleted: the next night then computes every city, and cannot say why
something changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter

from livingcircle.errors import InputError
from livingcircle.io.atomic import no_space, write_text
from livingcircle.io.ownership import (
    OWNED_LIST,
    Owned,
    files_below,
    list_owned,
    refuse_foreign,
    write_marker,
)
from livingcircle.nightly.manifest import Manifest
from livingcircle.nightly.store import Store

__all__ = ["SCRATCH", "State"]

SCRATCH = "livingcircle-"
"""How the folders begin that runs with exchanged inputs are laid out in."""

_PRIVATE = 0o700
_MANIFEST = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f]{6}\.json")
_KEPT = re.compile(
    r"manifests/\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f]{6}\.json"
    r"|store/[0-9a-f]{2}/[0-9a-f]{64}(?:\.[0-9a-f]{8}\.part)?|scratch/tmp\w+/.*"
)
"""All that a version which did not mark the folder kept in it."""


class State:
    """The folder of one site's state.

    A version of the site names itself in site.json, and its manifests are in ``manifests/<that
    name>.json``. They are written before the site is put in place, so whichever site is found
    after a kill has its own manifests beside it.

    The folder says which site it belongs to; a folder of anything else is refused, and only files
    with names that the job gives are ever removed from it.
    """

    def __init__(self, folder: Path, site: Path) -> None:
        self.folder = folder
        self.site = site
        self.store = Store(folder / "store")

    @classmethod
    def beside(cls, cities: Path, site: Path) -> State:
        """Return the state's place in the folder of the cities, one per site."""
        stem = re.sub(r"[^\w.-]", "_", site.name)[:40]
        mark = hashlib.sha256(str(site).encode("utf-8", "surrogateescape")).hexdigest()[:8]
        return cls(cities / ".nightly" / f"{stem}-{mark}", site)

    def open(self, version: str | None = None) -> None:
        """Make the folder, and remove the scratch files of a run that was killed.

        Parameters
        ----------
        version
            Of the site as it stands. A state that knows it belongs to this site, which was moved.

        Raises
        ------
        InputError
            It holds something else or belongs to another site, or cannot be written.
        """
        refuse_foreign(self.folder, "state", _earlier_state, "--state")
        owner = (list_owned(self.folder) or Owned("state", {})).about.get("site", self._site)
        moved = version is not None and self._file(version).is_file()
        if owner != self._site and not moved and Path(owner).exists():
            raise InputError(
                f"holds the state of another site, {owner}",
                hint="Give each site a folder of its own with --state",
                file=self.folder,
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
            write_marker(self.folder, "state", names=(), about={"site": self._site})
            self._clear_scratch()
            self.scratch.mkdir(exist_ok=True)
        except OSError as error:
            full = no_space(error, self.folder)
            raise InputError(
                "no space is left on the disk; the site stands as it was"
                if full
                else f"the state of the night job cannot be written ({error.strerror})",
                hint="Make room, then run again"
                if full
                else "Choose a folder that you may write to with --state",
                file=self.folder,
            ) from error

    @property
    def _site(self) -> str:
        return str(self.site).encode("utf-8", "backslashreplace").decode("utf-8")

    @property
    def scratch(self) -> Path:
        """Where runs with exchanged inputs are laid out."""
        return self.folder / "scratch"

    def manifests(self, version: str) -> dict[str, Manifest]:
        """Return city → manifest of a version of the site; empty where they are not kept."""
        try:
            data = json.loads(self._file(version).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        found = {}
        for slug, entry in data.items() if isinstance(data, dict) else ():
            # One that is damaged costs its city a computation and no more.
            with contextlib.suppress(ValueError, RecursionError, OverflowError):
                found[slug] = TypeAdapter(Manifest).validate_python(entry, strict=False)
        return found

    def keep(self, version: str, manifests: Mapping[str, Manifest]) -> None:
        """Write the manifests of a version that is about to be put in place."""
        data = {slug: m.to_json() for slug, m in sorted(manifests.items())}
        text = json.dumps(data, ensure_ascii=False, indent=0, default=str)
        write_text(self._file(version), text + "\n")

    def set_aside(self, file: Path) -> Path:
        """Keep a damaged file of the site where nobody publishes it; return where."""
        place = self.folder / "set-aside" / file.name
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, place)
        return place

    def prune(self, version: str, manifests: Mapping[str, Manifest]) -> int:
        """Remove all that the version in place does not need; return the bytes freed."""
        for other in self._file(version).parent.glob("*.json"):
            if other != self._file(version) and _MANIFEST.fullmatch(other.name):
                other.unlink(missing_ok=True)
        self._clear_scratch()
        return self.store.prune(set().union(*(m.blobs for m in manifests.values())))

    def _clear_scratch(self) -> None:
        for folder in self.scratch.glob(f"{SCRATCH}*"):
            if folder.is_dir() and not folder.is_symlink():
                shutil.rmtree(folder, ignore_errors=True)

    def _file(self, version: str) -> Path:
        return self.folder / "manifests" / f"{version}.json"


def _earlier_state(folder: Path) -> Owned | None:
    """Return the state that a version without marks kept: nothing else may be in the folder."""
    names = [name for name in files_below(folder) if name != OWNED_LIST]
    ours = bool(names) and all(_KEPT.fullmatch(name) for name in names)
    return Owned("state", {}) if ours else None
