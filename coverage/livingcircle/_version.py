"""The version of the installed package."""

from importlib.metadata import PackageNotFoundError, version

__all__ = ["VERSION"]

try:
    VERSION = version("livingcircle")
except PackageNotFoundError:  # run from a source tree that was never installed
    VERSION = "0+unknown"
