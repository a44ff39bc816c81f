"""``reach`` as a user calls it: how lines are joined, and on which level a place opens."""

from __future__ import annotations

import pandas as pd
import pytest

from builders.drawing import PLAN, write_lines, write_osm
from livingcircle import cli


def table(path, name, rows, **more):
    where = [PLAN.at(x, y) for _, x, y in rows]
    frame = pd.DataFrame(
        {name: [row[0] for row in rows], "lon": [p[0] for p in where], "lat": [p[1] for p in where]}
    )
    frame.assign(**more).to_csv(path, index=False)


def reach(folder, streets, *options):
    out = folder / "out.csv"
    call = ["reach", "--network", str(folder / streets), "--facilities", str(folder / "f.csv"),
            "--demand", str(folder / "d.csv"), "--out", str(out), *options]  # fmt: skip
    with pytest.raises(SystemExit) as stop:
        cli.main(call)
    assert not stop.value.code
    return pd.read_csv(out, dtype={"facility_id": str})


def test_lines_that_cross_are_joined_where_that_is_stated(tmp_path):
    write_lines(
        tmp_path / "s.geojson", [PLAN.line((-200, 0), (200, 0)), PLAN.line((0, -200), (0, 200))]
    )
    table(tmp_path / "f.csv", "facility_id", [("f", 100, 0)])
    table(tmp_path / "d.csv", "demand_id", [("d", 0, 150)])
    assert reach(tmp_path, "s.geojson", "--no-node")["status"].tolist() == ["island"]
    joined = reach(tmp_path, "s.geojson", "--node")
    assert joined["metres"].tolist() == pytest.approx([250], abs=0.01)


def test_lines_that_are_not_joined_are_told_unless_that_is_stated(tmp_path, capsys):
    write_lines(
        tmp_path / "s.geojson",
        [
            PLAN.line((-200, 0), (200, 0)),
            PLAN.line((0, -200), (0, 200)),
            PLAN.line((200.05, 0), (400, 0)),
        ],
    )
    table(tmp_path / "f.csv", "facility_id", [("f", 100, 0)])
    table(tmp_path / "d.csv", "demand_id", [("d", 0, 150)])
    reach(tmp_path, "s.geojson", "--lang", "en")
    told = capsys.readouterr().err
    assert "nobody turns: 1;" in told
    assert "give --node" in told
    assert "joined to it: 2;" in told
    reach(tmp_path, "s.geojson", "--lang", "zh")
    assert "1 处同层道路" in capsys.readouterr().err
    for stated in ("--no-node", "--node"):
        reach(tmp_path, "s.geojson", stated, "--lang", "en")
        assert "cross or touch" not in capsys.readouterr().err


def lattice(folder, bends, count=6):
    """Streets each way, 100 m apart, with stubs; vertices where ``bends`` streets cross."""
    inner = [100.0 * i for i in range(bends)]
    along = [[(-40, y), *((x, y) for x in inner), (100 * count - 60, y)]
             for y in range(0, 100 * count, 100)]  # fmt: skip
    lines = along + [[(y, x) for x, y in line] for line in along]
    write_lines(folder / "s.geojson", [PLAN.line(*line) for line in lines])
    table(folder / "f.csv", "facility_id", [("f", 400, 500)])
    table(folder / "d.csv", "demand_id", [("d", 50, 400)])


def test_streets_that_were_never_split_are_joined_and_that_is_told(tmp_path, capsys):
    lattice(tmp_path, 0, count=8)
    assert reach(tmp_path, "s.geojson", "--lang", "en")["metres"].tolist() == pytest.approx([450])
    told = capsys.readouterr().err
    assert "joined, 64 places; --no-node leaves them apart" in told
    reach(tmp_path, "s.geojson", "--lang", "zh")
    assert "64 处已作路口连通；若不应连通，请用 --no-node" in capsys.readouterr().err
    apart = reach(tmp_path, "s.geojson", "--no-node", "--lang", "en")
    assert apart["status"].tolist() == ["island"]
    assert not capsys.readouterr().err


def test_streets_that_were_split_in_part_are_refused_in_one_line(tmp_path, capsys):
    lattice(tmp_path, 8, count=10)
    with pytest.raises(SystemExit) as stop:
        cli.main(["reach", "--network", str(tmp_path / "s.geojson"), "--facilities",
                  str(tmp_path / "f.csv"), "--demand", str(tmp_path / "d.csv"), "--out",
                  str(tmp_path / "out.csv"), "--lang", "zh"])  # fmt: skip
    assert stop.value.code == 2
    told = capsys.readouterr().err.strip()
    assert "100 处中，有 36 处没有共用的顶点" in told
    assert "--no-node" in told
    assert "\n" not in told
    assert not (tmp_path / "out.csv").exists()
    assert reach(tmp_path, "s.geojson", "--node")["metres"].tolist() == pytest.approx([450])


def test_gaps_of_centimetres_are_joined_where_that_is_stated(tmp_path):
    write_lines(
        tmp_path / "s.geojson", [PLAN.line((0, 0), (200, 0)), PLAN.line((200.05, 0), (400, 0))]
    )
    table(tmp_path / "f.csv", "facility_id", [("f", 100, 0)])
    table(tmp_path / "d.csv", "demand_id", [("d", 300, 0)])
    assert reach(tmp_path, "s.geojson", "--no-node")["status"].tolist() == ["island"]
    joined = reach(tmp_path, "s.geojson", "--snap-m", "0.2")
    assert joined["metres"].tolist() == pytest.approx([200], abs=0.1)


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("column", ["level", "layer"])
def test_a_place_opens_on_the_level_that_it_states(tmp_path, column, plain):
    """A road on a viaduct over a street; the two meet 500 m to the east."""
    write_osm(
        tmp_path / "s.osm",
        [
            ({"highway": "residential"}, [(0, 0), (500, 0)]),
            ({"highway": "trunk", "bridge": "yes", "layer": "1"}, [(0, 12), (500, 0)]),
        ],
    )
    table(tmp_path / "f.csv", "facility_id", [("f", 490, 0)])
    encoding = "utf-8" if plain else "utf-16"
    rows = [("street", 0, 5), ("above", 0, 5), ("unknown", 0, 5)]
    table(tmp_path / "d.csv", "demand_id", rows, **{column: ["0", "1", "?"]})
    (tmp_path / "d.csv").write_text((tmp_path / "d.csv").read_text("utf-8"), encoding)
    access = reach(tmp_path, "s.osm")["access_m"].tolist()
    assert access == pytest.approx([5, 7, 5], abs=0.1)
    # The same of a facility, by the metres to it.
    table(tmp_path / "f.csv", "facility_id", [("f", 0, 5)], **{column: ["1"]})
    table(tmp_path / "d.csv", "demand_id", [("d", 500, 0)])
    assert reach(tmp_path, "s.osm")["metres"].tolist() == pytest.approx([507.1], abs=0.3)
