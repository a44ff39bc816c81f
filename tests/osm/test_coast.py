"""The sea lies to the right of its coastline."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from livingcircle.osm.coast import sea_of

BOX = (0.0, 0.0, 1.0, 1.0)


def sea(*lines: list[tuple[float, float]]) -> shapely.Geometry:
    found = sea_of(np.array([shapely.LineString(line) for line in lines], dtype=object), BOX)
    return shapely.union_all(found)


@pytest.mark.parametrize("parts", [1, 2])
def test_a_coast_across_the_box_has_its_sea_at_the_right(parts: int) -> None:
    north = [(0.4, -0.1), (0.4, 0.5), (0.4, 1.1)]
    lines = [north] if parts == 1 else [north[1:], north[:2]]
    assert sea(*lines).equals_exact(shapely.box(0.4, 0, 1, 1), 1e-9) or np.isclose(
        sea(*lines).symmetric_difference(shapely.box(0.4, 0, 1, 1)).area, 0
    )
    back = [line[::-1] for line in lines]
    assert sea(*back).symmetric_difference(shapely.box(0, 0, 0.4, 1)).area < 1e-12


def test_a_coast_that_ends_with_the_extract_goes_straight_on() -> None:
    found = sea([(0.4, 0.3), (0.4, 0.7)])
    assert found.symmetric_difference(shapely.box(0.4, 0, 1, 1)).area < 1e-9


def test_an_island_is_no_sea_and_a_lake_of_the_sea_is() -> None:
    ring = list(shapely.box(0.5, 0.5, 0.7, 0.7).exterior.coords)  # water inside
    island = ring if shapely.LinearRing(ring).is_ccw else ring[::-1]
    coast = [(0.4, -0.1), (0.4, 1.1)]
    assert sea(coast, island).area == pytest.approx(0.6 - 0.04)
    assert sea(island[::-1]).area == pytest.approx(0.04)
    assert sea(island).area == pytest.approx(1 - 0.04)


def test_a_coast_elsewhere_is_none_of_this_city() -> None:
    assert sea([(3.0, 0.0), (3.0, 1.0)]).is_empty
