"""A missing text stays missing in every layer, whatever the version of pandas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from livingcircle.gaps.reasons import named_barriers, numbered_barriers
from livingcircle.publish.frames import plain_columns


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_missing_texts_are_not_written_as_words(missing: object) -> None:
    columns = {"a": ["x", missing], "b": [missing, missing], "c": [("p", "q"), missing]}
    frame = gpd.GeoDataFrame(columns, geometry=[Point(0, 0)] * 2, crs=4326)
    written = plain_columns(frame)
    assert written["a"].tolist()[0] == "x"
    assert written["c"].tolist()[0] == "p; q"
    for name, rows in (("a", [1]), ("b", [0, 1]), ("c", [1])):
        assert written[name].isna().tolist()[rows[0] :] == [True] * len(rows)


def test_a_barrier_keeps_its_own_name() -> None:
    points = pd.DataFrame(
        {
            "barrier": ["river", None, "railway", "river"],
            "barrier_name": ["甲河", None, None, "乙河"],
        },
        index=["p", "q", "r", "s"],
        dtype=object,
    )
    codes, distinct = numbered_barriers(points)
    back = named_barriers(codes, distinct)
    assert back.index.tolist() == ["p", "q", "r", "s"]
    assert [v if isinstance(v, str) else None for v in back["barrier"]] == points[
        "barrier"
    ].tolist()
    assert [v if isinstance(v, str) else None for v in back["barrier_name"]] == points[
        "barrier_name"
    ].tolist()


def test_no_barrier_at_all() -> None:
    points = pd.DataFrame({"barrier": [None, None], "barrier_name": [None, None]}, dtype=object)
    codes, distinct = numbered_barriers(points)
    assert codes.isna().all()
    assert named_barriers(codes, distinct).isna().all(axis=None)
