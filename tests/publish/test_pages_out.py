from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import livingcircle as lc
from builders.drawing import FORMULA, NASTY
from livingcircle.city import quality_findings as checks
from livingcircle.gaps.explain import Explained
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.web import fonts, map_findings, pictures, report
from livingcircle.publish.web import map_payload as mapdata
from livingcircle.publish.web.encode import encode_parts, encode_points, finite, script_json
from livingcircle.publish.web.map import write_map
from livingcircle.publish.web.report import write_report
from livingcircle.sites import propose
from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.loader import load_pack

VOID = {"meta", "link", "img", "br", "input", "hr"}


class Page(HTMLParser):
    """A strict reader: every element closed in order; keeps addresses, ids and scripts."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.scripts: list[str] = []
        self.text: list[str] = []
        self.data = ""
        self._is_data = False
        self.feed(path.read_text("utf-8"))
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.addresses += [v or "" for k, v in attrs if k in {"src", "href", "action", "data"}]
        self.ids += [v or "" for k, v in attrs if k == "id"]
        assert not [k for k in found if k.startswith("on")], "no handlers in attributes"
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self._is_data = found.get("type") == "application/json"

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            if self._is_data:
                self.data += data
            else:
                self.scripts.append(data)
        elif self.open and self.open[-1] != "style":
            self.text.append(data)


@pytest.fixture(scope="module")
def map_page(written: Path) -> Page:
    return Page(written / "map.html")


@pytest.fixture(scope="module")
def report_page(written: Path) -> Page:
    return Page(written / "report.html")


@pytest.mark.parametrize("name", ["map.html", "report.html"])
def test_a_page_fetches_nothing_from_outside(written: Path, name: str) -> None:
    page = Page(written / name)
    for address in page.addresses:
        assert address.startswith(("#", "data:")), address
    assert len(page.ids) == len(set(page.ids))
    text = (written / name).read_text("utf-8")
    styles = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert not re.search(r"url\((?!#|data:)", styles)
    assert "@import" not in styles
    assert "sourceMappingURL" not in text
    assert "jquery" not in text.lower()
    assert "cdn." not in text


def test_texts_of_the_data_cannot_leave_their_script(map_page: Page) -> None:
    data = json.loads(map_page.data)
    assert NASTY in data["units"]["names"]
    assert FORMULA in data["units"]["names"]
    assert "<img src=x onerror=alert(2)>" in data["facilities"]["names"]
    assert "<" not in map_page.data
    # The engine of the live map, Leaflet, the map itself and the page.
    assert len(map_page.scripts) == 4


def test_names_are_text_in_the_report(written: Path, report_page: Page) -> None:
    whole = "".join(report_page.text)
    assert NASTY in whole
    assert "<script>alert" not in (written / "report.html").read_text("utf-8")
    assert "onerror=alert" not in "".join(report_page.scripts)


def test_map_knows_what_the_result_knows(map_page: Page, result: lc.Result) -> None:
    data = json.loads(map_page.data)
    assert [s["id"] for s in data["standards"]] == [f.id for f in result.findings]
    circle = next(s for s in data["standards"] if s["id"] == "XM-1a")
    finding = result.finding("XM-1a")
    assert circle["value"] == pytest.approx(finding.value, abs=1e-4)
    assert [g["people"] for g in circle["gaps"]] == sorted(finding.gaps["people"], reverse=True)
    shares = finding.units.set_index("unit_id")["value"]
    for unit, _, share, kind, *_ in circle["units"]:
        if kind == "share" and share is not None:
            assert np.abs(shares - share).min() < 1e-4, "no share is rounded to tenths"
        assert unit < len(data["units"]["names"])
    dots = data["dots"][circle["dots"]]
    assert len(dots) == len(result.city.demand)
    assert finding.demand is not None
    assert dots.count("c") == (finding.demand["status"] == "covered").sum()
    assert all(g["route"] >= 0 for g in circle["gaps"])
    rule = next(s for s in data["standards"] if s["id"] == "XM-3a")
    assert data["dots"][rule["dots"]].count("g") > 0
    assert len(data["routes"]["f"]) == len(data["routes"]["metres"])
    assert data["standards"][data["first"]]["circle_kind"]


def test_a_link_that_would_help_is_drawn_with_its_gap(explained: Explained, tmp_path: Path) -> None:
    result = explained.result
    write_map(result, tmp_path / "map.html", links=explained.links)
    data = json.loads(Page(tmp_path / "map.html").data)
    gaps = [g for s in data["standards"] for g in s["gaps"] if g["link"] >= 0]
    assert gaps
    assert all(g["help"][0] and g["help"][1] for g in gaps)
    assert max(g["link"] for g in gaps) < len(data["links"]["f"])


def test_map_is_light_enough(written: Path) -> None:
    assert (written / "map.html").stat().st_size < 700_000


def test_a_great_city_leaves_the_single_homes_to_the_geopackage(
    result: lc.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapdata, "DEMAND_POINTS", len(result.city.demand) - 1)
    monkeypatch.setattr(mapdata, "STREET_POINTS", 500)
    monkeypatch.setattr(map_findings, "CIRCLE_NUMBERS", 1)
    write_map(result, tmp_path / "map.html")
    data = json.loads(Page(tmp_path / "map.html").data)
    assert data["demand"]["points"] == []
    assert all(s["dots"] is None for s in data["standards"])
    assert 0 < sum(data["streets"]["n"]) <= 500
    assert len(data["circles"]) == 1
    assert any(s["gaps"] for s in data["standards"])


def test_synthetic_cities_say_so(written: Path) -> None:
    for name in ("map.html", "report.html"):
        title = re.search(r"<title>(.*?)</title>", (written / name).read_text("utf-8"))
        assert title is not None
        assert "合成数据 / synthetic" in title[1]


@pytest.mark.slow
def test_equal_results_give_equal_pages(
    explained: Explained, written: Path, tmp_path: Path
) -> None:
    plans = propose(explained.result)
    write_map(explained.result, tmp_path / "map.html", links=explained.links, plans=plans)
    write_report(explained.result, tmp_path / "report.html", plans=plans)
    for name in ("map.html", "report.html"):
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_basemap_is_an_offer_that_can_be_left_out(result: lc.Result, tmp_path: Path) -> None:
    write_map(result, tmp_path / "with.html")
    write_map(result, tmp_path / "without.html", basemap=None)
    text = (tmp_path / "with.html").read_text("utf-8")
    assert "tile.openstreetmap.org" in text
    assert "img-src data: https://tile.openstreetmap.org;" in text
    bare = (tmp_path / "without.html").read_text("utf-8")
    assert "tile.openstreetmap" not in bare
    assert "img-src data:;" in bare


def test_report_holds_every_chapter_in_both_languages(report_page: Page, result: lc.Result) -> None:
    whole = " ".join("".join(report_page.text).split())
    for finding in result.findings:
        assert finding.id in whole
        assert finding.requirement.statement_en in whole
        assert finding.requirement.statement_zh in whole
    for pack in result.packs:
        for entry in pack.outside:
            assert entry.reason_zh in whole
            assert entry.reason_en in whole
    ours = {pack.id for pack in result.packs}
    for name in list_packs():
        assert (load_pack(name).document.title_zh in whole) == (name in ours)
    assert report_page.tags.count("figure") >= 6
    assert "facilities.csv" in whole
    assert "没有任何设施表包含类别" in whole
    for note in result.city.notes:
        for text in (*note.text, note.about.zh):
            assert " ".join(text.split()) in whole
    assert "设施 1" in whole
    assert "城市设置" in whole
    for issue in result.city.issues.head(10).itertuples():
        for text in (issue.text_zh, issue.text_en, *checks.check_title(str(issue.check))):
            assert text in whole


def test_the_report_says_what_is_crossed_and_what_would_help(
    explained: Explained, written: Path
) -> None:
    gaps = explained.result.gaps("XM-1a")
    page = Page(written / "report.html")
    whole = "".join(page.text)
    helped = gaps[gaps["link_zh"].notna()]
    assert len(helped)
    for row in helped.itertuples():
        assert row.link_zh in whole
        assert row.link_en in whole
    detours = gaps[gaps["reason"] == "detour"]
    for text in detours["barrier_zh"].dropna():
        assert text in whole
    assert "建议：" in whole
    assert "What would help:" in whole


def test_a_barrier_is_named_only_where_it_is_the_reason() -> None:
    macros = report.page_environment().get_template("gap_macros.html.j2").module
    gap = {"barrier_zh": "河流<i>", "barrier_en": "water<i>", "link_zh": None, "reason": "detour"}
    assert "河流&lt;i&gt;" in macros.helps(gap)
    assert macros.has_help(gap)
    far = gap | {"reason": "no_facility"}
    assert not macros.has_help(far)
    assert "需跨越" in macros.helps(far | {"link_zh": "新建步行桥（跨河流<i>）"})
    # A link that leads another way does not answer the river.
    assert "河流" not in macros.helps(far | {"link_zh": "研究增设小区人行通道（穿过翠景小区）"})


def test_a_report_without_reasons_has_no_empty_advice(result: lc.Result, tmp_path: Path) -> None:
    write_report(result, tmp_path / "report.html")
    assert "建议：" not in (tmp_path / "report.html").read_text("utf-8")


def test_alike_quality_findings_are_one_row(result: lc.Result) -> None:
    rows = report._quality(result)
    found = result.city.issues
    assert sum(row["times"] for row in rows) == len(found)
    assert len(rows) == len(found.drop_duplicates(["severity", "text_zh", "source_file"]))
    gravest = [report.SEVERITIES.index(row["severity"]) for row in rows]
    assert gravest == sorted(gravest)


def test_findings_that_differ_by_a_name_alone_are_one_row() -> None:
    zh, en = "“{}”的工作人员数为 0，可能是未填", "'{}' has staff 0: perhaps it was not filled in"
    names = ["甲", "乙", "丙"]
    table = pd.DataFrame(
        {
            "check": "suspicious_zero", "severity": "warning",
            "text_zh": [zh.format(one) for one in names] + [zh.format("丁").replace("0", "1")],
            "text_en": [en.format(one) for one in names] + [en.format("d").replace("0", "1")],
            "source_file": "list.csv", "source_row": [2.0, 5.0, float("nan"), 9.0],
        }
    )  # fmt: skip
    first, other = checks.folded_issues(table).to_dict("records")
    assert first["text_zh"] == "“甲”等 3 处的工作人员数为 0，可能是未填"
    assert first["text_en"] == "'甲' has staff 0: perhaps it was not filled in (and 2 more)"
    assert (first["times"], first["source_rows"]) == (3, [2.0, 5.0])
    assert (other["times"], other["text_zh"]) == (1, zh.format("丁").replace("0", "1"))


def test_a_package_brings_the_font_that_a_server_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pylopdf_fonts_zh_cn")
    monkeypatch.setattr(fonts.fontManager, "ttflist", [])
    fonts.chinese_font.cache_clear()
    try:
        found = fonts.chinese_font()
        assert found is not None
        assert Path(found).name == "NotoSansSC-Regular.otf"
        monkeypatch.setitem(sys.modules, "pylopdf_fonts_zh_cn", None)
        fonts.chinese_font.cache_clear()
        assert fonts.chinese_font() is None
    finally:
        fonts.chinese_font.cache_clear()


def test_pictures_use_english_only_without_a_chinese_font(
    result: lc.Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pictures, "chinese_font", lambda: None)
    real = pictures._words
    monkeypatch.setattr(
        pictures, "_words", lambda table, key: said.append(real(table, key)) or said[-1]
    )
    picture = pictures.finding_picture(result, result.finding("XM-1a"), Evidence(result))
    assert picture.startswith(b"\x89PNG")
    assert said
    assert all(text.isascii() for text in said)


def test_pictures_are_the_same_each_time(result: lc.Result) -> None:
    finding = result.finding("XM-1a")
    one, other = (pictures.finding_picture(result, finding, Evidence(result)) for _ in "ab")
    assert one == other


def _decode(coded: dict[str, list[int]]) -> list[list[np.ndarray]]:
    """What the page's script does, written again from the description."""
    steps = iter(coded["d"])
    counts = iter(coded["n"])
    out = []
    for parts in coded["f"]:
        shape = []
        for _ in range(parts):
            xy = np.array([[next(steps), next(steps)] for _ in range(next(counts))])
            shape.append(np.cumsum(xy, axis=0) / 1e6)
        out.append(shape)
    return out


