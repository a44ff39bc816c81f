"""The kinds of requirement as forms: which fields each has, as its model in the registry says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from livingcircle._resources import resource_toml
from livingcircle.localized import LocalizedText
from livingcircle.standards.kinds import kinds
from livingcircle.vocab.texts import localized_name, text_of

__all__ = ["kind_forms"]

Schema = Mapping[str, object]

# The kind is chosen before, a part alone needs no label, and reasons of readings are for lawyers.
_NESTED = {"Need": "needs", "Tier": "radii"}
"""Models of what is nested → the box that asks for it."""
_NOT_ASKED = ("kind", "label_zh", "label_en", "why")


def kind_forms() -> list[dict[str, object]]:
    """Return a form for each kind.

    Returns
    -------
    list of dict
        ``kind``, ``title`` (zh, en) and ``fields``: ``name``, ``title``, ``required``,
        ``default``, ``given`` (what its box holds at first) and ``type``: ``number``, ``whole``,
        ``text``, ``yes-no``, ``choice`` (with ``options`` and their ``names``), ``categories``,
        ``texts``, ``needs`` (categories, each of which is one need), ``radii`` (metres, or what is
        nested), or ``toml`` for what is nested, with an ``example``.
    """
    forms: list[dict[str, object]] = []
    given = cast("Mapping[str, Mapping[str, str]]", _words()["given"])
    for name, model in kinds().items():
        schema = model.model_json_schema()
        title = model.title or localized_name("kind", name)
        required = cast("list[str]", schema.get("required", []))
        fields = [
            {
                "name": field,
                "title": list(_field_title(field)),
                "required": field in required,
                "default": _plain(one.get("default")),
                "given": given.get(name, {}).get(field),
                **_type(field, one),
            }
            for field, one in cast("Mapping[str, Schema]", schema["properties"]).items()
            if field not in _NOT_ASKED
        ]
        # What has to be filled in comes first, what is nested last.
        fields.sort(key=lambda one: (not one["required"], one["type"] == "toml"))
        forms.append({"kind": name, "title": [title.zh, title.en], "fields": fields})
    return forms


def _field_title(name: str) -> LocalizedText:
    return LocalizedText(*_words()["field"].get(name, (name, name)))


def _words() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    return cast(
        "Mapping[str, Mapping[str, tuple[str, str]]]",
        resource_toml("livingcircle.desk", "kind_fields.toml"),
    )


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) else None


def _type(name: str, schema: Schema) -> dict[str, object]:
    listed = cast("list[Schema]", schema.get("anyOf", [schema]))
    choices = [one for one in listed if one.get("type") != "null"]
    if len(choices) != 1:
        return {"type": "text"}  # a share or a word, as with target
    only = choices[0]
    if "enum" in only:
        options = cast("list[str]", only["enum"])
        return {"type": "choice", "options": options, "names": [_option(one) for one in options]}
    kind = only.get("type")
    if kind == "array":
        items = cast("Schema", only.get("items", {}))
        if name.endswith("categories"):
            return {"type": "categories"}
        nested = _NESTED.get(str(items.get("$ref", "")).rpartition("/")[2], "toml")
        kind = "texts" if items.get("type") == "string" else nested
        return {"type": kind, "example": _words()["example"].get(name, "")}
    plain = {"number": "number", "integer": "whole", "string": "text", "boolean": "yes-no"}
    return {"type": plain.get(str(kind), "toml"), "example": _words()["example"].get(name, "")}


def _option(name: str) -> list[str]:
    """Return what an option is called: in Chinese, in English."""
    own = _words()["option"].get(name)
    if own is not None:
        return list(own)
    table = "group" if text_of("group", name, "zh") != name else "level"
    return list(localized_name(table, name))
