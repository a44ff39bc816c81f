"""Secrets within addresses: what a password, token or key looks like, and how it is hidden.

A source may be the address of a database or of a service, and such addresses hold logins. Every
text that shows a source, or that a library made of one, passes through `masked`. This is the only
place that knows what a secret looks like; it imports nothing, so that even the errors can use it.

Too much is hidden rather than too little: where an address ends within a sentence cannot be told
if a password may hold spaces, ``@``, ``:`` and ``/``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar, cast
from urllib.parse import unquote

__all__ = ["MASK", "is_address", "masked", "masked_all", "without_secrets"]

T = TypeVar("T")

MASK = "***"

_SCHEME = r"[a-z][a-z0-9+.\-]{1,30}:[/\\]+(?![/\\])"
"""One slash is enough (pathlib joins two into one); a single letter is a drive of Windows."""
_LOGIN = re.compile(rf"(?is)\b({_SCHEME})(?!\*\*\*@)((?:(?!\b{_SCHEME}).)*)@")
"""Everything up to the last ``@`` before the next address: a password may hold any character."""
_ORACLE = re.compile(r"(?i)\b((?:OCI|ORACLE|GEOR|GEORASTER|SDE|IDB|INGRES|SOSI):)(?!\*\*\*)\S.*@")
"""Connection strings of GDAL whose login has no name: ``OCI:user/password@host``."""

_WORDS = (
    r"[\w.\-]{0,30}(?:pass|pwd|pswd|secret|token|signature|credential|auth|jwt|api[_-]?key|apikey"
    r"|access[_-]?key|account[_-]?key|private[_-]?key|subscription[_-]?key)[\w.\-]{0,30}"
)
_SHORT = r"(?:[\w.\-]{0,30}key|sig|sign|sas|ak|sk|tk|pw|code|session(?:id)?|sid)"
"""Names that mean a secret in the query of an address, but are everyday words elsewhere."""
_NEXT = r"[\w.\-]{1,30}\s*="
_QUERY = re.compile(rf"(?i)([?&;](?:{_WORDS}|{_SHORT})\s*=)(?!\*\*\*)((?:(?!&{_NEXT})[^\r\n])*)")
_QUOTED = r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|\{[^}\r\n]*\}"
_PAIR = re.compile(
    rf"(?i)(?<![\w.\-])({_WORDS}\s*=\s*)(?!\s|\*\*\*)"
    rf"({_QUOTED}|(?:(?!\s+{_NEXT}|[;&,]\s*{_NEXT}|[;&,]\s*$)[^\r\n])*)"
)
"""``password=...`` of libpq, ODBC and GDAL, quoted or not, up to the next ``name=``."""
_HEADER = re.compile(r"(?i)\b(authorization\s*:\s*)(?!\s|\*\*\*)[^\r\n]+")
_SHORTEST_PIECE = 3
"""A piece of a secret of fewer characters occurs in any text."""


def is_address(source: object) -> bool:
    r"""Return whether a source is an address (``scheme://...``) and no path of a file.

    >>> is_address("MySQL://me@host/db"), is_address(r"C:\data\a.csv"), is_address("a.csv")
    (True, False, False)
    """
    return isinstance(source, str) and re.match(r"(?i)[a-z][a-z0-9+.\-]+://", source) is not None


def masked(text: str, source: str | None = None) -> str:
    """Return a text with every secret in it replaced by ``***``.

    Parameters
    ----------
    text
        A source as the user wrote it, or any text that may repeat one.
    source
        The address that a library spoke of: its secrets are hidden verbatim as well, also in
        pieces and decoded, since a library may have cut the address elsewhere than we do.

    Examples
    --------
    >>> masked("postgresql://me:se@cr et@host/db?sslmode=require&sslpassword=x y")
    'postgresql://***@host/db?sslmode=require&sslpassword=***'
    >>> masked("PG:host=h password='a b' dbname=d"), masked("社区@街道.csv")
    ('PG:host=h password=*** dbname=d', '社区@街道.csv')
    """
    if source is not None:
        text = without_secrets(text, source)
    if not any(mark in text for mark in "=@:"):
        return text
    text = _QUERY.sub(rf"\1{MASK}", text)
    text = _PAIR.sub(rf"\1{MASK}", text)
    text = _LOGIN.sub(rf"\1{MASK}@", text)
    text = _ORACLE.sub(rf"\1{MASK}@", text)
    return _HEADER.sub(rf"\1{MASK}", text)


def without_secrets(text: str, source: str) -> str:
    """Return a text in which no secret of a source stands, whole, in pieces, or decoded."""
    found: set[str] = set()
    for pattern in (_QUERY, _PAIR, _LOGIN):
        found |= {match[2] for match in pattern.finditer(source)}
    found |= {secret.strip("'\"{}") for secret in found}
    # Of a login the user is no secret, but which part is the user is a guess: all is hidden.
    found |= {piece for secret in found for piece in re.split(r"[\s@:/?#&=]+", secret)}
    found |= {unquote(secret) for secret in found}
    for secret in sorted(found, key=len, reverse=True):
        if len(secret) >= _SHORTEST_PIECE:
            text = text.replace(secret, MASK)
    return text


def masked_all(value: T) -> T:
    """Return nested mappings, lists and texts (JSON, TOML) with all texts masked, keys too."""
    return cast("T", _masked_all(value))


def _masked_all(value: object) -> object:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {_masked_all(key): _masked_all(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_masked_all, value)) if type(value) in (list, tuple) else value
    return value
