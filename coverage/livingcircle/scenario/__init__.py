"""What if: facilities added or closed and links added or cut, laid over a city."""

from livingcircle.scenario.apply import apply
from livingcircle.scenario.difference import Difference, difference
from livingcircle.scenario.model import Scenario, read_scenario

__all__ = ["Difference", "Scenario", "apply", "difference", "read_scenario"]
