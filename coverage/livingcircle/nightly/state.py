"""What the night job keeps for itself, apart from the site: manifests, inputs, scratch files.

It holds copies of the inputs, which need not be public, so it stands with the cities and not with
the site. All of it can be deleted: the next night then computes every city, and cannot say why
something changed.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from livingcircle.errors import InputError
from livingcircle.nightly.manifest import Manifest
from livingcircle.nightly.store import Store

__all__ = ["State"]

_PRIVATE = 0o700


class State:
    """The folder of one site's state.

    A version of the site names itself in site.json, and its manifests are in ``manifests/<that
    name>.json``. They are written before the site is put in place, so whichever site is found
    after a kill has its own manifests beside it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "store")

    @classmethod
    def beside(cls, cities: Path, site: Path) -> State:
        """Return the state's place in the folder of the cities, one a site."""
        stem = re.sub(r"[^\w.-]", "_", site.name)[:40]
        mark = hashlib.sha256(str(site).encode("utf-8", "surrogateescape")).hexdigest()[:8]
        return cls(cities / ".nightly" / f"{stem}-{mark}")

    def open(self) -> None:
        """Make the folder, and remove the scratch files of a run that was killed.

        Raises
        ------
        InputError
            It cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
            shutil.rmtree(self.scratch, ignore_errors=True)
            self.scratch.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(
                f"the state of the night job cannot be written ({error.strerror})",
                hint="Choose a folder that you may write to with --state",
                file=self.folder,
            ) from error

    @property
    def scratch(self) -> Path:
        """Where runs with swapped inputs are laid out."""
        return self.folder / "scratch"

    def manifests(self, version: str) -> dict[str, Manifest]:
        """Return city → manifest of a version of the site; empty where they are not kept."""
        try:
            data = json.loads(self._file(version).read_text(encoding="utf-8"))
            return {slug: Manifest.from_json(entry) for slug, entry in data.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def keep(self, version: str, manifests: Mapping[str, Manifest]) -> None:
        """Write the manifests of a version that is about to be put in place."""
        data: dict[str, Any] = {slug: m.to_json() for slug, m in sorted(manifests.items())}
        path = self._file(version)
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(data, ensure_ascii=False, indent=0, default=str)
        path.write_text(text + "\n", encoding="utf-8", newline="\n")

    def prune(self, version: str, manifests: Mapping[str, Manifest]) -> int:
        """Remove all that the version in place does not need; return the bytes freed."""
        for other in self._file(version).parent.glob("*.json"):
            if other != self._file(version):
                other.unlink(missing_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
        return self.store.prune(set().union(*(m.blobs for m in manifests.values())))

    def _file(self, version: str) -> Path:
        return self.folder / "manifests" / f"{version}.json"
