"""The pinned findings of the sample city, and the bureau's list that they rest on."""

from __future__ import annotations

import pandas as pd
import pytest
from golden import read_golden


@pytest.fixture(scope="module")
def pinned() -> pd.DataFrame:
    return read_golden().set_index("id")


@pytest.fixture(scope="module")
def listed(sample_dir) -> pd.DataFrame:
    """The bureau's list, its categories split and its figures as numbers."""
    table = pd.read_excel(sample_dir / "facilities.xlsx", header=None, engine="openpyxl")
    table = table.iloc[1:].set_axis(table.iloc[0], axis=1)
    area = table["建筑面积"].astype(str).str.replace(",", "").str.extract(r"([\d.]+)")[0]
    return table.assign(kinds=table["类别"].str.split("、"), area_m2=area.astype(float))
