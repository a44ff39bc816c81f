"""What GDAL leaves open of a shapefile: whether it is whole, and the encoding of its .dbf."""

from __future__ import annotations

import codecs
import re
import struct
from pathlib import Path

import pandas as pd

from livingcircle.errors import InputError
from livingcircle.io.column_names import distinct_names
from livingcircle.io.formats.encoding import guess_encoding
from livingcircle.io.notes import Note, shorten
from livingcircle.localized import LocalizedText

__all__ = ["check_shapefile", "dbf_encoding", "decode_dbf"]

_SHP_MAGIC = 9994

_WRONG_SHARE = 0.2
"""Beyond this the encoding is wrong; below it a few records are damaged."""

_HALF_CHARACTER = re.compile(
    rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})(?= |$)"
)


def check_shapefile(path: Path, file: str) -> bytes | None:
    """Refuse a shapefile that is not whole; return the bytes of its .dbf."""
    shp = path.with_suffix(".shp")
    if path.suffix.lower() == ".shp":
        with path.open("rb") as stream:
            head = stream.read(100)
        if len(head) < 100 or struct.unpack(">i", head[:4])[0] != _SHP_MAGIC:
            raise InputError("this is no shapefile", hint="Export it again.", file=file)
        stated = struct.unpack(">i", head[24:28])[0] * 2
        if path.stat().st_size < stated:
            raise InputError(
                f"the shapefile is cut off: {path.stat().st_size:,} of {stated:,} bytes",
                hint="Copy it again, with its .shx and .dbf.",
                file=file,
            )
        if not any(shp.with_suffix(s).exists() for s in (".shx", ".SHX")):
            raise InputError(
                "the shapefile has no .shx beside it",
                hint="Copy all its files: .shp, .shx, .dbf, .prj.",
                file=file,
            )
    for suffix in (".dbf", ".DBF"):
        dbf = path.with_suffix(suffix)
        if dbf.exists():
            return _whole_dbf(dbf.read_bytes(), file)
    return None


def _whole_dbf(content: bytes, file: str) -> bytes:
    """Refuse a .dbf that is shorter than its header says."""
    if len(content) >= 32:
        records, header, width = struct.unpack("<IHH", content[4:12])
        if len(content) >= header + records * width:
            return content
    raise InputError(
        "the .dbf is cut off", hint="Copy the shapefile again, with all its files.", file=file
    )


def dbf_encoding(dbf: bytes, path: Path, file: str, notes: list[Note]) -> str | None:
    """Return the encoding of a .dbf: what its bytes say, and its .cpg only where they agree."""
    # The header's numbers are no text; names of fields begin at byte 32.
    text = dbf[32:].replace(b"\0", b" ")
    if text.isascii():
        return None
    # What was cut within a character is no evidence against UTF-8.
    found = guess_encoding(_HALF_CHARACTER.sub(b"", text))
    found = guess_encoding(text) if found != "utf-8" else found
    cpg = path.with_suffix(".cpg")
    written = cpg.read_text("ascii", errors="replace").strip() if cpg.exists() else ""
    if found is None:
        unclear = LocalizedText(".dbf 的文字编码无法确定", "the encoding of the .dbf is not clear")
        notes.append(Note(file, "encoding", unclear, 'encoding = "gb18030"'))
        return written or None
    read = LocalizedText(f".dbf 按 {found} 读取", f"the .dbf is read as {found}")
    if _differ(written, found):
        name = shorten(written, 20)
        read = LocalizedText(
            f"{read.zh}，虽然其 .cpg 写的是 {name}", f"{read.en}, though its .cpg says {name}"
        )
    notes.append(Note(file, "encoding", read, 'encoding = "..."'))
    return found


def decode_dbf(frame: pd.DataFrame, encoding: str, file: str, notes: list[Note]) -> pd.DataFrame:
    """Decode the text of a .dbf, dropping the half character at the end of what was cut."""
    try:
        codec = codecs.lookup(encoding)
    except LookupError as error:
        raise InputError(
            f"the encoding {shorten(encoding, 40)!r} is not known",
            hint='Use "utf-8", "gb18030" or "big5".',
            file=file,
            field="encoding",
        ) from error
    tries = [0, 0]

    def decode(value: str) -> str:
        if not isinstance(value, str) or value.isascii():
            return value
        raw = value.encode("latin-1", errors="replace")
        tries[0] += 1
        try:
            # Not final: the half character at the end is held back, anything else is an error.
            return codecs.getincrementaldecoder(codec.name)().decode(raw)
        except UnicodeDecodeError:
            tries[1] += 1
            return codec.decode(raw, "replace")[0]

    names, _ = distinct_names([decode(str(name)) for name in frame.columns])
    text = [pd.api.types.is_string_dtype(dtype) for dtype in frame.dtypes]
    for name, is_text in zip(list(frame.columns), text, strict=True):
        if is_text:
            frame[name] = frame[name].map(decode, na_action="ignore")
    frame.columns = names
    total, wrong = tries
    if wrong > _WRONG_SHARE * total:
        raise InputError(
            f"{wrong} of {total} texts of the .dbf are not {encoding}",
            hint="Correct the stated encoding or leave it out.",
            file=file,
            field="encoding",
        )
    if wrong:
        damaged = LocalizedText(
            f".dbf 的 {total} 条文字中有 {wrong} 条损坏，丢失之处以 � 代替",
            f"{wrong} of {total} texts of the .dbf are damaged; � stands for what is lost",
        )
        notes.append(Note(file, "encoding", damaged, 'encoding = "..."'))
    return frame


def _differ(written: str, found: str) -> bool:
    short = written.lower().replace("-", "").replace("_", "")
    if not short:
        return False
    families = {"gb18030": ("gb", "936", "cp936"), "utf-8": ("utf8", "65001")}
    return not any(word in short for word in families.get(found, (found,)))
