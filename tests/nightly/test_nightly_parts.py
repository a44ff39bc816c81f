"""The parts of the night job, each by itself: lock, store, manifest, variant, history, log."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import strategies as st

from builders.square_city import make_city, write_homes, write_plan, write_shops
from livingcircle.city.model import read_city
from livingcircle.compare.causes import kinds_moved, moved_inputs
from livingcircle.errors import ConfigError, InputError, MissingFileError
from livingcircle.io.ownership import list_owned
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.nightly import history, lines
from livingcircle.nightly.find import find_cities
from livingcircle.nightly.history import night_name, read_nights, timeline, write_nights
from livingcircle.nightly.job import run_nightly
from livingcircle.nightly.lock import only_one
from livingcircle.nightly.log import night_log
from livingcircle.nightly.manifest import Manifest, manifest_of
from livingcircle.nightly.state import State
from livingcircle.nightly.store import Store
from livingcircle.nightly.variant import write_variant
from livingcircle.nightly.work import one_line, public_line

HOLD = """
import sys, time
from pathlib import Path
from livingcircle.nightly.job import run_nightly
from livingcircle.nightly.lock import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


class TestLock:
    def test_a_second_holder_is_told_who_has_it(self, tmp_path: Path) -> None:
        path = tmp_path / "site.lock"
        with (
            only_one(path),
            pytest.raises(InputError, match=rf"another night job .* \(process {os.getpid()}\)"),
            only_one(path),
        ):
            pass
        with only_one(path):
            pass

    @pytest.mark.slow
    def test_it_is_free_when_its_holder_is_killed(self, tmp_path: Path) -> None:
        path = tmp_path / "site.lock"
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(InputError, match=f"process {holder.pid}"), only_one(path):
                pass
            holder.kill()
        with only_one(path):
            assert path.read_text() == str(os.getpid())

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        for path in (tmp_path / "file" / "site.lock", tmp_path):
            with pytest.raises(InputError, match="the lock cannot be made"), only_one(path):
                pass

    def test_processes_that_the_holder_starts_do_not_keep_it(self, tmp_path: Path) -> None:
        path = tmp_path / "site.lock"
        with only_one(path):
            child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        try:
            with only_one(path):
                pass
        finally:
            child.kill()
            child.communicate()


class TestStore:
    def test_each_content_is_kept_once_and_whole(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "store")
        file = tmp_path / "a.csv"
        file.write_bytes(b"abc")
        sha256 = hashlib.sha256(b"abc").hexdigest()
        store.put(file, sha256)
        # Overwritten in place: what is kept must not change with it.
        file.write_bytes(b"xyz")
        store.take(sha256, tmp_path / "out" / "b.csv")
        assert (tmp_path / "out" / "b.csv").read_bytes() == b"abc"
        assert [p.name for p in store.folder.rglob("*") if p.is_file()] == [sha256]

    def test_what_changed_after_it_was_hashed_is_refused(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "store")
        file = tmp_path / "a.csv"
        file.write_bytes(b"abc")
        with pytest.raises(InputError, match="changed while"):
            store.put(file, hashlib.sha256(b"other").hexdigest())
        assert not [p for p in store.folder.rglob("*") if p.is_file()]

    def test_what_nobody_needs_goes(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "store")
        hashes = []
        for content in (b"one", b"three"):
            file = tmp_path / "a"
            file.write_bytes(content)
            hashes.append(hashlib.sha256(content).hexdigest())
            store.put(file, hashes[-1])
        (store.path(hashes[0]).parent / f"{'0' * 64}.01234567.part").write_bytes(b"..")
        (store.path(hashes[0]).parent / "mine.txt").write_text("mine")
        assert store.prune({hashes[0]}) == len(b"three") + len(b"..")
        assert store.holds(hashes[0])
        assert not store.holds(hashes[1])


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_city(tmp_path_factory.mktemp("cities") / "a")


def _moved(old: Manifest, new: Manifest) -> tuple[str, ...]:
    return kinds_moved(moved_inputs(old.inputs(), new.inputs()))


