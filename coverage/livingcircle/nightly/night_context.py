"""The state of a night, and of each of its cities, while it runs."""

from __future__ import annotations

import datetime
import logging
from dataclasses import dataclass, field
from pathlib import Path

from livingcircle.localized import LocalizedText
from livingcircle.nightly.find import CityFile
from livingcircle.nightly.manifest import Manifest
from livingcircle.nightly.state import State
from livingcircle.publish.night_record import Night, NightChanges, ResultRecord

__all__ = ["CityProgress", "NightContext"]


@dataclass
class CityProgress:
    """One city in the course of the night."""

    file: CityFile
    manifest: Manifest | None = None
    """Of what is computed now; None where the inputs cannot be read."""
    old: Manifest | None = None
    """Of what is published."""
    before: Path | None = None
    """The folder of the city in the published site; None where there is no result yet."""
    whole: tuple[str, ...] = ()
    """Its files there that are as they were written, relative to that folder."""
    state: str = "computed"
    error: LocalizedText | None = None
    record: ResultRecord | None = None
    changes: NightChanges | None = None
    seconds: float = 0.0

    def fail(self, line: LocalizedText) -> None:
        """Say that the city could not be computed."""
        self.state, self.error = "failed", line


@dataclass
class NightContext:
    """What every step of the night needs."""

    site: Path
    state: State
    log: logging.Logger
    lang: str
    """Of the lines of the log."""
    started: datetime.datetime
    nights: list[Night]
    name: str
    version: str
    """Names this version of the site; no other run has it."""
    cache: bool = True
    verbose: bool = False
    cities: list[CityProgress] = field(default_factory=list)
