"""The night job killed: at every step it takes in the file system, and at random moments."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders.site import assert_whole
from builders.square_city import make_city, write_homes
from livingcircle.nightly import manifest, swap
from livingcircle.nightly.job import NIGHT_DONE, run_nightly

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="kill -9 is a matter of POSIX"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]

STEPS = {
    "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "open",
    "shutil.rmtree", "shutil.copytree", "shutil.copyfile", "ctypes.dlsym", "os.truncate",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _steady() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # The package's own files may be edited while the tests run.
        patch.setattr(manifest, "software_versions", lambda: (("livingcircle", "1.0"),))
        yield


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a city, its site and its state."""
    root = tmp_path_factory.mktemp("kill")
    make_city(root / "cities" / "a")
    assert run_nightly(root / "cities", site=root / "site", state=root / "state") == NIGHT_DONE
    return root


def night(root: Path) -> int:
    return run_nightly(root / "cities", site=root / "site", state=root / "state")


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do the work in a copy of this process that kills itself at a step; whether it came to it."""
    child = os.fork()
    if child == 0:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        count = 0

        def watch(event: str, _: object) -> None:
            nonlocal count
            if event in STEPS:
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        code = 1
        try:
            sys.addaudithook(watch)
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0, "the night itself failed"
    return False


def steps_of(root: Path) -> int:
    """Return how many steps a quiet night takes."""
    low, high = 1, 4096
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if killed_at(middle, lambda: night(root)) else (low, middle)
    return low - 1


@pytest.mark.parametrize("way", ["exchange", "link", "rename"])
def test_killed_at_any_step_the_site_is_whole(
    built: Path, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kill_through(built, tmp_path, way, monkeypatch, kills=12)


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", ["exchange", "link", "rename"])
def test_killed_at_every_step_the_site_is_whole(
    built: Path, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kill_through(built, tmp_path, way, monkeypatch, kills=None)


def _kill_through(
    built: Path, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch, kills: int | None
) -> None:
    root = tmp_path / "root"
    shutil.copytree(built, root)
    if way != "exchange":
        monkeypatch.setattr(swap, "exchange_folders", lambda one, other: False)
        monkeypatch.setattr(swap, "REPLACES_LINKS", way == "link")
    elif not sys.platform.startswith("linux"):
        pytest.skip("only Linux exchanges two folders in one step")
    if way == "link":
        # The plain folder becomes a link once; from then on every night is a swap of links.
        assert night(root) == NIGHT_DONE
    total = steps_of(root)
    assert total > 40
    chosen = range(1, total + 1)
    if kills is not None:
        # Evenly over the night, and closely where the site is put in place.
        chosen = sorted({*range(1, total, total // kills), *_at_swap(root, total)})
    for step in chosen:
        assert killed_at(step, lambda: night(root))
        if way == "rename" and not (root / "site").exists():
            # Windows alone has this moment; the next run puts the old site back.
            swap.recover_site(root / "site")
        assert_whole(root / "site")
    assert night(root) == NIGHT_DONE
    assert_whole(root / "site")
    beside = {p.name for p in root.iterdir()}
    assert beside <= {"cities", "site", "state", ".site.lock", ".site.versions"}
    if way == "link":
        assert len(list((root / ".site.versions").iterdir())) == 1


def _at_swap(root: Path, total: int) -> list[int]:
    """Return the steps around the one that puts tonight's site in place."""
    before = (root / "site" / "site.json").read_bytes()
    low, high = 1, total
    while low < high:
        middle = (low + high) // 2
        killed_at(middle, lambda: night(root))
        swap.recover_site(root / "site")
        now = (root / "site" / "site.json").read_bytes()
        low, high = (low, middle) if now != before else (middle + 1, high)
        before = now
    return [step for step in range(low - 4, low + 5) if 1 <= step <= total]


RUN = """
import sys
from pathlib import Path
from livingcircle.nightly.job import run_nightly
root = Path(sys.argv[1])
sys.exit(run_nightly(root / "cities", site=root / "site", state=root / "state", jobs=2))
"""


def _start(root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(root)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _children(process: int) -> list[int]:
    found = []
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        own = [int(word) for word in file.read_text().split()]
        found += own + [c for child in own for c in _children(child)]
    return found


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


class _Reader(threading.Thread):
    """Reads the site all the time, as visitors do."""

    def __init__(self, site: Path) -> None:
        super().__init__(daemon=True)
        self.site, self.wrong, self.reads, self.done = site, [], 0, threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.002):
            self.reads += 1
            for name in ("index.html", "cities/a/index.html", "cities/a/data/map.html"):
                try:
                    text = (self.site / name).read_text("utf-8")
                except OSError as error:
                    self.wrong.append(f"{name}: {error}")
                    continue
                if not text.rstrip().endswith("</html>"):
                    self.wrong.append(f"{name} is cut off")


def _random_kills(built: Path, root: Path, kills: int) -> None:
    shutil.copytree(built, root)
    moments = random.Random(20261121)
    reader = _Reader(root / "site")
    write_homes(root / "cities" / "a", 5)
    start = time.monotonic()
    assert _start(root).wait(300) == NIGHT_DONE
    length = time.monotonic() - start
    reader.start()
    for number in range(kills):
        # Every night has something to compute.
        write_homes(root / "cities" / "a", 6 + number)
        job = _start(root)
        time.sleep(moments.uniform(0.0, length))
        workers = _children(job.pid)
        job.kill()
        job.wait()
        assert_whole(root / "site")
        until = time.monotonic() + 60
        while any(map(_lives, workers)):
            assert time.monotonic() < until, "a worker outlives its killed parent"
            time.sleep(0.05)
    reader.done.set()
    reader.join()
    assert reader.wrong == []
    assert reader.reads > kills
    write_homes(root / "cities" / "a", 3)
    assert _start(root).wait(300) == NIGHT_DONE
    assert_whole(root / "site")
    # 49 homes of 3 people: tonight's inputs are what the site shows.
    assert ",93.0," in (root / "site/cities/a/data/scorecard.csv").read_text("utf-8-sig")
    assert {p.name for p in root.iterdir()} == {"cities", "site", "state", ".site.lock"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_kill_9_at_two_random_moments(built: Path, tmp_path: Path) -> None:
    _random_kills(built, tmp_path / "root", 2)


@pytest.mark.exhaustive
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_kill_9_at_twenty_random_moments(built: Path, tmp_path: Path) -> None:
    _random_kills(built, tmp_path / "root", 20)
