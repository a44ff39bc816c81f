"""The scripts of map.html, joined from their modules."""

from __future__ import annotations

import re

from livingcircle._resources import resource_text

__all__ = ["ENGINE", "PAGE", "engine_code", "page_code"]

ENGINE = ("geodesy", "network", "snap", "search", "edits", "judge", "binary", "worker")
"""Modules of the engine, each after those that it imports."""

PAGE = (
    "page", "words", "shapes", "background", "colours", "layers", "detail", "side", "find",
    "trying", "start",
)  # fmt: skip
"""Parts of the page's own script, in the order in which they are read."""

_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) )", re.MULTILINE)


def engine_code() -> str:
    """Return the code of the worker: a page opened from a disk cannot import modules."""
    return "\n".join(['"use strict";', *map(_module, ENGINE)])


def page_code() -> str:
    """Return the code of the page, which keeps its names to itself."""
    parts = [_module("scenario"), *(_text(f"map/{name}.js") for name in PAGE)]
    return '(function () {\n"use strict";\n' + "\n".join(parts) + "})();\n"


def _module(name: str) -> str:
    """Return a module without the words that join it to the others."""
    return _EXPORT.sub("", _IMPORT.sub("", _text(f"live/{name}.js")))


def _text(name: str) -> str:
    return resource_text("livingcircle.publish.web", f"static/{name}")
