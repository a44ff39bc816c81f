"""The inputs of the night before, kept by content: each file once, under the name of its hash."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import shutil
from collections.abc import Collection
from pathlib import Path

from livingcircle.errors import InputError

__all__ = ["Store", "hash_file"]

_CHUNK = 1 << 20


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


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
        """Tell whether the content is here."""
        return self.path(sha256).is_file()

    def put(self, file: Path, sha256: str) -> None:
        """Copy a file in.

        Raises
        ------
        InputError
            Its content is no longer what was hashed.
        """
        target = self.path(sha256)
        if target.is_file():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{sha256}.{secrets.token_hex(4)}.part")
        digest = hashlib.sha256()
        try:
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
            part.replace(target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                part.unlink()

    def take(self, sha256: str, target: Path) -> None:
        """Copy content out to `target`.

        Raises
        ------
        FileNotFoundError
            It is not here.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.path(sha256), target)

    def prune(self, keep: Collection[str]) -> int:
        """Remove all but the contents in `keep`, and half-copied files; return the bytes freed."""
        freed = 0
        wanted = set(keep)
        for file in sorted(self.folder.glob("??/*")):
            if file.name in wanted:
                continue
            with contextlib.suppress(OSError):
                size = file.stat().st_size
                file.unlink()
                freed += size
        return freed
