"""The commands: arguments in, exit codes out."""

from livingcircle.cli.main import app, main

__all__ = ["app", "main"]
