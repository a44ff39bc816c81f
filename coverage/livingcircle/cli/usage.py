"""Wrong calls, as the parser finds them, in both languages."""

from __future__ import annotations

import re

from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText

__all__ = ["usage_error"]

_HINT = LocalizedText("用法见 livingcircle --help", "See livingcircle --help")


def usage_error(error: Exception) -> ConfigError | None:
    """Return what the parser says about a wrong call; None for any other error.

    Typer ships click or stands on it, by version: its errors are known by their names.
    """
    if not hasattr(error, "format_message"):
        return None
    message = " ".join(str(error.format_message()).split())
    # Some versions name a variable of the environment where there is none.
    message = message.replace(" (env var: 'None')", "")
    return ConfigError(LocalizedText(_in_chinese(error, message), message.rstrip(".")), hint=_HINT)


_WANTED = {
    "valid integer": "应为整数",
    "valid number": "应为数",
    "valid float": "应为数",
    "finite number": "应为有限的数",
    "valid boolean": "应为 true 或 false",
    "greater than or equal to": "太小，至少为",
    "less than or equal to": "太大，至多为",
    "not in the range x>=": "太小，至少为",
    "not in the range x<=": "太大，至多为",
    "not in the range": "超出范围",
}
"""Words of the parsers, by version of Typer, and what they mean."""

_N = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_EXTRA = re.compile(r"unexpected extra arguments?(?:\(s\))? \((.*)\)\.?$")
_BETWEEN = re.compile(rf"({_N}) is not in the range ({_N})<=x<=({_N})")


def _why(message: str) -> str:
    """Return in Chinese why a value is refused; the parser's own words where they are not known."""
    between = _BETWEEN.search(message)
    if between:
        value, low, high = (float(part) for part in between.groups())
        return f"太小，至少为 {low:g}" if value < low else f"太大，至多为 {high:g}"
    found = next((zh for en, zh in _WANTED.items() if en in message), None)
    if found is None:
        return message
    if found.endswith(("至少为", "至多为")):
        return f"{found} {message.rpartition(' ')[2].strip('x<>=.')}"
    return found


def _in_chinese(error: Exception, message: str) -> str:
    name = type(error).__name__
    if name == "NoSuchOption":
        return f"没有选项 {getattr(error, 'option_name', '')}"
    parameter = getattr(error, "param", None)
    options = "、".join(o for o in getattr(parameter, "opts", ()) if o.startswith("-"))
    who = options or getattr(parameter, "metavar", "") or getattr(parameter, "name", "") or ""
    if name == "MissingParameter":
        return f"缺少 {who}"
    if name == "BadParameter":
        return f"{who} 的值无效：{_why(message.partition(': ')[2] or message)}"
    if name == "BadOptionUsage":
        return f"选项 {getattr(error, 'option_name', '')} 缺少值"
    if message.startswith("No such command"):
        return f"没有命令 {message.removeprefix('No such command').strip(' .')}"
    if "unexpected extra argument" in message:
        told = _EXTRA.search(message)
        return f"多余的参数：{told[1] if told else message}"
    return f"调用有误：{message}"
