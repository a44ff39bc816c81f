"""QGIS layer styles (QML) written from a short description: symbols, classes, labels, aliases.

The files are what QGIS 3.22 (the Debian stable of the day) and later read; properties are written
both as ``prop`` elements (QGIS before 3.26) and as an ``Option`` map (after).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

from livingcircle.publish.palette import rgb

__all__ = ["Categorised", "Classes", "Renderer", "Rules", "Style", "Symbol", "qml"]

_GEOMETRY = {"fill": "2", "line": "1", "marker": "0"}


@dataclass(frozen=True)
class Symbol:
    """One symbol: ``kind`` is fill, line or marker; widths and sizes in millimetres."""

    kind: str
    colour: str
    outline: str = "#555555"
    width: float = 0.2
    size: float = 2.0
    alpha: float = 1.0
    shape: str = "circle"
    dash: bool = False
    hollow: bool = False
    size_by: str = ""
    """Expression for a marker's size in millimetres, instead of ``size``."""


@dataclass(frozen=True)
class Categorised:
    """One symbol per value of a field; (value, label, symbol), value "" being all others."""

    field: str
    rows: Sequence[tuple[str, str, Symbol]]


@dataclass(frozen=True)
class Classes:
    """One symbol per range of a field or expression; (low, high, label, symbol)."""

    field: str
    rows: Sequence[tuple[float, float, str, Symbol]]


@dataclass(frozen=True)
class Rules:
    """A filter a group that the reader switches on and off, and the categories within each.

    Only the first group is switched on: the others would lie on top of it.
    """

    field: str
    groups: Sequence[tuple[str, str]]
    """(value of the field, label)."""
    within: Categorised


Renderer = Symbol | Categorised | Classes | Rules


@dataclass(frozen=True)
class Style:
    """All of a layer's look. ``renderer`` is None for a table without geometry."""

    renderer: Renderer | None
    label: str | None = None
    label_size: float = 8.0
    label_below_scale: int | None = 60000
    """Labels are drawn only where the map is at least this large (1:60,000)."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    display: str | None = None
    """Field that names a feature in QGIS' lists and tips."""


def qml(style: Style) -> str:
    """Return the style as the text of a QML file."""
    categories = "Symbology|Labeling|Fields|MapTips"
    if style.renderer is None:
        categories = "Fields|MapTips"
    root = Xml.Element("qgis", {"version": "3.22.0", "styleCategories": categories})
    if style.renderer is not None:
        root.append(_renderer(style.renderer))
        if style.label:
            root.append(_labeling(style))
    Xml.SubElement(root, "aliases")
    if style.display:
        Xml.SubElement(root, "previewExpression").text = f'"{style.display}"'
        Xml.SubElement(root, "mapTip").text = f'[% "{style.display}" %]'
    if style.renderer is not None:
        kind = _first_symbol(style.renderer).kind
        Xml.SubElement(root, "layerGeometryType").text = _GEOMETRY[kind]
    Xml.indent(root, " ")
    text = Xml.tostring(root, encoding="unicode").replace(_NO_ALIASES, _aliases(style.aliases))
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{text}\n"


_NO_ALIASES = "<aliases />"
_QUOTED = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#09;"}


def _aliases(aliases: Mapping[str, str]) -> str:
    """Return the element of aliases; a layer has hundreds, and each of its styles all of them."""
    pairs = [[escape(text, _QUOTED) for text in pair] for pair in aliases.items()]
    lines = [
        f'  <alias field="{name}" index="{index}" name="{alias}" />'
        for index, (name, alias) in enumerate(pairs)
    ]
    return "\n".join(["<aliases>", *lines, " </aliases>"]) if lines else _NO_ALIASES


def _first_symbol(renderer: Renderer) -> Symbol:
    if isinstance(renderer, Symbol):
        return renderer
    if isinstance(renderer, Rules):
        return renderer.within.rows[0][-1]
    return renderer.rows[0][-1]


