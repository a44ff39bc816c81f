"""A hilly city whose heights are too many for the page: it tells no minutes and judges none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chromium import Browser, click_map, quiet
from test_live_kinds import on_ground

import livingcircle as lc
from builders.proved_town import ENTRY, PACK, write_proved_town
from livingcircle.publish.web import live_ground
from livingcircle.publish.web.map import write_map

BOTH = {
    "H-1": 'kind = "circle"\ncategories = ["clinic"]\nminutes = 7\ntarget = 0.6',
    "H-2": 'kind = "circle"\ncategories = ["clinic"]\nmetres = 500\ntarget = 0.6',
}


@pytest.mark.slow
@pytest.mark.parametrize("carried", [True, False])
def test_no_minutes_where_the_page_lacks_the_heights(
    browser: Browser, tmp_path, monkeypatch, carried
) -> None:
    if not carried:
        monkeypatch.setattr(live_ground, "_STEPPED_CELLS", 1)
        monkeypatch.setattr(live_ground, "_PLAIN_CELLS", 1)
    city = lc.read_city(write_proved_town(tmp_path))
    city = replace(city, network=on_ground(city.network, "utm", tmp_path))
    entries = "".join(ENTRY.format(id=name, body=body) for name, body in BOTH.items())
    (tmp_path / "hilly.toml").write_text(PACK + entries, "utf-8")
    result = lc.assess(city, tmp_path / "hilly.toml")
    write_map(result, tmp_path / "map.html")
    homes = result.finding("H-1").parts[0].demand
    home = homes[homes["metres"].between(100, 2000)].index[0]
    told = {}
    with quiet(browser, tmp_path / "map.html") as page:
        for name in BOTH:
            page.driver.get("about:blank")
            page.open(tmp_path / "map.html", f"#{name}")
            page.wait("document.querySelectorAll('.lc-unit').length > 0")
            click_map(page, city.demand.geometry[home])
            page.wait("document.querySelector('.lc-walk') !== null")
            told[name] = page.text(".detail")
    judged = ("在限值之内。", "超出限值。")
    assert any(one in told["H-2"] for one in judged), "metres are those of the streets"
    assert any(one in told["H-1"] for one in judged) == carried
    assert ("本页未带本市高程" in told["H-1"]) == (not carried)
    for text in told.values():
        assert ("步行分钟" in text) == carried
