"""Time the whole run of a made city: phases, processor seconds, memory, sizes of what it writes.

    python benchmarks/whole_run.py ../shared/data/beijing/union.osm.pbf
    python benchmarks/whole_run.py NETWORK --homes 20000 --communities 256 --parent main~20
    python benchmarks/whole_run.py --city data/sample/city.toml

``--parent REV`` runs the same city on that commit too, checked out beside this one for as long as
it takes, and prints ratios. Peers on the same streets: ``benchmarks/peers.py``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))
from made_city import make, size_of, sizes

HERE = Path(__file__).resolve().parents[1]
PACKAGE = "coverage"


@dataclass(frozen=True)
class Measured:
    """What a run took."""

    busy_s: float
    wall_s: float
    gib: float
    phases: dict[str, float]
    files: dict[str, int]


def measure(city: Path, folder: Path, root: Path, words: list[str]) -> Measured:
    """Run a city in a process of its own, with the package of a checkout."""
    command = [sys.executable, "-c", "from livingcircle.cli.main import main; main()", "run"]
    command += [str(city), "--out", str(folder), *words]
    env = os.environ | {"PYTHONPATH": str(root / PACKAGE)}
    # An installed package is compiled; a shell that forbids that would add seconds to every run.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    compiled = [sys.executable, "-m", "compileall", "-q", str(root / PACKAGE)]
    subprocess.run(compiled, env=env, check=True)
    begin = time.perf_counter()
    child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    # The usage of this one child, which getrusage(RUSAGE_CHILDREN) would mix with any other's.
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"the run of {city} ended with {child.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    timings = record["timings_s"]
    told = ("read", "explain", "sites")
    phases = {k: v for k, v in timings.items() if k in told or k.startswith("write ")}
    phases["assess"] = sum(timings.values()) - sum(phases.values())
    return Measured(
        usage.ru_utime + usage.ru_stime,
        time.perf_counter() - begin,
        usage.ru_maxrss * unit / 2**30,
        phases,
        {one["file"]: one["bytes"] for one in record["outputs"]},
    )


@contextlib.contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """Check a commit out beside this one."""
    git = ["git", "-C", str(HERE), "worktree"]
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "parent"
        subprocess.run([*git, "add", "--detach", "-q", str(place), revision], check=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True)


def table(now: Measured, before: Measured | None) -> str:
    """Return what was measured as a table in Markdown."""
    rows = [("processors, s", now.busy_s, before and before.busy_s)]
    rows += [("clock, s", now.wall_s, before and before.wall_s)]
    rows += [("memory, GiB", now.gib, before and before.gib)]
    rows += [(f"{k}, s", v, before and before.phases.get(k)) for k, v in now.phases.items()]
    rows += [
        (f"{k}, MB", v / 1e6, before and before.files.get(k, 0) / 1e6) for k, v in now.files.items()
    ]
    lines = ["| figure | now | parent | ratio |", "| --- | ---: | ---: | ---: |"]
    for name, value, old in rows:
        ratio = f"{value / old:.2f}" if old else ""
        lines.append(f"| {name} | {value:.1f} | {'' if old is None else f'{old:.1f}'} | {ratio} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", type=Path, nargs="?")
    parser.add_argument("--city", type=Path, help="a city.toml, in place of a made city")
    parser.add_argument("--parent", help="a commit to compare with")
    parser.add_argument("--folder", type=Path, help="where the made city goes; kept")
    parser.add_argument("--max-seconds", type=float, default=float("inf"))
    parser.add_argument("--max-gib", type=float, default=float("inf"))
    parser.add_argument(
        "--words",
        nargs=argparse.REMAINDER,
        default=[],
        help="further words of the command; they come last",
    )
    sizes(parser)
    given = parser.parse_args()
    if (given.city is None) == (given.network is None):
        parser.error("a network to make a city on, or --city")
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch) / "city"
        city = given.city or make(given.network, folder, size_of(given))
        now = measure(city, Path(scratch) / "now", HERE, given.words)
        before = None
        if given.parent is not None:
            with checkout(given.parent) as root:
                before = measure(city, Path(scratch) / "before", root, given.words)
    print(table(now, before))
    return 0 if now.busy_s <= given.max_seconds and now.gib <= given.max_gib else 1


if __name__ == "__main__":
    sys.exit(main())
