"""The encoding of a text table: found from its bytes, or held against what was stated."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass

from livingcircle.errors import InputError

__all__ = ["Decoded", "decode", "guess_encoding"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 4_000_000
"""The evidence for an encoding is weighed on so much of a file; the rest must still decode."""
_COMMON_SHARE = 0.85
"""Share of characters that must be everyday ones before a legacy encoding is believed: Chinese
text read in its own encoding has 97 % and more, read in another less than half."""
_DAMAGED_SHARE = 0.02
"""UTF-8 with fewer broken characters than this is UTF-8 that was damaged, not another encoding."""
_SWAPPED = frozenset("\u0a00\u0d00\u2c00")
"""Line ends and commas of UTF-16 whose bytes are in the other order than its mark says."""
_LEGACY = (("gb18030", "gb2312"), ("big5", "big5"), ("cp1252", "latin-1"))
"""Encodings tried in turn, each with the smaller one that holds its everyday characters."""


@dataclass(frozen=True)
class Decoded:
    """Text with the encoding that gave it."""

    text: str
    encoding: str
    guessed: bool
    """False where a byte order mark, plain ASCII or the user stated it."""


def decode(raw: bytes, file: str, encoding: str | None = None) -> Decoded:
    """Decode the bytes of a text table.

    Parameters
    ----------
    raw
        The whole file.
    file
        Its name, for messages.
    encoding
        What the user stated; found where None.

    Raises
    ------
    InputError
        If the stated encoding is unknown or does not fit, if none fits, or if the file is UTF-8
        that is damaged; names the row of the first byte that does not fit.
    """
    if encoding is not None:
        return Decoded(_decode_as(raw, encoding, file), encoding, guessed=False)
    for bom, name in _BOMS:
        if raw.startswith(bom):
            return Decoded(_decode_marked(raw, name, file), name, guessed=False)
    if b"\0" in raw[:4096]:
        wide = _wide(raw, file)
        return Decoded(_decode_marked(raw, wide, file), wide, guessed=True)
    if raw.isascii():
        return Decoded(raw.decode("ascii"), "utf-8", guessed=False)
    try:
        return Decoded(raw.decode("utf-8"), "utf-8", guessed=True)
    except UnicodeDecodeError as error:
        if _broken_share(raw) < _DAMAGED_SHARE:
            raise InputError(
                "the text is UTF-8, but damaged or cut off here",
                hint="Export the table again, or state its encoding if it is another one.",
                file=file,
                row=_row(raw, error.start),
                field="encoding",
            ) from error
    likely = guess_encoding(raw)
    if likely is None:
        raise InputError(
            "the encoding of the text is neither UTF-8 nor GB18030 nor Big5",
            hint='Save it as "CSV UTF-8", or state its encoding (encoding = "...").',
            file=file,
            field="encoding",
        )
    return Decoded(_decode_as(raw, likely, file), likely, guessed=True)


def guess_encoding(raw: bytes) -> str | None:
    """Return the encoding that makes everyday text of the bytes, or None where none does.

    UTF-8 is believed when nearly all its multi-byte characters are whole (the fields of a .dbf are
    cut at a fixed number of bytes); the legacy encodings when their characters are everyday ones.
    """
    sample = raw[:_SAMPLE_BYTES]
    if sample.isascii() or _broken_share(sample) < _DAMAGED_SHARE:
        return "utf-8"
    for name, everyday in _LEGACY:
        text = sample.decode(name, errors="replace")
        count = {c: n for c, n in Counter(text).items() if not c.isascii()}
        total = sum(count.values())
        common = sum(n for c, n in count.items() if _is_everyday(c, everyday))
        if total and common / total >= _COMMON_SHARE:
            return name
    return None


def _is_everyday(char: str, encoding: str) -> bool:
    """Return whether a character is one that tables use and that the smaller encoding holds."""
    if char == "�" or not char.isprintable():
        return False
    if encoding == "latin-1":
        # Western text is letters; the symbols of the code page are what mojibake is made of.
        return char.isalpha() and char.isascii() is False and ord(char) < 256
    if encoding == "gb2312" and char in "—·":
        return True  # in every GBK table; Python's gb2312 has other characters in their places
    try:
        code = char.encode(encoding)
    except UnicodeEncodeError:
        return False
    # Level 1 of Big5 (0xA4-0xC6) holds the frequent characters; other text decodes to level 2.
    return encoding != "big5" or len(code) < 2 or 0xA1 <= code[0] <= 0xC6


def _decode_as(raw: bytes, encoding: str, file: str) -> str:
    try:
        # A mark at the front is no part of the first header, whoever states the encoding.
        return raw.decode(encoding).removeprefix("\ufeff")
    except LookupError as error:
        raise InputError(
            f"the encoding {encoding[:40]!r} is not known",
            hint='Use "utf-8", "gb18030", "big5" or "utf-16".',
            file=file,
            field="encoding",
        ) from error
    except UnicodeDecodeError as error:
        other = guess_encoding(raw)
        likely = f'; it reads well as "{other}"' if other and other != encoding else ""
        raise InputError(
            f"the text is not {encoding}{likely}",
            hint="Correct the stated encoding or leave it out.",
            file=file,
            row=_row(raw, error.start),
            field="encoding",
        ) from error


def _decode_marked(raw: bytes, encoding: str, file: str) -> str:
    """Decode what says its encoding itself; where it does not fit the file is damaged."""
    name = encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be").upper()
    try:
        text = raw.decode(encoding).removeprefix("\ufeff")
        # Zero bytes are what a copy leaves that was cut off.
        row = text[: text.find("\0")].count("\n") + 1 if "\0" in text else None
        if row is None and "\n" not in text and _SWAPPED & set(text):
            row = 1
    except UnicodeDecodeError as error:
        text, row = "", _row(raw, error.start)
    if row is None:
        return text
    raise InputError(
        f"the text is {name}, but damaged or cut off here",
        hint="Export the table again, or state its encoding if it is another one.",
        file=file,
        row=row,
        field="encoding",
    )


def _wide(raw: bytes, file: str) -> str:
    """Return the byte order of UTF-16 without a mark, known by where ASCII leaves its zeros."""
    head = raw[:4096]
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if max(odd, even) > 4 * min(odd, even):
        return "utf-16-le" if odd > even else "utf-16-be"
    raise InputError(
        "this is no text table: it holds zero bytes",
        hint="Give a CSV, XLSX, XLS, GeoJSON, GeoPackage, shapefile, FlatGeobuf or GeoParquet.",
        file=file,
    )


def _broken_share(raw: bytes) -> float:
    """Return the share of non-ASCII characters that are not whole UTF-8."""
    text = raw.decode("utf-8", errors="replace")
    foreign = len(re.findall(r"[^\x00-\x7f]", text))
    return text.count("�") / foreign if foreign else 0.0


def _row(raw: bytes, position: int) -> int:
    return raw[:position].count(b"\n") + 1
