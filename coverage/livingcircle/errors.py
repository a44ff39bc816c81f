"""What a user can hint: one exception family, each with file, row, field and the hint."""

from __future__ import annotations

from pathlib import Path

from livingcircle.secrets import masked

__all__ = ["ConfigError", "DatumError", "InputError", "LivingCircleError", "MissingFileError"]


class LivingCircleError(Exception):
    """Something the user can hint; the command line prints it as one line and exits with 2.

    Parameters
    ----------
    problem
        What is wrong, in one sentence without a full stop.
    hint
        What to do about it, in one sentence.
    file, row, field
        Where: a path, a row as a spreadsheet counts it (the header is row 1), a column or key.
    """

    def __init__(
        self,
        problem: str,
        *,
        hint: str = "",
        file: str | Path | None = None,
        row: int | None = None,
        field: str | None = None,
    ) -> None:
        # A source may hold a login, and texts of libraries repeat their source.
        self.problem = masked(problem)
        self.hint = masked(hint)
        self.file = None if file is None else masked(str(file))
        self.row = row
        self.field = None if field is None else masked(field)
        super().__init__(self.line())

    def line(self) -> str:
        """Return where, what and the hint as one line without control characters."""
        where = ", ".join(
            part
            for part in (
                self.file,
                f"row {self.row}" if self.row is not None else None,
                f"field '{self.field}'" if self.field is not None else None,
            )
            if part
        )
        text = f"{where}: {self.problem}" if where else self.problem
        if self.hint:
            text = f"{text}. {self.hint}"
        # Data text may hold line breaks or terminal escapes; an error is always one line.
        text = "".join(c if c.isprintable() else " " for c in text)
        return text if len(text) <= 600 else text[:597] + "..."


class InputError(LivingCircleError, ValueError):
    """A table, layer or network that cannot be read or makes no sense."""


class ConfigError(LivingCircleError, ValueError):
    """A city.toml, pack or command-line value that is not understood."""


class DatumError(InputError):
    """Coordinates that contradict the stated datum."""


class MissingFileError(LivingCircleError, FileNotFoundError):
    """A file that is named but not there."""

    # OSError would format its own arguments.
    def __str__(self) -> str:
        return self.line()
