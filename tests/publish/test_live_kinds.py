"""Every kind of standard that rests on walks is decided in the page as on the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from chromium import Browser, choose_standard, quiet
from live_edits import Draw, same_as_python

import livingcircle as lc
from builders.dem import write_dem
from builders.proved_town import ENTRY, PACK, write_proved_town
from livingcircle.network.edit import keep_edges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.terrain import with_terrain
from livingcircle.network.waiting import with_delays
from livingcircle.publish.frames import per_unit
from livingcircle.publish.web.map import write_map
from livingcircle.scenario.apply import apply_scenario
from livingcircle.standards.context import Context
from livingcircle.standards.finding import finding as judged_together

KINDS = {
    "L-1": 'kind = "circle"\ncategories = ["clinic"]\nminutes = 7\ntarget = 0.6',
    "L-2": 'kind = "circle"\ncategories = ["service_centre"]\nminutes = 12\nk = 3\ntarget = 0.5\n'
    'walker = "elderly"',
    "L-3": """
[[requirement.parts]]
kind = "circle"
label_zh = "中心"
label_en = "centres"
categories = ["service_centre"]
minutes = 5
target = 0.7
[[requirement.parts]]
kind = "circle"
label_zh = "卫生站"
label_en = "clinics"
categories = ["clinic"]
metres = 500
target = 0.8
k = 2
[[requirement.parts]]
kind = "circle"
label_zh = "公园"
label_en = "parks"
minutes = 9
walker = "elderly"
target = "report"
all_of = [
{ id = "a", zh = "甲", en = "a", categories = ["park"] },
{ id = "b", zh = "乙", en = "b", categories = ["clinic"] } ]""",
}
WALKED = {
    "L-4": 'kind = "substation"\ncategories = ["clinic"]\nmetres = 330\n'
    'measure = "nearest_edge"\ntarget = "report"',
    "L-5": 'kind = "substation"\ncategories = ["service_centre"]\nmetres = 400\n'
    'measure = "centre"\ntarget = "report"',
    "L-6": 'kind = "substation"\ncategories = ["service_centre"]\nmetres = 450\n'
    'measure = "share"\nshare_beyond = 0.4\ntarget = "report"',
}
BARRED = {
    "L-7": 'kind = "circle"\ncategories = ["park"]\nmetres = 700\nk = 2\ntarget = 0.7\n'
    'boundary = "exclusive"\nwalker = "wheelchair"',
    "L-8": 'kind = "circle"\ncategories = ["clinic"]\nminutes = 8\ntarget = 0.5\nwalker = "pram"',
    "L-9": 'kind = "substation"\ncategories = ["clinic"]\nmetres = 350\n'
    'measure = "nearest_edge"\ntarget = "report"\nwalker = "wheelchair"',
}
"""Who cannot go everywhere: by tags, and by slopes where there are some."""
DRIVEN = {
    "L-10": 'kind = "circle"\ncategories = ["clinic"]\nminutes = 1\ntarget = 0.5\nmode = "drive"',
    "L-11": 'kind = "circle"\nmetres = 600\ntarget = 0.5\nmode = "drive"\nall_of = [\n'
    '{ id = "a", zh = "甲", en = "a", categories = ["park"] },\n'
    '{ id = "b", zh = "乙", en = "b", categories = ["clinic"] } ]',
}
GROUNDS = ("level", "delays", "degrees", "utm", "mercator")


def made_of_all(network: WalkNetwork) -> WalkNetwork:
    """Return the network with crossings, lifts, bridges and tunnels all over it."""
    rng, tags, count = np.random.default_rng(8), network.tags, network.edge_count
    crossing = rng.random(count) < 0.2
    whole = np.where(rng.random(count) < 0.5, network.edge_length_m * 1.5, np.nan)
    return replace(
        network,
        tags=replace(
            tags,
            crossing=crossing,
            signals=crossing & (rng.random(count) < 0.5),
            lift=rng.random(count) < 0.05,
            escalator=tags.stairs & (rng.random(count) < 0.3),
            bridge=rng.random(count) < 0.15,
            tunnel=rng.random(count) < 0.05,
            crossing_m=np.where(crossing, whole, np.nan),
            step_free=tags.step_free & (rng.random(count) < 0.95),
            pram_free=tags.pram_free & (rng.random(count) < 0.97),
            limited=rng.random(count) < 0.1,
            kerb_m=np.where(rng.random(count) < 0.1, rng.choice([0.0, 0.03, 0.12], count), np.nan),
            width_m=np.where(rng.random(count) < 0.1, rng.choice([0.6, 0.8, 0.9], count), np.nan),
            incline=np.where(rng.random(count) < 0.1, rng.choice([0.05, 0.1, 0.2], count), np.nan),
        ),
    )


def roads_of(network: WalkNetwork) -> WalkNetwork:
    """Return streets to drive on: some of those to walk on, at speeds of their own."""
    rng = np.random.default_rng(9)
    some = keep_edges(network, rng.random(network.edge_count) < 0.9)
    return replace(some, speed_m_s=rng.choice([5.0, 8.0, 14.0], some.edge_count))


def on_ground(network: WalkNetwork, ground: str, folder: Path) -> WalkNetwork:
    """Return the network on level ground, with delays, or on hills of which a part is unknown."""
    if ground == "level":
        return network
    network = made_of_all(network)
    if ground == "degrees":
        return with_terrain(network, hills(folder, 4326), pace="irmischer", smooth_m=0)
    network = with_delays(network)
    crs = {"utm": 32649, "mercator": 3857}
    return with_terrain(network, hills(folder, crs[ground])) if ground in crs else network


def hills(folder: Path, crs: int) -> Path:
    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        hill = 30 * np.sin(x / 170) + 25 * np.cos(y / 130) + x / 40
        return np.where((x > 250) & (x < 420) & (y > 300) & (y < 500), np.nan, hill)

    return write_dem(
        folder / f"{crs}.tif", height, crs=crs, cell_m=20, box=(-300, -300, 1100, 1500), nodata=-999
    )


@pytest.fixture(scope="module", params=GROUNDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple:
    """A town on one ground, assessed, and its map."""
    folder = tmp_path_factory.mktemp(request.param)
    city = lc.read_city(write_proved_town(folder))
    network = on_ground(city.network, request.param, folder)
    # The third village has nobody: it is measured from its middle.
    homes = city.demand[city.demand["urban_village"] != "v2"]
    city = replace(city, network=network, demand=homes)
    city = replace(city, drive=roads_of(city.network) if request.param == "delays" else None)
    entries = {
        "level": KINDS | WALKED | BARRED,
        "delays": KINDS | BARRED | DRIVEN,
        "degrees": KINDS | BARRED,
        "utm": KINDS | WALKED | BARRED,
        "mercator": BARRED,
    }[request.param]
    text = PACK + "".join(ENTRY.format(id=name, body=body) for name, body in entries.items())
    (folder / "live.toml").write_text(text, "utf-8")
    result = lc.assess(city, folder / "live.toml")
    write_map(result, folder / "map.html")
    return result, folder / "map.html"


@pytest.mark.slow
def test_random_edits_of_every_kind(browser: Browser, made: tuple) -> None:
    result, path = made
    for finding in result.findings:
        assert same_as_python(browser, path, Draw(result, finding.id), 20, 21, whole=10) >= 10


@pytest.mark.exhaustive
def test_a_thousand_random_edits_of_every_kind(browser: Browser, made: tuple) -> None:
    result, path = made
    for finding in result.findings:
        draw = Draw(result, finding.id)
        assert same_as_python(browser, path, draw, 1000, 22, whole=20) >= 500, finding.id


@pytest.mark.slow
@pytest.mark.parametrize("made", ["level"], indirect=True)
def test_parts_are_put_together_as_the_command_line_does(browser: Browser, made: tuple) -> None:
    """Value, verdict, people left out, units and homes of a standard of three parts."""
    result, path = made
    city, finding = result.city, result.finding("L-3")
    closed = city.facilities.of("service_centre")["facility_id"].astype(str).tolist()[:3]
    lines = "".join(f'[[close_facility]]\nid = "{one}"\n' for one in closed)
    scenario = path.with_name("s.toml")
    scenario.write_text('name = "关三处"\n' + lines, "utf-8")
    context = Context(apply_scenario(city, scenario), result.as_of)
    parts = [part.assess(context) for part in finding.requirement.parts]
    meant = judged_together(finding.requirement, parts, result.as_of)
    with quiet(browser, path) as page:
        page.wait("document.getElementById('tab-try') !== null")
        data = choose_standard(page, "L-3")
        page.one("#tab-try").click()
        page.run(
            "const t = new DataTransfer(); t.items.add(new File([arguments[0]], 's.toml'));"
            "document.dispatchEvent(new DragEvent('drop', { dataTransfer: t, bubbles: true }))",
            scenario.read_text("utf-8"),
        )
        page.wait("document.getElementById('try-compare') !== null")
        shown = page.text("#summary .value")
        left = page.text("#summary .out strong") if page.all("#summary .out strong") else "0"
        page.one("#tab-units").click()
        listed = page.run(
            "return [...document.querySelectorAll('#list button')].map((b) => b.textContent)"
        )
    assert data["status"] == finding.status
    # A whole per cent is shown without its ".0".
    assert shown.replace(" ", "") == f"{round(meant.value * 100, 1):g}%"
    assert int(left.replace(",", "")) == round(meant.people_left_out)
    rows = per_unit(meant)
    assert len(listed) == int((rows["level"] == "community").sum())


REFUSED = {
    "N-1": (
        'kind = "provision"\ncategories = ["clinic"]\nlevel = "city"\ntarget = 1.0\n',
        "does not ask how far facilities are",
    ),
    "N-2": (
        """
