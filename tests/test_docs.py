"""The reference pages say what the code says."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
import types
from pathlib import Path

import pytest
from pydantic import BaseModel

from builders.street_city import little_city
from livingcircle.city import config
from livingcircle.city.city_file import read_config
from livingcircle.cli.main import app
from livingcircle.errors import InputError
from livingcircle.io.formats.reader import Request
from livingcircle.io.table.headers import roles
from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.context import Context
from livingcircle.standards.loader import load_pack
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


def script(name):
    """A script of docs/ as a module."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def maker():
    return script("make_commands")


def part_of(reference, title):
    """The text below one heading."""
    return re.split(rf"^## {re.escape(title)}$", reference, flags=re.M)[1].split("\n## ")[0]


TITLES = {
    config.CityPart: "[city]",
    config.NetworkConfig: "[network]",
    config.TerrainConfig: "[terrain]",
    config.WalkingConfig: "[walking]",
    config.UncertaintyConfig: "[uncertainty]",
    config.TableConfig: "Keys of every table",
    config.FacilitiesConfig: "[[facilities]]",
    config.UnitsConfig: "[[units]]",
    config.UrbanVillagesConfig: "[urban_villages]",
    config.LandUseConfig: "[land_use]",
    config.DemandConfig: "[demand]",
    config.AssessConfig: "[assess]",
    config.MapConfig: "[map]",
    config.Vocabulary: "[vocabulary]",
}


def test_every_model_has_a_section():
    # A base without keys of its own needs none.
    named = {m for m in MODELS if not m.__name__.startswith("_") and m.model_fields}
    assert named == {*TITLES, config.CityConfig}


@pytest.mark.parametrize("model", TITLES, ids=lambda model: model.__name__)
def test_every_key_has_a_row_with_its_default(reference, model):
    text = part_of(reference, TITLES[model])
    found = re.findall(r"^\| `(\w+)` \|([^|]*)\|", text, flags=re.M)
    rows = {key: said.strip() for key, said in found}
    # The keys that tables share are explained once, and may be said again where they differ.
    tables = [m for m in TITLES if issubclass(m, config.TableConfig) and m != config.TableConfig]
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
        read_config(path)


def test_walkers_and_categories_that_are_named_exist(reference):
    for name, speed in re.findall(r"`(\w+)` \((\d\.\d+)", part_of(reference, "[assess]")):
        assert walker(name).speed_m_s == float(speed)
    for name in ("convenience_station", "elderly_station", "nursery"):
        assert name in reference
        assert category_ids(name) == (name,)


def test_commands_page_is_what_the_code_says(maker):
    written = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert written == maker.page(), "run python docs/make_commands.py"


def test_columns_page_is_what_the_code_reads():
    written = (DOCS / "columns.md").read_text(encoding="utf-8")
    assert written == script("make_columns").page(), "run python docs/make_columns.py"
    # Every alias that the intake knows stands on the page.
    for name, role in roles().items():
        assert f"| `{name}` |" in written
        assert all(f"`{alias}`" in written for alias in role.aliases)


def test_demands_page_lists_every_entry_and_every_reason_of_every_pack():
    written = (DOCS / "demands.md").read_text(encoding="utf-8")
    demands = script("make_demands")
    assert written == demands.page(), "run python docs/make_demands.py"
    assert {*demands.PLANS, *demands.others()} == set(list_packs())
    for name in list_packs():
        pack = load_pack(name)
        for entry in pack.requirements:
            rows = [line for line in written.splitlines() if f"**{entry.id}**" in line]
            assert len(rows) == 1
            assert rows[0].startswith(f"| {entry.clause} |")
            assert ("†" in rows[0]) == (not entry.verified)
        for one in pack.outside:
            assert f"| {one.clause} | {one.statement_zh} | {one.statement_en} |" in written


def test_files_that_the_docs_name_exist():
    named = {
        (page.name, path)
        for page in DOCS.glob("*.md")
        for path in re.findall(r"`(coverage/livingcircle/[^`*]+)`", page.read_text("utf-8"))
    }
    assert named
    assert [pair for pair in named if not (DOCS.parent / pair[1]).exists()] == []


