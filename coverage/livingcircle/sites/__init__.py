"""Where to build: location models, candidates, and a plan that is assessed again."""

from typing import TYPE_CHECKING

from livingcircle._lookup import lazy

if TYPE_CHECKING:
    from livingcircle.sites.location import Location as Location
    from livingcircle.sites.location import solve as solve
    from livingcircle.sites.plan import SitePlan as SitePlan
    from livingcircle.sites.suggest import propose as propose
    from livingcircle.sites.suggest import suggest_sites as suggest_sites

_NAMES = {
    "Location": "livingcircle.sites.location:Location",
    "SitePlan": "livingcircle.sites.plan:SitePlan",
    "propose": "livingcircle.sites.suggest:propose",
    "solve": "livingcircle.sites.location:solve",
    "suggest_sites": "livingcircle.sites.suggest:suggest_sites",
}
__all__ = ["Location", "SitePlan", "propose", "solve", "suggest_sites"]
__getattr__, __dir__ = lazy(__name__, _NAMES)
