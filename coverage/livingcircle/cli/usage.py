"""Wrong calls, as the parser finds them, in both languages."""

from __future__ import annotations

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
    return ConfigError(LocalizedText(_in_chinese(error, message), message.rstrip(".")), hint=_HINT)


def _in_chinese(error: Exception, message: str) -> str:
    name = type(error).__name__
    if name == "NoSuchOption":
        return f"没有选项 {getattr(error, 'option_name', '')}"
    parameter = getattr(error, "param", None)
    who = "、".join(getattr(parameter, "opts", ())) or getattr(parameter, "metavar", "") or ""
    if name == "MissingParameter":
        return f"缺少 {who}"
    if name == "BadParameter":
        return f"{who} 的值无效：{message.partition(': ')[2] or message}"
    if name == "BadOptionUsage":
        return f"选项 {getattr(error, 'option_name', '')} 缺少值"
    if message.startswith("No such command"):
        return f"没有命令 {message.removeprefix('No such command').strip(' .')}"
    if "unexpected extra argument" in message:
        return f"多余的参数：{message.partition('(')[2].rstrip(')') or message}"
    return f"调用有误：{message}"