_COMMON = {"forceraster": "0", "enableorderby": "0", "symbollevels": "0"}


def _renderer(renderer: Renderer) -> Xml.Element:
    """Build the ``renderer-v2`` element."""
    if isinstance(renderer, Symbol):
        return _top("singleSymbol", [renderer])
    if isinstance(renderer, Rules):
        return _rules(renderer)
    if isinstance(renderer, Categorised):
        top = _top("categorizedSymbol", [row[2] for row in renderer.rows], attr=renderer.field)
        parts = Xml.SubElement(top, "categories")
        for index, (value, label, _) in enumerate(renderer.rows):
            attributes = {"value": value, "label": label, "symbol": str(index), "render": "true"}
            Xml.SubElement(parts, "category", attributes)
        return top
    top = _top(
        "graduatedSymbol",
        [row[3] for row in renderer.rows],
        attr=renderer.field,
        graduatedMethod="GraduatedColor",
    )
    parts = Xml.SubElement(top, "ranges")
    for index, (low, high, label, _) in enumerate(renderer.rows):
        attributes = {"lower": f"{low:.6f}", "upper": f"{high:.6f}", "label": label}
        Xml.SubElement(parts, "range", {**attributes, "symbol": str(index), "render": "true"})
    return top


def _top(kind: str, symbols: Sequence[Symbol], **attributes: str) -> Xml.Element:
    """Build a renderer with its symbols, numbered from 0."""
    top = Xml.Element("renderer-v2", {"type": kind, **attributes, **_COMMON})
    listed = Xml.SubElement(top, "symbols")
    for index, symbol in enumerate(symbols):
        listed.append(_symbol(symbol, str(index)))
    return top


def _rules(renderer: Rules) -> Xml.Element:
    """Build a rule for each group, with a rule for each category below it."""
    symbols = [row[2] for row in renderer.within.rows]
    top = _top("RuleRenderer", symbols * len(renderer.groups))
    root = Xml.SubElement(top, "rules", {"key": "{rules}"})
    for index, (value, label) in enumerate(renderer.groups):
        attributes = {
            "key": f"{{group-{index}}}",
            "label": label,
            "filter": f'"{renderer.field}" = {_quoted(value)}',
        }
        if index:
            attributes["checkstate"] = "0"
        group = Xml.SubElement(root, "rule", attributes)
        for number, (own, text, _) in enumerate(renderer.within.rows):
            test = f'"{renderer.within.field}" = {_quoted(own)}' if own else "ELSE"
            Xml.SubElement(
                group,
                "rule",
                {
                    "key": f"{{group-{index}-{number}}}",
                    "label": text,
                    "filter": test,
                    "symbol": str(index * len(symbols) + number),
                },
            )
    return top


def _quoted(text: str) -> str:
    """Return a text as a literal of QGIS expressions."""
    return "'" + text.replace("'", "''") + "'"


def _symbol(symbol: Symbol, name: str) -> Xml.Element:
    """Build one ``symbol`` element with its single layer."""
    top = Xml.Element(
        "symbol",
        {
            "type": symbol.kind,
            "name": name,
            "alpha": f"{symbol.alpha:g}",
            "clip_to_extent": "1",
            "force_rhr": "0",
        },
    )
    style, properties = {
        "fill": ("SimpleFill", _fill),
        "line": ("SimpleLine", _line),
        "marker": ("SimpleMarker", _marker),
    }[symbol.kind]
    layer = Xml.SubElement(
        top, "layer", {"class": style, "enabled": "1", "locked": "0", "pass": "0"}
    )
    _properties(layer, properties(symbol))
    if symbol.size_by:
        _size_by(layer, symbol.size_by)
    return top


