"""The online map on offer: known names, Tianditu with its key, and what is said where one lacks."""

from __future__ import annotations

import pytest

from livingcircle.city.config import MapConfig
from livingcircle.errors import ConfigError
from livingcircle.publish.web.basemap import basemap_layers
from livingcircle.publish.web.map import write_map

KEY = "0123456789abcdef"


def test_openstreetmap_is_on_offer_unless_none_is_wanted() -> None:
    (layer,) = basemap_layers(MapConfig())
    assert "openstreetmap.org" in layer.build_url()
    assert basemap_layers(MapConfig(basemap="none")) == ()


@pytest.mark.parametrize("by_environment", [True, False])
def test_tianditu_takes_streets_and_names_with_a_key(monkeypatch, by_environment) -> None:
    monkeypatch.delenv("LIVINGCIRCLE_TIANDITU_KEY", raising=False)
    if by_environment:
        monkeypatch.setenv("LIVINGCIRCLE_TIANDITU_KEY", KEY)
    config = MapConfig(basemap="Tianditu", key=None if by_environment else KEY)
    streets, names = basemap_layers(config)
    # Tile 13662/6747 at zoom 14, as the service writes it: row is y, column is x.
    url = streets.build_url(x=13662, y=6747, z=14).replace("{s}", "0")
    assert url.startswith("https://t0.tianditu.gov.cn/vec_w/wmts?")
    assert "TILEMATRIX=14&TILEROW=6747&TILECOL=13662" in url
    assert url.endswith(f"tk={KEY}")
    assert "cva_w" in names.url
    assert "天地图" in streets.attribution


def test_the_key_stands_in_no_other_output() -> None:
    assert KEY not in MapConfig(basemap="tianditu", key=KEY).model_dump_json()
    assert KEY not in repr(MapConfig(basemap="tianditu", key=KEY))


@pytest.mark.parametrize(
    ("basemap", "said"),
    [
        ("tianditu", "LIVINGCIRCLE_TIANDITU_KEY"),
        ("OpenStretMap.Mapnik", "OpenStreetMap.Mapnik"),
        ("Thunderforest.OpenCycleMap", "key that cannot be given"),
    ],
)
def test_what_cannot_be_offered_is_said(monkeypatch, basemap, said) -> None:
    monkeypatch.delenv("LIVINGCIRCLE_TIANDITU_KEY", raising=False)
    with pytest.raises(ConfigError, match=said):
        basemap_layers(MapConfig(basemap=basemap))
    with pytest.raises(ConfigError, match="needs a key"):
        basemap_layers(MapConfig(basemap="tianditu", key='"><script>'))


def test_the_page_may_reach_the_hosts_of_its_map_only(result, tmp_path) -> None:
    layers = basemap_layers(MapConfig(basemap="tianditu", key=KEY))
    write_map(result, tmp_path / "map.html", basemap=layers)
    page = (tmp_path / "map.html").read_text("utf-8")
    policy = page.split('Content-Security-Policy" content="')[1].split('"')[0]
    assert "img-src data: https://*.tianditu.gov.cn;" in policy
    assert page.count("LAYER=vec") == page.count("LAYER=cva") == 1
    assert "names on it" in page