class TestState:
    """The folder that the job keeps for itself."""

    def _state(self, folder: Path, site: str = "site") -> State:
        return State(folder, folder.parent / site)

    def test_files_of_somebody_else_are_refused_and_stay(self, tmp_path: Path) -> None:
        mine = [
            tmp_path / "work" / name
            for name in ("manifests/a.json", "scratch/notes.txt", "store/ab/thesis.doc")
        ]
        for file in mine:
            file.parent.mkdir(parents=True)
            file.write_text("years of work")
        with pytest.raises(InputError, match="did not write"):
            self._state(tmp_path / "work").open()
        assert all(file.read_text() == "years of work" for file in mine)

    def test_what_is_laid_into_it_later_stays(self, tmp_path: Path) -> None:
        state = self._state(tmp_path / "state")
        state.open()
        mine = [
            state.folder / name
            for name in ("a.txt", "manifests/a.json", "scratch/b.txt", "store/ab/c.txt")
        ]
        for file in mine:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("mine")
        for night in ("2026-11-21T020005Z-0123ab", "2026-11-22T020005Z-0123ab"):
            state.open()
            state.keep(night, {})
            state.prune(night, {})
        assert all(file.read_text() == "mine" for file in mine)
        kept = sorted(p.name for p in (state.folder / "manifests").iterdir())
        assert kept == ["2026-11-22T020005Z-0123ab.json", "a.json"]

    def test_two_sites_cannot_share_one(self, tmp_path: Path) -> None:
        (tmp_path / "one").mkdir()
        self._state(tmp_path / "state", "one").open()
        self._state(tmp_path / "state", "one").open()
        with pytest.raises(InputError, match="another site"):
            self._state(tmp_path / "state", "other").open()
        # One that was moved takes its state along.
        (tmp_path / "one").rename(tmp_path / "other")
        self._state(tmp_path / "state", "other").open()

    def test_one_of_an_earlier_version_is_gone_on_with(self, tmp_path: Path) -> None:
        state = self._state(tmp_path / "state")
        sha256 = hashlib.sha256(b"x").hexdigest()
        for name in ("manifests/2026-11-21T020005Z-0123ab.json", f"store/{sha256[:2]}/{sha256}"):
            (state.folder / name).parent.mkdir(parents=True)
            (state.folder / name).write_text("x")
        state.open()
        assert list_owned(state.folder) is not None

    @pytest.mark.parametrize(
        "text", ["", "[]", "5", "[" * 100_000, '{"a": 5}', '{"a": {"config": 1, "parts": "x"}}']
    )
    def test_damaged_manifests_are_none(self, tmp_path: Path, text: str) -> None:
        state = self._state(tmp_path / "state")
        state.open()
        state.keep("v", {})
        (state.folder / "manifests" / "v.json").write_text(text)
        assert state.manifests("v") == {}


