"""MapInfo tables (.tab, .mif): their encoding is what their bytes say, whatever their charset."""

from __future__ import annotations

import glob
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from livingcircle.errors import InputError
from livingcircle.io.formats.encoding import guess_encoding
from livingcircle.io.formats.gdal import link
from livingcircle.io.notes import Note, shorten
from livingcircle.localized import LocalizedText

__all__ = ["in_own_encoding"]

_MAPINFO = (".tab", ".mif")
# Of a .mif, and both of a .tab; a column may be called so too, but is in no quotation marks.
_CHARSET = re.compile(rb'(!charset[ \t]+|\bcharset[ \t]+(?="))("?)([^"\r\n]*)(?=["\r\n])', re.I)
_HEAD = 2000
_NO_TEXT = re.compile(rb"[\x00-\x1f]+")
# What GDAL decodes by itself, and what Python calls it.
_CODECS = {
    "windowssimpchinese": "gb18030",
    "windowstradchinese": "big5",
    "windowslatin1": "cp1252",
    "utf-8": "utf-8",
}


@contextmanager
def in_own_encoding(
    path: Path, stated: str | None, file: str, notes: list[Note]
) -> Iterator[tuple[Path, str | None]]:
    """Give what GDAL is to open, and the encoding to decode its text by; None where GDAL knows it.

    GDAL decodes by the charset that a table states. Where its bytes are something else, a copy
    that states none is opened.

    Parameters
    ----------
    path
        Any file; one that is no MapInfo table is given as it is.
    stated
        Encoding that the user states: it wins.
    file
        Name, for notes.
    notes
        Gets one where the encoding was found.
    """
    if path.suffix.lower() not in _MAPINFO or not path.is_file():
        yield path, None
        return
    content = path.read_bytes()
    charset = _CHARSET.search(content[:_HEAD])
    written = charset[3].decode("ascii", "replace").strip() if charset else ""
    neutral = written.lower() in ("", "neutral")
    found = _found(path, content, stated, file)
    if found is None or (not neutral and _CODECS.get(written.lower()) == found):
        yield path, None
        return
    text = LocalizedText(f"未注明文字编码，按 {found} 读取", f"states no encoding; read as {found}")
    if not neutral:
        name = shorten(written, 20)
        text = LocalizedText(
            f"按 {found} 读取，虽然其 charset 写的是 {name}",
            f"read as {found}, though its charset says {name}",
        )
    notes.append(Note(file, "encoding", text, 'encoding = "..."'))
    if neutral or charset is None:
        yield path, found
        return
    with TemporaryDirectory(prefix="livingcircle-") as folder:
        for part in path.parent.glob(f"{glob.escape(path.stem)}.*"):
            if part.name != path.name and part.is_file():
                link(part.absolute(), Path(folder) / part.name)
        copy = Path(folder) / path.name
        head = _CHARSET.sub(rb"\1\2Neutral", content[:_HEAD])
        copy.write_bytes(head + content[_HEAD:])
        yield copy, found


def _found(path: Path, content: bytes, stated: str | None, file: str) -> str | None:
    """Return the encoding of a table's headers and rows; None where they are plain."""
    is_tab = path.suffix.lower() == ".tab"
    head = content if is_tab else content[:_HEAD]
    beside = (".dat", ".DAT") if is_tab else (".mid", ".MID")
    parts = [path.with_suffix(s) for s in beside if path.with_suffix(s).is_file()]
    rows = [_texts(part.read_bytes(), file) if is_tab else part.read_bytes() for part in parts]
    text = _NO_TEXT.sub(b" ", b" ".join(rows))
    if (head + text).isascii():
        return None
    return stated or (None if head.isascii() else guess_encoding(head)) or guess_encoding(text)


def _texts(content: bytes, file: str) -> bytes:
    """Return the texts of a .dat, which is a .dbf whose numbers are in binary."""
    records, header, width = struct.unpack("<IHH", content[4:12].ljust(8, b"\0"))
    if len(content) < max(32, header) + records * width:
        raise InputError(
            "the .dat is cut off",
            hint="Copy the MapInfo table again, with all its files.",
            file=file,
        )
    fields = [content[at : at + 32] for at in range(32, header - 31, 32)]
    wide = [field[16] for field in fields]
    begin = np.cumsum([1, *wide])
    kept = np.zeros(width, dtype=bool)
    for field, first, count in zip(fields, begin, wide, strict=False):
        kept[first : first + count] = field[11:12] == b"C"
    whole = np.frombuffer(content, np.uint8, offset=header)
    return whole[: records * width].reshape(records, width)[:, kept].tobytes()
