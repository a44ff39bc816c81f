"""The static site as text: links, structure, languages, what it says of each city."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from builders.run_folder import gap, standard, write_output
from builders.site import ERROR, ERROR_ZH, links_of, make_site
from livingcircle.publish.web.site import CityView, NightView, write_site
from livingcircle.publish.web.site_model import (
    GAPS_ON_CITY_PAGE,
    Moment,
    read_city_folder,
    record_of,
    totals,
)
from livingcircle.publish.web.site_trend import HEIGHT, NIGHTS, WIDTH, sparkline

VOID = {"meta", "link", "input", "br", "img", "path", "circle", "rect"}
STALE = "乙 市#%"
NAMES = ("A-1", "A-2")


class Page(HTMLParser):
    """A page as a list of elements, each closed where it was opened."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.text = path.read_text("utf-8")
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.wrong.append(f"{tag} has an attribute twice")
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    cities = {p.parent.name: Page(p) for p in site.glob("cities/*/index.html")}
    return {"index": Page(site / "index.html"), **cities}


def words(text: str) -> str:
    """Return text without markup, spaces made one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_a_page_a_city_that_has_results(pages: dict[str, Page]) -> None:
    assert set(pages) == {"index", "a", STALE}


def test_a_plan_that_is_over_says_so_on_its_card_and_on_its_page(pages: dict[str, Page]) -> None:
    """The nights are of 2026 and the plan ended in 2025: each city with results shows a banner."""
    zh, en = (
        "规划期已满：按期末目标评估（至 2025 年）",
        "assessed against its final targets (to 2025)",
    )
    assert (pages["index"].text.count(zh), pages["index"].text.count(en)) == (2, 2)
    assert all(zh in pages[name].text for name in ("a", STALE))


def test_every_element_is_closed_and_every_id_is_its_own(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert page.wrong == []
        assert page.open == []
        ids = [a["id"] for _, a in page.elements if "id" in a]
        assert len(ids) == len(set(ids))
        named = [a[k] for _, a in page.elements for k in ("aria-labelledby", "for") if k in a]
        assert named or page.path.parent.name not in ("a", STALE)
        assert set(named) <= set(ids)
        fragments = [a["href"] for a in page.all("a") if str(a.get("href")).startswith("#")]
        assert {str(f)[1:] for f in fragments} <= set(ids)


def test_links_are_relative_and_lead_somewhere(pages: dict[str, Page]) -> None:
    for page in pages.values():
        links = links_of(page.text)
        assert len(links) > 3
        for link in links:
            assert not link.startswith(("/", "http", "file", "//"))
            assert (page.path.parent / link).exists(), link


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: dict[str, Page]) -> None:
    own = [site / "assets" / name for name in ("site.css", "site.js")]
    for text in [p.text for p in pages.values()] + [f.read_text("utf-8") for f in own]:
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", text.replace("http://x", ""))
        assert "@import" not in text
    for page in pages.values():
        policy = next(a for a in page.all("meta") if "http-equiv" in a)["content"]
        assert "default-src 'none'" in str(policy)
        assert not re.search(r"\sstyle=|\son\w+=", page.text), "the policy forbids them"


def test_headings_step_down_one_at_a_time(pages: dict[str, Page]) -> None:
    for page in pages.values():
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_what_a_screen_reader_needs(pages: dict[str, Page]) -> None:
    for page in pages.values():
        (root,) = page.all("html")
        assert root["lang"] == "zh-Hans"
        assert page.all("main")
        assert "skip" in str(page.all("a")[0]["class"])
        assert all("title" in frame for frame in page.all("iframe"))
        assert all(svg.get("aria-hidden") == "true" for svg in page.all("svg"))
        assert all(th.get("scope") in ("col", "row") for th in page.all("th"))
        labelled = {label["for"] for label in page.all("label")}
        for tag in ("input", "select"):
            assert {field["id"] for field in page.all(tag)} <= labelled
        # Rows become blocks on a phone, and stay a table for those who listen.
        assert all(t.get("role") == "table" for t in page.all("table"))
        assert all(t.get("role") in ("cell",) for t in page.all("td"))


def test_both_languages_are_on_every_page(pages: dict[str, Page]) -> None:
    for page in pages.values():
        zh = re.findall(r'<span class="zh" lang="zh-Hans">(.*?)</span>', page.text)
        en = re.findall(r'<span class="en" lang="en">(.*?)</span>', page.text)
        assert len(zh) == len(en) > 5
        # But for the names of the cities no Chinese among the English.
        assert not [text for text in en if re.search(r"[一-鿿]", text) and "City" not in text]


def test_names_that_are_code_stay_text(pages: dict[str, Page]) -> None:
    page = pages["a"]
    assert "&lt;script&gt;alert(&#39;社区&#39;)&lt;/script&gt;" in page.text
    assert [a.get("src") for a in page.all("script")] == ["../../assets/site.js"]
    # What keeps a spreadsheet from running it is of no use on a page.
    assert ">=HYPERLINK(" in page.text
    assert "&#39;=HYPERLINK(" not in page.text
    assert "no longitude &lt;b&gt;" in pages[STALE].text


def test_the_index_says_how_each_city_stands(pages: dict[str, Page]) -> None:
    text = words(pages["index"].text)
    assert "3 cities · 1 个有变化 1 changed since the night before · 2 个未能更新" in text
    assert "达标 met 2" in text
    assert "未达标 not met 1" in text
    # Forty nights, one standard more met since the twenty-first.
    assert re.search(r"达标 met 1 → 2 近 40 夜 in 40 nights", text)
    assert "1 gap opened" in text
    assert "2 gaps closed" in text
    assert "XM-1a: 达标 met → 未达标 not met 设施数据 facilities" in text
    assert "合成数据 synthetic data" in text
    assert "丙市" in text
    assert "尚无结果 No result yet city.toml：没有这个文件 city.toml: no such file" in text


def test_a_stale_city_says_so_and_whose_results_these_are(pages: dict[str, Page]) -> None:
    text = words(pages[STALE].text)
    # The night before was the last good one.
    assert "these are the results of 2026-11-08." in text
    for error in (ERROR, ERROR_ZH):
        assert error.split("<")[0] in text.replace("&#39;", "'")
    assert 'class="stale"' not in pages["a"].text


def test_a_city_shows_scorecard_gaps_changes_files_and_history(pages: dict[str, Page]) -> None:
    page = pages["a"]
    text = words(page.text)
    assert "厦门规划 Plan of Xiamen" in text
    assert "XM-1a 三章 · 2025 年到期 due 2025" in text
    assert "91 %" in text
    assert "3,412" in text
    assert "17.25 per 10,000" in text
    assert "2,612" in text
    assert "绕行" in text
    assert "facilities.1 facilities.xlsx" in text
    assert "running again with one input swapped at a time" in text
    assert re.search(r"100% ?100 % → 91% ?91 %", text)
    # Two inputs, two shares of the difference.
    assert "facilities −10 %" in text
    assert "population and units +1 %" in text
    assert "possibly" in text
    assert "样例 市.gpkg" in text
    assert "12 kB" in text
    history = page.text[page.text.index('<h2 id="history">') :]
    assert history.count("<tr ") == 15
    assert "40 nights in all" in history
    assert "+1 −2" in history


def test_what_is_proposed_stands_with_the_gaps(pages: dict[str, Page]) -> None:
    told = pages["a"].text.replace("\n", " ")
    assert 'XM-3a: <span class="zh" lang="zh-Hans">新设 7 处&lt;b&gt;</span>' in told
    assert "7 sites&lt;b&gt;" in told
    # The first option names the second one; it does not stand there twice.
    assert "另一方案" not in told
    assert "选址建议" not in pages[STALE].text


def test_of_each_standard_the_largest_gaps_are_listed(tmp_path: Path) -> None:
    many = [gap("A-1", f"u{k}", float(k), rank=300 - k) for k in range(300)]
    few = [gap("A-2", "x", 5.0, rank=1), gap("A-2", "y", 1.5, rank=2)]
    write_output(tmp_path / "data", [standard("A-1"), standard("A-2")], [*few, *many])
    found = read_city_folder(tmp_path)
    assert found.gap_count == 302
    people = {name: [g["people"] for g in found.gaps if g["standard"] == name] for name in NAMES}
    assert people["A-1"] == [299.0 - k for k in range(GAPS_ON_CITY_PAGE)]
    assert people["A-2"] == [5.0, 1.5]
    assert [g["people"] for g in found.gaps] == sorted(people["A-1"] + people["A-2"], reverse=True)


def test_the_page_names_the_lists_that_hold_all_gaps(tmp_path: Path) -> None:
    many = [gap("A-1", f"u{k}", float(k), rank=300 - k) for k in range(300)]
    for slug, lists in (("a", ["gaps_a#b%.csv", "gaps_西区.csv"]), ("b", ["gaps.csv"])):
        data = write_output(tmp_path / "cities" / slug / "data", [standard("A-1")], many)
        run = json.loads((data / "run.json").read_text("utf-8"))
        (data / "run.json").write_text(json.dumps(run | {"all_gaps": lists}), "utf-8")
    record = record_of(data)
    moment = Moment("n", "2026-11-21T02:00:00+08:00", "computed", record["plans"], record["values"])
    views = [CityView(slug, slug, "computed", None, (moment,)) for slug in "ab"]
    write_site(tmp_path, views, NightView("n", moment.started, "0.1.0"))
    cut, whole = ((tmp_path / "cities" / slug / "index.html").read_text("utf-8") for slug in "ab")
    assert 'href="data/gaps_a%23b%25.csv">gaps_a#b%.csv</a>' in cut
    assert 'href="data/gaps_%E8%A5%BF%E5%8C%BA.csv">gaps_西区.csv</a>' in cut
    assert "the rest is in gaps.csv" not in cut
    assert "其余见 gaps.csv" not in cut
    assert "the rest is in gaps.csv" in whole
    assert "listed by district" not in whole


def test_the_same_night_gives_the_same_pages(site: Path, tmp_path: Path) -> None:
    other = make_site(tmp_path / "again")
    for page in ("index.html", "cities/a/index.html"):
        assert (site / page).read_bytes() == (other / page).read_bytes()


def test_a_first_night_has_nothing_to_compare_with(tmp_path: Path) -> None:
    data = write_output(
        tmp_path / "cities" / "a" / "data", [standard("A-1")], [gap("A-1", "北", 9)]
    )
    record = record_of(data)
    moment = Moment("n", "2026-11-21T02:00:00+08:00", "computed", record["plans"], record["values"])
    night = NightView("n", moment.started, "0.1.0")
    write_site(tmp_path, [CityView("a", "甲市", "computed", None, (moment,))], night)
    for page in (tmp_path / "index.html", tmp_path / "cities" / "a" / "index.html"):
        text = page.read_text("utf-8")
        assert "昨夜以来无变化" not in text
        assert "首次评估" in text
        assert '<svg class="spark' not in text, "one night is no line"


def test_totals_over_plans() -> None:
    plans = {"a": {"met": 2, "report": 1}, "b": {"met": 1, "short": 4}}
    assert totals(plans) == {"met": 3, "short": 4, "unknown": 0, "report": 1}


class TestSparkline:
    def _points(self, *values: float | None, **edges: float) -> list[tuple[str, float, float]]:
        path = re.search(r' d="([^"]*)"', sparkline(values, **edges))
        assert path is not None
        found = re.findall(r"([ML])([\d.]+) ([\d.]+)", path[1])
        return [(pen, float(x), float(y)) for pen, x, y in found]

    def test_it_goes_from_edge_to_edge(self) -> None:
        assert self._points(0.0, 1.0, 0.5) == [
            ("M", 4.0, HEIGHT - 4.0), ("L", WIDTH / 2, 4.0), ("L", WIDTH - 4.0, HEIGHT / 2),
        ]  # fmt: skip

    def test_a_night_without_a_value_breaks_the_line(self) -> None:
        assert [pen for pen, *_ in self._points(0.0, 1.0, None, 1.0, 0.0)] == list("MLML")

    def test_what_never_moves_is_level(self) -> None:
        assert self._points(3.0, 3.0, 3.0, 3.0) == [
            ("M", 4.0, HEIGHT / 2), ("L", WIDTH - 4.0, HEIGHT / 2),
        ]  # fmt: skip

    def test_the_upper_edge_may_be_given(self) -> None:
        ((_, _, y), *_) = self._points(0.5, 0.0, high=1.0)
        assert y == HEIGHT / 2

    def test_only_the_last_nights_are_shown(self) -> None:
        assert len(self._points(*(float(k % 2) for k in range(500)))) == NIGHTS

    def test_nothing_known_is_nothing_drawn(self) -> None:
        assert sparkline([None, float("nan")]) == ""
        assert sparkline([]) == ""

    def test_one_night_is_a_dot(self) -> None:
        assert f'cx="{WIDTH // 2}"' in sparkline([1.0])
