"""Where to build: location models, candidates, and a plan that is assessed again."""

from typing import TYPE_CHECKING

from livingcircle._lookup import lazy

if TYPE_CHECKING:
    from livingcircle.sites.plan import SitePlan as SitePlan
    from livingcircle.sites.suggest import propose as propose
    from livingcircle.sites.suggest import suggest_sites as suggest_sites

_NAMES = {
    "SitePlan": "livingcircle.sites.plan:SitePlan",
    "propose": "livingcircle.sites.suggest:propose",
    "suggest_sites": "livingcircle.sites.suggest:suggest_sites",
}
__all__ = ["SitePlan", "propose", "suggest_sites"]
__getattr__, __dir__ = lazy(__name__, _NAMES)