def test_shapes_survive_their_encoding() -> None:
    hole = shapely.box(113, 22, 113.2, 22.2).difference(shapely.box(113.05, 22.05, 113.1, 22.1))
    two = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)])
    shapes = gpd.GeoSeries([hole, two, shapely.Polygon()], crs=4326)
    rings = _decode(encode_parts(shapes))
    assert [len(r) for r in rings] == [2, 2, 0]
    assert np.allclose(rings[0][0], shapely.get_coordinates(hole.exterior), atol=1e-6)
    assert np.allclose(rings[0][1], shapely.get_coordinates(hole.interiors[0]), atol=1e-6)
    lines = gpd.GeoSeries([shapely.LineString([(1, 2), (1, 2), (-3.5, 4)])], crs=4326)
    assert np.allclose(_decode(encode_parts(lines))[0][0], [(1, 2), (-3.5, 4)])
    points = gpd.GeoSeries([shapely.Point(1, 2), shapely.Point(-0.5, 2.25)], crs=4326)
    assert np.allclose(
        np.cumsum(np.reshape(encode_points(points), (-1, 2)), axis=0) / 1e6, [(1, 2), (-0.5, 2.25)]
    )
    empty = gpd.GeoSeries([], crs=4326)
    assert encode_points(empty) == []
    assert encode_parts(empty) == {"f": [], "n": [], "d": []}


def test_numbers_and_texts_fit_json() -> None:
    assert [finite(v) for v in (1.0, 0.12345678, np.inf, np.nan, None)] == [
        1,
        0.1234,
        None,
        None,
        None,
    ]
    text = script_json({"a": "</script><!--\u2028&"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": "</script><!--\u2028&"}