def _size_by(layer: Xml.Element, expression: str) -> None:
    """Let an expression set a marker's size."""
    holder = Xml.SubElement(layer, "data_defined_properties")
    top = Xml.SubElement(holder, "Option", {"type": "Map"})
    Xml.SubElement(top, "Option", {"name": "name", "type": "QString", "value": ""})
    properties = Xml.SubElement(top, "Option", {"name": "properties", "type": "Map"})
    size = Xml.SubElement(properties, "Option", {"name": "size", "type": "Map"})
    for name, kind, value in (
        ("active", "bool", "true"),
        ("expression", "QString", expression),
        ("type", "int", "3"),
    ):
        Xml.SubElement(size, "Option", {"name": name, "type": kind, "value": value})
    Xml.SubElement(top, "Option", {"name": "type", "type": "QString", "value": "collection"})


def _fill(symbol: Symbol) -> dict[str, str]:
    return {
        "color": rgb(symbol.colour),
        "style": "no" if symbol.hollow else "solid",
        "outline_color": rgb(symbol.outline),
        "outline_style": "dash" if symbol.dash else "solid",
        "outline_width": f"{symbol.width:g}",
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }


def _line(symbol: Symbol) -> dict[str, str]:
    return {
        "line_color": rgb(symbol.colour),
        "line_style": "dash" if symbol.dash else "solid",
        "line_width": f"{symbol.width:g}",
        "line_width_unit": "MM",
        "capstyle": "round",
        "joinstyle": "round",
    }


def _marker(symbol: Symbol) -> dict[str, str]:
    return {
        "name": symbol.shape,
        "color": rgb(symbol.colour, 0 if symbol.hollow else 255),
        "outline_color": rgb(symbol.outline),
        "outline_style": "solid" if symbol.width else "no",
        "outline_width": f"{symbol.width:g}",
        "outline_width_unit": "MM",
        "size": f"{symbol.size:g}",
        "size_unit": "MM",
    }


def _properties(layer: Xml.Element, values: Mapping[str, str]) -> None:
    """Write properties for both readers, the new one first as QGIS does."""
    options = Xml.SubElement(layer, "Option", {"type": "Map"})
    for name, value in values.items():
        Xml.SubElement(options, "Option", {"type": "QString", "name": name, "value": value})
    for name, value in values.items():
        Xml.SubElement(layer, "prop", {"k": name, "v": value})


def _labeling(style: Style) -> Xml.Element:
    """Labels with a white halo, hidden on small-scale views."""
    top = Xml.Element("labeling", {"type": "simple"})
    settings = Xml.SubElement(top, "settings", {"calloutType": "simple"})
    text = Xml.SubElement(
        settings,
        "text-style",
        {
            "fieldName": style.label or "",
            "isExpression": "0",
            "fontSize": f"{style.label_size:g}",
            "fontSizeUnit": "Point",
            "textColor": "40,40,40,255",
            "fontFamily": "sans-serif",
        },
    )
    Xml.SubElement(
        text,
        "text-buffer",
        {
            "bufferDraw": "1",
            "bufferSize": "0.8",
            "bufferSizeUnits": "MM",
            "bufferColor": "255,255,255,220",
        },
    )
    if style.renderer is not None and _first_symbol(style.renderer).kind == "marker":
        # Beside the symbol, measured from its edge; in the middle of it a name is not read.
        beside = {"placement": "6", "predefinedPositionOrder": "TR,R,BR,TL,L,BL,T,B"}
        Xml.SubElement(settings, "placement", {**beside, "offsetType": "1", "dist": "0.3"})
    limited = style.label_below_scale is not None
    Xml.SubElement(
        settings,
        "rendering",
        {
            "drawLabels": "1",
            # Units lie below everything: as obstacles they would keep all other names away.
            "obstacle": "0",
            "scaleVisibility": "1" if limited else "0",
            # QGIS writes the larger scale, the smaller number, as the least.
            "scaleMin": "1" if limited else "0",
            "scaleMax": f"{style.label_below_scale or 0}",
        },
    )
    return top
