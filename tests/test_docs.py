"""The reference pages say what the code says."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from livingcircle.city import config
from livingcircle.cli.main import app
from livingcircle.vocab.categories import category_ids
from livingcircle.vocab.walkers import walker

DOCS = Path(__file__).resolve().parent.parent / "docs"
MODELS = [
    model
    for name, model in vars(config).items()
    if isinstance(model, type) and issubclass(model, BaseModel) and model is not BaseModel
]


@pytest.fixture(scope="module")
def reference():
    return (DOCS / "city-toml.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("make_commands", DOCS / "make_commands.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def part_of(reference, title):
    """The text below one heading."""
    return re.split(rf"^## {re.escape(title)}$", reference, flags=re.M)[1].split("\n## ")[0]


TITLES = {
    config.CityPart: "[city]",
    config.NetworkConfig: "[network]",
    config.TableConfig: "Keys of every table",
    config.FacilitiesConfig: "[[facilities]]",
    config.UnitsConfig: "[[units]]",
    config.UrbanVillagesConfig: "[urban_villages]",
    config.DemandConfig: "[demand]",
    config.AssessConfig: "[assess]",
    config.MapConfig: "[map]",
}


def test_every_model_has_a_section():
    named = {model for model in MODELS if not model.__name__.startswith("_")}
    assert named == {*TITLES, config.CityConfig}


@pytest.mark.parametrize("model", TITLES, ids=lambda model: model.__name__)
def test_every_key_has_a_row_with_its_default(reference, model):
    text = part_of(reference, TITLES[model])
    found = re.findall(r"^\| `(\w+)` \|([^|]*)\|", text, flags=re.M)
    rows = {key: said.strip() for key, said in found}
    # The keys that tables share are explained once, and may be said again where they differ.
    tables = config.FacilitiesConfig, config.UnitsConfig, config.UrbanVillagesConfig
    told = config.TableConfig if model in (*tables, config.DemandConfig) else BaseModel
    assert set(rows) <= set(model.model_fields)
    assert set(rows) >= set(model.model_fields) - set(told.model_fields)
    for key, field in model.model_fields.items():
        if key not in rows:
            continue
        if field.is_required():
            assert rows[key].startswith(("required", "needed"))
        elif field.default is not None and not field.default_factory:
            said = re.fullmatch(r"`(.*)`", rows[key])[1]
            assert tomllib.loads(f"x = {said}")["x"] == field.default


def test_every_table_of_the_file_has_a_heading(reference):
    headings = re.findall(r"^## \[+(\w+)\]+$", reference, flags=re.M)
    assert headings == list(config.CityConfig.model_fields)


def test_the_examples_are_valid(reference, tmp_path):
    examples = re.findall(r"```toml\n(.*?)```", reference, flags=re.S)
    assert len(examples) >= 7
    frame = '[city]\nname = "x"\n[network]\nsource = "x.osm"\n'
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.toml"
        path.write_text(example if "[city]" in example else frame + example, encoding="utf-8")
        config.read_config(path)


def test_walkers_and_categories_that_are_named_exist(reference):
    for name, speed in re.findall(r"`(\w+)` \((\d\.\d+)", part_of(reference, "[assess]")):
        assert walker(name).speed_m_s == float(speed)
    for name in ("convenience_station", "elderly_station", "nursery"):
        assert name in reference
        assert category_ids(name) == (name,)


def test_commands_page_is_what_the_code_says(maker):
    written = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert written == maker.page(), "run python docs/make_commands.py"


def test_commands_page_has_every_command_and_help(maker):
    page = maker.page()
    for info in app.registered_commands:
        own = info.name or info.callback.__name__.replace("_", "-")
        assert f"\n## livingcircle {own}\n" in page
    for line in page.splitlines():
        if line.startswith("| `"):
            assert re.split(r"(?<!\\)\|", line)[4].strip(), f"no help: {line}"
