"""The command line: its commands, one line of error, exit codes 0, 1 and 2."""

from __future__ import annotations

import errno
import io
import logging
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from livingcircle._warnings import quiet_libraries
from livingcircle.cli.check import check_command
from livingcircle.cli.claim import claim_command
from livingcircle.cli.compare import compare_command
from livingcircle.cli.demo import demo_command
from livingcircle.cli.desk import desk_command
from livingcircle.cli.language import language_of_call
from livingcircle.cli.new import new_command
from livingcircle.cli.nightly import nightly_command
from livingcircle.cli.reach import reach_command
from livingcircle.cli.run import run_command
from livingcircle.cli.sites import sites_command
from livingcircle.cli.standards import standards_command
from livingcircle.cli.usage import usage_error
from livingcircle.cli.verify import verify_command
from livingcircle.errors import InputError, LivingCircleError, out_of_memory, printable
from livingcircle.io.atomic import no_space
from livingcircle.localized import LocalizedText
from livingcircle.secrets import masked

__all__ = ["app", "main"]

EXIT_WRONG = 2
EXIT_INTERRUPTED = 130

_CACHE_LOG = logging.getLogger("livingcircle.cache")

app = typer.Typer(
    name="livingcircle",
    help="Who cannot walk to the services a plan promised, where, why, and what would fix it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_COMMANDS: dict[str, Callable[..., None]] = {
    "reach": reach_command,
    "run": run_command,
    "demo": demo_command,
    "check": check_command,
    "sites": sites_command,
    "compare": compare_command,
    "nightly": nightly_command,
    "new": new_command,
    "standards": standards_command,
    "claim": claim_command,
    "verify": verify_command,
    "desk": desk_command,
}
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)


def _show_version(on: bool) -> None:
    if on:
        from livingcircle._version import VERSION

        print(f"livingcircle {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; a wrong input or call gives one line on stderr and exit code 2."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    verbose = "--verbose" in given
    _make_printable(sys.stdout, sys.stderr)
    handler: logging.Handler = logging.NullHandler()
    if verbose:
        handler = _show_cache(language_of_call(given))
    else:
        quiet_libraries()
    try:
        code = app(args=given, prog_name="livingcircle", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except Exception as error:  # noqa: BLE001 - a user never sees a traceback unasked
        if verbose:
            # The exceptions of libraries repeat addresses with their logins.
            print(masked(traceback.format_exc()), file=sys.stderr)
        print(f"livingcircle: {masked(_line(error, language_of_call(given)))}", file=sys.stderr)
        sys.exit(EXIT_WRONG)
    finally:
        # A process that calls the command twice writes to the streams of each call.
        _CACHE_LOG.removeHandler(handler)
        _CACHE_LOG.setLevel(logging.NOTSET)
    sys.exit(code if isinstance(code, int) else 0)


def _line(error: Exception, lang: str) -> str:
    """Return any error as one line."""
    if out_of_memory(error):
        text = LocalizedText("内存不足，无法处理此输入", "not enough memory for this input")
        return text.pick(lang)
    if isinstance(error, LivingCircleError):
        return error.line(lang)
    wrong_call = usage_error(error)
    if wrong_call is not None:
        return wrong_call.line(lang)
    if no_space(error, Path(tempfile.gettempdir())):
        return InputError(
            "no space is left on the disk for temporary files",
            hint="Make room there, or let TMPDIR name a folder on another disk",
            file=tempfile.gettempdir(),
        ).line(lang)
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return InputError(
            "a name of this path is too long for the disk",
            hint="Give the file or folder a shorter name.",
            file=error.filename,
        ).line(lang)
    name, message = type(error).__name__, " ".join(str(error).split())[:300]
    text = LocalizedText(
        f"意外的 {name}：{message}。加上 --verbose 再运行可看到详情",
        f"unexpected {name}: {message}. Run again with --verbose for details",
    )
    return LivingCircleError(text).line(lang)


def _show_cache(lang: str) -> logging.Handler:
    """Write on stderr what is taken from the cache of networks and what is kept there."""

    class Lines(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            text = record.msg
            message = text.pick(lang) if isinstance(text, LocalizedText) else record.getMessage()
            return f"livingcircle: {printable(masked(message))}"

    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    _CACHE_LOG.addHandler(handler)
    _CACHE_LOG.setLevel(logging.INFO)
    _CACHE_LOG.propagate = False
    return handler


def _make_printable(*streams: object) -> None:
    """Let a stream replace what its code page cannot write: the work is done, the text is not."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace" if stream is sys.stderr else "replace")


if __name__ == "__main__":
    main()
