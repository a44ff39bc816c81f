"""What a night costs after one list of facilities changed, and what is worked out anew.

    python benchmarks/change.py                         # the sample city with one plan
    python benchmarks/change.py --city data/sample/city.toml --list shops.csv --pack xiamen-2025

The city is computed with an empty cache, once more as it is, and after the last place of a list was
struck out, each time in a process of its own; then without the cache. The tables and layers of the
last two are compared cell by cell.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))
from table_hashes import table_hash, tables


def one_run(city: Path, pack: str, folder: Path, cache: bool) -> None:
    """Compute a city, and print the seconds of processors and what was taken or made."""
    from livingcircle.pipeline import run_city

    told: Counter[str] = Counter()
    log = logging.getLogger("livingcircle.kept")
    log.setLevel(logging.DEBUG)
    log.addFilter(lambda record: told.update([record.getMessage()]) or False)
    begin = time.process_time()
    run_city(city, [pack], folder, cache=cache)
    parts = ", ".join(f"{count} {what}" for what, count in sorted(told.items()))
    print(f"{time.process_time() - begin:.1f} CPU s   {parts}", flush=True)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--city", type=Path, default=Path("data/sample/city.toml"))
    parser.add_argument("--list", default="shops.csv", help="a text file beside city.toml")
    parser.add_argument("--pack", default="zhuhai-2025")
    parser.add_argument("--one-run", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one_run:
        folder, cache = given.one_run
        one_run(given.city, given.pack, Path(folder), cache == "cache")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["LIVINGCIRCLE_CACHE"] = str(Path(scratch) / "cache")
        shutil.copytree(given.city.parent, Path(scratch) / "city")
        city = Path(scratch) / "city" / given.city.name
        rest = city.parent / given.list

        def run(name: str, cache: str = "cache") -> Path:
            folder = Path(scratch) / name
            print(f"{name:28}", end="", flush=True)
            words = ["--city", str(city), "--pack", given.pack, "--one-run", str(folder), cache]
            subprocess.run([sys.executable, __file__, *words], check=True)
            return folder

        run("an empty cache")
        run("nothing changed")
        rest.write_bytes(b"".join(rest.read_bytes().splitlines(keepends=True)[:-1]))
        kept, plain = run("one place struck out"), run("the same without the cache", "no")
        one, other = tables(kept), tables(plain)
        hashes = [{name: table_hash(t) for name, t in every.items()} for every in (one, other)]
        differ = {name for name, _ in hashes[0].items() ^ hashes[1].items()}
        print(f"{len(differ)} of {len(one.keys() | other.keys())} tables differ {sorted(differ)}")
    return int(bool(differ))


if __name__ == "__main__":
    raise SystemExit(main())
