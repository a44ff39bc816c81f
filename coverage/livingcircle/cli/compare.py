"""The body of ``livingcircle compare``."""

from __future__ import annotations

from pathlib import Path

from livingcircle.compare.comparison import compare
from livingcircle.errors import ConfigError

__all__ = ["run_compare"]


def run_compare(
    before: str | Path, after: str | Path, *, out: str | Path | None = None, lang: str = "en"
) -> str:
    """Compare two output folders; return the text to print, and write the changes to `out`."""
    if lang not in ("zh", "en"):
        raise ConfigError(f"there is no language '{lang}'", hint="Use zh or en", field="--lang")
    found = compare(before, after)
    if out is not None:
        found.write(out)
    return found.text(lang)
