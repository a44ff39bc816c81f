"""The night job as a whole: several nights of little cities, told as one story."""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

from builders import full_disk
from builders.site import assert_whole
from builders.square_city import CENTRE, PHARMACIES, make_city, write_homes, write_shops
from livingcircle.cli.run import run_and_print
from livingcircle.compare import compare
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.ownership import OWNED_LIST
from livingcircle.nightly import manifest, pool, publishing
from livingcircle.nightly.history import read_nights, timeline
from livingcircle.nightly.job import NIGHT_DONE, NIGHT_FAILED, run_nightly
from livingcircle.nightly.lock import only_one

pytestmark = pytest.mark.slow

SOFTWARE = (("livingcircle", "1.0"),)


@dataclass
class Story:
    """Every night's exit code and site."""

    root: Path
    codes: list[int] = field(default_factory=list)
    sites: list[Path] = field(default_factory=list)

    @property
    def cities(self) -> Path:
        return self.root / "cities"

    def night(self) -> None:
        """Run a night and keep a copy of its site."""
        site = self.root / "site"
        self.codes.append(run_nightly(self.cities, site=site, jobs=2))
        copy = self.root / f"night-{len(self.codes)}"
        shutil.copytree(site, copy)
        self.sites.append(copy)

    def state(self, night: int, city: str) -> str:
        nights = read_nights(self.sites[night - 1] / "nights")
        return str(nights[-1]["cities"][city]["state"])


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        # The package's own files may be edited while the tests run.
        patch.setattr(manifest, "software_versions", lambda: SOFTWARE)
        yield patch


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, patched: pytest.MonkeyPatch) -> Story:
    told = Story(tmp_path_factory.mktemp("story"))
    make_city(told.cities / "a")
    b = make_city(told.cities / "b", "乙市")
    wrong = told.cities / "wrong.toml"
    wrong.write_text('[city]\nname = "坏市"\n[network]\nsource = "none.pbf"\n', "utf-8")
    told.night()  # 1: the first
    wrong.unlink()
    told.night()  # 2: nothing changed
    shops = [CENTRE, (900, 900, "乙中心", "社区党群服务中心"), PHARMACIES[0]]
    write_shops(told.cities / "a", shops)  # type: ignore[arg-type]
    write_homes(told.cities / "a", 20)
    shutil.move(b.parent / "homes.geojson", told.root / "homes.geojson")
    told.night()  # 3: two inputs of a changed, b is broken
    shutil.move(told.root / "homes.geojson", b.parent / "homes.geojson")
    told.night()  # 4: b is whole again
    return told


def data(site: Path) -> dict[str, bytes]:
    """Return every data file of a site but run.json, which holds the clock's time."""
    found = (p for p in sorted(site.glob("cities/*/data/**/*")) if p.is_file())
    files = (p for p in found if p.name not in ("run.json", OWNED_LIST))
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in files}


def test_a_night_writes_what_a_run_writes(story: Story) -> None:
    run_and_print(story.cities / "a" / "city.toml", (), story.root / "run")
    night = story.sites[-1] / "cities" / "a" / "data"
    here, there = night, story.root / "run"
    files = {p.relative_to(here).as_posix() for p in here.rglob("*") if p.is_file()}
    assert files == {p.relative_to(there).as_posix() for p in there.rglob("*") if p.is_file()}
    for name in files - {"run.json", OWNED_LIST}:
        assert (night / name).read_bytes() == (story.root / "run" / name).read_bytes(), name
    gaps = pd.read_csv(night / "gaps.csv", encoding="utf-8-sig")
    assert gaps["detour_ratio"].notna().any()


def test_every_site_is_whole(story: Story) -> None:
    for site in story.sites:
        assert_whole(site)


def test_the_exit_code_tells_of_a_city_that_failed(story: Story) -> None:
    assert story.codes == [NIGHT_FAILED, NIGHT_DONE, NIGHT_FAILED, NIGHT_DONE]


