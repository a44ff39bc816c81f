"""Where to build: location models, candidates, and a plan that is assessed again."""

from livingcircle.sites.plan import SitePlan
from livingcircle.sites.suggest import propose, suggest_sites

__all__ = ["SitePlan", "propose", "suggest_sites"]
