"""How each layer looks in QGIS: renderer, labels, Chinese aliases of its fields."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pandas as pd

from livingcircle.publish.gis.qml import Categorised, Classes, Rules, Style, Symbol
from livingcircle.publish.palette import (
    FACILITY,
    NO_DATA,
    POINT_STATUS,
    RAMP,
    REASON,
    SHARE_BREAKS,
    STATUS,
)
from livingcircle.vocab.categories import category_name
from livingcircle.vocab.levels import level_name
from livingcircle.vocab.texts import text_in_both, text_of, texts

__all__ = ["circle_title", "field_aliases", "layer_title", "share_style", "style_of"]

_StyleOf = Callable[[pd.DataFrame, Sequence[str], dict[str, str]], Style]

_PEOPLE_SIZE = 'coalesce(clamp(1.6, 1.2 + sqrt("people") * 0.08, 7), 1.6)'
"""Millimetres: areas of the dots grow with the people left out."""

_CATEGORY_COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442", "#000000",
)  # fmt: skip


def layer_title(name: str) -> tuple[str, str]:
    """Return the (zh, en) title of a layer by its name in the file."""
    if name.startswith("units_"):
        level = level_name(name.removeprefix("units_"))
        return f"单元：{level.zh}", f"units: {level.en}"
    return text_of("layer", name, "zh"), text_of("layer", name, "en")


def circle_title(circle: pd.DataFrame, known: Iterable[str] = ()) -> tuple[str, str]:
    """Return the (zh, en) title of a circle's layer from its own row.

    Parameters
    ----------
    circle
        One row, as ``livingcircle.publish.evidence.Evidence.circles`` yields it.
    known
        Ids of categories; those of the city's own carry their names.
    """
    row = circle.iloc[0]
    bearing = {key: key for key in known}
    ids = [bearing.get(key, key) for key in str(row["category"]).split(";")]
    zh, en = ("/".join(names) for names in zip(*map(category_name, ids), strict=True))
    if row["needs"] > 1:
        zh = f"{row['standard']} 全部 {row['needs']} 项需求"
        en = f"{row['standard']} all {row['needs']} needs"
    if row["minutes"] == row["minutes"]:
        return f"{zh} {row['minutes']:g}分钟生活圈", f"{en}: {row['minutes']:g}-minute circle"
    return f"{zh} {row['limit_m']:g}米生活圈", f"{en}: {row['limit_m']:g} m circle"


def field_aliases(columns: Iterable[str], standards: Sequence[str] = ()) -> dict[str, str]:
    """Return field → Chinese alias; a standard's columns read ``XM-1a 现状值``."""
    known = texts()["column"]
    prefixes = {standard.replace("-", "_") + "_": standard for standard in standards}
    out: dict[str, str] = {}
    for name in columns:
        if name in known:
            out[name] = known[name][0]
            continue
        prefix = next((p for p in prefixes if name.startswith(p)), None)
        if prefix is not None:
            out[name] = f"{prefixes[prefix]} {text_of('column', name.removeprefix(prefix), 'zh')}"
    return out


def share_style(field: str, alias: dict[str, str]) -> Style:
    """Colour units by the share of people left out of one circle (``1 - value``)."""
    rows = [
        (low, high, _percent(low, high), Symbol("fill", colour, width=0.15, alpha=0.8))
        for low, high, colour in zip(SHARE_BREAKS[:-1], SHARE_BREAKS[1:], RAMP, strict=True)
    ]
    # Units without a value would not be drawn at all; the map shows them in grey.
    grey = Symbol("fill", NO_DATA, width=0.15, alpha=0.8)
    rows.append((-1.5, -0.5, text_in_both("ui", "no_value"), grey))
    left_out = f'coalesce(1 - "{field}", -1)'
    return Style(Classes(left_out, rows), label="name", aliases=alias, display="name")


def _percent(low: float, high: float) -> str:
    return f"{low:.0%} – {high:.0%} 未覆盖 / left out"