def test_a_wrong_city_takes_no_other_with_it(story: Story) -> None:
    page = (story.sites[0] / "index.html").read_text("utf-8")
    assert "坏市" in page
    assert "there is no file &#39;none.pbf&#39;" in page
    assert not (story.sites[0] / "cities" / "wrong").exists()
    assert (story.sites[0] / "cities" / "a" / "index.html").is_file()
    # A city that is taken away goes from the index.
    assert "坏市" not in (story.sites[1] / "index.html").read_text("utf-8")


def test_what_did_not_change_is_not_computed(story: Story) -> None:
    assert [story.state(2, c) for c in "ab"] == ["unchanged", "unchanged"]
    for city in "ab":
        one, other = (s / "cities" / city / "data" / "run.json" for s in story.sites[:2])
        assert one.read_bytes() == other.read_bytes()
    assert story.state(3, "a") == "computed"


def test_an_incremental_night_gives_the_bytes_of_a_full_one(story: Story) -> None:
    """After four nights, in which each city was computed at another time, all from scratch."""
    incremental = data(story.sites[-1])
    full = story.root / "full"
    shutil.copytree(story.sites[-1], full)
    assert run_nightly(story.cities, site=full, jobs=2, force=True) == NIGHT_DONE
    assert data(full) == incremental
    assert {Path(name).suffix for name in incremental} >= {".csv", ".gpkg", ".html", ".xlsx"}
    for city in "ab":
        moments = timeline(read_nights(full / "nights"), city)
        assert moments[-1].state == "computed"
        assert not moments[-1].moved


def test_what_changed_is_told_with_its_causes(story: Story) -> None:
    night = read_nights(story.sites[2] / "nights")[-1]
    changes = night["cities"]["a"]["changes"]
    assert changes["how"] == "swapped"
    assert changes["since"] == read_nights(story.sites[1] / "nights")[-1]["night"]
    assert [kind for kind, _ in changes["inputs"]] == ["facilities", "population"]
    table = pd.read_csv(story.sites[2] / "cities" / "a" / "changes.csv", encoding="utf-8-sig")
    values = table[table["field"].isin(["value", "people_left_out"])].set_index(
        ["standard", "field"]
    )
    # More people in every home move no share; the second centre does.
    assert values.loc[("LP-1", "value"), "cause"] == "facilities"
    # 31 homes of 10 people left out before, 13 of 20 after.
    left = values.loc[("LP-1", "people_left_out")]
    assert (float(left["before"]), float(left["after"])) == (310, 260)
    assert left["by_facilities"] == 130 - 310
    assert left["by_population"] == 310
    assert left["by_together"] == -180
    assert values.loc[("LP-2", "value"), "cause"] == "facilities"
    opened = table[table["change"] == "opened"]
    assert list(opened["gap_id"]) == ["LP-2:乙村"]
    assert list(opened["cause"]) == ["facilities"]


def test_compare_of_the_two_nights_says_the_same_as_far_as_hashes_go(story: Story) -> None:
    found = compare(*(s / "cities" / "a" / "data" for s in story.sites[1:3]))
    assert found.kinds == ("facilities", "population")
    table = pd.read_csv(story.sites[2] / "cities" / "a" / "changes.csv", encoding="utf-8-sig")
    assert len(found.changes) == len(table)
    assert compare(*(s / "cities" / "b" / "data" for s in story.sites[1:3])).identical


def test_a_city_that_fails_keeps_yesterdays_page_marked_stale(story: Story) -> None:
    before, failed, again = (s / "cities" / "b" for s in story.sites[1:4])
    one, other = data(story.sites[1]), data(story.sites[2])
    b = [name for name in one if name.startswith("cities/b/")]
    assert b
    assert all(one[name] == other[name] for name in b)
    page = (failed / "index.html").read_text("utf-8")
    assert 'class="stale"' in page
    assert "there is no file &#39;homes.geojson&#39;" in page
    assert str(story.root) not in page
    for site in (before, again):
        assert 'class="stale"' not in (site / "index.html").read_text("utf-8")
    # The inputs are those of the night before the last: nothing had to be computed.
    assert story.state(4, "b") == "unchanged"


