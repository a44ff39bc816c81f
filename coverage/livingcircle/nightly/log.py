"""The log of the night job: lines for people, or one JSON object a line."""

from __future__ import annotations

import datetime
import json
import sys
from typing import Any, TextIO

from livingcircle.errors import ConfigError, printable
from livingcircle.secrets import masked, masked_all

__all__ = ["FORMATS", "NightLog"]

FORMATS = ("text", "json")


class NightLog:
    """Writes events to stderr, each at once."""

    def __init__(self, form: str = "text", stream: TextIO | None = None) -> None:
        if form not in FORMATS:
            raise ConfigError(
                f"there is no log format '{form}'",
                hint=f"Use {' or '.join(FORMATS)}",
                field="--log",
            )
        self.form = form
        self.stream = stream

    def info(self, event: str, text: str, **fields: Any) -> None:
        """Write what happened."""
        self._write("info", event, text, fields)

    def warning(self, event: str, text: str, **fields: Any) -> None:
        """Write what somebody should look at."""
        self._write("warning", event, text, fields)

    def error(self, event: str, text: str, **fields: Any) -> None:
        """Write what went wrong."""
        self._write("error", event, text, fields)

    def _write(self, level: str, event: str, text: str, fields: dict[str, Any]) -> None:
        now = datetime.datetime.now().astimezone()
        if self.form == "json":
            entry = {
                "time": now.isoformat(timespec="milliseconds"),
                "level": level,
                "event": event,
                **{k: v for k, v in fields.items() if v is not None},
                "text": text,
            }
            line = json.dumps(masked_all(entry), ensure_ascii=False, default=str)
        else:
            city = f"{fields['city']}: " if fields.get("city") else ""
            line = f"{now:%Y-%m-%d %H:%M:%S} {level.upper():7} {printable(city + masked(text))}"
        # Looked up now: a test or a caller may have put another stream in its place.
        stream = self.stream or sys.stderr
        # A name of a folder that is no UTF-8 cannot be written as it is.
        stream.write(line.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
        stream.flush()
