"""User-correctable errors: one family, each with file, row, field and hint, in zh and en."""

from __future__ import annotations

import errno
import re
from pathlib import Path

from livingcircle._error_texts import error_in_chinese
from livingcircle.localized import EMPTY, LocalizedText, close_up_per_cent, localized
from livingcircle.secrets import masked

__all__ = [
    "ConfigError",
    "DatumError",
    "InputError",
    "LivingCircleError",
    "MissingFileError",
    "WrongTypeError",
    "first_line",
    "out_of_memory",
    "printable",
]

# A terminal shows some eight lines of it; data text of any length may stand inside.
_LONGEST = 600

# GEOS and PROJ, GDAL, SQLite and Arrow, the loader of libraries, Python's threads.
_NO_MEMORY = re.compile(
    r"bad_?alloc|(?:out of|not enough|cannot allocate|can't allocate|unable to allocate) memory"
    r"|(?:malloc|realloc|mmap)\b.* failed|failed to map segment|can't start new thread"
    r"|^Unknown error: Wrapping .* failed",
    re.IGNORECASE,
)


class LivingCircleError(Exception):
    """Something the user can correct; the command line prints it as one line and exits with 2.

    Parameters
    ----------
    problem
        What is wrong, in one sentence without a full stop: in both languages, or in English alone
        with its Chinese in ``error_texts.toml``.
    hint
        What to do about it, in one sentence.
    file, row, field
        Where: a path, a row as a spreadsheet counts it (the header is row 1), a column or key.

    Examples
    --------
    >>> from livingcircle.localized import LocalizedText
    >>> error = InputError(LocalizedText("不是数字", "is no number"), row=3, field="places")
    >>> str(error)
    "row 3, field 'places': is no number"
    >>> error.line("zh")
    '第 3 行，字段“places”：不是数字'
    """

    def __init__(
        self,
        problem: LocalizedText | str,
        *,
        hint: LocalizedText | str = EMPTY,
        file: str | Path | None = None,
        row: int | None = None,
        field: str | None = None,
    ) -> None:
        # A source may hold a login, and texts of libraries repeat their source.
        self.problem = _masked(problem)
        self.hint = _masked(hint)
        self.file = None if file is None else masked(str(file))
        self.row = row
        self.field = None if field is None else masked(field)
        super().__init__(self.line())

    def line(self, lang: str = "en") -> str:
        """Return where, what and the hint in ``"zh"`` or ``"en"`` as one printable line."""
        zh = lang == "zh"
        problem, hint = _picked(self.problem, zh), _picked(self.hint, zh)
        places = []
        if self.file is not None:
            places.append(self.file)
        if self.row is not None:
            places.append(f"第 {self.row} 行" if zh else f"row {self.row}")
        if self.field is not None:
            places.append(f"字段“{self.field}”" if zh else f"field '{self.field}'")
        where = ("，" if zh else ", ").join(places)
        text = f"{where}{'：' if zh else ': '}{problem}" if where else problem
        if hint:
            text = f"{text.rstrip('。.')}。{hint}" if zh else f"{text}. {hint}"
        text = printable(" ".join(text.splitlines()))
        return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _picked(text: LocalizedText, zh: bool) -> str:
    """Return a text in one language; one that is said in English alone by the list of errors."""
    alone = text.zh == close_up_per_cent(text.en)
    return text.en if not zh else error_in_chinese(text.en) if alone else text.zh


def _masked(text: LocalizedText | str) -> LocalizedText:
    return LocalizedText(*map(masked, localized(text)))


def out_of_memory(error: BaseException) -> bool:
    """Return whether memory or threads ran out, whichever library reports it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError) or getattr(cause, "errno", None) == errno.ENOMEM:
            return True
        if _NO_MEMORY.search(str(cause)):
            return True
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return False


def printable(text: str) -> str:
    r"""Return a text with control characters spelt out: data text may hold terminal escapes.

    >>> printable("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return "".join(
        # The wide space of Chinese text and the one that does not break are spaces all the same.
        c if c.isprintable() else " " if c in "\u3000\xa0" else c.encode("unicode_escape").decode()
        for c in text
    )


class InputError(LivingCircleError, ValueError):
    """A table, layer or network that cannot be read or makes no sense."""


class ConfigError(LivingCircleError, ValueError):
    """A city.toml, pack or command-line value that is not understood."""


class WrongTypeError(ConfigError, TypeError):
    """An argument of a type that a function does not take."""


class DatumError(InputError):
    """Coordinates that contradict the stated datum."""


class MissingFileError(LivingCircleError, FileNotFoundError):
    """A file that is named but not there."""

    # OSError would format its own arguments.
    def __str__(self) -> str:
        return self.line()


def first_line(error: Exception) -> str:
    """Return what another library says of a failure, short enough for one line."""
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
