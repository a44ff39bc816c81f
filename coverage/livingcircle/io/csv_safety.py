"""Escape formula injection: text of the data stays text in a spreadsheet."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute

__all__ = ["escape_formula", "escaped_texts", "plain_text"]

_SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
"""What begins a formula, full-width and small forms too: spreadsheets of East Asia take them."""
_UNSEEN = (
    r"\s\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
)
"""Characters without a mark: a program may drop them, and what follows begins the cell."""
_DANGEROUS = re.compile(rf"^(?:[{_UNSEEN}]*[{re.escape(_SIGNS)}]|[\t\r\n])")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
# Excel refuses a workbook with control characters; a browser shows them as boxes.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

_HARMLESS = r"^[0-9A-Za-z_\p{Han}][^\x00-\x1f]*$"
"""What most texts of a table look like, in the syntax of RE2: they begin no formula."""


def escape_formula(value: object) -> object:
    """Return a value that no spreadsheet takes for a formula.

    A text that begins like one (``=``, ``+``, ``-``, ``@`` in any width, tab, line break), also
    behind characters that nobody sees, gets an apostrophe before it, as OWASP advises against CSV
    injection; numbers, also as text, and other texts stay as they are.

    >>> escape_formula("=HYPERLINK(A1)"), escape_formula("社区"), escape_formula(-3.5)
    ("'=HYPERLINK(A1)", '社区', -3.5)
    >>> escape_formula("＝A1"), escape_formula("-12")
    ("'＝A1", '-12')
    """
    if not isinstance(value, str):
        return value
    dangerous = _DANGEROUS.match(value) and not _NUMBER.fullmatch(value)
    text = _CONTROL.sub(" ", value)
    return f"'{text}" if dangerous else text


def escaped_texts(texts: pa.StringArray) -> pa.StringArray:
    """Return a whole column as ``escape_formula`` makes its texts; null stays null.

    >>> escaped_texts(pa.array(["=A1", "f12", None])).to_pylist()
    ["'=A1", 'f12', None]
    """
    harmless = pa.compute.match_substring_regex(texts, _HARMLESS)
    doubtful = pa.compute.invert(harmless)
    some = texts.filter(doubtful).to_pylist()
    if not some:
        return texts
    safe = pa.array([escape_formula(text) for text in some], pa.string())
    return pa.compute.replace_with_mask(texts, pa.compute.fill_null(doubtful, False), safe)


def plain_text(value: object) -> object:
    """Return a value without the apostrophe that ``escape_formula`` puts before a text.

    >>> plain_text("'=HYPERLINK(A1)"), plain_text("'t Zand"), plain_text("=A1"), plain_text(2)
    ('=HYPERLINK(A1)', "'t Zand", '=A1', 2)
    """
    if not isinstance(value, str) or not value.startswith("'"):
        return value
    return value[1:] if escape_formula(value[1:]) == value else value
