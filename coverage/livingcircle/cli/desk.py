"""``livingcircle desk``."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from livingcircle.cli.options import LanguageOption, VerboseOption

__all__ = ["desk_command"]


def desk_command(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder of the projects. Default: livingcircle in your home folder."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    language: LanguageOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Open the page for people without a terminal: drop files in, look, run, try."""
    from livingcircle.cli.language import pick_language
    from livingcircle.desk.server import Desk
    from livingcircle.localized import LocalizedText

    lang = pick_language(language)
    with Desk(folder or _projects(), port) as server:
        label = LocalizedText("页面地址（按 Ctrl+C 结束）：", "The page (Ctrl+C ends it): ")
        print(label.pick(lang) + server.address, flush=True)
        if browser:
            import webbrowser

            webbrowser.open(server.address)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


def _projects() -> Path:
    """Return the usual folder; who keeps the program itself there has the projects beside it."""
    usual = Path.home() / "livingcircle"
    program = (usual / "pyproject.toml").is_file()
    return usual.with_name("livingcircle-projects") if program else usual
