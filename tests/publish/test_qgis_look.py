from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import livingcircle as lc
from livingcircle.publish.palette import REASON

pytestmark = pytest.mark.qgis
SCRIPT = Path(__file__).with_name("qgis_look.py")
# Topmost first.
DRAWN = ["gaps", "evidence", "facilities", "urban_villages", "units_community"]


def qgis_python() -> str:
    """The Python that QGIS was built for; the test is skipped where there is none."""
    for python in (os.environ.get("QGIS_PYTHON"), "/usr/bin/python3", shutil.which("python3")):
        if python is None:
            continue
        tried = subprocess.run([python, "-c", "import qgis.core"], capture_output=True, check=False)
        if tried.returncode == 0:
            return python
    pytest.skip("no QGIS here (Debian: apt install python3-qgis; or set QGIS_PYTHON)")
    raise AssertionError


@pytest.fixture(scope="module")
def look(written: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What QGIS sees: layers with their styles, and the colours of a picture of some."""
    folder = tmp_path_factory.mktemp("qgis")
    told = subprocess.run(
        [qgis_python(), SCRIPT, written / "格子镇.gpkg", folder / "look.png", *DRAWN],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder),
             "QGIS_CUSTOM_CONFIG_PATH": str(folder)},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-2000:]
    return json.loads(told.stdout.strip().splitlines()[-1])


@pytest.mark.slow
def test_every_layer_opens_in_its_style(look: dict, result: lc.Result) -> None:
    layers = look["layers"]
    assert all(layer["valid"] for layer in layers.values())
    assert layers["units_community"]["renderer"] == "graduatedSymbol"
    assert layers["units_community"]["classes"] == 6
    assert layers["demand"]["renderer"] == "categorizedSymbol"
    assert layers["gaps"]["renderer"] == "RuleRenderer"
    standards = {f.id for f in result.findings if len(f.gaps)}
    assert layers["gaps"]["classes"] == len(standards) * (1 + len(REASON) + 1)
    assert layers["findings"]["renderer"] is None
    for name, layer in layers.items():
        assert layer["styles"] >= 1, name
        # QGIS' own look of a new layer is one plain symbol; ours are named by what they show.
        assert layer["aliases"], name
    assert layers["units_community"]["styles"] > 3


def test_labels_are_drawn_on_views_of_a_town(look: dict) -> None:
    for name in ("units_community", "urban_villages", "gaps"):
        layer = look["layers"][name]
        assert layer["labels"], name
        assert not layer["obstacle"], "an area would keep the names of others away"
        nearest, farthest = layer["label_scales"]
        assert nearest <= 5_000 < 50_000 <= farthest, name


def test_legends_are_in_both_languages(look: dict) -> None:
    legend = look["layers"]["units_community"]["legend"]
    assert legend[0] == "0% – 5% 未覆盖 / left out"
    assert legend[-1].startswith("不适用")
    for name in ("gaps", "links", "urban_villages", "demand", "facilities"):
        # A group of rules is named by its standard.
        parts = [text for text in look["layers"][name]["legend"] if "-" not in text[:4]]
        assert all(" / " in text for text in parts), (name, parts)


def test_every_field_has_a_chinese_name(look: dict) -> None:
    for name, layer in look["layers"].items():
        assert layer["nameless"] == ["fid"], name


def test_fields_bear_chinese_names(look: dict) -> None:
    assert look["layers"]["gaps"]["aliases"]["people"] == "人口"
    assert look["layers"]["demand"]["aliases"]["XM_1a_status"] == "XM-1a 结论"
    assert look["layers"]["findings"]["aliases"]["people_left_out"] == "未覆盖人口"


def test_the_picture_shows_what_the_styles_say(look: dict) -> None:
    colours = look["colours"]
    blank = colours.get("#ffffff", 0) / sum(colours.values())
    assert blank < 0.9
    # Units fall short of several standards, so they are purple; the far village is a candidate.
    wanted = {REASON["no_facility"].lower(), REASON["detour"].lower()}
    assert wanted <= set(colours), "gaps are drawn in the colours of their reasons"
    assert len(colours) > 20
