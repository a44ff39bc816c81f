"""Little cities for the night job: a folder of them, and what a night can change in one."""

from __future__ import annotations

import hashlib
import html
import json
import re
from pathlib import Path
from urllib.parse import unquote

from cities import units, write_city, write_facilities, write_points, write_units

PLAN_TOML = """
id = "little-plan"
[document]
title_zh = "小城规划"
title_en = "Plan of the little city"
issuer_zh = "小城"
issuer_en = "Little City"
date = 2024-01-01
until = 2030

[[requirement]]
id = "LP-1"
clause = "一"
statement_zh = "步行 {metres} 米内有社区服务中心"
statement_en = "a service centre within {metres} m on foot"
force = "must"
due = 2025
kind = "circle"
categories = ["service_centre"]
metres = {metres}

[[requirement]]
id = "LP-2"
clause = "二"
statement_zh = "每个社区和村有药店"
statement_en = "a pharmacy in every community and village"
force = "must"
due = 2025
kind = "provision"
categories = ["pharmacy"]
level = "leaf"
"""

CENTRE = (100, 100, "甲中心", "社区党群服务中心")
PHARMACIES = [(300, 300, "药店一", "药店"), (700, 700, "药店二", "药店")]
HOMES = tuple((x, y, 10) for x in range(50, 1000, 150) for y in range(50, 1000, 150))


def write_plan(folder: Path, metres: int = 700) -> None:
    """Write the plan of a city."""
    (folder / "plan.toml").write_text(PLAN_TOML.format(metres=metres), encoding="utf-8")


def write_shops(folder: Path, rows: list[tuple[object, ...]] | None = None) -> str:
    """Write the facilities of a city: a centre in the south-west, two pharmacies."""
    return write_facilities(folder, rows or [CENTRE, *PHARMACIES], "名称,类别")


def write_homes(folder: Path, people: int = 10) -> None:
    """Write the homes of a city, each with so many people."""
    rows = [{"x": x, "y": y, "residents": people, "households": 4} for x, y, _ in HOMES]
    write_points(folder, "homes.geojson", rows)


def make_city(folder: Path, name: str = "试验市") -> Path:
    """Write a whole city; return its city.toml."""
    folder.mkdir(parents=True)
    write_plan(folder)
    write_homes(folder)
    path = write_city(
        folder,
        write_shops(folder),
        write_units(folder, units()),
        '[demand]\nsource = "homes.geojson"\n',
        '[assess]\npacks = ["plan.toml"]\nas_of = 2026\n',
    )
    path.write_text(path.read_text("utf-8").replace("试验市", name), "utf-8")
    return path


def assert_whole(site: Path) -> None:
    """Assert that a site is complete and readable: pages, links, data as their hashes say."""
    assert json.loads((site / "site.json").read_text("utf-8"))["program"] == "livingcircle site"
    pages = [site / "index.html", *site.glob("cities/*/index.html")]
    for page in pages:
        text = page.read_text("utf-8")
        assert text.rstrip().endswith("</html>"), page
        for link in links_of(text):
            assert (page.parent / link).exists(), (page, link)
    for run in site.glob("cities/*/data/run.json"):
        assert (run.parent.parent / "index.html").is_file()
        for entry in json.loads(run.read_text("utf-8"))["outputs"]:
            content = (run.parent / entry["file"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["file"]
    nights = sorted((site / "nights").iterdir())
    assert nights
    for night in nights:
        assert json.loads(night.read_text("utf-8"))["cities"], night


def links_of(page: str) -> list[str]:
    """Return what a page links to and loads, without fragments."""
    found = re.findall(r'(?:href|src|data-src)="([^"]+)"', page)
    return [
        unquote(html.unescape(link).partition("#")[0])
        for link in found
        if not link.startswith(("#", "data:"))
    ]
