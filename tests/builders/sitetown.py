"""The former name of builders.site; import from there."""

from builders.site import *  # noqa: F403