def style_of(name: str, frame: pd.DataFrame, standards: Sequence[str]) -> Style:
    """Return the default style of the layer `name`."""
    kind = next((one for one in ("units", "circle") if name.startswith(f"{one}_")), name)
    style = _STYLES.get(kind, _plain)
    return style(frame, standards, field_aliases(frame.columns, standards))


def _plain(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    return Style(None, aliases=alias)


def _circle(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    symbol = Symbol("fill", POINT_STATUS["covered"], POINT_STATUS["covered"], 0.3, alpha=0.45)
    return Style(symbol, aliases=alias)


def _links_of(name: str) -> _StyleOf:
    def style(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
        present = set(frame["standard"])
        groups = [(s, s) for s in standards if s in present] or [("", "")]
        green = ("", text_in_both("layer", name), Symbol("line", "#009E73", width=1.0))
        return Style(Rules("standard", groups, Categorised("standard", [green])), aliases=alias)

    return style


def _evidence(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    looks = Symbol("line", "#D55E00", width=0.6)
    return Style(_by_reason(frame, standards, looks), aliases=alias)


def _anchors(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    return Style(Symbol("line", "#882255", width=0.25), aliases=alias)


def _closures(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    bar = Symbol("marker", "#B2182B", "#FFFFFF", width=0.2, size=2.6, shape="square")
    return Style(bar, label="shut_by", label_below_scale=5000, aliases=alias, display="osm")


def _private_streets(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    rows = [
        (
            value,
            text_in_both("closure", value),
            Symbol("line", colour, width=0.5, dash=value == "inside"),
        )
        for value, colour in {"private": "#B2182B", "inside": "#EF8A62"}.items()
    ]
    return Style(Categorised("shut_by", rows), aliases=alias, display="shut_by")


def _sites(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    star = Symbol("marker", "#F0E442", "#000000", width=0.3, size=5, shape="star")
    return Style(star, label=_named(frame), aliases=alias, display=_named(frame))


def _slopes(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    steps = (
        (0.04, 0.06, RAMP[1]),
        (0.06, 0.08, RAMP[2]),
        (0.08, 0.12, RAMP[3]),
        (0.12, 9, RAMP[4]),
    )
    rows = [
        (low, high, f"{low:.0%} – {high:.0%}" if high < 1 else f"> {low:.0%}",
         Symbol("line", colour, width=0.8))
        for low, high, colour in steps
    ]  # fmt: skip
    return Style(Classes('"slope"', rows), aliases=alias, display="slope")


def _waits(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    colours = {"stairs": "#882255", "escalator": "#CC79A7", "lift": "#AA4499", "signals": "#D55E00",
               "crossing": "#E69F00"}  # fmt: skip
    rows = [
        (value, text_in_both("slow", value), Symbol("line", colour, width=1.0))
        for value, colour in colours.items()
    ]
    return Style(Categorised("what", rows), aliases=alias, display="waiting_s")


def _field_checks(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    looks = Symbol("marker", "#56B4E9", "#000000", width=0.3, size=4.2, shape="triangle")
    return Style(looks, label="rank", aliases=alias, display="text_zh")


def _quality(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    cross = Symbol("marker", "#882255", "#882255", width=0.4, size=2.6, shape="cross2")
    return Style(cross, aliases=alias)


def _named(frame: pd.DataFrame) -> str | None:
    return next((c for c in ("name", "site_id", "facility_id") if c in frame), None)


def _units(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    """Colour units by how many requirements they fall short of, in five equal steps."""
    most = int(frame["short"].max()) if len(frame) else 0
    step = max(1, math.ceil((most + 1) / len(RAMP)))
    rows = []
    for k, colour in enumerate(RAMP):
        low, high = k * step, (k + 1) * step
        label = f"{low}–{high - 1}" if step > 1 else f"{low}"
        symbol = Symbol("fill", colour, width=0.15, alpha=0.8)
        rows.append((low - 0.5, high - 0.5, f"{label} 项未达标 / not met", symbol))
    return Style(Classes("short", rows), label="name", aliases=alias, display="name")


def _demand(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    fields = [f"{s.replace('-', '_')}_status" for s in standards]
    field = next((f for f in fields if f in frame), None)
    if field is None:
        return Style(Symbol("marker", "#666666", width=0, size=1.2), aliases=alias)
    rows = [
        (value, text_in_both("point_status", value), Symbol("marker", colour, width=0, size=1.3))
        for value, colour in POINT_STATUS.items()
    ]
    rows.append(("", "不适用 / does not apply", Symbol("marker", NO_DATA, width=0, size=0.9)))
    return Style(Categorised(field, rows), aliases=alias, display="demand_id")


def _facilities(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    """Colour the seven commonest categories; the rest share one colour."""
    common: list[str] = []
    if "category" in frame:
        common = frame["category"].value_counts().index.tolist()
    rows = [
        (category, _category(category), Symbol("marker", colour, "#FFFFFF", 0.2, 2.2))
        for category, colour in zip(
            sorted(c for c in common[:7] if c), _CATEGORY_COLOURS, strict=False
        )
    ]
    rows.append(("", "其他 / other", Symbol("marker", FACILITY, "#FFFFFF", 0.15, 1.6)))
    return Style(
        Categorised("category", rows),
        label="name",
        label_size=7,
        label_below_scale=10000,
        aliases=alias,
        display="name",
    )


def _category(name: str) -> str:
    """Return a category in both languages."""
    named = category_name(name)
    return f"{named.zh} / {named.en}" if named.zh != named.en else named.zh


def _by_reason(frame: pd.DataFrame, order: Sequence[str], looks: Symbol) -> Rules:
    """Return one group per standard, switched on one at a time, coloured by reason."""
    rows = [
        (v, text_in_both("reason", v), replace(looks, colour=colour))
        for v, colour in REASON.items()
    ]
    rows.append(("", "其他 / other", replace(looks, colour="#882255")))
    present = set(frame["standard"])
    standards = [s for s in order if s in present] or [""]
    return Rules("standard", [(s, s) for s in standards], Categorised("reason", rows))


def _gaps(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    areal = bool(frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).any())
    looks = (
        Symbol("fill", "#D55E00", width=0.2, alpha=0.55)
        if areal
        else Symbol("marker", "#D55E00", "#FFFFFF", width=0.25, size=3.2, size_by=_PEOPLE_SIZE)
    )
    style = Style(_by_reason(frame, standards, looks), aliases=alias, display="unit_name")
    return style if areal else replace(style, label="unit_name", label_size=7)


def _villages(frame: pd.DataFrame, standards: Sequence[str], alias: dict[str, str]) -> Style:
    status = {
        "short": Symbol("fill", STATUS["short"], "#7A3600", 0.5, alpha=0.7),
        "met": Symbol("fill", STATUS["met"], "#1F5C80", 0.5, alpha=0.7),
        "unknown": Symbol("fill", NO_DATA, "#555555", 0.5, alpha=0.7),
    }
    plain = Symbol("fill", "#CC79A7", "#8A3D66", 0.5, alpha=0.6)
    if "status" not in frame:
        return Style(plain, label="name", aliases=alias, display="name")
    rows = [(value, text_in_both("status", value), symbol) for value, symbol in status.items()]
    rows.append(("", "其他 / other", plain))
    return Style(Categorised("status", rows), label="name", aliases=alias, display="name")


_STYLES: dict[str, _StyleOf] = {
    "units": _units,
    "circle": _circle,
    "demand": _demand,
    "facilities": _facilities,
    "gaps": _gaps,
    "gap_areas": _gaps,
    "gap_units": _gaps,
    "urban_villages": _villages,
    "links": _links_of("links"),
    "site_links": _links_of("site_links"),
    "evidence": _evidence,
    "anchors": _anchors,
    "closures": _closures,
    "private_streets": _private_streets,
    "sites": _sites,
    "quality": _quality,
    "field_checks": _field_checks,
    "slopes": _slopes,
    "stairs_and_crossings": _waits,
}
"""Kind of layer → its style; their names are the table ``layer`` of ``texts.toml``."""
