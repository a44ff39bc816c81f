"""Questions to Nominatim and Overpass: replies kept, busy servers waited for, clear errors."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlparse

import osmnx as ox
import requests
from requests import exceptions as http

from livingcircle.errors import InputError, first_line

__all__ = ["OsmServers", "Reply", "download_errors"]

NOMINATIM_VARIABLE = "LIVINGCIRCLE_NOMINATIM_URL"
OVERPASS_VARIABLE = "LIVINGCIRCLE_OVERPASS_URL"
BUSY_TRIES = 3
"""A busy server is asked so many times, with a pause between."""
_BUSY = frozenset({429, 504})
_BUSY_S = 55.0
"""A slot of the public Overpass server is free again after less than a minute."""
_NOMINATIM_S = 1.0
"""Nominatim's usage policy: one request per second at most."""
_AGAIN = "Run the same command again: what was downloaded is kept, and it goes on from there"

Reply: TypeAlias = "list[dict[str, object]]"
"""Places of Nominatim, or elements of Overpass."""


class _RefusedError(Exception):
    """A server answered, but not with what was asked for."""


@dataclass(frozen=True)
class OsmServers:
    """Where OpenStreetMap is asked, and where replies are kept."""

    nominatim_url: str
    overpass_url: str
    timeout_s: float
    cache: Path

    @classmethod
    def of(cls, cache: Path) -> OsmServers:
        """Return the servers that the environment names, else those of osmnx's settings.

        Parameters
        ----------
        cache
            Folder for replies, which a run that is repeated takes from there.
        """
        _drop_broken(cache)
        settings = ox.settings
        return cls(
            os.environ.get(NOMINATIM_VARIABLE) or settings.nominatim_url,
            os.environ.get(OVERPASS_VARIABLE) or settings.overpass_url,
            float(settings.requests_timeout),
            cache,
        )

    def places(self, name: str) -> Reply:
        """Return what Nominatim finds for a name, with its outline; empty where it knows none."""
        asked = {"format": "json", "polygon_geojson": "1", "dedupe": "0", "limit": "1", "q": name}
        url = f"{self.nominatim_url.rstrip('/')}/search"
        reply = self._ask("GET", url, asked, pause_s=_NOMINATIM_S)
        if not isinstance(reply, list):
            raise TypeError("no list of places")
        return reply

    def elements(self, query: str) -> Reply:
        """Return the elements that Overpass finds for the statements of a query."""
        head = f"[out:json][timeout:{self.timeout_s:.0f}];"
        url = f"{self.overpass_url.rstrip('/')}/interpreter"
        reply = self._ask("POST", url, {"data": head + query}, pause_s=0.0)
        elements = reply["elements"] if isinstance(reply, dict) else None
        if not isinstance(elements, list):
            raise TypeError("no list of elements")
        return elements

    def _ask(
        self, method: Literal["GET", "POST"], url: str, asked: Mapping[str, str], *, pause_s: float
    ) -> object:
        """Return a reply that was kept, else the server's, which is kept."""
        whole = str(requests.Request("GET", url, params=asked).prepare().url)
        kept = (
            self.cache / f"{hashlib.sha1(whole.encode(), usedforsecurity=False).hexdigest()}.json"
        )
        if kept.is_file():
            return json.loads(kept.read_text(encoding="utf-8"))
        for more in reversed(range(BUSY_TRIES)):
            time.sleep(pause_s)
            response = requests.request(
                method,
                url,
                params=asked if method == "GET" else None,
                data=asked if method == "POST" else None,
                timeout=self.timeout_s,
                headers={"User-Agent": f"livingcircle/{version('livingcircle')}"},
                **ox.settings.requests_kwargs,
            )
            if response.status_code not in _BUSY or not more:
                break
            pause_s = _BUSY_S
        reply = _checked(response)
        self.cache.mkdir(parents=True, exist_ok=True)
        kept.write_text(response.text, encoding="utf-8")
        return reply


def _checked(response: requests.Response) -> object:
    """Return the JSON of a reply; refuse one that is no data, or not the whole."""
    host = urlparse(response.url).netloc
    if response.status_code in _BUSY:
        raise _RefusedError(f"{host} is busy (HTTP {response.status_code})")
    if not response.ok:
        raise _RefusedError(f"{host} answered HTTP {response.status_code} {response.reason}")
    try:
        reply: object = response.json()
    except ValueError:
        raise _RefusedError(
            f"{host} answered something else than data (a proxy, or a reply cut off)"
        ) from None
    if isinstance(reply, dict) and "remark" in reply:
        raise _RefusedError(f"{host} broke off: {str(reply['remark'])[:120]}")
    return reply


def _drop_broken(cache: Path) -> None:
    """Remove kept replies that were cut off while written, and those that say "not found"."""
    for file in cache.glob("*.json") if cache.is_dir() else ():
        try:
            good = json.loads(file.read_text(encoding="utf-8")) != []
        except (ValueError, OSError):
            good = False
        if not good:
            with suppress(OSError):
                file.unlink()


@contextmanager
def download_errors(what: str, servers: OsmServers) -> Iterator[None]:
    """Turn whatever a download may raise into one line that says why, and how to go on."""
    failed = f"the {what} could not be downloaded"
    try:
        yield
    except InputError:
        raise
    except _RefusedError as error:
        raise InputError(f"{failed}: {error}", hint=f"Wait a while. {_AGAIN}") from None
    except http.Timeout:
        raise InputError(
            f"{failed}: the server did not answer in {servers.timeout_s:g} s",
            hint=f"Wait a while. {_AGAIN}",
        ) from None
    except http.RequestException as error:
        raise InputError(
            f"{failed}: no connection to the server ({type(error).__name__})",
            hint=f"Check the connection (or use --pbf and --boundary). {_AGAIN}",
        ) from None
    except OSError as error:
        raise InputError(f"{failed}: {first_line(error)}", hint=_AGAIN) from None
    except (KeyError, AttributeError, IndexError, TypeError, ValueError) as error:
        problem = f"{failed}: the server's reply is not understood ({type(error).__name__})"
        raise InputError(problem, hint=_AGAIN) from None