class TestManifest:
    def test_it_survives_json(self, city: Path) -> None:
        made, places = manifest_of(city)
        again = Manifest.from_json(json.loads(json.dumps(made.to_json())))
        assert again == made
        assert again.key == made.key
        assert set(places.files) == made.blobs

    @pytest.mark.slow
    def test_it_holds_every_file_that_the_city_reads(self, city: Path) -> None:
        made, _ = manifest_of(city)
        read = {one.sha256 for one in read_city(city).inputs if one.role != "city"}
        assert read
        assert read <= made.blobs
        assert {p.role for p in made.parts} == {
            "network", "facilities.1", "units.1", "units.2", "units.3", "units.4", "demand",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "kinds"),
        [
            (lambda folder: write_shops(folder, [(5, 5, "x", "药店")]), ("facilities",)),
            (lambda folder: write_homes(folder, 11), ("population",)),
            (lambda folder: write_plan(folder, 500), ("standard",)),
            (
                lambda folder: _edit(folder / "streets.geojson", '"type"', ' "type"'),
                ("network",),
            ),
            (
                lambda folder: _edit(folder / "city.toml", "as_of = 2026", 'walker = "elderly"'),
                ("standard",),
            ),
            (lambda folder: _edit(folder / "city.toml", "试验市", "别名市"), ()),
        ],
    )
    def test_every_change_changes_the_key_and_has_its_kind(
        self, tmp_path: Path, change: object, kinds: tuple[str, ...]
    ) -> None:
        path = make_city(tmp_path / "a")
        before, _ = manifest_of(path, 2026)
        change(path.parent)  # type: ignore[operator]
        after, _ = manifest_of(path, 2026)
        assert after.key != before.key
        assert _moved(before, after) == kinds

    def test_the_year_counts_where_none_is_stated(self, tmp_path: Path) -> None:
        path = make_city(tmp_path / "a")
        assert manifest_of(path, 2030)[0].key == manifest_of(path, 2031)[0].key
        _edit(path, "as_of = 2026", "")
        one, other = manifest_of(path, 2030)[0], manifest_of(path, 2031)[0]
        assert one.key != other.key
        assert _moved(one, other) == ("standard",)

    def test_all_parts_of_a_shapefile_count(self, tmp_path: Path) -> None:
        path = make_city(tmp_path / "a")
        for ending in (".shp", ".dbf", ".SHX"):
            (path.parent / f"homes{ending}").write_bytes(ending.encode())
        _edit(path, "homes.geojson", "homes.shp")
        before, places = manifest_of(path)
        names = {places.files[f.sha256].name for p in before.parts for f in p.files}
        assert {"homes.shp", "homes.dbf", "homes.SHX"} <= names
        (path.parent / "homes.dbf").write_bytes(b"other")
        assert _moved(before, manifest_of(path)[0]) == ("population",)

    def test_a_database_is_never_known_beforehand_and_keeps_its_login(self, tmp_path: Path) -> None:
        path = make_city(tmp_path / "a")
        _edit(path, 'source = "facilities.csv"', 'source = "postgresql://me:p@ss/w@db/x"')
        made, _ = manifest_of(path)
        assert made.live == ("facilities",)
        assert "p@ss" not in json.dumps(made.inputs())
        assert "postgresql://***@db/x" in json.dumps(made.inputs())

    def test_a_file_that_is_missing_is_named(self, tmp_path: Path) -> None:
        path = make_city(tmp_path / "a")
        (path.parent / "homes.geojson").unlink()
        with pytest.raises(MissingFileError, match=r"homes\.geojson"):
            manifest_of(path)

    def test_a_city_without_plans_is_refused(self, tmp_path: Path) -> None:
        path = make_city(tmp_path / "a")
        _edit(path, 'packs = ["plan.toml"]', "")
        with pytest.raises(ConfigError, match="names no plan"):
            manifest_of(path)


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


class TestVariant:
    @pytest.mark.slow
    def test_it_mixes_two_nights(self, tmp_path: Path) -> None:
        path = make_city(tmp_path / "cities" / "a")
        store = Store(tmp_path / "store")
        old, places = manifest_of(path)
        for sha256, file in places.files.items():
            store.put(file, sha256)
        write_shops(path.parent, [(50, 50, "新药店", "药店")])
        write_homes(path.parent, 99)
        write_plan(path.parent, 123)
        new, places = manifest_of(path)
        for sha256, file in places.files.items():
            store.put(file, sha256)
        (tmp_path / "mixed").mkdir()
        mixed = write_variant(tmp_path / "mixed", old, new, ("population",), store)
        city = read_city(mixed.city_file)
        assert city.demand["residents"].sum() == 99 * 49
        assert set(city.facilities.table["name"]) == {"甲中心", "药店一", "药店二"}
        assert mixed.packs[0].requirements[0].parts[0].metres == 700
        # Ids are made from the file's name, which the variant keeps.
        ids = set(read_city(path).facilities.table["facility_id"])
        assert ids <= set(city.facilities.table["facility_id"])

    @pytest.mark.slow
    def test_words_of_the_city_s_own_go_with_its_lists(self, tmp_path: Path) -> None:
        path = make_city(tmp_path / "cities" / "a")
        own = path.parent / "categories.toml"
        own.write_text('[tea_house]\nzh = "茶馆"\nen = "Tea house"\n', "utf-8")
        slow = '[slow]\nspeed_m_s = 0.5\nzh = "慢"\nen = "slow"\n'
        (path.parent / "walkers.toml").write_text(slow, "utf-8")
        write_shops(path.parent, [(50, 50, "老茶馆", "茶馆")])
        store = Store(tmp_path / "store")
        old, places = manifest_of(path)
        for sha256, file in places.files.items():
            store.put(file, sha256)
        own.write_text('[tea_house]\nzh = "茶楼"\nen = "Tea house"\n', "utf-8")
        new, _ = manifest_of(path)
        assert old.inputs()["facilities"] != new.inputs()["facilities"]
        (tmp_path / "mixed").mkdir()
        mixed = write_variant(tmp_path / "mixed", old, new, ("population",), store)
        city = read_city(mixed.city_file)
        assert city.facilities.of("tea_house")["name"].tolist() == ["老茶馆"]
        assert city.config.walker_of("slow").speed_m_s == 0.5

    def test_a_content_that_is_gone_says_so(self, tmp_path: Path) -> None:
        made, _ = manifest_of(make_city(tmp_path / "a"))
        (tmp_path / "mixed").mkdir()
        with pytest.raises(FileNotFoundError):
            write_variant(tmp_path / "mixed", made, made, (), Store(tmp_path / "store"))

    plain = st.one_of(
        st.text(st.characters(exclude_categories=["Cs"])), st.booleans(), st.integers(-9, 9**9),
        st.floats(allow_nan=False, allow_infinity=False),
    )  # fmt: skip


