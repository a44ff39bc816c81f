"""What if: facilities added or closed and links added or cut, laid over a city."""

from livingcircle.scenario.apply import apply_scenario
from livingcircle.scenario.model import Scenario, read_scenario

__all__ = ["Scenario", "apply_scenario", "read_scenario"]
