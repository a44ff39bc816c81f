"""Objects that an editor or a history marks as deleted are no facility, area or barrier."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livingcircle.network.edit import keep_edges
from livingcircle.network.read import read_network
from livingcircle.osm.objects import read_objects
from livingcircle.osm.surroundings import read_surroundings

CLINIC = '<tag k="amenity" v="clinic"/>'
RING = '<nd ref="11"/><nd ref="12"/><nd ref="13"/><nd ref="11"/>'


def drawn(path: Path, mark: str) -> Path:
    """A node, a closed way, a relation and a wall, each once as it is and once with a mark."""
    corners = "".join(
        f'<node id="{i}" version="1" lat="{lat}" lon="{lon}"/>'
        for i, lon, lat in ((11, 8.0, 48.0), (12, 8.001, 48.0), (13, 8.0, 48.001))
    )
    objects = {"node": "", "way": "", "wall": "", "relation": ""}
    for number, said in ((1, ""), (2, mark)):
        objects["node"] += (
            f'<node id="{number}" version="1" lat="48" lon="8" {said}>{CLINIC}</node>'
        )
        objects["way"] += f'<way id="{20 + number}" version="1" {said}>{RING}{CLINIC}</way>'
        objects["wall"] += (
            f'<way id="{30 + number}" version="1" {said}><nd ref="11"/><nd ref="13"/>'
            '<tag k="barrier" v="wall"/></way>'
        )
        objects["relation"] += (
            f'<relation id="{50 + number}" version="1" {said}>'
            f'<member type="way" ref="{40 + number}" role="outer"/>'
            f'<tag k="type" v="multipolygon"/>{CLINIC}</relation>'
        )
    rings = "".join(f'<way id="{40 + k}" version="1">{RING}</way>' for k in (1, 2))
    body = corners + objects["node"] + objects["way"] + objects["wall"] + rings
    path.write_text(f'<osm version="0.6">{body}{objects["relation"]}</osm>')
    return path


@pytest.mark.parametrize("mark", ['action="delete"', 'visible="false"', "action='delete'"])
def test_what_is_deleted_is_left_out(tmp_path: Path, mark: str) -> None:
    path = drawn(tmp_path / "edits.osm", mark)
    clinics = read_objects(path, {"clinic": ["amenity=clinic"]})
    assert set(clinics["osm"]) == {"node/1", "way/21", "relation/51"}
    assert read_surroundings(path).barriers["osm"].tolist() == ["way/31"]


def test_what_is_only_changed_stays(tmp_path: Path) -> None:
    path = drawn(tmp_path / "edits.osm", 'action="modify"')
    clinics = read_objects(path, {"clinic": ["amenity=clinic"]})
    assert len(clinics) == 6
    assert len(read_surroundings(path).barriers) == 2


def test_a_shut_place_goes_with_its_street(tmp_path: Path) -> None:
    nodes = "".join(
        f'<node id="{i}" version="1" lat="48" lon="{8 + i / 1000}">{tag}</node>'
        for i, tag in ((1, ""), (2, '<tag k="barrier" v="gate"/><tag k="locked" v="yes"/>'),
                       (3, ""), (4, ""), (5, '<tag k="foot" v="no"/><tag k="barrier" v="gate"/>'),
                       (6, ""))
    )  # fmt: skip
    ways = "".join(
        f'<way id="{k}" version="1">{"".join(f"""<nd ref="{i}"/>""" for i in refs)}'
        '<tag k="highway" v="residential"/></way>'
        for k, refs in ((7, (1, 2, 3)), (8, (4, 5, 6)))
    )
    path = tmp_path / "gates.osm"
    path.write_text(f'<osm version="0.6">{nodes}{ways}</osm>')
    network = read_network(path)
    assert sorted(network.closures.osm) == ["node/2", "node/5"]
    first = network.coords[network.edge_start[:-1], 0] < 8.0035
    left = keep_edges(network, first)
    assert left.closures.osm.tolist() == ["node/2"]
    assert len(left.closures.why) == len(left.closures.lonlat) == 1
    assert len(keep_edges(network, np.ones(network.edge_count, bool)).closures) == 2
