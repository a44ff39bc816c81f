"""Maps as pictures, for reading and printing; labels are Chinese where a font can draw them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from livingcircle._arrays import IntArray
from livingcircle.city.model import City
from livingcircle.io.datum.systems import CrsLike
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.graph import WalkNetwork
from livingcircle.publish.credit import SHORT_CREDIT, osm_credit
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.frames import per_unit
from livingcircle.publish.palette import (
    FACILITY,
    NO_DATA,
    POINT_STATUS,
    RAMP,
    SHARE_BREAKS,
    STATUS,
)
from livingcircle.publish.web.fonts import chinese_font
from livingcircle.publish.web.picture_ground import draw_ground, outlines
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding
from livingcircle.standards.result import Result
from livingcircle.vocab.levels import LEAVES
from livingcircle.vocab.texts import text_of

__all__ = ["finding_picture"]

WIDTH_IN, DPI = 7.6, 130
LEGEND_IN = 0.92
"""The strip below the map that holds the legend: a heading and four lines."""
STREETS_DRAWN = 60_000
"""Streets drawn at most, the longest first: more are one grey at this size."""
BUNDLE = 256
"""Streets that are one path: each path costs as much as the drawing of its streets."""


def _words(table: str, key: str) -> str:
    """Return a label in both languages, or in English where Chinese would be boxes."""
    zh, en = text_of(table, key, "zh"), text_of(table, key, "en")
    return f"{zh}  {en}" if chinese_font() else en


def finding_picture(result: Result, finding: Finding, evidence: Evidence) -> bytes:
    """Return a PNG of one finding: units by share left out, homes, facilities, villages."""
    city = result.city
    crs = city.network.crs_m
    base = _base_of(result, evidence)
    figure, axes, share = base.canvas()
    axes.add_artist(_Laid(base.ground, 0))
    areas = _draw_units(axes, finding, base.leaves)
    axes.add_artist(_Laid(base.streets, 2))
    others = _draw_homes(axes, base, evidence.point_status(finding))
    others += _draw_villages(axes, city, finding, crs)
    others += _draw_facilities(axes, city, finding, crs)
    _scale_bar(axes, base.box)
    if osm_credit(city):
        figure.text(0.995, share + 0.004, SHORT_CREDIT, fontsize=5.5, color="#5a666e", ha="right")
    if areas:
        _legend(figure, areas, "lower left", _words("ui", "share_left_out"))
    _legend(figure, others, "lower right" if areas else "lower center")
    out = io.BytesIO()
    # No software stamp: equal maps are equal files.
    # Packed harder they take twice as long, for a fiftieth less.
    packed = {"compress_level": 3}
    figure.savefig(
        out, format="png", facecolor="white", metadata={"Software": None}, pil_kwargs=packed
    )
    return out.getvalue()


@dataclass(frozen=True, eq=False)
class _Base:
    """What all pictures of a result share, projected and drawn once."""

    box: tuple[float, float, float, float]
    leaves: list[tuple[pd.Series, list[Outline], IntArray]]
    """Of each table of units: ids, outlines, and the row of each outline."""
    homes: pd.DataFrame
    """x and y in metres on the index of the demand."""
    ground: NDArray[np.uint8]
    streets: NDArray[np.uint8]
    """(rows, columns, 4) of whole pictures, clear but for the ground, and for the streets."""

    def canvas(self) -> tuple[Figure, Axes, float]:
        """Return an empty picture, its map, and the share of its height below the map."""
        return _canvas(self.box)


class _Laid(Artist):
    """A picture drawn before, copied pixel by pixel into one of the same size."""

    def __init__(self, drawn: NDArray[np.uint8], zorder: float) -> None:
        super().__init__()
        self._drawn = drawn[::-1]
        self.set_zorder(zorder)

    def draw(self, renderer: RendererBase) -> None:
        """Draw it; what a backend draws begins at the bottom."""
        renderer.draw_image(renderer.new_gc(), 0, 0, self._drawn)


def _base_of(result: Result, evidence: Evidence) -> _Base:
    # A report draws the same streets, units and homes a dozen times.
    return result.derive(_base, evidence.context)


def _base(result: Result, context: Context) -> _Base:
    city, background = result.city, context.surroundings.background
    crs = city.network.crs_m
    tables = _finest(city.units)
    flat = [table.geometry.to_crs(crs) for table in tables]
    points = city.demand.geometry.to_crs(crs).representative_point()
    shown = pd.concat(flat) if flat else city.demand.geometry.to_crs(crs)
    west, south, east, north = shown.total_bounds
    pad = 0.02 * max(east - west, north - south, 100.0)
    box = (west - pad, south - pad, east + pad, north + pad)
    ground = _drawn(box, lambda axes: draw_ground(axes, background, crs, box))
    streets = _drawn(box, lambda axes: _draw_streets(axes, city.network))
    leaves = [
        (table["unit_id"], *outlines(shapes.to_numpy()))
        for table, shapes in zip(tables, flat, strict=True)
    ]
    homes = pd.DataFrame({"x": points.x, "y": points.y})
    return _Base(box, leaves, homes, ground, streets)


def _drawn(
    box: tuple[float, float, float, float], draw: Callable[[Axes], None]
) -> NDArray[np.uint8]:
    """Return a whole picture that is clear but for what is drawn."""
    figure, axes, _ = _canvas(box)
    draw(axes)
    figure.patch.set_alpha(0.0)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba()).copy()


def _canvas(box: tuple[float, float, float, float]) -> tuple[Figure, Axes, float]:
    # A long thin city keeps its shape, within what a page can take.
    height = float(np.clip(WIDTH_IN * (box[3] - box[1]) / (box[2] - box[0]), 3.2, 8.5))
    figure = Figure(figsize=(WIDTH_IN, height + LEGEND_IN), dpi=DPI)
    FigureCanvasAgg(figure)
    share = LEGEND_IN / (height + LEGEND_IN)
    axes = figure.add_axes((0, share, 1, 1 - share))
    axes.set_xlim(box[0], box[2])
    axes.set_ylim(box[1], box[3])
    axes.set_aspect("equal")
    axes.set_axis_off()
    return figure, axes, share


def _legend(figure: Figure, handles: list[Artist], place: str, title: str | None = None) -> None:
    font = FontProperties(fname=chinese_font(), size=7.5)
    legend = figure.legend(
        handles=handles, loc=place, ncols=2, prop=font, title=title, title_fontproperties=font,
        frameon=False, alignment="left", handlelength=1.4, labelspacing=0.4, columnspacing=1.6,
        borderaxespad=0.5,
    )  # fmt: skip
    legend.get_title().set_fontweight("bold")


def _finest(units: dict[str, gpd.GeoDataFrame]) -> list[gpd.GeoDataFrame]:
    """Return the tables of the finest level there is; communities and villages are one."""
    for levels in (LEAVES, ("town",), ("district",)):
        found = [units[level] for level in levels if level in units and len(units[level])]
        if found:
            return found
    return []


def _draw_units(
    axes: Axes, finding: Finding, leaves: list[tuple[pd.Series, list[Outline], IntArray]]
) -> list[Artist]:
    """Colour the leaf units by the share left out (circles) or by their status."""
    handles: list[Artist] = []
    unjudged = False
    shares = finding.requirement.shows("by_home")
    rows = per_unit(finding).drop_duplicates("unit_id").set_index("unit_id")
    for ids, paths, drawn in leaves:
        own = rows[["value", "status"]].reindex(ids.iloc[drawn])
        value, status = own["value"].astype(float), own["status"]
        if shares:
            bins = np.digitize((1.0 - value).fillna(-1.0), SHARE_BREAKS[1:-1], right=True)
            colours = np.where(value.isna(), NO_DATA, np.array(RAMP)[bins])
            unjudged |= bool(value.isna().any())
        else:
            colours = status.map(STATUS).fillna("#FFFFFF").to_numpy()
        axes.add_collection(
            PathCollection(
                paths,
                facecolors=list(colours),
                edgecolors="#8a949a",
                linewidths=0.5,
                alpha=0.6,
                zorder=1,
            ),
            autolim=False,
        )
    if shares and leaves:
        for low, high, colour in zip(SHARE_BREAKS[:-1], SHARE_BREAKS[1:], RAMP, strict=True):
            handles.append(_area(colour, f"{low:.0%}–{high:.0%}"))
        if unjudged:
            handles.append(_area(NO_DATA, _words("ui", "no_value")))
    return handles


def _area(colour: str, label: str) -> Patch:
    return Patch(facecolor=colour, edgecolor="#8a949a", alpha=0.6, label=label)


def _draw_streets(axes: Axes, network: WalkNetwork) -> None:
    lines = edge_lines(network, in_metres=True)
    if len(lines) > STREETS_DRAWN:
        lines = lines[np.argsort(-network.edge_length_m, kind="stable")[:STREETS_DRAWN]]
    simple = shapely.simplify(lines, 5.0)
    bundles = shapely.multilinestrings(simple, indices=np.arange(len(simple)) // BUNDLE)
    axes.add_collection(
        PathCollection(
            outlines(bundles)[0], facecolors="none", edgecolors="#6d7880", linewidths=0.22,
            alpha=0.55, zorder=2,
        )
    )  # fmt: skip


def _draw_homes(axes: Axes, base: _Base, status: pd.Series | None) -> list[Artist]:
    """Dots where people live, by their status; the ones left out lie on top."""
    if status is None:
        return []
    points = base.homes.reindex(status.index)
    dot = float(np.clip(8_000 / max(len(status), 1), 0.6, 4.0))
    handles: list[Artist] = []
    for zorder, (name, colour) in enumerate(POINT_STATUS.items(), 3):
        chosen = (status == name).to_numpy()
        if not chosen.any():
            continue
        size = dot if name == "covered" else 1.8 * dot
        axes.scatter(
            points["x"][chosen], points["y"][chosen], s=size, c=colour, lw=0, zorder=zorder
        )
        handles.append(_dot(colour, _words("home_status", name), 3.5))
    return handles


def _draw_villages(axes: Axes, city: City, finding: Finding, crs: CrsLike) -> list[Artist]:
    """Outline urban villages; candidates for a sub-station stand out, with their names."""
    villages = city.urban_villages
    if not len(villages):
        return []
    rows = per_unit(finding).drop_duplicates("unit_id").set_index("unit_id")
    judged = finding.requirement.shows("by_village") and "status" in rows
    status = rows["status"].reindex(villages["village_id"]) if judged else villages["village_id"]
    candidate = (status == "short").to_numpy()
    handles: list[Artist] = []
    for mine, colour, width, label in (
        (~candidate, "#8A3D66", 0.9, _words("level", "urban_village")),
        (candidate, "#222222", 1.8, _words("ui", "village.short")),
    ):
        if not mine.any():
            continue
        shapes = villages.geometry[mine].to_crs(crs)
        axes.add_collection(
            PathCollection(
                outlines(shapes.to_numpy())[0],
                facecolors="none", edgecolors=colour, linewidths=width, zorder=7,
            )
        )  # fmt: skip
        handles.append(Patch(facecolor="none", edgecolor=colour, linewidth=width, label=label))
    for name, shape in zip(villages["name"][candidate], villages.geometry[candidate].to_crs(crs),
                           strict=True):  # fmt: skip
        _name(axes, str(name), shape)
    return handles


def _name(axes: Axes, name: str, shape: shapely.Geometry | None) -> None:
    """Write a name above a shape, if there is one; a Chinese one only where a font can draw it."""
    if shape is None or (chinese_font() is None and not name.isascii()):
        return
    west, _, east, north = shape.bounds
    # No formulas: a name may hold dollar signs.
    axes.annotate(
        name, ((west + east) / 2, north), (0, 2), textcoords="offset points", ha="center",
        fontproperties=FontProperties(fname=chinese_font(), size=7.5), parse_math=False, zorder=10,
        bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1.0},
    )  # fmt: skip


def _draw_facilities(axes: Axes, city: City, finding: Finding, crs: CrsLike) -> list[Artist]:
    wanted = finding.requirement.needs.categories
    table = city.facilities.of(list(wanted)) if wanted else city.facilities.table.iloc[:0]
    table = table[table.geometry.notna()]
    if not len(table):
        return []
    points = table.geometry.to_crs(crs).representative_point()
    axes.scatter(
        points.x, points.y, s=16, marker="^", c=FACILITY, edgecolors="white", lw=0.5, zorder=8
    )
    return [_dot(FACILITY, _words("layer", "facilities"), 5, marker="^")]


def _dot(colour: str, label: str, size: float, marker: str = "o") -> Line2D:
    return Line2D(
        [], [], ls="", marker=marker, ms=size, color=colour, markeredgecolor="white",
        markeredgewidth=0.3, label=label,
    )  # fmt: skip


def _scale_bar(axes: Axes, box: tuple[float, float, float, float]) -> None:
    """Draw a bar of a round length, about a fifth of the width, and the way north."""
    width = box[2] - box[0]
    step = 10 ** np.floor(np.log10(width / 5))
    length = float(max(s for s in (1, 2, 5) if s * step <= width / 5) * step)
    x, y = box[0] + 0.03 * width, box[1] + 0.035 * (box[3] - box[1])
    axes.plot([x, x + length], [y, y], color="#222222", lw=2.2, solid_capstyle="butt", zorder=9)
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    axes.text(x + length / 2, y + 0.008 * width, text, ha="center", fontsize=7.5, zorder=9)
    axes.annotate(
        "N", (x, y + 0.09 * width), (x, y + 0.04 * width), ha="center", fontsize=8, zorder=9,
        arrowprops={"arrowstyle": "-|>", "color": "#222222", "lw": 1.0},
    )  # fmt: skip
