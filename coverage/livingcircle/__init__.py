"""Who cannot walk to the services a plan promised, where, why, and what would fix it.

Every name below loads what it needs on first use, so that ``import livingcircle`` is light.

Examples
--------
>>> import livingcircle as lc
>>> city = lc.read_city("data/sample/city.toml")
>>> result = lc.assess(city, "xiamen-2025")
>>> len(result.gaps("XM-3a")) > 0
True
"""

from typing import TYPE_CHECKING

from livingcircle._lookup import lazy

if TYPE_CHECKING:
    from livingcircle import sites as sites
    from livingcircle.city.crowding import crowding as crowding
    from livingcircle.city.model import City as City
    from livingcircle.city.model import read_city as read_city
    from livingcircle.compare.comparison import compare as compare
    from livingcircle.errors import ConfigError as ConfigError
    from livingcircle.errors import DatumError as DatumError
    from livingcircle.errors import InputError as InputError
    from livingcircle.errors import LivingCircleError as LivingCircleError
    from livingcircle.errors import MissingFileError as MissingFileError
    from livingcircle.errors import WrongTypeError as WrongTypeError
    from livingcircle.gaps.draws.uncertainty import uncertainty as uncertainty
    from livingcircle.gaps.explain import explain as explain
    from livingcircle.network.graph import WalkNetwork as WalkNetwork
    from livingcircle.network.read import network_from_place as network_from_place
    from livingcircle.network.read import read_network as read_network
    from livingcircle.network.terrain import with_terrain as with_terrain
    from livingcircle.network.waiting import with_delays as with_delays
    from livingcircle.pipeline import write as write
    from livingcircle.publish.proof.verify import verify as verify
    from livingcircle.publish.web.explore import explore as explore
    from livingcircle.routing.engine import Reach as Reach
    from livingcircle.routing.engine import reach as reach
    from livingcircle.routing.tiles import reach_tiles as reach_tiles
    from livingcircle.scenario.apply import apply_scenario as _apply_scenario
    from livingcircle.sites.suggest import suggest_sites as suggest_sites
    from livingcircle.standards.assess import assess as assess
    from livingcircle.standards.claims import claim as claim
    from livingcircle.standards.opening import open_at as open_at
    from livingcircle.standards.opening import open_by_hour as open_by_hour
    from livingcircle.standards.result import Result as Result
    from livingcircle.vocab.walkers import Walker as Walker

    __version__: str
    apply = _apply_scenario

_NAMES = {
    "City": "livingcircle.city.model:City",
    "ConfigError": "livingcircle.errors:ConfigError",
    "DatumError": "livingcircle.errors:DatumError",
    "InputError": "livingcircle.errors:InputError",
    "LivingCircleError": "livingcircle.errors:LivingCircleError",
    "MissingFileError": "livingcircle.errors:MissingFileError",
    "Reach": "livingcircle.routing.engine:Reach",
    "Result": "livingcircle.standards.result:Result",
    "WalkNetwork": "livingcircle.network.graph:WalkNetwork",
    "Walker": "livingcircle.vocab.walkers:Walker",
    "WrongTypeError": "livingcircle.errors:WrongTypeError",
    "__version__": "livingcircle._version:VERSION",
    "apply": "livingcircle.scenario.apply:apply_scenario",
    "assess": "livingcircle.standards.assess:assess",
    "claim": "livingcircle.standards.claims:claim",
    "compare": "livingcircle.compare",
    "crowding": "livingcircle.city.crowding:crowding",
    "explain": "livingcircle.gaps.explain:explain",
    "explore": "livingcircle.publish.web.explore:explore",
    "network_from_place": "livingcircle.network.read:network_from_place",
    "open_at": "livingcircle.standards.opening:open_at",
    "open_by_hour": "livingcircle.standards.opening:open_by_hour",
    "reach": "livingcircle.routing.engine:reach",
    "reach_tiles": "livingcircle.routing.tiles:reach_tiles",
    "read_city": "livingcircle.city.model:read_city",
    "read_network": "livingcircle.network.read:read_network",
    "sites": "livingcircle.sites",
    "suggest_sites": "livingcircle.sites.suggest:suggest_sites",
    "uncertainty": "livingcircle.gaps.draws.uncertainty:uncertainty",
    "verify": "livingcircle.publish.proof.verify:verify",
    "with_delays": "livingcircle.network.waiting:with_delays",
    "with_terrain": "livingcircle.network.terrain:with_terrain",
    "write": "livingcircle.pipeline:write",
}

__all__ = list(_NAMES)
__getattr__, __dir__ = lazy(__name__, _NAMES)
