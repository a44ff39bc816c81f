"""Colours that colour-blind readers can tell apart, the same in QGIS, on the map and in print.

Categories follow Okabe and Ito, "Color Universal Design" (2008); the ramp for people left out is
ColorBrewer's Purples (Brewer, 2003): it stays ordered in grey print, and the warm colours of the
gaps stand out on it.
"""

from __future__ import annotations

__all__ = [
    "FACILITY",
    "NO_DATA",
    "POINT_STATUS",
    "RAMP",
    "RAMP_ON_DARK",
    "REASON",
    "SHARE_BREAKS",
    "STATUS",
    "rgb",
]

STATUS = {
    "met": "#56B4E9",
    "short": "#D55E00",
    "report": "#999999",
    "unknown": "#D9D9D9",
}
"""Colour of a finding's or a unit's status."""

POINT_STATUS = {
    "covered": "#0072B2",
    "gap": "#D55E00",
    "off_network": "#CC79A7",
    "island": "#009E73",
}
"""Colour of a demand point's status."""

REASON = {
    "no_facility": "#D55E00",
    "detour": "#E69F00",
    "slow": "#332288",
    "island": "#009E73",
    "off_network": "#CC79A7",
    "data": "#666666",
}
"""Colour of a gap's reason."""

SHARE_BREAKS = (0.0, 0.05, 0.2, 0.4, 0.6, 1.0)
"""Class borders of the share of people left out: the first class is practically covered."""

RAMP = ("#F7F7FA", "#DADAEB", "#B3B2D6", "#807DBA", "#54278F")
"""One colour per class of SHARE_BREAKS, light to dark."""

RAMP_ON_DARK = ("#2A323C", "#453D63", "#6A5499", "#9A8CCB", "#DCD6F5")
"""The same on dark ground, where the brightest is what stands out."""

NO_DATA = "#D9D9D9"
FACILITY = "#004D73"


def rgb(colour: str, alpha: int = 255) -> str:
    """Return ``#RRGGBB`` as QGIS writes colours: ``r,g,b,a``."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"