[[requirement.parts]]
kind = "circle"
label_zh = "走到卫生站"
label_en = "the walk"
categories = ["clinic"]
metres = 500
target = 0.8
[[requirement.parts]]
kind = "provision"
label_zh = "有卫生站"
label_en = "the count"
categories = ["clinic"]
level = "city"
target = 1.0
""",
        "its part 'the count' does not ask how far facilities are",
    ),
    "N-3": (
        'kind = "circle"\ncategories = ["park"]\nminutes = 2\ntarget = 0.5\nmode = "drive"\nk = 2',
        "it asks for 2 facilities within a drive",
    ),
    "N-4": (
        'kind = "circle"\ncategories = ["nursery"]\nmetres = 500\ntarget = 0.5',
        "data that would decide it are missing",
    ),
}


@pytest.mark.slow
def test_a_standard_that_the_page_cannot_decide_says_why(browser: Browser, tmp_path: Path) -> None:
    city = lc.read_city(write_proved_town(tmp_path))
    city = replace(city, drive=roads_of(city.network))
    bodies = {name: body for name, (body, _) in REFUSED.items()} | {"L-1": KINDS["L-1"]}
    text = PACK + "".join(ENTRY.format(id=name, body=body) for name, body in bodies.items())
    (tmp_path / "live.toml").write_text(text, "utf-8")
    write_map(lc.assess(city, tmp_path / "live.toml"), tmp_path / "map.html")
    with quiet(browser, tmp_path / "map.html") as page:
        page.wait("document.getElementById('tab-try') !== null")
        page.one("#lang").click()
        for name, (_, why) in REFUSED.items():
            choose_standard(page, name)
            page.one("#tab-try").click()
            told = page.text("#try-why-not")
            assert why in told, told
            assert page.all("#try-compare, [data-try=place]") == [], "no number is offered"
