"""A small HTTP server on 127.0.0.1 that answers as Nominatim and Overpass do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

WEST, SOUTH, STEP = 114.0, 22.5, 0.001
PLACE = "样例镇"


def streets() -> list[dict[str, Any]]:
    """Return a grid of 7 × 7 junctions, one street of it stairs, and a path far outside."""
    nodes = [
        {"type": "node", "id": 100 + 7 * j + i, "lon": WEST + i * STEP, "lat": SOUTH + j * STEP}
        for j in range(7)
        for i in range(7)
    ]
    across = [[100 + 7 * j + i for i in range(7)] for j in range(7)]
    down = [[100 + 7 * j + i for j in range(7)] for i in range(7)]
    ways = [
        {"type": "way", "id": n, "nodes": ref, "tags": {"highway": "residential"}}
        for n, ref in enumerate([*across, *down], 1)
    ]
    ways[3]["tags"] = {"highway": "steps"}
    # Alone, 1.5 km east of the boundary: the margin reaches it, and all pieces are kept.
    far = [{"type": "node", "id": 900 + i, "lon": WEST + 0.0195, "lat": SOUTH + i * STEP}
           for i in range(3)]  # fmt: skip
    ways.append({"type": "way", "id": 90, "nodes": [900, 901, 902], "tags": {"highway": "footway"}})
    return [*nodes, *far, *ways]


def _block(number: int, x: float, y: float, tags: dict[str, str]) -> list[dict[str, Any]]:
    size = 0.0002
    corners = [(0, 0), (size, 0), (size, size), (0, size)]
    nodes = [
        {"type": "node", "id": number * 10 + n, "lon": WEST + x + a, "lat": SOUTH + y + b}
        for n, (a, b) in enumerate(corners)
    ]
    refs = [node["id"] for node in nodes]
    way = {"type": "way", "id": number, "nodes": [*refs, refs[0]], "tags": tags}
    return [*nodes, way]


def buildings() -> list[dict[str, Any]]:
    """Return nine homes, a school, and a shop that says building=yes."""
    homes = [
        _block(1000 + 10 * i + j, 0.0013 + i * STEP, 0.0013 + j * STEP,
               {"building": "apartments", "building:levels": "6"})
        for i in range(3)
        for j in range(3)
    ]  # fmt: skip
    others = [
        _block(2000, 0.0043, 0.0043, {"building": "school"}),
        _block(2001, 0.0043, 0.0033, {"building": "yes", "shop": "mall"}),
        # On the outer side of the boundary, which is asked for a little wider.
        _block(2002, 0.0066, 0.0033, {"building": "house"}),
    ]
    return [element for block in [*homes, *others] for element in block]


def facilities() -> list[dict[str, Any]]:
    """Return a centre, a clinic, a park as an area, a school of no level, a bench, a bus stop."""
    spots = [
        (501, 0.001, 0.001, {"amenity": "community_centre", "name": "甲社区党群服务中心"}),
        (502, 0.004, 0.002, {"amenity": "clinic", "name": "乙诊所", "opening_hours": "24/7"}),
        (503, 0.002, 0.004, {"amenity": "school", "name": "丙学校"}),
        (504, 0.003, 0.003, {"amenity": "bench"}),
        (505, 0.003, 0.001, {"highway": "bus_stop", "name": "丁站"}),
        (506, 0.012, 0.001, {"amenity": "pharmacy", "name": "界外药店"}),
    ]
    nodes = [
        {"type": "node", "id": number, "lon": WEST + x, "lat": SOUTH + y, "tags": tags}
        for number, x, y, tags in spots
    ]
    return [*nodes, *_block(3000, 0.0023, 0.0023, {"leisure": "park", "name": "戊公园"})]


def place(name: str = PLACE) -> list[dict[str, Any]]:
    """Return Nominatim's reply: a square of 6 × 6 blocks."""
    low, high = -0.0002, 6.2 * STEP
    ring = [(low, low), (high, low), (high, high), (low, high), (low, low)]
    return [
        {
            "place_id": 1, "osm_type": "relation", "osm_id": 1, "importance": 0.5,
            "lat": "22.503", "lon": "114.003", "class": "boundary", "type": "administrative",
            "name": name, "display_name": name,
            "boundingbox": ["22.4998", "22.5062", "113.9998", "114.0062"],
            "geojson": {
                "type": "Polygon",
                "coordinates": [[(WEST + x, SOUTH + y) for x, y in ring]],
            },
        }
    ]  # fmt: skip


@dataclass
class FakeOsm:
    """What the server answers, and what it was asked."""

    places: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {PLACE: place()})
    streets: list[dict[str, Any]] = field(default_factory=streets)
    buildings: list[dict[str, Any]] = field(default_factory=buildings)
    facilities: list[dict[str, Any]] = field(default_factory=facilities)
    faults: dict[str, str] = field(default_factory=dict)
    """Kind of request → "500", "429", "hang", "cut", "html" or "remark"."""
    asked: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    url: str = ""
    closing: threading.Event = field(default_factory=threading.Event)

    def reply(self, path: str, query: str) -> tuple[str, Any]:
        """Return the kind of a request and the reply to it."""
        if path.endswith("/search"):
            return "place", self.places.get(parse_qs(query)["q"][0], [])
        text = parse_qs(query)["data"][0]
        self.queries.append(text)
        if 'way["highway"]' in text:
            return "streets", {"elements": self.streets}
        if "['building']" in text:
            return "buildings", {"elements": self.buildings}
        return "facilities", {"elements": self.facilities}


@contextmanager
def serve(town: FakeOsm) -> Iterator[FakeOsm]:
    """Serve a town while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            parts = urlparse(self.path)
            self._answer(parts.path, parts.query)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(self.path, body)

        def _answer(self, path: str, query: str) -> None:
            kind, reply = town.reply(path, query)
            town.asked.append(kind)
            fault = town.faults.get(kind, "")
            if fault == "hang":
                town.closing.wait(5)
                return
            if fault == "remark":
                reply = {"elements": [], "remark": "runtime error: Query timed out"}
            body = json.dumps(reply).encode()
            if fault == "html" or fault.isdigit():
                body = b"<html>busy</html>"
            self.send_response(int(fault) if fault.isdigit() else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    town.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield town
    finally:
        town.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
