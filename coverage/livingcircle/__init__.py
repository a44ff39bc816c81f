"""Who cannot walk to the services a plan promised, where, why, and what would fix it.

Examples
--------
>>> import livingcircle as lc
>>> city = lc.read_city("data/sample/city.toml")  # doctest: +SKIP
>>> result = lc.assess(city, "xiamen-2025")  # doctest: +SKIP
>>> result.gaps("XM-3a")  # doctest: +SKIP
"""

from livingcircle.city.model import City, read_city
from livingcircle.errors import LivingCircleError
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.read import network_from_place, read_network
from livingcircle.routing.engine import Reach, reach
from livingcircle.sites.suggest import suggest_sites
from livingcircle.standards.assess import assess
from livingcircle.standards.result import Result

__all__ = [
    "City",
    "LivingCircleError",
    "Reach",
    "Result",
    "WalkNetwork",
    "assess",
    "network_from_place",
    "reach",
    "read_city",
    "read_network",
    "suggest_sites",
]
