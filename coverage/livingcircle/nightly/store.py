"""The inputs of the night before, kept by content: each file once, under the name of its hash."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from livingcircle.errors import InputError
from livingcircle.io.atomic import part_beside
from livingcircle.io.fingerprint import sha256_of

__all__ = ["Store"]

_CHUNK = 1 << 20
_OURS = re.compile(r"[0-9a-f]{64}(?:\.[0-9a-f]{8}\.part)?")
"""Names that we give; anything else in the folder is somebody's own."""


class Store:
    """A folder of files named by their SHA-256.

    Files are copied in, never linked: a program that overwrites an input in place would change a
    link's content as well. A file appears under its name only when it is whole.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Return where the content with a hash is, or would be."""
        return self.folder / sha256[:2] / sha256

    def holds(self, sha256: str) -> bool:
        """Return whether the content is here, and whole."""
        path = self.path(sha256)
        return path.is_file() and sha256_of(path) == sha256

    def put(self, file: Path, sha256: str) -> None:
        """Copy a file in.

        Raises
        ------
        InputError
            Its content is no longer what was hashed.
        """
        target = self.path(sha256)
        if self.holds(sha256):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with part_beside(target) as part:
            with file.open("rb") as source, part.open("xb") as sink:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    sink.write(chunk)
            if digest.hexdigest() != sha256:
                raise InputError(
                    "the file changed while the night job was reading it",
                    hint="It is read anew the next night, or run the job again",
                    file=file,
                )

    def take(self, sha256: str, target: Path) -> None:
        """Copy content out to `target`.

        Raises
        ------
        FileNotFoundError
            It is not here, or was damaged.
        """
        if not self.holds(sha256):
            raise FileNotFoundError(errno.ENOENT, "is no longer kept", sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.path(sha256), target)

    def prune(self, keep: Collection[str]) -> int:
        """Remove all but the contents in `keep`, and half-copied files; return the bytes freed."""
        freed = 0
        wanted = set(keep)
        for file in sorted(self.folder.glob("??/*")):
            if file.name in wanted or not _OURS.fullmatch(file.name):
                continue
            with contextlib.suppress(OSError):
                size = file.stat().st_size
                file.unlink()
                freed += size
        return freed
