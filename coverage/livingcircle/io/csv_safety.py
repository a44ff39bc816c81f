"""Cells of tables that people open in a spreadsheet: text from data must not act there."""

from __future__ import annotations

import re

__all__ = ["escape_formula"]

_DANGEROUS = re.compile(r"^[\s\x00-\x20]*[=+\-@\t\r]")
# Excel refuses a workbook with control characters; a browser shows them as boxes.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def escape_formula(value: object) -> object:
    """Return a value that no spreadsheet takes for a formula.

    A text that begins like one (``=``, ``+``, ``-``, ``@``, tab) gets an apostrophe before it, as
    OWASP advises against CSV injection; numbers and other texts stay as they are.

    >>> escape_formula("=HYPERLINK(A1)"), escape_formula("社区"), escape_formula(-3.5)
    ("'=HYPERLINK(A1)", '社区', -3.5)
    """
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub(" ", value)
    return f"'{text}" if _DANGEROUS.match(text) else text
