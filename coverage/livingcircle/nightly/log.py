"""The log of the night job: lines for people, or one JSON object per line."""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
from collections.abc import Iterator
from typing import TextIO

from livingcircle.errors import ConfigError, printable
from livingcircle.secrets import masked, masked_all

__all__ = ["LOG_FORMATS", "night_log"]


# What every record holds; the rest are the fields of an event, given as ``extra``.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class TextLines(logging.Formatter):
    """One line for people: time, level, city, text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line of printable text."""
        fields = _fields(record)
        city = f"{fields['city']}: " if fields.get("city") else ""
        text = printable(city + masked(record.getMessage()))
        return _encodable(f"{_time(record):%Y-%m-%d %H:%M:%S} {record.levelname:7} {text}")


class JsonLines(logging.Formatter):
    """One JSON object: time, level, event, its fields, text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as JSON; fields that are None are left out."""
        fields = {name: value for name, value in _fields(record).items() if value is not None}
        entry = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": fields.pop("event", None),
            **fields,
            "text": record.getMessage(),
        }
        return _encodable(json.dumps(masked_all(entry), ensure_ascii=False, default=str))


LOG_FORMATS: dict[str, type[logging.Formatter]] = {"text": TextLines, "json": JsonLines}


@contextlib.contextmanager
def night_log(form: str = "text", stream: TextIO | None = None) -> Iterator[logging.Logger]:
    """Give the logger ``livingcircle.nightly``; while the block runs it writes to a stream.

    ``log.info("no file", extra={"event": "failed", "city": "a"})``

    Parameters
    ----------
    form
        ``"text"`` or ``"json"``.
    stream
        Default: stderr.

    Raises
    ------
    ConfigError
        There is no such format.
    """
    if form not in LOG_FORMATS:
        raise ConfigError(
            f"there is no log format '{form}'",
            hint=f"Use {' or '.join(LOG_FORMATS)}",
            field="--log",
        )
    logger = logging.getLogger("livingcircle.nightly")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LOG_FORMATS[form]())
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    # The root logger of a notebook would write every line a second time.
    logger.propagate = False
    try:
        yield logger
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _time(record: logging.LogRecord) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(record.created).astimezone()


def _encodable(line: str) -> str:
    """Return a line that can be written as UTF-8: names of folders may hold undecodable bytes."""
    return line.encode("utf-8", "backslashreplace").decode("utf-8")
