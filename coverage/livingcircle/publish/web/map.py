"""map.html: one folium page that needs no network."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path

import folium
import geopandas as gpd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from xstatic.pkg import leaflet

from livingcircle._resources import resource_text
from livingcircle.gaps.draws.uncertainty import Uncertainty
from livingcircle.publish.credit import osm_credit
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.web.basemap import Basemap
from livingcircle.publish.web.encode import script_json
from livingcircle.publish.web.live_code import engine_code, page_code
from livingcircle.publish.web.map_payload import map_data
from livingcircle.publish.web.map_walking import layers_of
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.result import Result
from livingcircle.vocab.texts import text_in_both

__all__ = ["BASEMAP", "write_map"]

_RANDOM_ID = re.compile(r"(?<=_)[0-9a-f]{32}(?![0-9a-f])")

BASEMAP = "OpenStreetMap.Mapnik"
"""Offered in the layer control, off by default: switching it on is what goes to the network."""

PLAIN_LETTERS = 1_000_000
"""More data than this is deflated, to a third or a quarter, and inflated when the page opens.

That takes the sample city's page a tenth of a second and makes it smaller by a third.
"""

_LAYERS = (
    ("ground", True),
    ("streets", True),
    ("circle", False),
    ("units", True),
    ("dots", True),
    ("slopes", False),
    ("waits", False),
    ("doubt", False),
    ("villages", True),
    ("facilities", True),
    ("routes", True),
    ("links", True),
    ("sites", True),
    ("gaps", True),
    ("checks", True),
    ("tried", True),
    ("names", True),
)
"""Layers of the control, from the lowest, and whether they are shown at first."""

_OF_WALKING = {"slopes", "waits", "doubt", "checks"}
"""Layers that only a page with something to show of them has."""


def write_map(
    result: Result,
    path: Path,
    *,
    evidence: Evidence | None = None,
    links: gpd.GeoDataFrame | None = None,
    plans: Sequence[SitePlan] = (),
    basemap: Basemap = BASEMAP,
    uncertainty: Uncertainty | None = None,
) -> None:
    """Write the result as one page that opens by double-click with the network off.

    Parameters
    ----------
    result
        A ``livingcircle.standards.result.Result``.
    path
        The file to write.
    evidence
        Circles and routes, where they were worked out already.
    links
        The links of ``livingcircle.explain``, drawn with the gap that they would close.
    plans
        Proposed sites, shown with the standard that they are for.
    basemap
        An online map the reader may switch on: a name that folium knows, an xyzservices provider,
        several of them as one map (see ``basemap_layers``), or None.
    uncertainty
        How sure the result is, where that was drawn: field checks and homes in doubt become layers.
    """
    evidence = evidence if evidence is not None else Evidence(result)
    data = map_data(result, evidence, links, plans, uncertainty)
    doubt = any("doubt" in standard for standard in data["standards"])
    left_out = _OF_WALKING - layers_of(data["walking"], doubt=doubt)
    page, hosts, names = _skeleton(data["city"]["box"], basemap, left_out)
    data["map"], data["groups"] = names.pop("map"), names
    city = result.city
    data["credit"] = list(osm_credit(city))
    title = f"{city.name} {city.name_en or ''} · 15分钟生活圈缺口地图 / gap map"
    if city.synthetic:
        title += "（合成数据 / synthetic）"
    live = data["live"]
    plain, packed = _packed(script_json(data), 0 if live is None else len(live["bytes"]))
    scripts = {"leaflet_js": _leaflet_js(), "map_script": page["script"], "page_js": page_code()}
    text = _template("map.html.j2").render(
        title=" ".join(title.split()),
        name=city.name,
        name_en=city.name_en,
        synthetic=city.synthetic,
        tile_hosts=hosts,
        leaflet_css=_leaflet_css(),
        script_hashes="".join(map(_hash_source, scripts.values())),
        page_css=_static("map.css"),
        engine=engine_code(),
        map_html=page["html"],
        **scripts,
        data=plain,
        packed=packed,
    )
    path.write_text(text, encoding="utf-8", newline="\n")


def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("livingcircle.publish.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _static(name: str) -> str:
    return resource_text("livingcircle.publish.web", f"static/{name}")


def _skeleton(
    box: list[list[float]], basemap: Basemap, left_out: Collection[str]
) -> tuple[dict[str, str], str, dict[str, str]]:
    """Let folium make the map, its layer groups and controls, without anything from a CDN.

    Returns
    -------
    tuple
        The page's parts (html, script), the hosts that the basemap would need, and the script's
        name of the map and of each group.
    """
    centre = [(box[0][0] + box[1][0]) / 2, (box[0][1] + box[1][1]) / 2]
    page = folium.Map(location=centre, tiles=None, zoom_start=12, zoom_snap=0.25, max_zoom=19)
    # Leaflet is put into the page itself; jQuery, Bootstrap and icon fonts have no use in it.
    page.default_js, page.default_css = [], []
    hosts = ""
    layers = () if basemap is None else basemap if isinstance(basemap, tuple) else (basemap,)
    for k, layer in enumerate(layers):
        tiles = folium.TileLayer(layer, overlay=True, control=True, show=False)
        tiles.layer_name = "在线底图 / online basemap" if k == 0 else "底图注记 / names on it"
        tiles.add_to(page)
        host = _host(tiles.tiles)
        hosts += host if host not in hosts else ""
    groups = {}
    for name, shown in _LAYERS:
        if name in left_out:
            continue
        label = text_in_both("map_layer", name)
        groups[name] = folium.FeatureGroup(label, overlay=True, control=True, show=shown)
        groups[name].add_to(page)
    folium.LayerControl(collapsed=True).add_to(page)
    figure = page.get_root()
    page.render()
    names = {"map": page.get_name(), **{n: g.get_name() for n, g in groups.items()}}
    parts = {"html": figure.html.render(), "script": figure.script.render()}
    parts, names = _numbered(parts, names)
    return parts, hosts, names


def _numbered(*tables: dict[str, str]) -> tuple[dict[str, str], ...]:
    """Replace folium's random ids by numbers in the order in which they appear.

    Equal results then give equal pages, byte for byte.
    """
    numbers: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        return numbers.setdefault(match[0], f"{len(numbers):02d}")

    return tuple(
        {name: _RANDOM_ID.sub(number, text) for name, text in table.items()} for table in tables
    )


def _packed(text: str, deflated: int) -> tuple[str, str]:
    """Return the data as it stands in the page: plain, or deflated where it is much.

    What is deflated already would win nothing.
    """
    if len(text) - deflated <= PLAIN_LETTERS:
        return text, ""
    return "", base64.b64encode(zlib.compress(text.encode("utf-8"))).decode("ascii")


def _hash_source(script: str) -> str:
    """Return what the page's security policy calls a script that may run."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f" 'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _host(url: str) -> str:
    """Return the host of a tile service for the page's security policy, `` https://*.org``.

    A star of the policy is a whole label: ``t{s}.tianditu.gov.cn`` becomes ``*.tianditu.gov.cn``.
    """
    host = re.match(r"https?://([^/]+)", url)
    if host is None:
        return ""
    return " https://" + re.sub(r"^[^.]*\{s\}[^.]*", "*", host[1])


def _leaflet_js() -> str:
    """Return Leaflet's script, without the reference to a source map that is not there."""
    text = Path(leaflet.BASE_DIR, "leaflet.js").read_text(encoding="utf-8")
    # A page is read with line ends of one kind, and so is what its policy knows a script by.
    return re.sub(r"//# sourceMappingURL=\S*", "", text.replace("\r\n", "\n"))


def _leaflet_css() -> str:
    """Return Leaflet's style sheet with its pictures inside."""
    base = Path(leaflet.BASE_DIR)
    text = (base / "leaflet.css").read_text(encoding="utf-8")

    def inside(match: re.Match[str]) -> str:
        content = base64.b64encode((base / match[1]).read_bytes()).decode("ascii")
        return f"url(data:image/png;base64,{content})"

    return re.sub(r"url\((images/[\w.-]+\.png)\)", inside, text)
