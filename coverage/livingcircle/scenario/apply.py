"""A scenario laid over a city: the same city, but for what the scenario changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray, GeometryArray, IntArray
from livingcircle._nearest import did_you_mean
from livingcircle.arguments import check_type, wrong_type
from livingcircle.city.config import CityConfig
from livingcircle.city.facilities import Facilities, mark_outside, tidy_facilities, with_units
from livingcircle.city.inputs import Inputs
from livingcircle.city.model import City
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.notes import Note
from livingcircle.localized import LocalizedText
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.edit import EdgePoints, add_links, keep_edges, split_edges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import anchor
from livingcircle.routing.sample_points import place_on
from livingcircle.scenario.bounds import check_scenario
from livingcircle.scenario.model import Scenario, read_scenario
from livingcircle.vocab.categories import map_categories

__all__ = ["CLOSED", "apply_scenario"]

CLOSED = "closed"
"""Status of a facility that a scenario closes: its row stays, its categories go."""
_JOIN_M = 50.0
"""A link ends on a street that is no farther from its drawn end than this."""
_CUT_M = 1.0
"""Metres of a street that go where it is cut; both sides stay as they are."""


def apply_scenario(city: City, scenario: Scenario | str | Path) -> City:
    """Return the city with the changes of a scenario.

    Parameters
    ----------
    city
        Stays as it is.
    scenario
        What is to be different; a path is read as a scenario file.

    Returns
    -------
    City
        With a note on what changed. Links change the walking network only.

    Raises
    ------
    WrongTypeError
        The scenario is neither.
    ConfigError
        A facility to close is not there, a category is not known, or a place or figure makes no
        sense.
    InputError
        A link ends far from every street, or a cut crosses none.
    """
    if not isinstance(scenario, Scenario | str | Path):
        wanted = LocalizedText("情景或情景文件的路径", "a Scenario, or the path of its file")
        raise wrong_type(scenario, "scenario", wanted)
    if not isinstance(scenario, Scenario):
        scenario = read_scenario(scenario)
    check_type(city, "city", City, "read_city")
    check_scenario(scenario, city.network)
    network = _cut(city.network, scenario)
    network = _link(network, scenario)
    facilities = _facilities(city, scenario)
    inputs = city.inputs
    if scenario.source is not None:
        remembered = Inputs(scenario.source)
        remembered.remember(scenario.source, "scenario")
        inputs = (*inputs, *remembered.files)
    file = scenario.source.name if scenario.source else "scenario"
    return replace(
        city,
        network=network,
        facilities=facilities,
        config=_still_known(city, facilities),
        notes=(*city.notes, Note(file, "scenario", scenario.description)),
        inputs=inputs,
    )


def _still_known(city: City, facilities: Facilities) -> CityConfig:
    """Return the config: a category whose last facility closes is none there, not unknown."""
    before = set(city.facilities.table["categories"].explode().dropna())
    lost = before - set(facilities.table["categories"].explode().dropna())
    if not lost:
        return city.config
    assess = city.config.assess
    complete = [*assess.complete_categories, *sorted(lost)]
    known = assess.model_copy(update={"complete_categories": complete})
    return city.config.model_copy(update={"assess": known})


def _facilities(city: City, scenario: Scenario) -> Facilities:
    table = _closed(city.facilities.table, scenario)
    if not len(scenario.add_facility):
        return Facilities(table, city.facilities.unmapped)
    frame = scenario.add_facility.reset_index(drop=True)
    mapping = map_categories(frame["category"], city.config.overrule)
    if len(mapping.unmapped):
        value = mapping.unmapped["value"].iloc[0]
        raise ConfigError(
            f"'{value}' is no category of facilities",
            file=scenario.source,
            field="add_facility.category",
            hint="See the vocabulary in docs.",
        )
    ids = frame.get("id", frame.get("facility_id", pd.Series(None, index=frame.index)))
    own = pd.Series([f"{scenario.name}-{n}" for n in range(1, len(frame) + 1)])
    frame = frame.assign(category_text=frame["category"], categories=mapping.ids)
    frame["source_row"] = np.arange(1.0, len(frame) + 1)
    added = tidy_facilities(
        frame.drop(columns=["id", "facility_id"], errors="ignore"),
        file=scenario.source.name if scenario.source else scenario.name,
    )
    added["facility_id"] = ids.astype(object).where(ids.notna(), own).astype(str).astype(object)
    twice = added["facility_id"].isin(table["facility_id"]) | added["facility_id"].duplicated()
    if twice.any():
        raise ConfigError(
            f"there is a facility '{added.loc[twice, 'facility_id'].iloc[0]}' already",
            file=scenario.source,
            field="add_facility.id",
            hint="Give the new one another id.",
        )
    added = mark_outside(with_units(added, city.units), city.units["city"])
    whole = pd.concat([table, added[[c for c in table.columns if c in added]]], ignore_index=True)
    whole = gpd.GeoDataFrame(whole, geometry="geometry", crs=4326)
    return Facilities(whole, city.facilities.unmapped)


def _closed(table: gpd.GeoDataFrame, scenario: Scenario) -> gpd.GeoDataFrame:
    """Empty the categories of the facilities that close; by id, else by name."""
    if not scenario.close_facility:
        return table
    ids, names = table["facility_id"].astype(str), table["name"].fillna("").astype(str)
    closes = pd.Series(False, index=table.index)
    # A loop over the few facilities that a scenario names.
    for who in scenario.close_facility:
        mine = ids == who
        mine = mine if mine.any() else names == who
        if not mine.any():
            raise ConfigError(
                f"there is no facility '{who}' to close",
                file=scenario.source,
                field="close_facility",
                hint=did_you_mean(who, [*ids, *names], "Name it by its facility_id."),
            )
        closes |= mine
    nothing = pd.Series([()] * len(table), index=table.index, dtype=object)
    return table.assign(
        status=table["status"].mask(closes, CLOSED),
        categories=table["categories"].where(~closes, nothing),
    )


def _link(network: WalkNetwork, scenario: Scenario) -> WalkNetwork:
    """Add the links, each from the street nearest to its first to that nearest to its last end."""
    links = scenario.add_link
    if not len(links):
        return network
    lines = links.geometry.to_numpy()
    first, last = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    begin = _on_street(network, shapely.get_coordinates(first), scenario)
    end = _on_street(network, shapely.get_coordinates(last), scenario)
    return add_links(network, begin, end, lines=lines, stairs=links["stairs"].to_numpy(dtype=bool))


def _on_street(network: WalkNetwork, lonlat: FloatArray, scenario: Scenario) -> EdgePoints:
    found = anchor(network, lonlat[:, 0], lonlat[:, 1], _JOIN_M)
    if not found.on_network.all():
        row = int(np.flatnonzero(~found.on_network)[0])
        raise InputError(
            f"link {row + 1} ends {found.access_m[row]:.0f} m from the nearest street",
            file=scenario.source,
            field="add_link",
            hint=f"Draw it to within {_JOIN_M:g} m of a street.",
        )
    return EdgePoints(found.edge, found.offset_m, found.lonlat)


def _cut(network: WalkNetwork, scenario: Scenario) -> WalkNetwork:
    """Take a metre out of every street where a line crosses it."""
    if not len(scenario.cut_link):
        return network
    lines = scenario.cut_link.to_crs(network.crs_m).geometry.to_numpy()
    streets = edge_lines(network, in_metres=True)
    line, edge = shapely.STRtree(streets).query(lines, predicate="intersects")
    missing = np.setdiff1d(np.arange(len(lines)), line)
    if len(missing):
        raise InputError(
            f"cut {missing[0] + 1} crosses no street",
            file=scenario.source,
            field="cut_link",
            hint="Draw it across the street that is to be closed.",
        )
    places = _meetings(network, streets, edge.astype(np.int64), lines[line])
    half = _CUT_M / 2
    length = network.edge_length_m[places.edge]
    # Cuts nearer to each other than their width are one; what is shorter than it goes whole.
    low = np.clip(places.offset_m - half, 0.0, length)
    high = np.clip(places.offset_m + half, 0.0, length)
    edge2, offset2 = np.repeat(places.edge, 2), np.column_stack([low, high]).ravel()
    split = split_edges(network, place_on(network, edge2, offset2))
    middle = split.from_m + split.network.edge_length_m / 2
    gone = np.zeros(split.network.edge_count, dtype=bool)
    # A loop over the few places where a scenario cuts.
    for at, a, b in zip(places.edge, low, high, strict=True):
        gone |= (split.parent == at) & (middle >= a) & (middle <= b)
    return keep_edges(split.network, ~gone)


def _meetings(
    network: WalkNetwork, streets: GeometryArray, edge: IntArray, lines: GeometryArray
) -> EdgePoints:
    """Places where lines meet streets; a stretch that runs along a street counts by its middle."""
    meeting = shapely.get_parts(shapely.intersection(streets[edge], lines), return_index=True)
    parts, of_pair = meeting
    along, points = shapely.get_dimensions(parts) == 1, parts.copy()
    points[along] = shapely.line_interpolate_point(parts[along], 0.5, normalized=True)
    at = edge[of_pair]
    # Metres along the projected street, scaled to the metres of the edge.
    share = shapely.line_locate_point(streets[at], points) / shapely.length(streets[at]).clip(1e-9)
    offset = np.clip(share, 0.0, 1.0) * network.edge_length_m[at]
    return place_on(network, at, offset)