def test_history_is_one_small_file_a_night(story: Story) -> None:
    for number, site in enumerate(story.sites, 1):
        files = list((site / "nights").iterdir())
        assert len(files) == number
        assert max(f.stat().st_size for f in files) < 10_000
    quiet = read_nights(story.sites[-1] / "nights")[1]
    assert quiet["cities"] == {"a": {"state": "unchanged"}, "b": {"state": "unchanged"}}
    assert quiet["removed"] == ["wrong"]


def test_unchanged_nights_take_no_room(story: Story) -> None:
    """The files of an unchanged city are the same files, not copies of them."""
    site = story.root / "site"
    before = (site / "cities" / "b" / "data" / "map.html").stat().st_ino
    assert run_nightly(story.cities, site=site) == NIGHT_DONE
    assert (site / "cities" / "b" / "data" / "map.html").stat().st_ino == before


def test_the_state_holds_the_inputs_once_and_nothing_old(story: Story) -> None:
    (state,) = (story.cities / ".nightly").glob("site-*")
    kept = {p.name for p in (state / "store").rglob("*") if p.is_file()}
    wanted: set[str] = set()
    for city in "ab":
        wanted |= manifest.manifest_of(story.cities / city / "city.toml")[0].blobs
    assert kept == wanted
    assert len(list((state / "manifests").iterdir())) == 1
    if os.name == "posix":
        assert state.stat().st_mode & 0o077 == 0, "inputs need not be public"


