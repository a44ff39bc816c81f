"""The sample city's findings as a readable table: `python tests/standards/golden.py` writes it.

Run it after a change that is meant to move findings, and read the difference line by line. What
stands in the column ``arithmetic`` is written by hand and kept.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import livingcircle as lc
from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.result import Result

GOLDEN = Path(__file__).with_name("golden_scorecard.csv")
SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample" / "city.toml"
NUMBERS = (
    "value",
    "target",
    "numerator",
    "denominator",
    "people_left_out",
    "households_left_out",
    "gaps",
)
COLUMNS = ("id", "status", *NUMBERS[:2], "unit", *NUMBERS[2:], "missing")
AS_OF = 2025


def assess_sample() -> Result:
    """The sample city against every pack, in a year that does not pass."""
    return lc.assess(lc.read_city(SAMPLE), *list_packs(), as_of=AS_OF)


def golden_of(result: Result) -> pd.DataFrame:
    """The columns of the scorecard that are pinned, to six digits."""
    table = result.scorecard[list(COLUMNS)].copy()
    for name in NUMBERS:
        table[name] = table[name].map(lambda value: float(f"{value:.6g}"), na_action="ignore")
    return table


def read_golden() -> pd.DataFrame:
    """The pinned table with the arithmetic beside it."""
    return pd.read_csv(GOLDEN, dtype={"missing": str, "arithmetic": str}).fillna(
        {"missing": "", "arithmetic": ""}
    )


def main() -> None:
    table = golden_of(assess_sample())
    notes = {}
    if GOLDEN.exists():
        notes = read_golden().set_index("id")["arithmetic"].to_dict()
    table["arithmetic"] = [notes.get(key, "") for key in table["id"]]
    table.to_csv(GOLDEN, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
