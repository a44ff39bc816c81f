"""The scripts of map.html: ES modules, joined into one script each.

A page opened from a disk cannot import modules. Each module becomes a function of its own that
returns what it exports, so that its other names stay its own; what cannot be joined so is refused.
"""

from __future__ import annotations

import posixpath
import re
from functools import partial

from livingcircle._resources import resource_text

__all__ = [
    "BOOT",
    "ENGINE",
    "PAGE",
    "ModuleError",
    "engine_code",
    "joined_script",
    "modules_of",
    "page_code",
]

ENGINE = "live/worker.js"
"""Module that the worker begins with."""

PAGE = "map/start.js"
"""Module that the page begins with."""

BOOT = "map/boot.js"
"""Module that runs the page when its data is there."""

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?=(?:async )?(?:function\*?|const|class) (?P<name>[\w$]+))", re.MULTILINE
)
_DOC = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_MODULE_WORD = re.compile(r"^\s*(?:import|export)\b.*", re.MULTILINE)


class ModuleError(ValueError):
    """A module that cannot be joined to the others."""


def engine_code() -> str:
    """Return the code of the worker."""
    return joined_script(ENGINE)


def page_code() -> str:
    """Return the code of the page, which waits for its data."""
    boot, last = _parts(BOOT, "$boot")
    page, _ = _parts(PAGE, "$module")
    lines = ['"use strict";', *boot, f"{last}.whenUnpacked(() => {{", *page, "});"]
    return _closed(lines)


def modules_of(entry: str) -> dict[str, str]:
    """Return the text of a module and of all that it imports, each after those that it imports.

    Parameters
    ----------
    entry
        Path below ``static``.

    Raises
    ------
    ModuleError
        Modules import one another in a circle, or a name that is not exported.
    """
    found: dict[str, str] = {}
    _visit(entry, found, [])
    return found


def _visit(path: str, found: dict[str, str], above: list[str]) -> None:
    if path in above:
        raise ModuleError(" -> ".join([*above, path]))
    if path in found:
        return
    text = resource_text("livingcircle.publish.web", f"static/{path}")
    for names, source in _IMPORT.findall(text):
        other = _beside(path, source)
        _visit(other, found, [*above, path])
        missing = {one for one, _ in _names(names)} - set(_exports(found[other]))
        if missing:
            raise ModuleError(f"{path}: {other} does not export {', '.join(sorted(missing))}")
    found[path] = text


def joined_script(entry: str) -> str:
    """Return one strict script that does what a module does, with all that it imports.

    Raises
    ------
    ModuleError
        As ``modules_of``; or a module imports or exports in a way that is not known here.
    """
    parts, _ = _parts(entry, "$module")
    return _closed(['"use strict";', *parts])


def _closed(lines: list[str]) -> str:
    return "(() => {\n" + "\n".join(lines) + "\n})();\n"


def _parts(entry: str, prefix: str) -> tuple[list[str], str]:
    """Return a statement a module, and the name of what the last one exports."""
    parts = []
    modules = modules_of(entry)
    number = {path: f"{prefix}{k}" for k, path in enumerate(modules)}
    for path, text in modules.items():
        exports = _exports(text)
        body = _IMPORT.sub(partial(_bound, path=path, number=number), text)
        body = _DOC.sub("", _EXPORT.sub("", body))
        left = _MODULE_WORD.search(body)
        if left:
            raise ModuleError(f"{path}: {left[0].strip()}")
        parts.append(
            f"const {number[path]} = (() => {{ // {path}\n{body}"
            f"return {{ {', '.join(exports)} }};\n}})();"
        )
    return parts, number[entry]


def _bound(match: re.Match[str], path: str, number: dict[str, str]) -> str:
    """Return an import as a binding to what the other module returned."""
    names = ", ".join(a if a == b else f"{a}: {b}" for a, b in _names(match[1]))
    return f"const {{ {names} }} = {number[_beside(path, match[2])]};\n"


def _names(text: str) -> list[tuple[str, str]]:
    """Return (exported name, own name) of an import."""
    words = [one.split() for one in text.split(",") if one.strip()]
    return [(word[0], word[-1]) for word in words]


def _exports(text: str) -> list[str]:
    return [match["name"] for match in _EXPORT.finditer(text)]


def _beside(path: str, source: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), source))
