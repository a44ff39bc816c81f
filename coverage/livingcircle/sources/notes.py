"""Note: one thing that was understood or guessed about an input, and how to overrule it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Note", "cut"]

MESSAGE_CHARS = 60
"""A cell quoted in a message is cut to this: bureaus paste whole paragraphs into cells."""


@dataclass(frozen=True)
class Note:
    """What was understood or guessed while reading an input."""

    file: str
    """The file as the user named it (a database without its password)."""
    field: str
    """The column, or the subject ("encoding", "datum", "rows") where no column is meant."""
    text: str
    """What was understood, in one sentence without a full stop."""
    overrule: str = ""
    """The setting that says otherwise, e.g. ``encoding = "gb18030"``; empty where none does."""


def cut(value: object, chars: int = MESSAGE_CHARS) -> str:
    """Return a value as one short printable line for a message.

    >>> cut("a" * 100)[-4:]
    'aaa…'
    """
    # Only the head is cleaned: a cell may hold megabytes.
    head = str(value)[: 4 * chars]
    text = " ".join("".join(c if c.isprintable() else " " for c in head).split())
    return text if len(text) <= chars else text[: chars - 1] + "…"
