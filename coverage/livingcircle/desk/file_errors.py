"""Errors as the page shows them: a file of the project is called by its name."""

from __future__ import annotations

import os
from pathlib import Path

from livingcircle.errors import LivingCircleError

__all__ = ["error_lines"]


def error_lines(error: LivingCircleError, folder: Path) -> list[str]:
    """Return the line of an error in Chinese and English, without the folder of the project."""
    return [error.line(lang).replace(f"{folder}{os.sep}", "") for lang in ("zh", "en")]
