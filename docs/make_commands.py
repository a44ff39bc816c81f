"""Write docs/commands.md from the commands themselves: python docs/make_commands.py.

A command is read from its function's signature, not from the parser that typer
builds of it: the parser looks different in every release, and the page should not.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import typer
from typer.models import ArgumentInfo, OptionInfo

from livingcircle.cli.main import app

PAGE = Path(__file__).resolve().parent / "commands.md"
HEAD = """# Commands

Written from the code by `python docs/make_commands.py`; change the help texts there.

Exit codes: **0** done; **1** what was asked for is short: `--fail-on-gap` and a must-standard is
not met, or `verify` and a proof fails; **2** the input or the call is wrong, or a night in which
a city failed. A wrong input gives one line on stderr: what, where (file, row, field) and what to
do about it. Every command understands `--help` and `--verbose`.
"""
VALUES = {str: "text", Path: "path", int: "number", float: "number", bool: ""}


def commands(group: typer.Typer, name: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield each command with its full name, in the order of the help."""
    for info in group.registered_commands:
        if info.callback is not None and not info.hidden:
            own = info.name or info.callback.__name__.replace("_", "-")
            yield f"{name} {own}", info.callback
    for below in group.registered_groups:
        if below.typer_instance is not None:
            yield from commands(below.typer_instance, f"{name} {below.name}")


def section(name: str, command: Callable[..., Any]) -> str:
    """Return one command: what it does, how it is called, a table of its parameters."""
    hints = get_type_hints(command, include_extras=True)
    arguments, options = [], []
    for parameter in inspect.signature(command).parameters.values():
        kind, info = annotated(hints[parameter.name], parameter.default)
        if info is None or info.hidden or parameter.name == "verbose":
            continue
        rows = arguments if isinstance(info, ArgumentInfo) else options
        rows.append((parameter, kind, info))
    words = [metavar(p, info) for p, _, info in arguments]
    called = [
        word if needed(p) else f"[{word}]" for (p, _, _), word in zip(arguments, words, strict=True)
    ]
    call = " ".join([name, *called, *(["[OPTIONS]"] if options else [])])
    lines = [f"## {name}", "", " ".join((inspect.getdoc(command) or "").split("\n\n")[0].split())]
    lines += ["", "```", call, "```"]
    if arguments or options:
        lines += ["", "| parameter | value | default | meaning |", "| --- | --- | --- | --- |"]
        lines += [row(*entry) for entry in [*arguments, *options]]
    return "\n".join(lines) + "\n"


def annotated(hint: Any, default: Any) -> tuple[Any, ArgumentInfo | OptionInfo | None]:
    """Return the type of a parameter and what typer is given of it."""
    if get_origin(hint) is Annotated:
        kind, *notes = get_args(hint)
        return kind, next((n for n in notes if isinstance(n, ArgumentInfo | OptionInfo)), None)
    return hint, default if isinstance(default, ArgumentInfo | OptionInfo) else None


def needed(parameter: inspect.Parameter) -> bool:
    """Tell whether a call must give it."""
    return parameter.default is inspect.Parameter.empty


def metavar(parameter: inspect.Parameter, info: ArgumentInfo | OptionInfo) -> str:
    """Return what stands for a value."""
    return str(info.metavar or parameter.name.upper())


def row(parameter: inspect.Parameter, kind: Any, info: ArgumentInfo | OptionInfo) -> str:
    """Return a parameter as a row of the table."""
    types_ = [kind]
    if get_origin(kind) in (Union, types.UnionType):
        types_ = [k for k in get_args(kind) if k is not type(None)]
    several = get_origin(types_[0]) in (list, tuple)
    value = VALUES.get(get_args(types_[0])[0] if several else types_[0], "text")
    if isinstance(info, ArgumentInfo):
        name = metavar(parameter, info)
    else:
        plain = "--" + parameter.name.replace("_", "-")
        both = f"{plain} / --no-{plain[2:]}" if kind is bool else plain
        # In Annotated[...] typer holds a first name of one's own in the place of the default.
        own = info.default if str(info.default).startswith("--") else None
        name = own or ", ".join(info.param_decls or ()) or both
        value = str(info.metavar or value)
    value += ", repeatable" if several else ""
    cells = [f"`{name}`", value, default(parameter), " ".join((info.help or "").split())]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def default(parameter: inspect.Parameter) -> str:
    """Return the default as one would type it."""
    given = parameter.default
    if needed(parameter):
        return "required"
    if given is None or given is False or given in ([], ()):
        return ""
    return f"`{given.as_posix() if isinstance(given, Path) else given}`"


def page() -> str:
    """Return the whole page."""
    parts = [section(name, command) for name, command in commands(app, "livingcircle")]
    return "\n".join([HEAD, *parts])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
