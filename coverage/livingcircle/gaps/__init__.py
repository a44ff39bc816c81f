"""Why there is a gap, and the one link that would close most of it."""

from livingcircle.gaps.explain import Explained, city_barriers, explain
from livingcircle.gaps.link_candidates import LinkSearch
from livingcircle.gaps.links import find_links, with_link
from livingcircle.gaps.reasons import explain_gaps

__all__ = [
    "Explained",
    "LinkSearch",
    "city_barriers",
    "explain",
    "explain_gaps",
    "find_links",
    "with_link",
]