def test_commands_page_has_every_command_and_help(maker):
    page = maker.page()
    for info in app.registered_commands:
        own = info.name or info.callback.__name__.replace("_", "-")
        assert f"\n## livingcircle {own}\n" in page
    for line in page.splitlines():
        if line.startswith("| `"):
            assert re.split(r"(?<!\\)\|", line)[4].strip(), f"no help: {line}"


def test_calls_in_the_docs_name_commands_and_options_that_exist(maker):
    known = {}
    for section in maker.page().split("\n## livingcircle ")[1:]:
        name, _, text = section.partition("\n")
        known[name] = set(re.findall(r"(?<!\w)--[a-z][a-z0-9-]*", text))
    pages = [*DOCS.glob("*.md"), DOCS.parent / "README.md"]
    called = re.compile(r"(?:start\.py|^livingcircle) (\w+)(.*)", flags=re.M)
    blocks = [
        block
        for page in pages
        for block in re.findall(r"```\w*\n(.*?)```", page.read_text("utf-8"), flags=re.S)
    ]
    calls = [call for block in blocks for call in called.findall(block)]
    assert len(calls) > 20
    for name, rest in calls:
        if name == "test":
            continue
        options = set(re.findall(r"(?<!\w)--[a-z][a-z0-9-]*", rest.split("#")[0]))
        assert options <= known[name], (name, options - known[name])


def test_the_picture_of_the_rooms_has_every_layer_of_the_contract_in_its_order():
    drawn = re.findall(r'font-weight="bold"[^>]*>([^<]+)<', (DOCS / "rooms.svg").read_text("utf-8"))
    rooms = [room for row in script("draw_rooms").layers() for room in row]
    assert drawn == rooms, "run python docs/draw_rooms.py"
    package = DOCS.parent / "coverage" / "livingcircle"
    for path in package.iterdir():
        if (path / "__init__.py").is_file() and path.name != "sources":
            assert path.name in rooms, path.name


@pytest.mark.exhaustive
def test_the_analysts_tutorial_runs(monkeypatch):
    monkeypatch.chdir(DOCS.parent)
    text = (DOCS / "tutorial-analysts.md").read_text("utf-8")
    names = {}
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.S):
        exec(compile(block, "tutorial-analysts.md", "exec"), names)
    assert len(names["walks"]) == len(names["city"].demand)
    assert 0 < names["share"] < 1
    assert len(names["routes"]) == 3
    before, after = (names[name].finding("XM-1a").value for name in ("result", "changed"))
    assert after >= before


def test_the_example_of_a_kind_counts_facilities_per_square_kilometre(monkeypatch):
    text = (DOCS / "kinds.md").read_text("utf-8")
    source, _ = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    module = types.ModuleType("density_example")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, "kinds.md", "exec", dont_inherit=True), vars(module))
    # The street city: four units of 1,000 m by 400 m.
    city = little_city([{"x": x, "of": "pharmacy"} for x in (100, 1100, 2100, 3100)])
    context = Context(city, 2025)
    for least, status in ((2.4, "met"), (2.6, "short")):
        part = module.Density(kind="density", categories=["pharmacy"], level="leaf", at_least=least)
        verdict = part.assess(context).verdict
        assert verdict.value == pytest.approx(4 / 1.6, rel=2e-3)
        assert verdict.status == status
    part = module.Density(kind="density", categories=["library"], level="leaf", at_least=1)
    assert part.assess(context).missing == ("category:library",)
    assert part.measured().en


def test_the_example_of_a_format_reads_its_lines(tmp_path):
    text = (DOCS / "kinds.md").read_text("utf-8")
    _, source = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    module = types.ModuleType("fixes_example")
    exec(compile(source, "kinds.md", "exec", dont_inherit=True), vars(module))
    path = tmp_path / "a.fix"
    path.write_text("一号车 @ 24.5, 118.1\n二号车 @ -1, 2.25\n", "utf-8")
    found = module.FIXES.read(Request(path, path.name))
    assert found["name"].tolist() == ["一号车", "二号车"]
    assert found.geometry.get_coordinates().to_numpy().tolist() == [[118.1, 24.5], [2.25, -1.0]]
    path.write_text("一号车 @ 24.5, 118.1\n二号车\n", "utf-8")
    with pytest.raises(InputError, match="no fix") as told:
        module.FIXES.read(Request(path, path.name))
    assert told.value.row == 2
    assert module.FIXES.knows(b"", ".fix")