class TestOneCity:
    """Nights of one city, each test with a copy of the site and of the state."""

    @pytest.fixture
    def place(self, story: Story, tmp_path: Path) -> tuple[Path, Path, Path]:
        """The folders of the cities, of the site and of the state."""
        cities, site, state = (tmp_path / name for name in ("cities", "site", "state"))
        shutil.copytree(story.cities / "b", cities / "b")
        shutil.copytree(story.root / "site", site)
        (kept,) = (story.cities / ".nightly").glob("site-*")
        shutil.copytree(kept, state)
        return cities, site, state

    def test_new_software_computes_anew_and_is_a_cause(
        self, place: tuple[Path, Path, Path], patched: pytest.MonkeyPatch
    ) -> None:
        cities, site, state = place
        write_shops(cities / "b", [PHARMACIES[0]])  # type: ignore[list-item]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(manifest, "software_versions", lambda: (("livingcircle", "2.0"),))
            assert run_nightly(cities, site=site, state=state) == NIGHT_DONE
        changes = read_nights(site / "nights")[-1]["cities"]["b"]["changes"]
        assert changes["how"] == "swapped"
        assert ["software", "livingcircle 1.0 → 2.0"] in changes["inputs"]
        # The new version gives the same answers from yesterday's inputs.
        assert {row["cause"] for row in changes["standards"]} == {"facilities"}
        assert_whole(site)

    def test_a_lost_state_costs_a_computation_and_no_more(
        self, place: tuple[Path, Path, Path]
    ) -> None:
        cities, site, state = place
        before = {k: v for k, v in data(site).items() if k.startswith("cities/b/")}
        shutil.rmtree(state)
        (site / "cities" / "b" / "data" / "map.html").unlink()
        mine = [site / n for n in ("CNAME", "assets/logo.svg", "cities/b/note.txt", "cities/x/a")]
        for file in mine:
            file.parent.mkdir(exist_ok=True)
            file.write_text("mine")
        assert run_nightly(cities, site=site, state=state) == NIGHT_DONE
        assert data(site) == before
        night = read_nights(site / "nights")[-1]
        assert night["cities"]["b"]["state"] == "computed"
        assert "changes" not in night["cities"]["b"]
        # What the job did not write stays in the site.
        assert all(file.read_text() == "mine" for file in mine)

    def test_data_that_were_damaged_are_computed_again_or_stay(
        self, place: tuple[Path, Path, Path]
    ) -> None:
        cities, site, state = place
        data = site / "cities" / "b" / "data"
        size = (data / "map.html").stat().st_size
        (data / "map.html").unlink()
        (data / "map.html").write_bytes(bytes(size))
        (cities / "b" / "units.gpkg").unlink()
        assert run_nightly(cities, site=site, state=state) == NIGHT_FAILED
        assert 'class="stale"' in (site / "cities" / "b" / "index.html").read_text("utf-8")
        assert (data / "gaps.csv").is_file()
        assert not (data / "map.html").exists()

    def test_a_site_that_cannot_be_written_stays_as_it_was(
        self, place: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cities, site, state = place
        before = (site / "index.html").read_bytes()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(publishing, "write_site", full)
        with pytest.raises(InputError, match="no space is left"):
            run_nightly(cities, site=site, state=state)
        assert (site / "index.html").read_bytes() == before
        assert_whole(site)
        assert {p.name for p in site.parent.iterdir()} == {"cities", "site", "state", ".site.lock"}


def test_a_disk_that_is_full_while_a_city_is_written_leaves_the_site(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pool, "compute_city", full_disk.compute)
    site = story.root / "site"
    before = {p: p.read_bytes() for p in site.rglob("*") if p.is_file()}
    with pytest.raises(InputError, match="no space is left on the disk; the site stands"):
        run_nightly(story.cities, site=site, jobs=2, force=True)
    assert {p: p.read_bytes() for p in site.rglob("*") if p.is_file()} == before
    hidden = {p.name for p in story.root.iterdir() if p.name.startswith(".")}
    assert all(name.endswith(".lock") for name in hidden)
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_two_runs_at_once_are_refused(story: Story) -> None:
    with (
        only_one(story.root / ".site.lock"),
        pytest.raises(InputError, match="another night job"),
    ):
        run_nightly(story.cities, site=story.root / "site")


def test_what_is_wrong_with_the_call(story: Story, tmp_path: Path) -> None:
    for site in (story.cities, story.root, story.cities / "a" / "site"):
        with pytest.raises(ConfigError, match="folders of their own"):
            run_nightly(story.cities, site=site)
    with pytest.raises(ConfigError, match="jobs is 0"):
        run_nightly(story.cities, site=tmp_path / "s", jobs=0)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.doc").write_text("")
    for state in (tmp_path / "s", tmp_path / "s" / "state", tmp_path):
        with pytest.raises(ConfigError, match="apart from the site"):
            run_nightly(story.cities, site=tmp_path / "s", state=state)
    with pytest.raises(InputError, match="did not write"):
        run_nightly(story.cities, site=tmp_path / "mine")


def test_the_log_is_one_json_a_line(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_nightly(story.cities, site=story.root / "site", log="json") == NIGHT_DONE
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["start", "end"]
    assert lines[-1]["failed"] == []
    assert lines[0]["compute"] == 0


def test_the_documented_options_are_those_of_the_job() -> None:
    text = (Path(__file__).parents[2] / "docs" / "nightly.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `--([\w-]+)", text, re.MULTILINE))
    assert {name.replace("-", "_") for name in documented} == set(
        inspect.signature(run_nightly).parameters
    ) - {"cities_dir"}
    # Every option in an example is one of them, but for those of other programs.
    examples = re.findall(r"livingcircle(?:\.exe)? nightly[^\n\"]*", text)
    assert len(examples) >= 4
    used = {option for line in examples for option in re.findall(r"--([\w-]+)", line.split("|")[0])}
    assert used <= documented
