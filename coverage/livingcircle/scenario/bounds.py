"""Values that no scenario may have: places off the Earth or in another city, absurd figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray
from livingcircle.city.facilities import FACILITY_NUMBERS
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText
from livingcircle.network.far_places import ELSEWHERE_M, metres_outside
from livingcircle.network.graph import WalkNetwork
from livingcircle.scenario.model import CHANGE_KINDS, Scenario

__all__ = ["MOST_CHANGES", "MOST_POSITIONS", "check_scenario"]

MOST_CHANGES = 20_000
MOST_POSITIONS = 200_000
"""Of all lines together."""
_MOST = {"open_hours": 24.0}
_MOST_FIGURE = 1e12


def check_scenario(scenario: Scenario, network: WalkNetwork) -> None:
    """Refuse a scenario whose changes no city can take.

    Raises
    ------
    ConfigError
        Too many changes, a place off the earth or far from the streets, a line without a length,
        or a figure that is none, negative or absurd; names the entry.
    """
    changes = sum(len(getattr(scenario, kind)) for kind in CHANGE_KINDS)
    lines = [table.geometry.to_numpy() for table in (scenario.add_link, scenario.cut_link)]
    positions = int(shapely.get_num_coordinates(np.concatenate(lines)).sum())
    for count, most, words in (
        (changes, MOST_CHANGES, LocalizedText("处改动", "changes")),
        (positions, MOST_POSITIONS, LocalizedText("个线上的点", "positions of lines")),
    ):
        if count > most:
            raise ConfigError(
                LocalizedText(
                    f"情景有 {count:,} {words.zh}，最多 {most:,} {words.zh}",
                    f"the scenario has {count:,} {words.en}, and {most:,} are the most",
                ),
                hint=LocalizedText(
                    "请分成几个情景，或改写城市的数据。",
                    "Make several scenarios of it, or change the data of the city.",
                ),
                file=scenario.source,
            )
    for kind in ("add_facility", "add_link", "cut_link"):
        table = getattr(scenario, kind)
        at, entry = shapely.get_coordinates(table.geometry.to_numpy(), return_index=True)
        _refuse_places(scenario, network, kind, at, entry)
    for kind, drawn in zip(("add_link", "cut_link"), lines, strict=True):
        short = np.flatnonzero(shapely.length(drawn) == 0)
        if len(short):
            raise ConfigError(
                LocalizedText(
                    f"[[{kind}]] 的第 {short[0] + 1} 项的两端是同一点",
                    f"entry {short[0] + 1} of [[{kind}]] ends where it begins",
                ),
                hint="State line = [[lon, lat], [lon, lat]].",
                file=scenario.source,
                field=f"{kind}.line",
            )
    _refuse_figures(scenario)


def _refuse_places(
    scenario: Scenario, network: WalkNetwork, kind: str, at: FloatArray, entry: np.ndarray
) -> None:
    """Refuse places off the earth, and facilities of another city."""
    off = np.flatnonzero((np.abs(at) > (180.0, 90.0)).any(axis=1))
    far = metres_outside(network, at) if network.node_count else np.zeros(len(at))
    # A line may begin anywhere: that links join streets and cuts cross them is asked later.
    away = np.flatnonzero(far > ELSEWHERE_M) if kind == "add_facility" else off
    for some, why in (
        (off, LocalizedText("不是度", "no degrees")),
        (away, LocalizedText("远离路网", "far from the streets")),
    ):
        if len(some):
            n, (lon, lat) = int(entry[some[0]]) + 1, at[some[0]]
            raise ConfigError(
                LocalizedText(
                    f"[[{kind}]] 的第 {n} 项的位置 {lon:.10g}, {lat:.10g} {why.zh}",
                    f"entry {n} of [[{kind}]] lies at {lon:.10g}, {lat:.10g}, {why.en}",
                ),
                hint=LocalizedText(
                    "先写经度（lon）、后写纬度（lat），单位为度，WGS 84。",
                    "State lon first and lat second, in degrees, WGS 84.",
                ),
                file=scenario.source,
                field=kind,
            )


def _refuse_figures(scenario: Scenario) -> None:
    """Refuse figures of new facilities that are none."""
    table = scenario.add_facility
    for column in table.columns.intersection(FACILITY_NUMBERS):
        given = table[column].notna().to_numpy()
        figures = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
        most = _MOST.get(column, _MOST_FIGURE)
        wrong = np.flatnonzero(given & ~((figures >= 0) & (figures <= most)))
        if len(wrong):
            n, value = int(wrong[0]) + 1, table[column].iloc[wrong[0]]
            raise ConfigError(
                LocalizedText(
                    f"[[add_facility]] 的第 {n} 项的 {column} 为 {str(value)[:40]}",
                    f"entry {n} of [[add_facility]] has {column} = {str(value)[:40]}",
                ),
                hint=LocalizedText(
                    f"请写 0 到 {most:,.0f} 之间的数。", f"State a number from 0 to {most:,.0f}."
                ),
                file=scenario.source,
                field=f"add_facility.{column}",
            )
