"""``livingcircle standards``."""

from __future__ import annotations

from typing import Annotated

import typer

from livingcircle.cli.options import LanguageOption, VerboseOption
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText

__all__ = ["standards_command"]


def standards_command(
    action: Annotated[str, typer.Argument(help="list, or show.")] = "list",
    pack: Annotated[str | None, typer.Argument(help="The pack to show.")] = None,
    language: LanguageOption = None,
    verbose: VerboseOption = False,
) -> None:
    """List the standard packs, or show one for a person to read."""
    from livingcircle.cli.language import pick_language

    lang = pick_language(language)
    if action == "list" and pack is None:
        from livingcircle.publish.text.pack_list import list_text

        print(list_text(lang), end="")
    elif action == "show" and pack is not None:
        from livingcircle.publish.text.pack_text import pack_as_text

        print(pack_as_text(pack, lang), end="")
    else:
        raise ConfigError(
            LocalizedText(
                "“standards”后面的词无法理解", "the words after 'standards' are not understood"
            ),
            hint=LocalizedText(
                "请用“standards list”或“standards show 规划包”。",
                "Say 'standards list' or 'standards show PACK'.",
            ),
        )
