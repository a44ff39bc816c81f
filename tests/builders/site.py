"""A site of three cities made by hand: no geography, every number known."""

from __future__ import annotations

import hashlib
import html
import json
import re
from pathlib import Path
from urllib.parse import unquote

from builders.drawing import NASTY
from builders.run_folder import GAPS, gap, run_json, standard, write_csv, write_output
from livingcircle.localized import LocalizedText
from livingcircle.publish.web.site import CityView, NightView, write_site
from livingcircle.publish.web.site_model import Moment, record_of

FORMULA = '\'=HYPERLINK("http://x","a")'
NIGHTS = 40
ERROR_ZH = "facilities.csv，第 3 行，字段“lon”：222 不是经度 <b>"
ERROR = "facilities.csv, row 3, field 'lon': 222 is no longitude <b>"

HELP = {
    "barrier_zh": "河流“<i>珠江</i>”", "barrier_en": "water <i>Pearl River</i>",
    "link_zh": "新建步行桥（跨河流“<i>珠江</i>”），长 80 米，可使 900 人进入范围",
    "link_en": "A footbridge of 80 m brings 900 residents within reach",
}  # fmt: skip

PLANS = [
    {"standard": "XM-3a", "sites": 7, "note_zh": "新设 7 处<b>", "note_en": "7 sites<b>"},
    {"standard": "XM-3a", "sites": 5, "note_zh": "另一方案", "note_en": "the other option"},
]  # fmt: skip

CHANGES = {
    "since": "2026-11-19T180000Z",
    "how": "swapped",
    "note": "",
    "inputs": [["facilities", "facilities.1 facilities.xlsx"], ["population", "demand homes.gpkg"]],
    "opened": 1,
    "closed": 2,
    "moved": 0,
    "standards": [
        {"change": "moved", "pack": "xiamen-2025", "standard": "XM-1a", "field": "status",
         "before": "met", "after": "short", "cause": "facilities", "certain": True},
        {"change": "moved", "pack": "xiamen-2025", "standard": "XM-1a", "field": "value",
         "unit": "share", "before": 1.0, "after": 0.91, "cause": "facilities;population",
         "by": {"facilities": -0.1, "population": 0.01}, "certain": True},
    ],
    "gaps": [
        {"change": "opened", "standard": "XM-1a", "gap_id": "XM-1a:北", "unit_name": NASTY,
         "people": 800.0, "cause": "facilities", "certain": True},
        {"change": "closed", "standard": "XM-2i", "gap_id": "XM-2i:西", "unit_name": "西社区",
         "people": 300.0, "cause": "network;population", "certain": False},
    ],
}  # fmt: skip


def make_site(site: Path, more: int = 0) -> Path:
    """Write the site: 甲市 changed tonight, 乙 市#% is stale, 丙市 has no result yet."""
    standards = [
        standard("XM-1a", value=0.91, people_left_out=3412.0, gaps=2, note_zh="步速敏感",
                 note_en="sensitive to speed"),
        standard("XM-2i", "met", value=1.0, people_left_out=0.0, gaps=0),
        standard("XM-3b", "unknown", value="", people_left_out="", gaps=0),
        standard("XM-6a", "report", value=17.25, target="", unit="per_10000", gaps=0),
    ]  # fmt: skip
    gaps = [
        gap("XM-1a", "北", 2612.0, unit_name=NASTY),
        gap("XM-1a", "东", 800.0, unit_name=FORMULA),
        gap("XM-2b", "镇", 0.0, level="town", metres="", straight_m="", facility_name=""),
    ]  # fmt: skip
    standards += [standard(f"XM-4{k}") for k in "abc"] if more else []
    gaps += [gap("XM-4a", f"u{k}", 100.0 - k) for k in range(8)] if more else []
    gaps += [gap("XM-4b", f"u{k}", 90.0 - k) for k in range(13)] if more else []
    gaps += [gap("XM-4c", f"u{k}", 10.0 - k) for k in range(8)] if more else []
    page = b"<!DOCTYPE html><html lang='zh'><head><title>map</title></head><body>map</body></html>"
    files = {"map.html": page, "report.html": page, "样例 市.gpkg": b"x" * 12345}
    views = []
    slugs = [("a", True), ("乙 市#%", False), *((f"more-{k}", True) for k in range(more))]
    for slug, fresh in slugs:
        folder = site / "cities" / slug
        city = {"name": f"{slug}市", "name_en": f"City {slug}", "synthetic": slug == "a"}
        run = run_json(city=city, plans=PLANS if slug == "a" else [])
        write_output(folder / "data", standards, gaps, run, files)
        # As a run writes the gaps that livingcircle.gaps has explained.
        helped = [HELP if k == 0 else {} for k in range(len(gaps))]
        table = [row | more for row, more in zip(gaps, helped, strict=True)]
        write_csv(folder / "data" / "gaps.csv", (*GAPS, *HELP), table)
        if slug == "a":
            (folder / "changes.csv").write_text("change\n")
        views.append(
            CityView(
                slug,
                f"{slug}市",
                "computed" if fresh else "failed",
                None if fresh else LocalizedText(ERROR_ZH, ERROR),
                _moments(record_of(folder / "data"), fresh),
            )
        )
    views.append(
        CityView(
            "c",
            "丙市",
            "failed",
            LocalizedText("city.toml：没有这个文件", "city.toml: no such file"),
            (),
        )
    )
    for view in views[0].moments:
        night = site / "nights" / f"{view.night}.json"
        night.parent.mkdir(exist_ok=True)
        night.write_text('{"cities": {}}')
    write_site(site, views, NightView("n", "2026-11-21T02:00:00+08:00", "0.1.0"))
    return site


def _moments(record: dict, fresh: bool) -> list[Moment]:
    """Forty nights: standards met rise by one in the middle, the value falls at the end."""
    out = []
    for k in range(1, NIGHTS + 1):
        plans = {"xiamen-2025": {"met": 1 + (k > 20), "short": 2 - (k > 20), "unknown": 1}}
        values = dict(record["values"])
        values["xiamen-2025/XM-1a"] = ["short", 0.99 if k < NIGHTS else 0.91, 0]
        month, day = (10, k) if k <= 31 else (11, k - 31)
        last = k == NIGHTS
        out.append(
            Moment(
                f"2026-{month:02d}-{day:02d}T180000Z",
                f"2026-{month:02d}-{day:02d}T02:00:00+08:00",
                "failed" if last and not fresh else "computed",
                plans,
                values,
                CHANGES if last and fresh else None,
                ERROR if last and not fresh else None,
            )
        )
    return out


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
