"""Note: one thing that was understood or guessed about an input, and how to overrule it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from livingcircle._resources import resource_toml
from livingcircle.errors import printable
from livingcircle.localized import LocalizedText
from livingcircle.secrets import masked

__all__ = ["Note", "shorten", "word_in_chinese"]

MESSAGE_CHARS = 60
"""A cell quoted in a message is cut to this: bureaus paste whole paragraphs into cells."""


@dataclass(frozen=True)
class Note:
    """What was understood or guessed while reading an input."""

    file: str
    """The file as the user named it (an address without its secrets)."""
    field: str
    """The column, or the subject ("encoding", "datum", "rows") where no column is meant."""
    text: LocalizedText
    """What was understood, in one sentence without a full stop."""
    overrule: str = ""
    """The setting that says otherwise, e.g. ``encoding = "gb18030"``; empty where none does."""
    match: bool = False
    """It says what was taken for what (categories, units, words of a status): runs repeat it."""

    def __post_init__(self) -> None:
        """Hide secrets and spell out control characters: notes are published and printed."""
        for name in ("file", "field", "overrule"):
            object.__setattr__(self, name, _safe(getattr(self, name)))
        object.__setattr__(self, "text", LocalizedText(_safe(self.text.zh), _safe(self.text.en)))

    @property
    def where(self) -> LocalizedText:
        """The file as people read it; a word such as "facilities" is put in Chinese too."""
        return LocalizedText(word_in_chinese(self.file), self.file)

    @property
    def about(self) -> LocalizedText:
        """The field as people read it; subjects and our own columns are put in Chinese too."""
        return LocalizedText(word_in_chinese(self.field), self.field)


def _safe(text: str) -> str:
    return printable(masked(text))


def word_in_chinese(word: str) -> str:
    """Return a code word (a column, a subject of notes, a level) in Chinese, else as it is.

    >>> word_in_chinese("datum"), word_in_chinese("residents"), word_in_chinese("备注")
    ('坐标系', '常住人口', '备注')
    """
    return _fields().get(word, word)


@cache
def _fields() -> Mapping[str, str]:
    tables = resource_toml("livingcircle.io", "fields.toml").values()
    return {word: zh for table in tables for word, zh in table.items()}


def shorten(value: object, chars: int = MESSAGE_CHARS) -> str:
    """Return a value as one short printable line for a message.

    >>> shorten("a" * 100)[-4:]
    'aaa…'
    """
    # Only the head is cleaned: a cell may hold megabytes.
    head = str(value)[: 4 * chars]
    text = " ".join("".join(c if c.isprintable() else " " for c in head).split())
    return text if len(text) <= chars else text[: chars - 1] + "…"
