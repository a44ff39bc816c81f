"""Where the street network ends the map says so."""

from __future__ import annotations

import geopandas as gpd
import shapely

from livingcircle.publish.web.map_bare import units_without_streets
from livingcircle.vocab.texts import localized_name


def test_units_most_of_whose_homes_are_off_the_network_are_bare() -> None:
    units = gpd.GeoDataFrame(
        geometry=[shapely.box(k, 0, k + 0.9, 1) for k in range(4)] + [None], crs=4326
    )
    # Three homes in the first, two in the second, one in the third, none in the others.
    homes = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy([0.1, 0.2, 0.3, 1.1, 1.2, 2.5], [0.5] * 6), crs=4326
    )
    assert units_without_streets(units, homes, ["oococo"]) == [0, 2]
    # Who is on the network for one walker is on it; a standard that asks nobody says nothing.
    assert units_without_streets(units, homes, ["oocoog", "c-----", "------"]) == [1]
    assert units_without_streets(units, homes, ["cccgii"]) == []
    assert units_without_streets(units, homes, []) == []


def test_the_note_on_such_a_unit_says_that_the_numbers_count_it_as_left_out() -> None:
    note = localized_name("ui", "no_streets_note")
    assert note.zh.endswith("结论和人数中仍计为未覆盖。")
    assert note.en.endswith("The verdict and the numbers still do.")