class TestHistory:
    def _night(self, name: str, **cities: dict[str, object]) -> dict[str, object]:
        return {"night": name, "started": f"{name[:10]}T02:00:00+08:00", "cities": cities}

    def test_names_are_in_order_even_if_the_clock_is_not(self) -> None:
        now = datetime.datetime(2026, 11, 21, 10, 0, 5, tzinfo=datetime.UTC)
        zone = datetime.timezone(datetime.timedelta(hours=8))
        assert night_name(now.astimezone(zone)) == "2026-11-21T100005Z"
        assert night_name(now, ["2026-11-21T100004Z"]) == "2026-11-21T100005Z"
        assert night_name(now, ["2027-01-01T000059Z"]) == "2027-01-01T000100Z"

    def test_what_did_not_change_is_carried_on(self, tmp_path: Path) -> None:
        first = self._night(
            "2026-11-20T020000Z",
            a={"state": "computed", "plans": {"p": {"met": 1}}, "values": {"p/S": ["met", 1, 0]}},
        )
        second = self._night("2026-11-21T020000Z", a={"state": "unchanged"})
        third = self._night("2026-11-22T020000Z", a={"state": "failed", "error": "no file"})
        folder = tmp_path / "none"
        for number, night in enumerate((first, second, third)):
            target = tmp_path / str(number)
            nights = write_nights(folder, target, night)
            folder = target
        assert read_nights(folder) == nights
        moments = timeline(nights, "a")
        assert [m.state for m in moments] == ["computed", "unchanged", "failed"]
        assert [m.plans for m in moments] == [{"p": {"met": 1}}] * 3
        assert moments[2].error == "no file"
        assert timeline(nights, "b") == []
        sizes = [p.stat().st_size for p in sorted(folder.glob("*.json"))]
        assert max(sizes[1:]) < 200

    def test_old_nights_go_and_what_they_said_stays(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(history, "KEEP_NIGHTS", 3)
        folder = tmp_path / "none"
        entry = {"state": "computed", "plans": {"p": {"met": 3}}, "values": {}, "data": "d"}
        for number in range(6):
            city = entry if number == 0 else {"state": "unchanged"}
            night = self._night(f"2026-11-2{number}T020000Z", a=city)
            target = tmp_path / str(number)
            nights = write_nights(folder, target, night)
            folder = target
        assert [n["night"][8:10] for n in nights] == ["23", "24", "25"]
        assert [m.plans for m in timeline(read_nights(folder), "a")] == [{"p": {"met": 3}}] * 3

    def test_files_that_are_no_night_are_passed_over(self, tmp_path: Path) -> None:
        good = self._night("2026-11-20T020000Z", a={"state": "unchanged"})
        write_nights(tmp_path / "none", tmp_path / "n", good)
        (tmp_path / "n" / "2026-11-21T020000Z.json").write_text('{"cit')
        (tmp_path / "n" / "notes.json").write_text('{"cities": {}}')
        (tmp_path / "n" / "2026-11-22T020000Z.json").write_text("[]")
        assert [n["night"] for n in read_nights(tmp_path / "n")] == ["2026-11-20T020000Z"]


class TestFind:
    def test_cities_are_folders_and_files(self, tmp_path: Path) -> None:
        for name in ("b", "厦门", ".git"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "city.toml").write_text(f'[city]\nname = "{name}市"\n', "utf-8")
        (tmp_path / "c.toml").write_text('[city]\nname = "C"\n')
        (tmp_path / "ruff.toml").write_text("line-length = 100\n")
        (tmp_path / "broken.toml").write_text("[city\n")
        (tmp_path / "empty").mkdir()
        found = find_cities(tmp_path)
        assert [(c.slug, c.name) for c in found] == [
            ("b", "b市"), ("broken", "broken"), ("c", "C"), ("厦门", "厦门市"),
        ]  # fmt: skip

    def test_two_for_one_place(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        for path in (tmp_path / "a" / "city.toml", tmp_path / "a.toml"):
            path.write_text('[city]\nname = "A"\n')
        with pytest.raises(ConfigError, match=r"a/city\.toml and a\.toml"):
            find_cities(tmp_path)

    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="no city"):
            find_cities(tmp_path)
        with pytest.raises(MissingFileError, match="no such folder"):
            find_cities(tmp_path / "nowhere")


class TestLog:
    def test_lines_for_people(self) -> None:
        stream = io.StringIO()
        with night_log("text", stream) as log:
            log.error("no file", extra={"event": "failed", "city": "厦门"})
        line = stream.getvalue()
        assert line.endswith(" ERROR   厦门: no file\n")
        time.strptime(line[:19], "%Y-%m-%d %H:%M:%S")

    def test_lines_for_programs(self) -> None:
        stream = io.StringIO()
        with night_log("json", stream) as log:
            log.info(
                "100 % done", extra={"event": "computed", "city": "a", "seconds": 1.5, "note": None}
            )
            log.warning("two\nlines", extra={"event": "x"})
        one, two = (json.loads(line) for line in stream.getvalue().splitlines())
        assert one["level"] == "info"
        assert (one["event"], one["city"], one["seconds"]) == ("computed", "a", 1.5)
        assert "note" not in one
        assert list(one) == ["time", "level", "event", "city", "seconds", "text"]
        assert one["text"] == "100 % done"
        assert two["text"] == "two\nlines"
        datetime.datetime.fromisoformat(one["time"])

    def test_another_form(self) -> None:
        with pytest.raises(ConfigError, match="no log format 'xml'"), night_log("xml"):
            pass

    def test_nothing_of_it_stays(self, capsys: pytest.CaptureFixture[str]) -> None:
        logger = logging.getLogger("livingcircle.nightly")
        before = logger.handlers[:], logger.level, logger.propagate
        first, second = io.StringIO(), io.StringIO()
        for stream in (first, second):
            with night_log("text", stream) as log:
                log.info("a line", extra={"event": "x"})
        assert first.getvalue().count("a line") == second.getvalue().count("a line") == 1
        assert (logger.handlers[:], logger.level, logger.propagate) == before
        assert capsys.readouterr().err == ""


def test_an_error_on_a_page_tells_no_folders_and_no_logins() -> None:
    line = "/srv/cities/a/homes.csv, row 3: bad\npostgresql://me:p@ss@db/x is not there"
    shown = one_line(line, Path("/srv/cities/a/city.toml"))
    assert shown == "homes.csv, row 3: bad postgresql://***@db/x is not there"


def test_an_error_on_a_page_is_told_in_both_languages() -> None:
    city = Path("/srv/cities/a/city.toml")
    error = MissingFileError("no such file", file="/srv/cities/a/homes.csv")
    assert public_line(error, city) == ("homes.csv：没有这个文件", "homes.csv: no such file")


def test_every_line_of_the_log_is_told_in_both_languages() -> None:
    error = LocalizedText("坏", "bad")
    moves = {"opened": 2, "closed": 0, "moved": 1}
    for line, zh, en in [
        (lines.begun_line(3, 1), "3 座城市，需计算 1 座", "3 cities, 1 to compute"),
        (
            lines.computed_line(1.2, None),
            "用时 1.2 秒；首次计算",
            "computed in 1.2 s; for the first time",
        ),
        (
            lines.computed_line(1.2, {}),
            "用时 1.2 秒；缺口没有变化",
            "computed in 1.2 s; no gap moved",
        ),
        (
            lines.computed_line(1.2, moves),
            "用时 1.2 秒；2 处缺口出现，1 处缺口变化",
            "computed in 1.2 s; 2 gaps opened, 1 gaps moved",
        ),
        (lines.failed_line(error, stays=False), "坏（尚无页面）", "bad (there is no page yet)"),
        (
            lines.failed_line(error, stays=True),
            "坏（页面仍为先前的结果）",
            "bad (yesterday's page stays)",
        ),
        (
            lines.ended_line(2.0, 1, 0, 3),
            "已发布，用时 2.0 秒：计算 1 座，未变 0 座，失败 3 座",
            "published in 2.0 s: 1 computed, 0 unchanged, 3 failed",
        ),
    ]:
        assert line == (zh, en)


class TestDamage:
    """What is damaged or oddly named fails alone, and is told."""

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("9999-12-31T235959Z", '{"cities": {}}'),
            ("2026-11-20T020000Z", "[" * 100_000),
            ("2026-11-20T020000Z", '{"cities": {"a": 5}}'),
            ("2026-11-20T020000Z", '{"cities": {"a": {"values": 7}}}'),
            ("2026-11-20T020000Z", '{"cities": {"a": {"changes": {"standards": 7}}}}'),
            ("2026-11-20T020000Z", ""),
        ],
    )
    def test_a_damaged_night_is_no_night(self, tmp_path: Path, name: str, text: str) -> None:
        (tmp_path / f"{name}.json").write_text(text)
        (tmp_path / "2026-11-21T020000Z.json").write_text('{"cities": {"a": {"state": "failed"}}}')
        assert [n["night"] for n in read_nights(tmp_path)] == ["2026-11-21T020000Z"]

    @pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux")
    def test_a_folder_whose_name_is_no_text_fails_alone(self, tmp_path: Path) -> None:
        for name in ("好市".encode("gbk"), b"two\nlines", b"good"):
            folder = tmp_path / os.fsdecode(name)
            folder.mkdir()
            (folder / "city.toml").write_text('[city]\nname = "x"\n')
        found = find_cities(tmp_path)
        assert sorted(bool(city.problem) for city in found) == [False, True, True]
        for city in found:
            assert city.slug.encode("utf-8").decode("utf-8").isprintable()

    def test_a_folder_that_cannot_be_read_does_not_vanish(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("open", "shut"):
            (tmp_path / name).mkdir()
        (tmp_path / "open" / "city.toml").write_text('[city]\nname = "x"\n')
        real = Path.stat

        def stat(self: Path, **more: bool) -> os.stat_result:
            if self.parent.name == "shut":
                raise PermissionError(13, "Permission denied")
            return real(self, **more)

        monkeypatch.setattr(Path, "stat", stat)
        found = {city.slug: city.problem for city in find_cities(tmp_path)}
        assert found == {"open": EMPTY, "shut": ("文件夹无法读取", "the folder cannot be read")}

    def test_a_line_of_the_log_is_one_line(self) -> None:
        stream = io.StringIO()
        with night_log("text", stream) as log:
            log.error("no\x1b[2J", extra={"event": "failed", "city": "a\nb\udcb3"})
        assert stream.getvalue().count("\n") == 1
        assert "\x1b" not in stream.getvalue()
        assert "a\\nb\\udcb3" in stream.getvalue()


@pytest.mark.slow
def test_a_night_takes_networks_from_the_cache_and_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path / "kept"))
    make_city(tmp_path / "cities" / "a")
    gaps = []
    for words in ({"no_cache": True}, {"verbose": True}, {"verbose": True}):
        site = tmp_path / f"site-{len(gaps)}"
        assert run_nightly(tmp_path / "cities", site=site, log="json", **words) == 0
        events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        told = [event["text"] for event in events if event["event"] == "cache"]
        assert (tmp_path / "kept").exists() == (len(gaps) > 0)
        assert [("from the cache" in text) for text in told] == [[], [False], [True]][len(gaps)]
        gaps.append((site / "cities" / "a" / "data" / "gaps.csv").read_bytes())
    assert len(set(gaps)) == 1
