"""Print a hash of every table and layer that a run wrote; of two runs, say which tables differ.

    python benchmarks/table_hashes.py maps/before
    python benchmarks/table_hashes.py maps/before maps/after

A change of the house must leave every table as it was. `livingcircle compare` says what moved in
words; this says whether a single cell or coordinate did. Geometry is hashed as WKB, so that equal
hashes mean equal coordinates to the last bit. The second form ends with 1 if a table differs.
"""

import argparse
import hashlib
from pathlib import Path

import pandas as pd
import pyogrio


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return every CSV and every GeoPackage layer below `folder`, as text."""
    found = {
        path.relative_to(folder).as_posix(): pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
        for path in sorted(folder.rglob("*.csv"))
    }
    for path in sorted(folder.rglob("*.gpkg")):
        for layer in sorted(pyogrio.list_layers(path)[:, 0]):
            _, table = pyogrio.read_arrow(path, layer=layer)
            found[f"{path.name}: {layer}"] = table.to_pandas().map(_text)
    return found


def _text(cell: object) -> str:
    return cell.hex() if isinstance(cell, bytes) else str(cell)


def table_hash(table: pd.DataFrame) -> str:
    """Return the first 16 digits of the SHA-256 of a table's columns and cells."""
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()[:16]


def differing_cells(before: pd.DataFrame, after: pd.DataFrame) -> str:
    """Return in words how two tables of one name differ."""
    if list(before.columns) != list(after.columns):
        gone = [f"-{name}" for name in before.columns.difference(after.columns)]
        new = [f"+{name}" for name in after.columns.difference(before.columns)]
        return f"columns {' '.join([*gone, *new]) or 'in another order'}"
    if len(before) != len(after):
        return f"{len(before)} and {len(after)} rows"
    counts = (before.to_numpy() != after.to_numpy()).sum(axis=0)
    moved = {name: int(n) for name, n in zip(before.columns, counts, strict=True) if n}
    return "cells " + ", ".join(f"{name} {n}" for name, n in moved.items())


def main() -> int:
    """Print the hashes, or the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path, nargs="?")
    call = parser.parse_args()
    before = tables(call.before)
    if call.after is None:
        for name, table in before.items():
            print(f"{table_hash(table)}  {len(table):>7}  {name}")
        return 0
    after = tables(call.after)
    differ = 0
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            print(f"only {'after' if name in after else 'before':26}{name}")
        elif table_hash(before[name]) == table_hash(after[name]):
            print(f"equal {table_hash(after[name])}  {len(after[name]):>7}  {name}")
            continue
        else:
            print(f"DIFFERS {'':22}{name}: {differing_cells(before[name], after[name])}")
        differ += 1
    print(f"{differ} of {len(before.keys() | after.keys())} tables differ")
    return int(differ > 0)


if __name__ == "__main__":
    raise SystemExit(main())
