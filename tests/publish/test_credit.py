"""The credit that OpenStreetMap's licence asks for stands where its data are shown."""

from __future__ import annotations

import pytest

from builders.street_city import little_city
from livingcircle.city.config import CityConfig
from livingcircle.publish.credit import osm_credit


@pytest.mark.parametrize(
    ("tables", "due"),
    [
        ({"network": {"source": "walk.osm.pbf"}}, True),
        ({"network": {"place": "思明区, 厦门市"}}, True),
        ({"network": {"source": "graph.graphml"}}, True),
        ({"network": {"source": "streets.gpkg"}}, False),
        ({"network": {"source": "streets.gpkg"}, "demand": {"source": "a.osm.pbf"}}, True),
        ({"network": {"source": "streets.gpkg"}, "facilities": [{"source": "a.osm"}]}, True),
    ],
)
def test_osm_is_credited_where_its_data_are_shown(tables: dict, due: bool):
    config = CityConfig.model_validate({"city": {"name": "城"}, **tables})
    credit = osm_credit(little_city(config=config, synthetic=False))
    assert ("© OpenStreetMap contributors" in credit.en) is due
    assert ("OpenStreetMap 贡献者" in credit.zh) is due
